"""The dashboard and its charts (contracts/crm.md, "Dashboard")."""
