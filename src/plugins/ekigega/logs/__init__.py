"""The audit trail, read only (contracts/ekigega.txt section 9)."""
