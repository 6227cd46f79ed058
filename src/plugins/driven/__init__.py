"""driven: the access-governance portal (contracts/driven.md)."""
