"""Permissions: what roles hold and functions ask for (DECISIONS.md section 3, "Authorisation"), and how they are tied
to either."""
