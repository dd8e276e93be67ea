"""The checker, checked: faults put by script into good pages. Every one must be found, and none where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from signage.layouts import load_layout
from signage.pages.document import Renderer
from signage.pictures.browser import find_browser
from signage.pictures.files import PictureFiles
from signage.pictures.studio import FIT_SCRIPT
from signage.pictures.worker import Worker, says_one_thing
from signage.preview.samples import read_sample

LAYOUTS = Path(__file__).parent.parent / "layouts"
INJECT = Path(__file__).with_suffix(".js").read_text("utf-8")
MEASURE = (Path(__file__).parent.parent / "signage" / "pictures" / "measure.js").read_text("utf-8")
# Layout, size, and the pages of its sample that faults are put into
PAGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("fjord", "1920x1080", ("today", "week", "event", "split", "evergreen")),
    ("fjord", "1080x1920", ("agenda", "event-plain", "organisation", "now")),
    ("fjord", "1920x540", ("today", "countdown")),
    ("fjord", "1440x1080", ("news", "sponsor")),
    ("plakat", "1920x1080", ("event", "agenda")),
)


@dataclass(frozen=True)
class Seeded:
    """What the checker said of one page with one fault; `fault` is empty for the page as it is."""

    page: str
    fault: str
    problems: tuple[str, ...]


async def _run(pages: Sequence[tuple[str, str, tuple[str, ...]]], images: Path) -> list[Seeded]:
    worker = Worker(find_browser(), FIT_SCRIPT)
    found = []
    try:
        for name, size, kinds in pages:
            layout = load_layout(LAYOUTS / name)
            sample = read_sample(LAYOUTS / name)
            for sha256, data in sample.pictures.items():
                (images / f"{sha256}.jpg").write_bytes(data)
            specs = sample.pages(layout, size)
            renderer = Renderer(layout, PictureFiles(images).address)
            for number, kind in enumerate(kinds):
                spec = specs[kind]
                document = renderer.document(spec)
                page = await worker.sheet(document, spec)
                given = {"body": document.body, "language": spec.language, "alone": says_one_thing(spec)}
                await page.evaluate("async (input) => { await fitAndMeasure(input); }", given)
                said = await page.evaluate(f"(seed) => ({INJECT})({{ measure: {MEASURE}, seed }})", 7 * number + 3)
                found += [Seeded(f"{name} {size} {kind}", one["fault"], tuple(one["problems"])) for one in said]
    finally:
        await worker.close()
    return found


def run(images: Path, pages: Sequence[tuple[str, str, tuple[str, ...]]] = PAGES) -> list[Seeded]:
    """Put every fault into every page; `images` is a folder for the pages' pictures."""
    return asyncio.run(_run(pages, images))


def tell(found: Sequence[Seeded]) -> tuple[list[Seeded], list[Seeded], list[Seeded]]:
    """Those with a fault; those of them that were missed; and pages without a fault that were found to have one."""
    faulty = [one for one in found if one.fault]
    return faulty, [one for one in faulty if not one.problems], [o for o in found if not o.fault and o.problems]
