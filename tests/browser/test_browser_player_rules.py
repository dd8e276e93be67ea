"""The browser player's rules of time and turning, held to the vectors that every player must agree with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from signage.web import make_app
from signage.web.loopback import Threaded
from tests.fixtures import bundles
from tests.fixtures.bundles import evergreen, page, publish
from tests.fixtures.paths import FIXTURES
from tests.fixtures.well import all_well

pytestmark = pytest.mark.browser

VECTORS = json.loads((FIXTURES / "vectors" / "rotation.json").read_bytes())
WITH_TURNS = [vector for vector in VECTORS if "turns" in vector]


@pytest.fixture(scope="module")
def rules(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page in which the player's pure functions can be called."""
    folder = tmp_path_factory.mktemp("rules")
    publish(folder, 1)
    with Threaded(make_app(folder, all_well)) as server:
        view = chromium.new_page()
        view.goto(f"http://127.0.0.1:{server.port}/")
        view.evaluate("async () => { window.player = await import('/rotation.js'); }")
        yield view
        view.close()


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_the_same_pages_are_open_as_in_every_other_player(rules: Page, vector: dict[str, Any]) -> None:
    opened = rules.evaluate(
        """({manifest, cases}) => cases.map((c) =>
            window.player.openPages(manifest, Date.parse(c.now), c.clock_trusted).map((p) => p.id))""",
        vector,
    )
    assert opened == [case["open"] for case in vector["cases"]]


@pytest.mark.parametrize("vector", WITH_TURNS, ids=[vector["name"] for vector in WITH_TURNS])
def test_it_is_the_same_pages_turn_as_in_every_other_player(rules: Page, vector: dict[str, Any]) -> None:
    found = rules.evaluate(
        """({manifest, turns}) => turns.map((turn) => {
            const found = window.player.turnAt(manifest, Date.parse(turn.now), {});
            return [found.page.id, found.endMs === Infinity ? null : found.endMs];
        })""",
        vector,
    )
    assert found == [[turn["shown"], turn["until_ms"]] for turn in vector["turns"]]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_between_two_changes_the_open_pages_stay_the_same(rules: Page, vector: dict[str, Any]) -> None:
    wrong = rules.evaluate(
        """({manifest, cases}) => {
            const {openPages, nextChange} = window.player;
            const ids = (at, trusted) => openPages(manifest, at, trusted).map((p) => p.id).join();
            return cases.filter((c) => {
                const now = Date.parse(c.now);
                const next = Math.min(nextChange(manifest, now, c.clock_trusted), now + 400 * 86400000);
                return [0.001, 0.3, 0.7, 0.999999].some((part) =>
                    ids(now, c.clock_trusted) !== ids(now + Math.floor((next - now - 1) * part), c.clock_trusted));
            });
        }""",
        vector,
    )
    assert wrong == []


def test_pages_follow_each_other_in_the_manifests_order_and_begin_anew(rules: Page) -> None:
    made, _ = bundles.manifest(1, page("a"), page("b"), page("c"), evergreen())
    order = rules.evaluate(
        """(m) => {
            const open = window.player.openPages(m, Date.parse('2026-06-01T00:00:00Z'), true);
            return ['a', 'b', 'c', 'gone', null].map((last) => window.player.following(m.pages, open, last).id);
        }""",
        made,
    )
    assert order == ["b", "c", "a", "a", "a"]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-09-15T18:00", "2026-09-15T16:00:00.000Z"),
        ("2026-12-05 18:00", "2026-12-05T17:00:00.000Z"),
        ("2026-12-05T18:00+02:00", "2026-12-05T16:00:00.000Z"),
        ("2026-10-25T12:00", "2026-10-25T11:00:00.000Z"),
        ("2026-07-01", "2026-06-30T22:00:00.000Z"),
    ],
)
def test_an_instant_for_a_preview_is_read_in_the_screens_zone(rules: Page, text: str, utc: str) -> None:
    said = rules.evaluate("(t) => new Date(window.player.parseInstant(t, 'Europe/Oslo')).toISOString()", text)
    assert said == utc
    assert rules.evaluate("() => isNaN(window.player.parseInstant('i morgen', 'Europe/Oslo'))")
    assert rules.evaluate("() => isNaN(window.player.parseInstant('2026-09-15T18:00', 'Europe/Atlantis'))")


