"""A page that could not be rendered comes back by itself, costs no other page, and less and less time."""

from __future__ import annotations

import shutil
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from signage.app.folders import Folders
from signage.app.pipeline import Pipeline
from signage.domain.model import PageSpec
from signage.errors import EXIT_OK, EXIT_PARTIAL
from signage.publishing import open_pages
from signage.rendering import page_faults
from signage.rendering.document import Document
from signage.rendering.page_faults import (
    FIRST_WAIT,
    HUNG_IN_A_ROW,
    LEAST_PROCESSOR_SECONDS,
    LEAST_SECONDS,
    LONGEST_WAIT,
    MOST_SECONDS,
    NotRendered,
    PageLimits,
    RenderPatience,
    wait_after,
)
from tests.fixtures.faulty import FaultyPipeline, hanging, says
from tests.fixtures.make import oslo
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.site import NOW, Site, listing

MINUTES = timedelta(minutes=10)


def shown(manifest: dict[str, Any], at: datetime = NOW) -> list[list[str]]:
    return [[event["title"] for event in page["events"]] for page in open_pages(manifest, at)]


@pytest.fixture(autouse=True)
def _short_last_tries(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second attempt of a page that hangs gets no more time than the first: it hangs all the same."""
    if request.node.get_closest_marker("browser"):
        monkeypatch.setattr(page_faults, "LAST_TRY_TIMES", 1)


class Hangs:
    """Pages that say these words hang, `times` times."""

    def __init__(self, words: str, times: int = 10_000) -> None:
        self.words = words
        self.times = times

    def __call__(self, spec: PageSpec, document: Document) -> Document:
        if self.times and says(spec, self.words):
            self.times -= 1
            return hanging(document)
        return document


@pytest.mark.browser
def test_a_page_that_once_takes_too_long_is_there_after_the_same_build(site: Site) -> None:
    """A slow morning: the page is put off until all else is published, and is then given more time."""
    config = site.write(playlist='{ show = "notice", title = "Heng" }, { show = "today" }')
    report = FaultyPipeline(site.folder, Hangs("Heng", 1)).build(config, NOW)
    assert report.exit_code == EXIT_OK
    assert [page["kind"] for page in open_pages(site.manifest(), NOW)] == ["notice", "today"]


@pytest.mark.browser
def test_a_page_that_hangs_costs_no_other_page_and_is_tried_again_at_the_next_refresh(site: Site) -> None:
    config = site.write(playlist='{ show = "notice", title = "Heng" }, { show = "today" }')
    pipeline = FaultyPipeline(site.folder, Hangs("Heng"))
    report = pipeline.build(config, NOW)
    assert report.exit_code == EXIT_PARTIAL
    (problem,) = report.screens[0].problems
    assert problem.startswith("a page of kind notice left out for now: no answer within")
    assert [page["kind"] for page in open_pages(site.manifest(), NOW)] == ["today"]
    pipeline.spoil = Hangs("", 0)
    again = pipeline.build(config, NOW + MINUTES)
    assert again.exit_code == EXIT_OK
    assert [page["kind"] for page in open_pages(site.manifest(), NOW + MINUTES)] == ["notice", "today"]


@pytest.mark.browser
def test_a_page_that_goes_on_hanging_is_tried_less_and_less_often(site: Site) -> None:
    config = site.write(playlist='{ show = "notice", title = "Heng" }, { show = "today" }')
    pipeline = FaultyPipeline(site.folder, Hangs("Heng"))
    tried = []
    at = NOW
    for _ in range(7):
        before = len([spec for spec in pipeline.set_in_layout if spec.kind == "notice"])
        report = pipeline.build(config, at)
        tried.append(len([spec for spec in pipeline.set_in_layout if spec.kind == "notice"]) > before)
        assert report.screens[0].problems  # it is reported each time, tried or not
        at += timedelta(minutes=5)
    assert tried == [True, True, False, True, False, False, False]


@pytest.mark.browser
def test_the_earlier_picture_of_a_page_that_says_the_same_stays(site: Site, tmp_path: Path) -> None:
    """The layout was edited, so every page is rendered again; one hangs, and looks as it did before meanwhile."""
    layouts = tmp_path / "layouts"
    shutil.copytree(LAYOUTS, layouts)
    config = site.write(playlist='{ show = "notice", title = "Heng" }, { show = "today" }')
    assert Pipeline(Folders(site.folder / "var"), layouts).build(config, NOW).exit_code == EXIT_OK
    before = {page["kind"]: page["asset"] for page in open_pages(site.manifest(), NOW)}
    with (layouts / "fjord" / "style.css").open("a") as style:
        style.write("\n.page { letter-spacing: 0.3px; }\n")
    pipeline = FaultyPipeline(site.folder, Hangs("Heng"), layouts)
    for later in (MINUTES, 2 * MINUTES, 3 * MINUTES):  # as long as it takes
        report = pipeline.build(config, NOW + later)
        assert "shown as it was made before" in report.screens[0].problems[0]
        after = {page["kind"]: page["asset"] for page in open_pages(site.manifest(), NOW + later)}
        assert after["notice"] == before["notice"]
        assert after["today"] != before["today"]
    pipeline.spoil = Hangs("", 0)
    assert pipeline.build(config, NOW + timedelta(days=1)).exit_code == EXIT_OK


@pytest.mark.browser
def test_a_page_whose_event_is_over_has_no_stand_in_and_one_whose_event_was_changed_neither(site: Site) -> None:
    site.build()
    site.listings = [listing("Kaffe", "2026-11-23 13:00", "14:00"), listing("Kino: Heng", "2026-11-23 18:00", "19:55")]
    pipeline = FaultyPipeline(site.folder, Hangs("Heng"))
    pipeline.build(site.write(playlist='{ show = "today" }'), NOW + MINUTES)
    for at in (NOW + MINUTES, oslo("2026-11-23 14:30"), oslo("2026-11-23 19:56")):
        said = [title for titles in shown(site.manifest(), at) for title in titles]
        assert "Kino: Vaiana" not in said  # it has another name now
        assert at < oslo("2026-11-23 14:00") or "Kaffe" not in said


@pytest.mark.browser
def test_an_event_that_goes_on_hanging_is_parted_from_the_others(site: Site) -> None:
    """After the second build its page is split, until only the event itself is missing."""
    site.listings = [
        listing("Heng", "2026-11-23 13:00", "14:00"),  # the first to end, so that it is on few pages
        listing("Kaffe", "2026-11-23 15:00", "16:00"),
        listing("Kino: Vaiana", "2026-11-23 18:00", "19:55"),
    ]
    config = site.write(playlist='{ show = "today" }')
    pipeline = FaultyPipeline(site.folder, Hangs("Heng"))
    at = NOW
    for _ in range(4):
        report = pipeline.build(config, at)
        at += timedelta(minutes=20)
    said = [title for titles in shown(site.manifest(), at) for title in titles]
    assert said == ["Kaffe", "Kino: Vaiana"]
    assert any("with Heng" in problem for problem in report.screens[0].problems)


@pytest.mark.browser
def test_pages_that_all_hang_hold_the_others_up_for_seconds(site: Site) -> None:
    notices = ", ".join(f'{{ show = "notice", title = "Heng {n}" }}' for n in range(30))
    config = site.write(playlist=f'{notices}, {{ show = "today" }}')
    pipeline = FaultyPipeline(site.folder, Hangs("Heng"))
    started = time.monotonic()
    report = pipeline.build(config, NOW)
    tried = [spec for spec in pipeline.set_in_layout if spec.kind == "notice"]
    assert len(tried) < 2 * HUNG_IN_A_ROW + 2 * 2  # the two browsers may each be at one more
    assert time.monotonic() - started < 120  # 30 pages of 3 s and more, twice, if each were tried
    assert report.screens[0].first_day_seconds > 0
    assert [page["kind"] for page in open_pages(site.manifest(), NOW)] == ["today"]


def test_a_page_is_left_alone_for_ten_minutes_at_first_and_for_six_hours_at_most() -> None:
    waits = [wait_after(attempts) for attempts in range(1, 12)]
    assert waits[:4] == [timedelta(0), FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits == sorted(waits)
    assert wait_after(10_000) == max(waits) == LONGEST_WAIT == timedelta(hours=6)


def test_a_clock_that_was_wrong_does_not_keep_a_page_away() -> None:
    fault = NotRendered("no answer", attempts=9, tried_at=NOW + timedelta(days=365))
    assert fault.due(NOW)
    assert not fault.due(NOW + timedelta(days=365, hours=1))


def test_a_page_may_take_longer_on_a_machine_on_which_all_pages_do() -> None:
    patience = RenderPatience()
    template = ("today", "fjord", 1920, 1080, "nb")
    assert patience.limits(last_try=False) == PageLimits(60, 20)
    for _ in range(10):
        patience.took(template, 2.0)
    assert patience.limits(last_try=False) == PageLimits(
        80, 20
    )  # it gets no more of the processor, but more time for it
    for _ in range(60):
        patience.took(template, 30.0)
    assert patience.limits(last_try=False) == PageLimits(MOST_SECONDS, 20)
    assert patience.limits(last_try=True) == PageLimits(3 * MOST_SECONDS, 60)


def test_pages_that_hang_get_less_time_when_they_have_taken_a_minute_and_a_page_that_comes_does_not() -> None:
    patience = RenderPatience()
    for number in range(10):
        patience.took(("today", number), 0.1)
    for number in range(3):
        patience.hung(("event", number), 20, known=False)
    assert patience.limits(last_try=False) == PageLimits(LEAST_SECONDS, LEAST_PROCESSOR_SECONDS)
    assert not patience.puts_off(("event", 0))
    for _ in range(2):
        patience.hung(("event", 0), 3, known=False)
    assert patience.puts_off(("event", 0))
    patience.took(("event", 0), 0.1)
    assert not patience.puts_off(("event", 0))
