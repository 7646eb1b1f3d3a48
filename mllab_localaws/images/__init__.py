"""Programs that run inside the local AWS's containers; they know /opt/ml and port 8080, nothing else."""
