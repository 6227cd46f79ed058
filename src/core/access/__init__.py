"""Who may do what: principals, roles with resource x action permissions, and the rules that operations declare."""
