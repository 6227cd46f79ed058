"""The authentication API that ekigega, megahub and crm share, and what comes with ekigega alone: registration and
roles (DECISIONS.md section 0, "Shared authentication")."""
