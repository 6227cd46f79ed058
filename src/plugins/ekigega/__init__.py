"""ekigega: multi-tenant business management (contracts/ekigega.txt)."""
