"""What a notebook instance runs: its lifecycle scripts, then JupyterLab."""
