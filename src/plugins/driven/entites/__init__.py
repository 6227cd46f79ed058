"""Entities: the units that users belong to (contracts/driven.md, "Entités")."""
