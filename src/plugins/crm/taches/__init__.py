"""Tasks (contracts/crm.md, "Tâches")."""
