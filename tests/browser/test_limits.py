"""What a page may cost: a browser that stands still, works for ever or takes all memory is ended, and the next page is
taken by a fresh one.
"""

from __future__ import annotations

import asyncio
import io
import os
import signal
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image
from playwright.async_api import Error

from signage.domain.page_plan import Group, PagePlan, Row
from signage.rendering import render_worker as module
from signage.rendering.browser import MARK, find_browser, usage_of
from signage.rendering.document import Renderer
from signage.rendering.layouts import load_layout
from signage.rendering.page_faults import PageLimits, RenderFault
from signage.rendering.render_worker import Worker
from signage.rendering.renderer_pool import FIT_SCRIPT
from tests.fixtures.faulty import hanging
from tests.fixtures.make import event
from tests.fixtures.shots import FJORD, one_screen, spec_of

pytestmark = pytest.mark.browser
AMPLE = PageLimits(wall=300, processor=60)  # for a machine that has much else to do
NOTICE_ONLY = [{"show": "notice", "title": "Hei"}]
NOTICE = spec_of(one_screen(playlist=NOTICE_ONLY), PagePlan("notice", entry=(0, "")))
DOCUMENT = Renderer(load_layout(FJORD)).document(NOTICE)


def quiet_runner() -> asyncio.Runner:
    """Playwright leaves failures behind of browsers that were killed, which asyncio would log during a later test."""
    runner = asyncio.Runner()
    runner.get_loop().set_exception_handler(lambda loop, context: None)
    return runner


class Camera:
    """One browser, driven from a test."""

    def __init__(self) -> None:
        self.worker = Worker(find_browser(), FIT_SCRIPT)
        self._runner = quiet_runner()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    def browsers(self) -> list[psutil.Process]:
        """The browsers' main processes."""
        found = []
        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.Error):  # the process of a page that was closed has just ended
                if any(part.startswith(MARK) for part in child.cmdline()):
                    found.append(child)
        return found

    def close(self) -> None:
        self.run(self.worker.close())
        self._runner.close()


@pytest.fixture
def camera() -> Iterator[Camera]:
    made = Camera()
    made.run(made.worker.capture(DOCUMENT, NOTICE, AMPLE))
    yield made
    made.close()


def assert_fresh_after(camera: Camera, old: list[psutil.Process]) -> None:
    """The old browser is gone, and another one takes the next page."""
    assert psutil.wait_procs(old, timeout=120)[1] == []
    taken = camera.run(camera.worker.capture(DOCUMENT, NOTICE, AMPLE))
    assert taken.png is not None


def test_a_browser_that_stands_still_is_ended_when_its_time_is_up(camera: Camera) -> None:
    old = camera.browsers()
    os.killpg(old[0].pid, signal.SIGSTOP)
    with pytest.raises(RenderFault, match=r"no answer within 2 s$") as failed:
        camera.run(camera.worker.capture(DOCUMENT, NOTICE, PageLimits(wall=2, processor=60)))
    assert failed.value.hung
    assert_fresh_after(camera, old)


def test_a_page_that_works_for_ever_is_ended_by_its_processor_time(camera: Camera) -> None:
    old = camera.browsers()
    with pytest.raises(RenderFault, match="no answer within 1 s of processor time"):
        camera.run(camera.worker.capture(hanging(DOCUMENT), NOTICE, PageLimits(wall=300, processor=1)))
    assert_fresh_after(camera, old)


