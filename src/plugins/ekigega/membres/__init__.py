"""Members of the company, for its owner and ADMINs (DECISIONS.md section 1, "Members")."""
