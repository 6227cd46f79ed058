"""Training videos (contracts/ekigega.txt section 8)."""
