"""Pages: what applications consist of (contracts/driven.md, "Pages")."""
