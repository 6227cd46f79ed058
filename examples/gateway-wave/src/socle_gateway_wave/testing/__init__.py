"""A fake Wave, and the conformance of the gateway to Socle's port."""