def test_a_page_that_takes_too_much_memory_is_ended(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    old = camera.browsers()
    with monkeypatch.context() as patch:
        patch.setattr(module, "MOST_MEMORY", 10_000_000)
        with pytest.raises(RenderFault, match=r"needed more than 0\.01 GB of memory"):
            camera.run(camera.worker.capture(hanging(DOCUMENT), NOTICE, AMPLE))
    assert_fresh_after(camera, old)


def test_a_browser_that_is_killed_over_a_page_is_started_again_and_the_page_comes(camera: Camera) -> None:
    old = camera.browsers()
    os.killpg(old[0].pid, signal.SIGKILL)
    assert_fresh_after(camera, old)


def drivers() -> list[psutil.Process]:
    """What drives browsers, of this process."""
    return [p for p in psutil.Process().children() if any("playwright" in part for part in p.cmdline())]


def test_a_driver_whose_browser_never_started_is_waited_for_also_when_it_is_slow_to_end(tmp_path: Path) -> None:
    worker = Worker(tmp_path / "no-browser", FIT_SCRIPT)

    async def start_and_close() -> bool:
        with pytest.raises(Error):
            await worker.sheet(DOCUMENT, NOTICE)
        (driver,) = drivers()
        driver.suspend()
        closing = asyncio.ensure_future(worker.close(0.1))
        early = bool((await asyncio.wait({closing}, timeout=0.5))[0])
        driver.resume()
        await closing
        return early

    with quiet_runner() as runner:
        assert runner.run(start_and_close()) is False
    assert drivers() == []


def test_a_browser_that_does_not_start_for_the_warm_up_leaves_no_driver(tmp_path: Path) -> None:
    worker = Worker(tmp_path / "no-browser", FIT_SCRIPT)
    with quiet_runner() as runner, pytest.raises(RenderFault):
        runner.run(worker.warm_up(("", 1920, 1080)))
    assert drivers() == []


def test_a_shell_is_loaded_anew_after_many_pages(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    """It grows with each page; the browser around it stays."""
    monkeypatch.setattr(module, "SHEET_PAGES", 2)
    browsers = camera.browsers()
    pages, taken = [], []
    for _ in range(4):
        taken.append(camera.run(camera.worker.capture(DOCUMENT, NOTICE, AMPLE)).png)
        pages.append(camera.run(camera.worker.sheet(DOCUMENT, NOTICE)))
    assert len({*taken}) == 1
    assert [page.is_closed() for page in pages] == [True, True, False, False]
    assert pages[0] is pages[1]
    assert camera.browsers() == browsers


def test_shells_are_tabs_of_one_window_each_of_its_own_size(camera: Camera) -> None:
    """A window of Chromium's costs a second of processor time."""
    upright = spec_of(one_screen("portrait", playlist=NOTICE_ONLY), PagePlan("notice", entry=(0, "")))
    sizes = []
    for spec in (upright, NOTICE):
        taken = camera.run(camera.worker.capture(DOCUMENT, spec, AMPLE))
        with Image.open(io.BytesIO(taken.png)) as picture:
            sizes.append(picture.size)
    assert sizes == [(1080, 1920), (1920, 1080)]
    pages = [camera.run(camera.worker.sheet(DOCUMENT, spec)) for spec in (upright, NOTICE)]
    assert pages[0] is not pages[1]
    assert pages[0].context is pages[1].context


ACCENTS = "Z" + "\u0301\u0316\u0322\u0489" * 75  # a letter with 299 marks on it
FAMILY = "👩\u200d👩\u200d👧\u200d👦🏳\ufe0f\u200d🌈🎉"


@pytest.mark.parametrize(("title", "rows"), [(ACCENTS, 1), (ACCENTS, 12), (FAMILY * 20, 40), ("\u05d0\u0628" * 150, 8)])
def test_the_worst_titles_cost_seconds_and_no_more_memory_than_others(camera: Camera, title: str, rows: int) -> None:
    """Measured: 1.3 s of processor time at the most, and 310 MB; a first page alone takes 250."""
    events = [event(f"{title[:297]}{n}", "2026-11-23 18:00", venue=title[:200]) for n in range(rows)]
    group = Group(date(2026, 11, 23), 0, tuple(Row(one.id) for one in events))
    spec = spec_of(one_screen(), PagePlan("today", date(2026, 11, 23), (group,)), events)
    (mark,) = {part.partition("=")[2] for b in camera.browsers() for part in b.cmdline() if part.startswith(MARK)}
    before = usage_of(mark)
    camera.run(camera.worker.capture(Renderer(load_layout(FJORD)).document(spec), spec, AMPLE))
    after = usage_of(mark)
    assert 0 < after.processor - before.processor < 6
    assert after.memory < 500_000_000
