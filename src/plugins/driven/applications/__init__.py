"""Applications: what roles, pages and functions belong to (contracts/driven.md, "Applications")."""
