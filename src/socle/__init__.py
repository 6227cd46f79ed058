"""The composition root: the installation file, the plugin registry, the wiring, the `socle` command."""
