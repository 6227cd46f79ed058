"""Channels: email over SMTP, the development mailbox; and the log of what was sent."""
