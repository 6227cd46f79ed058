"""Features and the subscriptions of companies to them (contracts/megahub.md, "Company features")."""
