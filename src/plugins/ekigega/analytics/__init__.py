"""Dashboards and cashflow: exact figures over sales, expenses and partners (contracts/ekigega.txt section 10)."""
