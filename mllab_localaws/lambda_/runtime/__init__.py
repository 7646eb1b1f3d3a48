"""What runs in a function's process, besides its code: linked into its `/var/runtime`."""
