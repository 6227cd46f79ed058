"""MTN MoMo, the Open API (reference/mobile-money.md section 2)."""
