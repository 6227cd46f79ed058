"""Functions: the operations of an application by name, and the permissions that they ask for (contracts/driven.md,
"API de Fonctions")."""
