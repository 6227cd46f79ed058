"""Adapters: everything that touches the outside world, around the ports of the core."""
