"""The source of the Lambda function: what its archive holds beside the lab's row builder."""
