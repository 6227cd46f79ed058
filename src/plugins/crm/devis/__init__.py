"""Quotes, and the page by which a client answers one (contracts/crm.md, "Devis")."""
