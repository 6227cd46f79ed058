"""Expenses with their receipts (contracts/ekigega.txt section 5)."""
