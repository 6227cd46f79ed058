"""The port of printed documents: a template, which is a file beside the feature that owns it, filled with data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from core.primitives.errors import message

RENDERER_DOWN = message(
    "documents_unavailable",
    fr="Le document ne peut être produit pour le moment.",
    en="The document cannot be made at the moment.",
)


class Documents(Protocol):
    """Makes documents. One renderer serves the whole project (docs/adr/0016)."""

    async def pdf(self, template: Path, data: Mapping[str, Any]) -> bytes:
        """Fill a template and return it as a PDF. `data` are plain values that JSON can hold; the template shows every
        text as it is, never as markup. A picture is an SVG text among them.

        Raises `DomainError` of kind unavailable where the renderer does not start or does not answer in time, and
        `DocumentFault` for a template that cannot be filled.
        """
        ...

    async def close(self) -> None:
        """Let go of what the renderer holds."""
        ...


class DocumentFault(Exception):
    """A template that cannot be filled with what it was given: a fault of ours. The text is the renderer's."""
