"""The operator simulator: MTN MoMo, Orange Money and Moov Money as HTTP servers. Development and tests only: nothing
else of Socle imports it, and production refuses it."""
