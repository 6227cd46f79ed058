"""Roles: what users are in an application, and the permissions that come with it (contracts/driven.md, "Gestion des
Rôles")."""
