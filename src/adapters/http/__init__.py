"""The HTTP adapter: Litestar, spoken to in the dialect of each product."""
