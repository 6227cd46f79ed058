"""Partners: clients and suppliers (contracts/ekigega.txt section 6)."""
