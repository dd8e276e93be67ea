"""A build that is told to stop ends its rendering at once, even when the browser hangs, and leaves nothing behind."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from signage.domain.model import PageSpec
from signage.domain.page_plan import PagePlan
from signage.rendering.browser import MARK
from signage.rendering.document import Typesetter
from signage.rendering.layouts import load_layout
from signage.rendering.renderer_pool import RendererPool
from signage.runtime.cancel import Cancelled, CancelToken
from signage.storage.store import Store
from tests.fixtures.shots import FJORD, one_screen, spec_of

pytestmark = pytest.mark.browser
PROMPTLY = 3.0  # seconds; about one is promised, on a machine that does nothing else


@pytest.fixture
def renderers(tmp_path: Path) -> Iterator[RendererPool]:
    """Two browsers, and an index on disk. Left by the tests themselves."""
    layout = load_layout(FJORD)
    store = Store(tmp_path / "state.sqlite")
    yield RendererPool(tmp_path / "pictures", store, Typesetter({"fjord": layout}), 2)
    store.close()


def pages(renderers: RendererPool, count: int) -> dict[str, PageSpec]:
    """So many distinct pages, by key."""
    specs = [
        spec_of(one_screen(playlist=[{"show": "notice", "title": f"Nummer {n}"}]), PagePlan("notice", entry=(0, "")))
        for n in range(count)
    ]
    return {renderers.key(spec): spec for spec in specs}


def browsers() -> list[psutil.Process]:
    """Every browser that this process's pictures are made with."""
    own = psutil.Process()
    return [p for p in own.children(recursive=True) if any(MARK in part for part in _command(p))]


def drivers() -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if any("playwright" in part for part in _command(p))]


def assert_ended() -> None:
    """No browser is left; a driver that was just starting ends as soon as it has started."""
    assert browsers() == []
    assert psutil.wait_procs(drivers(), timeout=120)[1] == []


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def cancelled_after(
    renderers: RendererPool, wanted: dict[str, PageSpec], done: int, before: Callable[[], None]
) -> float:
    """Seconds from the cancellation, when so many pages were done, until the studio was left."""
    token, enough = CancelToken(), threading.Event()
    times: list[float] = []

    def stop() -> None:
        enough.wait()
        before()
        times.append(time.monotonic())
        token.cancel()

    thread = threading.Thread(target=stop)
    thread.start()
    if done == 0:
        enough.set()
    with renderers, pytest.raises(Cancelled):
        renderers.render(wanted, lambda made: enough.set() if len(made) >= done else None, token)
    times.append(time.monotonic())
    thread.join()
    return times[1] - times[0]


def test_browsers_give_way_to_the_answers_to_players(renderers: RendererPool) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    with renderers:
        renderers.render(pages(renderers, 1))
        values = {os.getpriority(os.PRIO_PROCESS, process.pid) for process in [*drivers(), *browsers()]}
    assert values == {max(own, 10)}


def test_pictures_made_before_the_cancellation_are_kept_and_no_process_is_left(
    renderers: RendererPool, caplog: pytest.LogCaptureFixture
) -> None:
    wanted = pages(renderers, 60)
    with caplog.at_level(logging.WARNING):
        took = cancelled_after(renderers, wanted, 4, lambda: None)
    assert took < PROMPTLY
    assert 4 <= len(renderers.look_up(wanted)) < 60
    assert_ended()
    assert caplog.records == []  # least of all a traceback of asyncio's


def test_a_browser_that_hangs_is_killed_when_the_build_is_cancelled(
    renderers: RendererPool, caplog: pytest.LogCaptureFixture
) -> None:
    def hang() -> None:
        for browser in browsers():
            os.killpg(os.getpgid(browser.pid), signal.SIGSTOP)

    with caplog.at_level(logging.WARNING):
        took = cancelled_after(renderers, pages(renderers, 60), 2, hang)
    assert took < PROMPTLY
    assert_ended()
    assert caplog.records == []


def test_a_cancellation_while_the_browsers_start_leaves_no_process(renderers: RendererPool) -> None:
    assert cancelled_after(renderers, pages(renderers, 4), 0, lambda: None) < PROMPTLY
    assert_ended()


def test_a_token_that_is_cancelled_already_starts_no_browser(renderers: RendererPool) -> None:
    token = CancelToken()
    token.cancel()
    with renderers, pytest.raises(Cancelled):
        renderers.render(pages(renderers, 1), cancel=token)
    assert drivers() == []


def test_a_loop_that_is_stuck_does_not_hold_up_the_end(renderers: RendererPool) -> None:
    """A template that never ends, say: the loop's thread can't be stopped, and isn't waited for."""
    released = threading.Event()
    layout = renderers.document

    def endless(spec: PageSpec) -> object:
        released.wait()
        return layout(spec)

    renderers.document = endless  # type: ignore[assignment]
    try:
        assert cancelled_after(renderers, pages(renderers, 2), 0, lambda: None) < PROMPTLY + 2
    finally:
        released.set()
