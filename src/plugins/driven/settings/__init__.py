"""Settings: the codifications that utilisateurs have (contracts/driven.md, "Settings (Paramètres)")."""
