"""The demo's pictures, drawn when they are first asked for."""

from __future__ import annotations

from functools import lru_cache

from signage.demo import indoors, onstage, outdoors

MOTIFS = {**outdoors.MOTIFS, **indoors.MOTIFS, **onstage.MOTIFS}


@lru_cache(None)
def picture(motif: str) -> bytes:
    """A JPEG of 1280 x 720. Raises KeyError when there is no such motif."""
    return MOTIFS[motif]().jpeg()
