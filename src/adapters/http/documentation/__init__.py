"""The documentation pages (Swagger UI, ReDoc), served without any other host, and what completes the OpenAPI
document."""
