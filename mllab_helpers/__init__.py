"""What the notebooks call: thin functions over boto3, one module per AWS topic."""
