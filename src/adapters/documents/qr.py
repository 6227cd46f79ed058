"""QR codes (ISO/IEC 18004), drawn by segno, which is imported when the first one is drawn."""

import io

ERROR_CORRECTION = "m"
"""15 % of a code may be unreadable: a crease, a reflection."""
BORDER = 4
"""The quiet zone that the standard asks for, in modules."""


def qr_png(text: str, *, scale: int = 6) -> bytes:
    """Draw a text as a PNG, black on white; `scale` is a module's width in pixels."""
    import segno

    drawn = io.BytesIO()
    segno.make(text, error=ERROR_CORRECTION, micro=False).save(drawn, kind="png", scale=scale, border=BORDER)
    return drawn.getvalue()


def qr_svg(text: str) -> str:
    """Draw a text as an SVG document, for a printed page."""
    import segno

    drawn = io.BytesIO()
    code = segno.make(text, error=ERROR_CORRECTION, micro=False)
    code.save(drawn, kind="svg", border=BORDER, dark="#000", light="#fff")
    return drawn.getvalue().decode()
