"""Pages that are rendered by workers in other processes: the same bytes, also when a worker or the scheduler ends."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from signage.config.rendering import Rendering
from signage.domain.model import PageSpec
from signage.domain.page_plan import PagePlan
from signage.rendering.choice import make_browsers
from signage.rendering.document import Typesetter
from signage.rendering.failed_pages import Outcome
from signage.rendering.layouts import load_layout
from signage.rendering.renderer_pool import RendererPool
from signage.runtime.cancel import Cancelled, CancelToken
from signage.storage.store import Store
from tests.fixtures.machines import MachineWorker, Scheduler
from tests.fixtures.shots import FJORD, one_screen, spec_of

pytestmark = pytest.mark.browser
PROMPTLY = 3.0  # seconds; about one is promised, on a machine that does nothing else
PAGES = 6


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scheduler]:
    found = Scheduler(tmp_path_factory.mktemp("scheduler"))
    yield found
    found.kill()


@pytest.fixture(scope="module")
def worker(scheduler: Scheduler, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MachineWorker]:
    found = MachineWorker(tmp_path_factory.mktemp("worker") / "log", scheduler.address)
    found.wait()
    yield found
    assert found.end() == 0, found.text()


@contextmanager
def pool(folder: Path, address: str | None) -> Iterator[RendererPool]:
    store = Store(folder / "state.sqlite")
    typesetter = Typesetter({"fjord": load_layout(FJORD)})
    with RendererPool(
        folder / "pictures", store, typesetter, 1, browsers=make_browsers(Rendering(scheduler=address))
    ) as renderers:
        yield renderers
    store.close()


def pages(renderers: RendererPool, count: int = PAGES) -> dict[str, PageSpec]:
    """So many distinct pages; every second one upright, and one that overflows."""
    specs = [
        spec_of(
            one_screen(("landscape", "portrait")[n % 2], playlist=[{"show": "notice", "title": f"Nummer {n}"}]),
            PagePlan("notice", entry=(0, "")),
        )
        for n in range(count)
    ]
    return {renderers.key(spec): spec for spec in specs}


@pytest.fixture(scope="module")
def as_here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What this machine's own browser makes of the pages."""
    with pool(tmp_path_factory.mktemp("here"), None) as renderers:
        return renderers.render(pages(renderers))


def test_no_page_is_lost_when_a_worker_is_killed_and_the_bytes_are_the_same(
    scheduler: Scheduler, worker: MachineWorker, as_here: dict[str, Outcome], tmp_path: Path
) -> None:
    second = MachineWorker(tmp_path / "log", scheduler.address)
    second.wait()
    with pool(tmp_path, scheduler.address) as renderers:
        found = renderers.render(pages(renderers), lambda done: second.process.kill() if len(done) == 1 else None)
        assert renderers.browsers.spare.captured == 0  # type: ignore[attr-defined] nothing was rendered here
        pictures = {path.stem for path in (tmp_path / "pictures").iterdir()}
    second.process.wait()
    assert found == as_here
    assert pictures == {outcome.sha256 for outcome in as_here.values()}  # type: ignore[union-attr]


def test_quick_pages_come_as_the_browser_captured_them(
    scheduler: Scheduler, worker: MachineWorker, tmp_path: Path
) -> None:
    with pool(tmp_path, scheduler.address) as renderers:
        (found,) = renderers.render(pages(renderers, 1), quick=True).values()
        assert renderers.path(found).read_bytes().startswith(b"\x89PNG")  # type: ignore[arg-type]


def test_a_build_that_is_cancelled_ends_at_once(scheduler: Scheduler, worker: MachineWorker, tmp_path: Path) -> None:
    token, times = CancelToken(), []

    def cancel() -> None:
        times.append(time.monotonic())
        token.cancel()

    stop = threading.Thread(target=cancel)
    with pool(tmp_path, scheduler.address) as renderers:
        wanted = pages(renderers, 40)
        with pytest.raises(Cancelled):
            renderers.render(wanted, lambda done: stop.start() if len(done) == 1 else None, token)
    assert time.monotonic() - times[0] < PROMPTLY


def test_without_a_scheduler_the_rest_is_rendered_here(
    scheduler: Scheduler,
    worker: MachineWorker,
    as_here: dict[str, Outcome],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The last test of this file: it kills the scheduler."""
    with caplog.at_level(logging.WARNING, "signage"), pool(tmp_path, scheduler.address) as renderers:
        found = renderers.render(pages(renderers), lambda done: scheduler.kill() if len(done) == 1 else None)
    assert found == as_here
    (warning,) = caplog.messages
    assert f"The scheduler at {scheduler.address} doesn't answer" in warning
    worker.wait_for("It is tried again.")
