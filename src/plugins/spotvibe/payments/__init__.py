"""Payments as users and staff see them (contracts/spotvibe.md section 6)."""
