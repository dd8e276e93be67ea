"""Builds without a browser, for tests in which pages are not the point: hundreds of them in the time of one."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from PIL import Image

from signage.layouts import Layout
from signage.model import PageSpec, Report
from signage.pictures import Studio
from signage.pictures.faults import Limits
from signage.pictures.studio import FIT_SCRIPT
from signage.pictures.worker import Documented, Taken, Worker
from signage.pipeline import Folders, Pipeline
from tests.site import LAYOUTS

_TAG = re.compile(r"<svg.*?</svg>|<[^>]*>", re.DOTALL)
Look = Callable[[PageSpec], None]


class QuickWorker(Worker):
    """Takes no picture of a page, but a few pixels that are different for every document. `look` may raise."""

    def __init__(self, browser: Path, look: Look) -> None:
        super().__init__(browser, FIT_SCRIPT)
        self._look = look

    async def capture(self, document: Documented, spec: PageSpec, limits: Limits | None = None) -> Taken:
        self._look(spec)
        out = io.BytesIO()
        digest = hashlib.sha256((document.head + document.body).encode()).digest()
        Image.frombytes("RGB", (5, 2), digest[:30]).save(out, "PNG")
        text = " ".join(_TAG.sub(" ", document.body).split())
        report = Report(overflow=False, smallest_px=26, scale=1, shortened=0, text=text, letter_px=30)
        return Taken(report, out.getvalue(), ())


class QuickStudio(Studio):
    look: Look

    def make_worker(self) -> Worker:
        return QuickWorker(self._browser, self.look)


class QuickPipeline(Pipeline):
    """Everything but the browser is real."""

    def __init__(self, folder: Path, look: Look = lambda spec: None, layouts: Path = LAYOUTS) -> None:
        super().__init__(Folders(folder / "var"), layouts)
        self.look = look

    def _studio(self, layouts: Mapping[str, Layout], now: datetime | None = None) -> Studio:
        studio = super()._studio(layouts, now)
        studio.__class__ = QuickStudio
        assert isinstance(studio, QuickStudio)
        studio.look = self.look
        return studio
