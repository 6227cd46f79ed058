"""Utilisateurs: who may enter the portal, and with which roles (contracts/driven.md, "Utilisateurs")."""
