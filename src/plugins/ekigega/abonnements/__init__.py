"""Subscriptions of the tenant, with their expiry (contracts/ekigega.txt section 7)."""
