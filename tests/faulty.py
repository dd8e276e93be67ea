"""A pipeline whose pages fail as a test wants it, in the real browser: what is set for a page goes through `spoil`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from signage.layouts import Layout
from signage.model import PageSpec
from signage.pages.document import Document
from signage.pictures import Studio
from signage.pictures.faults import Limits, Patience
from signage.pipeline import Folders, Pipeline
from tests.site import LAYOUTS

Spoil = Callable[[PageSpec, Document], Document]
SOON = Limits(60.0, 2.0)  # that a page may take here; those that hang take minutes of processor time

# Noise of 255 octaves, 400 times: the browser is busy with it for minutes, and nothing can interrupt it.
_HANGS = (
    '<svg style="position:absolute;right:0;bottom:0;pointer-events:none" width="300" height="300">'
    '<filter id="f" x="0" y="0" width="1" height="1"><feTurbulence baseFrequency="0.9" numOctaves="255"/></filter>'
    + '<rect width="300" height="300" filter="url(#f)"/>' * 400
    + "</svg></main>"
)


def hanging(document: Document) -> Document:
    """The same page, which the browser takes minutes for."""
    return replace(document, body=document.body.replace("</main>", _HANGS))


class FaultyPipeline(Pipeline):
    """Builds with real parts; `spoil` may change a page's document, or raise."""

    def __init__(self, folder: Path, spoil: Spoil, layouts: Path = LAYOUTS, limits: Limits = SOON) -> None:
        super().__init__(Folders(folder / "var"), layouts)
        self.spoil = spoil
        self.limits = limits
        self.set_in_layout: list[PageSpec] = []  # every page that was set

    def _studio(self, layouts: Mapping[str, Layout], now: datetime | None = None) -> Studio:
        studio = super()._studio(layouts, now)
        studio.patience = Patience(self.limits)
        set_page = studio.document

        def document(spec: PageSpec) -> Document:
            self.set_in_layout.append(spec)
            made = set_page(spec)
            assert isinstance(made, Document)
            return self.spoil(spec, made)

        studio.document = document
        return studio


def says(spec: PageSpec, words: str) -> bool:
    """Whether the page says this somewhere."""

    def inside(value: Any) -> bool:
        if isinstance(value, Mapping):
            return any(inside(each) for each in value.values())
        if isinstance(value, list | tuple):
            return any(inside(each) for each in value)
        return isinstance(value, str) and words in value.replace("\u00ad", "").replace("\u00a0", " ")

    return inside(spec.context)
