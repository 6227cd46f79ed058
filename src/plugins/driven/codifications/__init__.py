"""Codifications: the parameters that settings give to utilisateurs (contracts/driven.md, "Codifications")."""
