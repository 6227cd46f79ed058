"""Plans, subscriptions and what they allow (contracts/spotvibe.md section 5)."""
