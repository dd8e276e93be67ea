"""Fitting under attack, and what it costs: rows of `make bench`.

python -m benchmarks.fit [PAGES]
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import async_playwright

from signage.preview import read_sample
from signage.rendering.browser import arguments, find_browser
from signage.rendering.document import Renderer
from signage.rendering.layouts import load_layout
from signage.rendering.renderer_pool import FIT_SCRIPT
from tests.fixtures.hostile import run as run_hostile
from tests.fixtures.seeded_faults import run as run_seeded
from tests.fixtures.seeded_faults import tell

LAYOUTS = Path(__file__).parent.parent / "layouts"
PAGES = 10_000
ROUNDS = 12  # over the same documents, the two ways in turn
Say = Callable[[str, str, str], None]

_PLACE = "({body}) => { document.body.innerHTML = body; return document.fonts.ready.then(() => 1); }"


def run(say: Say, pages: int = PAGES) -> None:
    """All rows."""
    with tempfile.TemporaryDirectory() as folder:
        faulty, missed, mistaken = tell(run_seeded(Path(folder)))
        say("seeded faults; of them caught", f"{len(faulty)}; {len(faulty) - len(missed)}", "all of 200 or more")
        say("good pages found to be at fault", str(len(mistaken)), "0")
        started = time.perf_counter()
        tally = run_hostile(range(pages), Path(folder), workers=4, until=pages)
        seconds = time.perf_counter() - started
    say("hostile pages; published, the others split", f"{tally.measured}; {tally.published}", str(pages))
    say("clipped, overlapping or too small whatever is done", str(len(tally.problems)), "0")
    for case, problems in tally.problems[:10]:
        say(f"  {case}: {problems[0]}", "", "")
    say("smallest letter / the smallest that may be", f"{tally.smallest:.3f}", "1")
    say("seconds", f"{seconds:.0f}", "")
    plain, fitted = asyncio.run(_cost())
    say("fit and measure on top of rendering alone", f"{fitted / plain - 1:+.0%}", "at most +30 %")


async def _cost() -> tuple[float, float]:
    """Seconds for the same documents set and captured, without and with our scripts, in turn."""
    layout = load_layout(LAYOUTS / "fjord")
    sample, renderer = read_sample(LAYOUTS / "fjord"), Renderer(layout)
    pages = sample.pages(layout, "1920x1080").values()
    documents = [renderer.document(spec) for spec in pages if not spec.context.get("picture")]
    spent = [0.0, 0.0]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_browser(), args=arguments())
        page = await browser.new_page(viewport={"width": 1920, "height": 1080}, java_script_enabled=False)
        await page.set_content(f"<!doctype html><html><head>{documents[0].head}</head><body></body></html>")
        cdp = await page.context.new_cdp_session(page)
        for number in range(ROUNDS + 1):
            for document in documents:
                for way, script in enumerate((_PLACE, FIT_SCRIPT)):
                    started = time.perf_counter()
                    await page.evaluate(script, {"body": document.body, "language": "nb"})
                    await cdp.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
                    if number:  # the first round warms up
                        spent[way] += time.perf_counter() - started
        await browser.close()
    return spent[0], spent[1]


if __name__ == "__main__":
    run(lambda what, figure, aim: print(f"{what:62} {figure:>16}  {aim}"), *map(int, sys.argv[1:]))
