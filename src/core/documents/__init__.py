"""Documents: what is printed (a port)."""
