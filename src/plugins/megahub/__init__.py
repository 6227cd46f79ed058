"""megahub: companies, slots, feature subscriptions (contracts/megahub.md)."""
