"""Drawings (SVG) as small pictures, for the telephones' pages: a browser of their own draws each of them once."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from signage.domain.model import PageSpec, Picture, Rendered
from signage.errors import SignageError
from signage.rendering.document import Typesetter
from signage.rendering.failed_pages import NoIndex
from signage.rendering.layouts import Layout
from signage.rendering.page_faults import PageLimits, RenderPatience
from signage.rendering.renderer_pool import RendererPool
from signage.wording.rows import picture as page_picture

log = logging.getLogger(__name__)

NAME = "drawing"
TEMPLATE = '<main data-smallest="11"><img src="{{ page.picture.src }}" alt=""></main>'
CSS = "body { margin: 0; background: #fff } main, img { display: block; width: 100vw; height: 100vh }"
LIMITS = PageLimits(wall=15.0, processor=5.0)  # seconds
MOST_TRIES = 3
MEDIA_TYPE = "image/svg+xml"


class Drawings:
    """Draws them. One that could not be drawn is tried again by a few builds, and by no more: each waits for it."""

    def __init__(self) -> None:
        self._failures: Counter[str] = Counter()  # by the drawing's sha256

    def drawn(self, picture: Picture, data: bytes, side: int) -> bytes | None:
        """A drawing as a picture whose long side is `side` pixels; None if it can't be drawn."""
        if self._failures[picture.sha256] >= MOST_TRIES:
            return None
        scale = side / max(picture.width, picture.height)
        width, height = (max(1, round(length * scale)) for length in (picture.width, picture.height))
        context = {"screen": {"smallest": 0}, "picture": page_picture(picture)}
        page = PageSpec(NAME, NAME, width, height, "nb", context)
        layout = Layout(NAME, {f"{NAME}.html": TEMPLATE}, CSS, b"", 0.0, {}, hashlib.sha256(CSS.encode()).hexdigest())
        address = f"data:{MEDIA_TYPE};base64,{base64.b64encode(data).decode('ascii')}"
        typesetter = Typesetter({NAME: layout}, lambda sha256: address)
        try:
            with (
                TemporaryDirectory() as folder,
                RendererPool(Path(folder), NoIndex(), typesetter, workers=1, patience=RenderPatience(LIMITS)) as pool,
            ):
                outcome = pool.render({NAME: page})[NAME]
                if isinstance(outcome, Rendered):
                    return pool.path(outcome).read_bytes()
                reason = outcome.reason
        except (SignageError, OSError) as error:
            reason = str(error)
        log.warning("the drawing %s can't be made a picture for telephones: %s", picture.sha256, reason)
        self._failures[picture.sha256] += 1
        return None
