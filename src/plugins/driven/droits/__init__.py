"""Rights: which functions a user may call, through which role and permission, and why not the others (DECISIONS.md
section 3, "Authorisation")."""
