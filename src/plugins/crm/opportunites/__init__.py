"""Opportunities: the pipeline (contracts/crm.md, "Opportunités")."""
