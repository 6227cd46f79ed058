"""The outer edge of the HTTP server: pure ASGI layers that know no product.

`stack.edge` puts them around the application in the right order. Facts of one request that several layers (and
handlers) share stand in `scope["socle"]`; `asgi.py` lists its keys.
"""
