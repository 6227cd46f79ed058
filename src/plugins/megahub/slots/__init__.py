"""Slots: how many brands and users a company may have (contracts/megahub.md, "Company slots")."""
