"""Companies: the tenants of the installation (contracts/ekigega.txt section 2)."""
