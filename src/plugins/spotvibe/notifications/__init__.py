"""Notifications, preferences, templates, push tokens (contracts/spotvibe.md section 7)."""
