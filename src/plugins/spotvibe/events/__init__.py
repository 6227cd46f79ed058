"""Events: categories, moderation, shares, views, figures, trends (contracts/spotvibe.md section 4)."""
