"""The administration: figures, moderation, health, metrics (contracts/spotvibe.md section 8)."""
