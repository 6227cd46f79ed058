"""Who takes part in events, and who is invited (contracts/spotvibe.md section 4.3)."""
