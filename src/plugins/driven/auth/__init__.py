"""Signing in to the portal and leaving it (contracts/driven.md, "Authentification")."""