@pytest.mark.parametrize(
    ("rotate", "size", "view", "turn"),
    [
        (0, (320, 180), (320, 180), 0),
        (90, (180, 320), (320, 180), 90),
        (270, (180, 320), (320, 180), 270),
        (90, (180, 320), (180, 320), 0),
        (180, (320, 180), (320, 180), 180),
    ],
)
def test_a_picture_is_turned_only_where_the_television_has_not_done_it(
    rules: Page, rotate: int, size: tuple[int, int], view: tuple[int, int], turn: int
) -> None:
    manifest = {"rotate": rotate, "width": size[0], "height": size[1]}
    assert rules.evaluate("([m, w, h]) => window.player.turnFor(m, w, h)", [manifest, *view]) == turn


MINUTE = 60_000
YEAR = 365 * 24 * 60 * MINUTE
THEN = 1_790_000_000_000


@pytest.mark.parametrize(
    ("theirs", "here", "shown", "doubtful"),
    [
        (THEN + 10 * MINUTE, THEN + 10 * MINUTE, THEN + 10 * MINUTE, False),  # nothing has happened
        (THEN + 10 * MINUTE, THEN - YEAR, THEN + 10 * MINUTE, False),  # a television that knows no time
        (THEN + YEAR, THEN - YEAR, THEN + YEAR, False),  # time may always go on: no past event is shown by that
        (THEN + YEAR, THEN + 10 * MINUTE, THEN + 10 * MINUTE, False),  # the server jumped, and this clock did not
        (THEN + 180 * MINUTE, THEN + 180 * MINUTE, THEN + 180 * MINUTE, False),  # the set slept, and its ticks as well
        (THEN - 180 * MINUTE, THEN + 10 * MINUTE, THEN + 10 * MINUTE, False),  # the server is behind after a power cut
        (THEN - YEAR, THEN - YEAR, THEN - YEAR, False),  # it was ahead, and was put right: this clock says so, too
        (THEN - 180 * MINUTE, THEN - YEAR, THEN - 180 * MINUTE, True),  # nobody can know
    ],
)
def test_a_servers_clock_that_goes_back_is_believed_only_with_a_reason(
    rules: Page, theirs: int, here: int, shown: int, doubtful: bool
) -> None:
    """Ten minutes after the server said THEN, by a clock that never jumps."""
    begun = here - 10 * MINUTE
    found = rules.evaluate(
        """([then, begun, theirs, here, ticks]) => {
            const before = window.player.serverClock(null, then, begun, 1000);
            return window.player.serverClock(before, theirs, here, 1000 + ticks);
        }""",
        [THEN, begun, theirs, here, 10 * MINUTE],
    )
    assert here + found["offset"] == shown
    assert (found["doubt"] is not None) == doubtful


DAY = 24 * 60 * MINUTE


@pytest.mark.parametrize(
    ("server", "device", "overruled", "believed"),
    [
        (DAY, DAY, False, True),
        (DAY, -3000 * DAY, False, True),  # a television that knows no time
        (DAY, 2 * DAY, False, True),  # both may be right, and televisions are wrong more often
        (-60 * MINUTE, 10 * MINUTE, False, False),  # before the plan was made
        (-60_000, 10 * MINUTE, False, True),  # a minute is no fault
        (14 * DAY, DAY, False, False),  # after its end
        (14 * DAY, 13 * DAY, True, True),  # after its end, because time went on; the device is a day behind
        (400 * DAY, 900 * DAY, False, True),  # neither fits
    ],
)
def test_the_clock_by_which_the_plan_is_in_force_is_believed(
    rules: Page, server: int, device: int, overruled: bool, believed: bool
) -> None:
    """In ms after the plan of two weeks was made."""
    plan = {"generated": "2026-06-01T00:00:00+02:00", "horizon": "2026-06-15T00:00:00+02:00"}
    said = rules.evaluate(
        """([plan, server, device, overruled]) => {
            const made = Date.parse(plan.generated);
            return window.player.believesServer(plan, made + server, made + device, overruled);
        }""",
        [plan, server, device, overruled],
    )
    assert said is believed
