"""The stores of payments: attempts and refunds, callbacks, the ledger."""
