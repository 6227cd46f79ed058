"""The history of the shop's tables, a branch of its own."""
