"""CloudWatch and Model Monitor: what an endpoint does, and whether its houses have changed."""
