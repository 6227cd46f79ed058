"""The authentication API that ekigega, megahub and crm share, what spotvibe shares of it (second factor, lost
passwords), and what comes with ekigega alone: registration and roles (DECISIONS.md section 0, "Shared
authentication")."""
