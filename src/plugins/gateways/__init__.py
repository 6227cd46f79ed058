"""The payment gateways of the house as plugins: each is offered where its credentials are given."""
