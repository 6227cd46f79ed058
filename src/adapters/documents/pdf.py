"""PDF documents by the press, a child process that is started when the first one is ordered (docs/adr/0016)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from adapters.documents.workshop import PATIENCE_SECONDS, Workshop


class PdfPress:
    """Orders documents of a press, one after the other. Every process that orders any has one of its own."""

    def __init__(self, *, patience: float = PATIENCE_SECONDS) -> None:
        self._press = Workshop("adapters.documents.press", patience=patience)

    async def pdf(self, template: Path, data: Mapping[str, Any]) -> bytes:
        """Fill a template and return it as a PDF."""
        values = msgspec.json.encode(data).decode()
        return await self._press.make(msgspec.json.encode({"template": str(template), "data": values}))

    async def close(self) -> None:
        """End the press."""
        await self._press.close()
