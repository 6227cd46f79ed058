"""The same requests over the same tables, as experts of other frameworks write them, and with no framework at all."""
