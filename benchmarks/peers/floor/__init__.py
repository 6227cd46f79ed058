"""No framework: hand-written ASGI with asyncpg and msgspec on granian.

One round trip for each read, five for a sale. Verified tokens and, for half a second, their holders are remembered,
by the rule of Socle's own edge. Tenants are told apart by a predicate alone, without row-level security; there is no
edge (limits, request ids, metrics, logs), no negotiation, and no error message.
"""
