"""The health check at the product's root (contracts/ekigega.txt section 11)."""
