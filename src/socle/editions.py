"""Editions: the products that an installation serves."""

from collections.abc import Mapping

EDITIONS: Mapping[str, tuple[str, ...]] = {
    "full": ("ekigega", "spotvibe", "driven", "megahub", "crm"),
    "ekigega": ("ekigega",),
    "spotvibe": ("spotvibe",),
    "driven": ("driven",),
    "megahub": ("megahub",),
    "crm": ("crm",),
}
"""Products by edition, the first of which answers for unclaimed paths."""
