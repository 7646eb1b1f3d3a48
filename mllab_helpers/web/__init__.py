"""The model for everybody: Lambda and API Gateway, and the clients that call them."""
