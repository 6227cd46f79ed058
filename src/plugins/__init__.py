"""Features. Each is a plugin with a manifest; nothing imports this package statically."""
