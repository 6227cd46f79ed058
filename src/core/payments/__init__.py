"""Payments: intents, attempts, refunds, the ledger, and the port through which operators are spoken to."""
