"""Tickets: bought, shown, scanned, refunded (contracts/spotvibe.md section 4.5)."""
