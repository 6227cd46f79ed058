"""The blacklist: phone numbers that are neither contacted nor paid (contracts/driven.md, "Blacklist")."""
