"""Signing in through Google and Facebook, and what an account may know of its own sign-ins (contracts/spotvibe.md
section 1)."""
