"""The XGBoost image: algorithm mode and script mode, as in aws/sagemaker-xgboost-container."""
