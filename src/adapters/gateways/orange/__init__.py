"""Orange Money: Web Payment (reference/mobile-money.md section 3A), and refunds by a payout contract (section 3B)."""
