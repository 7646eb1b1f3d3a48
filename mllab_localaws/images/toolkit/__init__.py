"""What both images share: the /opt/ml directory, script mode, the supervisor and the plain ASGI pieces."""
