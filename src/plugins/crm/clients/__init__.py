"""Clients (contracts/crm.md, "Clients")."""
