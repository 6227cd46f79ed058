"""crm: clients, projects, pipeline, tasks, quotes, dashboards, reports (contracts/crm.md)."""
