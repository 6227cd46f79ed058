"""Moov Money in Benin, the SOAP merchant API (reference/mobile-money.md section 4A)."""
