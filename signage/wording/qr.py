"""QR codes (ISO/IEC 18004), level M, with the quiet zone of four modules that the standard asks for. Pure."""

from __future__ import annotations

from functools import lru_cache

import segno
from markupsafe import Markup

QUIET_ZONE = 4  # modules on every side


@lru_cache(512)
def modules(address: str) -> int:
    """How many modules a code is wide, its quiet zone included."""
    return int(_code(address).symbol_size(border=QUIET_ZONE)[0])


@lru_cache(512)
def qr(address: str) -> Markup:
    """The code as inline SVG, black on white."""
    svg = _code(address).svg_inline(border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True)
    return Markup(svg)  # noqa: S704 made by segno from an address, no text of anybody's in it


@lru_cache(512)
def _code(address: str) -> segno.QRCode:
    return segno.make(address, error="m", micro=False)
