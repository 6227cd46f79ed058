"""Traces: what happened in the applications that report to the portal (contracts/driven.md, "Traces")."""
