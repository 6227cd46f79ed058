"""Reports and their exports (contracts/crm.md, "Rapports")."""
