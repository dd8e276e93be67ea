"""Fixtures that many tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

import signage.app.configuration  # noqa: F401 hands the page kinds and the source types to the configuration
from signage.storage.store import Store
from tests.fixtures.desk import Desk, serving
from tests.fixtures.site import Site, small_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# A machine that is busy is no fault of the code: no property has a time limit. The rest is as hypothesis has it for CI.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", settings.get_profile("patient"), max_examples=15)  # for `make check`
settings.load_profile("patient")

# Tests that must not run beside others, by file or by name: they measure a second or two, announce themselves on the
# network that all tests share, or take every connection that the machine has.
ALONE = (
    "browser/test_cancel.py",
    "integration/app/test_daemon_following.py::test_pictures_come_change_and_go_within_five_seconds",
    "integration/fleet/test_heartbeat.py::test_a_thousand_players_a_minute_cost_little",
    "integration/runtime/test_workers.py",
    "integration/sources/test_killed.py::test_cancelling_ends_it_at_once_and_keeps_what_has_come",
    "integration/web/test_dns_sd.py",
    "integration/web/test_load.py",
    "integration/web/test_serve.py::test_it_ends_within_a_second_while_a_client_stays_connected",
    "player/display/test_window.py::test_a_page_has_left_the_glass_when_its_window_closes",
    "player/display/test_window.py::test_the_clock_is_drawn_where_the_layout_says_and_goes_on",
    "player/display/test_window.py::test_the_glass_shows_exactly_the_published_picture",
    "player/net/test_discovery.py::test_a_real_server_on_this_machine_is_found",
    "player/test_paired.py::test_a_prepared_player_says_how_it_is_within_a_minute",
)
# Files that take longest, the longest first: `make test` hands out files in this order, then the others. One that came
# last would keep a single process busy while the others have nothing left to do.
FIRST = (
    "golden/test_looks.py",
    "player/store/test_corruption.py",
    "player/store/test_kill.py",
    "player/store/test_writes.py",
    "player/test_endurance.py",
    "integration/app/test_containment.py",
    "browser/test_hostile.py",
    "browser/test_seeded_faults.py",
)
# Tests of `unit` that `make check` leaves out, by file or by name: each takes a second or more of processor time.
SLOW = (
    "unit/app/test_clock_watch.py",
    "unit/domain/test_cap_sequences.py",
    "unit/events/test_grouping.py",
    "unit/fleet/test_picture_comparison.py",
    "unit/planning/test_kind_contract.py",
    "unit/planning/test_no_past_event.py",
    "unit/planning/test_order.py",
    "unit/publishing/test_serials.py",
    "unit/sources/test_hostile_answers.py",
    "unit/sources/test_hostile_calendars.py",
    "unit/sources/test_hostile_markup.py",
    "unit/sources/test_hostile_words.py",
    "unit/sources/test_ical_fields.py::test_more_than_a_county_has_is_cut_and_said",
    "unit/sources/test_ical_fuzz.py",
    "unit/sources/test_jsonld_events.py::test_parts_that_name_each_other_are_bounded",
    "unit/sources/test_microdata.py::test_the_time_grows_as_the_page_does",
    "unit/wording/test_adding_a_language.py",
    "unit/wording/test_languages.py::test_every_phrase_is_said_somewhere_and_no_other_is_asked_for",
)
# Tests that do something hundreds of times.
LONG = (
    "browser/test_hostile.py",
    "browser/test_seeded_faults.py",
    "golden/test_looks.py",
    "integration/app/test_containment.py",
    "integration/packaging/test_package.py",
    "integration/sources/test_ical_oracle.py",
    "integration/web/test_load.py",
    "player/store/test_corruption.py",
    "player/store/test_kill.py",
    "player/test_endurance.py",
)
LONG_SECONDS = 1200  # four times the usual limit: the longest take some minutes


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the lists above, and put the longest first."""
    for item in items:
        name = _file(item)
        for entries, mark in ((ALONE, pytest.mark.alone), (SLOW, pytest.mark.slow)):
            if name in entries or f"{name}::{item.name.partition('[')[0]}" in entries:
                item.add_marker(mark)
        if name in LONG:
            item.add_marker(pytest.mark.timeout(LONG_SECONDS))
    items.sort(key=lambda item: FIRST.index(_file(item)) if _file(item) in FIRST else len(FIRST))


def _file(item: pytest.Item) -> str:
    return item.path.relative_to(Path(__file__).parent).as_posix()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser that renders, with its own switches; unlike there, it may reach the servers that a test starts."""
    from playwright.sync_api import sync_playwright

    from signage.rendering.browser import arguments, find_browser

    switches = [switch for switch in arguments() if not switch.startswith("--host-resolver-rules")]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=switches)
        yield browser
        browser.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The renderer's state, empty."""
    opened = Store(tmp_path / "var" / "state.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A small municipality of its own for the test."""
    with small_site(tmp_path) as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A served site that players can be paired with."""
    with serving(tmp_path) as made:
        yield made
