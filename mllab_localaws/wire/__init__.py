"""AWS's protocols, driven by botocore's service models: parse, validate, route, serialise, errors."""
