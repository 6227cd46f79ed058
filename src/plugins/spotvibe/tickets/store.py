"""The rows and stores of tickets."""

from plugins.spotvibe.tickets.order_store import OrderStore
from plugins.spotvibe.tickets.rows import BilletRow, CommandeRow
from plugins.spotvibe.tickets.ticket_store import TicketStore

__all__ = ("BilletRow", "CommandeRow", "OrderStore", "TicketStore")
