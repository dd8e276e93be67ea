"""Single pages through the real browser, without a build: what a page says, and what it looks like."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image

from signage.config.models import Config
from signage.languages import load as load_words
from signage.layouts import load_layout
from signage.model import Event, News, PageSpec, Report
from signage.pages.contexts import Contexts
from signage.pages.document import Renderer
from signage.pages.material import Material
from signage.pages.plans import PagePlan
from signage.pictures.browser import find_browser
from signage.pictures.contrast import contrasts
from signage.pictures.encode import decode
from signage.pictures.files import PictureFiles
from signage.pictures.studio import FIT_SCRIPT
from signage.pictures.worker import Worker

FJORD = Path(__file__).parent.parent / "layouts" / "fjord"
SIZES = {"landscape": "1920x1080", "portrait": "1080x1920"}


def one_screen(orientation: str = "landscape", language: str = "nb", **more: Any) -> Config:
    """Heim, with one screen "s" in the library, and a feed of the municipality."""
    screen = {"place": "bibliotek", "size": SIZES[orientation], "language": language, "playlist": [{"show": "today"}]}
    return Config.model_validate(
        {
            "site": {
                "name": "Heim kommune",
                "calendar": "https://iheim.no",
                "motto": "det som skjer i Heim",
                "languages": ["nb"],
            },
            "sources": [
                {"id": "iheim", "type": "wis", "url": "https://iheim.no"},
                {"id": "kommunen", "type": "rss", "url": "https://www.heim.kommune.no/feed", "name": "Heim kommune"},
                {"id": "avisa", "type": "rss", "url": "https://www.avisa-hemne.no/feed"},
            ],
            "places": {"bibliotek": {"name": "Hemne bibliotek", "town": "Kyrksæterøra"}},
            "screens": {"s": {**screen, **more}},
        }
    )


def spec_of(
    config: Config, plan: PagePlan, events: Sequence[Event] = (), news: Mapping[tuple[str, str], News] | None = None
) -> PageSpec:
    """The page in words."""
    words = load_words(config.screens["s"].language or "nb")
    material = Material({event.id: event for event in events}, news or {})
    told_in = load_words(config.site.languages[0]).hyphens
    return Contexts(config, "s", words, material, told_in).spec(plan)


class Booth:
    """Takes pictures of pages in the layout that comes along."""

    def __init__(self, images: Path) -> None:
        self._worker = Worker(find_browser(), FIT_SCRIPT)
        self._runner = asyncio.Runner()
        self._renderer = Renderer(load_layout(FJORD), PictureFiles(images).address)

    def take(self, spec: PageSpec) -> tuple[Image.Image, Report]:
        """The page's picture and report; an AssertionError with the report's problems when it doesn't fit."""
        taken = self._runner.run(self._worker.capture(self._renderer.document(spec), spec))
        report = taken.report
        assert taken.png is not None, (spec.kind, spec.context["screen"]["orientation"], spec.language, report.problems)
        image = decode(taken.png)
        bare = decode(taken.bare) if taken.bare else None
        return image, replace(report, contrasts=contrasts(image, taken.runs, bare))

    def close(self) -> None:
        """End the browser."""
        self._runner.run(self._worker.close())
        self._runner.close()


@contextmanager
def booth(images: Path) -> Iterator[Booth]:
    made = Booth(images)
    try:
        yield made
    finally:
        made.close()
