"""Objectives of utilisateurs, with their periods (contracts/driven.md, "Objectifs")."""
