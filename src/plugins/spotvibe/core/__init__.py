"""The application itself: facts, search, uploads, reports, health, maintenance, feedback, FAQ, settings
(contracts/spotvibe.md section 3)."""
