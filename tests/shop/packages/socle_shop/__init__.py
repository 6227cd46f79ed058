"""A shop of a few last units: the order type with which the tests of payments buy, as somebody else's package."""
