"""Organisations: the companies of an installation, who is a member of them, and in which role."""
