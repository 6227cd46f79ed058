"""spotvibe: events, tickets and the people around them (contracts/spotvibe.md)."""
