"""Accounts: who can sign in, with what proof, and for how long."""
