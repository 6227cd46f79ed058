"""Companies, their brands and users (contracts/megahub.md, "Company core")."""
