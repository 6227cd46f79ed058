"""What `test_edge_server` serves."""

from tests.adapters.http.edge.drive import echo, edged

app = edged(echo, max_body_bytes=1000, body_seconds=1.0)
