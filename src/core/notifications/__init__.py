"""Notifications: templates in both languages, channels behind a port, deliveries logged and retried."""
