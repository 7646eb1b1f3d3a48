"""The `mllab` command."""
