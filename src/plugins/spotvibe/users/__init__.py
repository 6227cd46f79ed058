"""Users: registration, sign-in, profiles, identity verification, follows (contracts/spotvibe.md section 2)."""
