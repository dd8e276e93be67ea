"""Take the pictures of sample pages, with as many browsers as there are cores."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from signage.domain.model import Excess, PageSpec, Rendered, RenderReport
from signage.preview.samples import Sample
from signage.rendering.document import Typesetter
from signage.rendering.failed_pages import NoIndex
from signage.rendering.layouts import Layout
from signage.rendering.picture_files import PictureFiles
from signage.rendering.renderer_pool import RendererPool
from signage.wording.dates import clock_separator
from signage.wording.languages import load

MOST_SPLITS = 7  # more halvings would leave less than a row
CLOCK = (15, 42)  # as players draw it over the picture


@dataclass(frozen=True, slots=True)
class Shot:
    """One page: its picture (None when it does not fit), with the clock drawn in, and its report."""

    picture: Image.Image | None
    report: RenderReport


class Photographer:
    """Takes pictures of pages of these layouts. Use `photographer`, which ends the browsers."""

    def __init__(self, renderers: RendererPool, layouts: Mapping[str, Layout]) -> None:
        self._renderers = renderers
        self._layouts = layouts

    def take(self, pages: Mapping[str, PageSpec]) -> dict[str, Shot]:
        """A picture of each page, by its name."""
        outcomes = self._renderers.render(pages)
        return {
            name: _shot(self._renderers, outcome, self._layouts[pages[name].layout], pages[name].language)
            for name, outcome in outcomes.items()
            if isinstance(outcome, Rendered)
        }

    def take_sample(
        self, sample: Sample, layout: Layout, size: str, language: str = "nb", season: str = ""
    ) -> dict[str, Shot]:
        """A picture of every kind of page; what overflows is split, as on real screens, and its first part taken."""
        splits: dict[str, list[Excess]] = {}
        shots: dict[str, Shot] = {}
        for _ in range(MOST_SPLITS):
            pages = sample.pages(layout, size, language, season, splits)
            waiting = {kind: spec for kind, spec in pages.items() if kind not in shots or shots[kind].picture is None}
            if not waiting:
                break
            shots |= self.take(waiting)
            for kind in waiting:
                if shots[kind].picture is None:
                    splits.setdefault(kind, []).append(shots[kind].report.excess)
        return {kind: shots[kind] for kind in pages}


@contextmanager
def photographer(layouts: Mapping[str, Layout], pictures: Mapping[str, bytes]) -> Iterator[Photographer]:
    """The browsers run until it is left. `pictures`: the bytes of those that the pages show, by sha256."""
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "images"
        images.mkdir()
        for sha256, content in pictures.items():
            (images / f"{sha256}.jpg").write_bytes(content)
        typesetter = Typesetter(layouts, PictureFiles(images).address)
        with RendererPool(Path(folder) / "out", NoIndex(), typesetter) as renderers:
            yield Photographer(renderers, layouts)


def shoot(
    pages: Mapping[str, PageSpec], layouts: Mapping[str, Layout], pictures: Mapping[str, bytes]
) -> dict[str, Shot]:
    """A picture of each page, by its name, with browsers that are started for it."""
    with photographer(layouts, pictures) as camera:
        return camera.take(pages)


def _shot(renderers: RendererPool, rendered: Rendered, layout: Layout, language: str) -> Shot:
    if rendered.report.overflow:
        return Shot(None, rendered.report)
    with Image.open(renderers.path(rendered)) as opened:
        picture = opened.convert("RGB")
    if box := rendered.report.clock:
        font = ImageFont.truetype(io.BytesIO(layout.clock_font), round(box.size))
        ink = ImageDraw.Draw(picture)
        hour, minute = CLOCK
        clock = f"{hour}{clock_separator(load(language))}{minute}"
        anchor = {"left": ("lm", box.x), "center": ("mm", box.x + box.width / 2), "right": ("rm", box.x + box.width)}
        where, x = anchor[box.align]
        ink.text((x, box.y + box.height / 2), clock, font=font, fill=box.color, anchor=where)
    return Shot(picture, rendered.report)
