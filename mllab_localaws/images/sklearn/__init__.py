"""The scikit-learn image: script mode only, as in aws/sagemaker-scikit-learn-container."""
