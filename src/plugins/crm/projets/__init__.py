"""Projects (contracts/crm.md, "Projets")."""
