"""Entries with times, in turn and in some rounds only: what a player shows over a fortnight in which the clocks change.

The player's own rotation is asked, with manifests of real plans; whether an entry may be shown is judged by
`tests.fixtures.entry_times`, from what is written alone.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from player.rotation import Moment, take_turn
from player.store.manifest import Manifest, verify
from signage.config.models import Config
from signage.planning.catalog import Catalog
from signage.planning.screen_plan import plan_screen
from tests.fixtures.bundles import KEY
from tests.fixtures.entry_times import may_be_shown
from tests.fixtures.order_oracle import wrong_half_hours
from tests.fixtures.shots import one_screen
from tests.fixtures.unrendered import CAPACITY, calendar, manifest

OSLO = ZoneInfo("Europe/Oslo")
HORIZON = timedelta(days=14)
STARTS = (datetime(2026, 3, 20, 12, 3, tzinfo=OSLO), datetime(2026, 10, 18, 23, 40, tzinfo=OSLO))


def notice(title: str, **more: Any) -> dict[str, Any]:
    return {"show": "notice", "title": title, "seconds": 7, **more}


def timed(start: datetime) -> list[dict[str, Any]]:
    day = start.date()
    return [
        notice("always"),
        notice("mornings", days="mon-fri", hours="08-12"),
        notice("nights", hours="22-02:30"),
        notice("weekend", days="sat, sun"),
        notice("night of Saturday", days="sat", hours="21-03"),
        notice("two days", dates=[day + timedelta(days=2), day + timedelta(days=9)], hours="06-23"),
        notice("workdays", holidays=False, days="mon-fri"),
        notice("a stretch", **{"from": day + timedelta(days=3), "until": start + timedelta(days=8, minutes=17)}),
    ]


def read(config: Config, start: datetime) -> tuple[Manifest, dict[str, str]]:
    """As a player has it, and what is on each page."""
    made = manifest(config, [], start)
    data = json.dumps({**made, "serial": 1}).encode()
    return verify(data, KEY.sign(data).signature, KEY.verify_key.encode(), "s"), titles_of(made)


def titles_of(made: Mapping[str, Any]) -> dict[str, str]:
    """Page id -> the title of the notice on it, or the kind."""
    named = {}
    for page in made["pages"]:
        context = json.loads(page["alt"])[3] if page["kind"] == "notice" else {}
        named[page["id"]] = context.get("title", page["kind"])
    return named


def turns(bundle: Manifest, at: datetime, until: datetime) -> Iterator[tuple[datetime, str]]:
    """The pages that a player shows one after the other, each with when it appears."""
    while at < until:
        turn = take_turn(bundle, Moment(at, 0.0, True), None)
        assert turn is not None
        yield at, turn.page.id
        at += timedelta(seconds=turn.until)


@pytest.mark.parametrize("start", STARTS, ids=["spring", "autumn"])
def test_at_random_instants_the_player_shows_what_may_be_shown_and_all_of_it(start: datetime) -> None:
    entries = timed(start)
    config = one_screen(playlist=entries)
    by_title = {entry["title"]: entry for entry in entries}
    bundle, named = read(config, start)
    dice = random.Random(5)
    calm = 0
    for _ in range(120):
        at = start + timedelta(seconds=dice.uniform(0, HORIZON.total_seconds() - 600))
        end = at + timedelta(seconds=7 * len(entries))
        shown = set()
        for when, page in turns(bundle, at, end):
            assert may_be_shown(by_title[named[page]], when, OSLO), (when, named[page])
            shown.add(named[page])
        wanted = {t for t, entry in by_title.items() if may_be_shown(entry, at, OSLO)}
        if wanted == {t for t, entry in by_title.items() if may_be_shown(entry, end, OSLO)}:
            assert shown == wanted, at
            calm += 1
    assert calm > 100


def test_a_page_that_is_there_at_certain_times_only_is_dated() -> None:
    """A player that doesn't trust its clock must not show it."""
    entries = [notice("always"), notice("mornings", hours="08-12"), {"show": "evergreen", "days": "mon"}]
    config = one_screen(playlist=[*entries, {"show": "evergreen"}])
    made = manifest(config, [], STARTS[0])
    assert {(p["id"][:2], p["dated"]) for p in made["pages"] if not p["fallback"]} == {
        *(("00", False), ("01", True), ("02", True), ("03", False))
    }


def test_the_zones_of_a_split_page_have_times_of_their_own() -> None:
    split = {"show": "split", "main": notice("main"), "side": notice("side", hours="08-12")}
    config = one_screen(playlist=[split])
    start = datetime(2026, 11, 27, 0, tzinfo=OSLO)
    plan = plan_screen(config, "s", Catalog.of([]), start, start + timedelta(days=1), CAPACITY, {})
    found = [(p.plan.kind, p.start.astimezone(OSLO).hour) for p in plan.pages]
    assert sorted(found, key=lambda each: each[1]) == [("notice", 0), ("split", 8), ("notice", 12)]


# --- in turn, and in some rounds only


def rounds_of(playlist: list[dict[str, Any]], at: datetime, **more: Any) -> list[str]:
    """What a player shows from `at` on, until it begins again."""
    config = one_screen(playlist=playlist, **more)
    start = at - timedelta(hours=1)
    made = manifest(config, [], start)
    named = titles_of(made)
    shown = [
        page
        for page in made["pages"]
        if not page["fallback"] and datetime.fromisoformat(page["from"]) <= at < datetime.fromisoformat(page["until"])
    ]
    return [named[page["id"]] for page in shown]


NOON = datetime(2026, 11, 27, 12, tzinfo=OSLO)
A, B, C, D = (notice(title) for title in "abcd")


@pytest.mark.parametrize(
    ("playlist", "expected"),
    [
        ([A, {"one_of": [B, C]}], "ab ac"),
        ([A, {"one_of": [B, C]}, {"one_of": [C, D]}], "abc acd"),
        ([A, notice("b", every=3)], "ab a a"),
        ([A, notice("b", every=2), notice("c", every=2)], "ab ac"),
        ([A, notice("b", every=3), notice("c", every=2)], "abc a ac ab ac a"),
        ([notice("a", every=2)], "a"),
        ([A, {"one_of": [B, {"one_of": [C, D]}]}], "ab ac ab ad"),
        ([A, {"one_of": [B, C], "every": 2}], "ab a ac a"),
        ([A, {"one_of": [B, notice("c", hours="13-14"), D]}], "ab ad"),
        ([A, {"one_of": [B, C], "hours": "13-14"}], "a"),
        ([A, {"one_of": [B, C], "hours": "12-14"}], "ab ac"),
        ([{"one_of": [B, {"show": "today"}]}, A], "ba"),  # nothing is on today
    ],
)
def test_rounds_follow_each_other(playlist: list[dict[str, Any]], expected: str) -> None:
    assert "".join(rounds_of(playlist, NOON)) == expected.replace(" ", "")


def test_each_round_comes_in_all_languages() -> None:
    shown = rounds_of([A, notice("b", every=2)], NOON, language=None, languages=["nb", "nn"])
    assert "".join(shown) == "ab" + "ab" + "a" + "a"


@pytest.mark.parametrize("start", STARTS, ids=["spring", "autumn"])
def test_the_player_shows_each_entry_as_often_as_it_should(start: datetime) -> None:
    entries = [
        A,
        notice("every third", every=3),
        {"one_of": [B, C]},
        {"one_of": [notice("morning", hours="06-12"), notice("evening", hours="12-23"), D]},
    ]
    config = one_screen(playlist=entries)
    bundle, named = read(config, start)
    edges = sorted({edge for page in bundle.pages for edge in (page.start, page.until)})
    inside = [edge for edge in edges if start < edge < start + HORIZON]
    calm = [(a, b) for a, b in pairwise(inside) if b - a > timedelta(hours=2)]
    assert len(calm) > 20
    for begin, _ in calm[::3]:
        first = begin + timedelta(minutes=1)
        counted = Counter(named[page] for _, page in turns(bundle, first, first + timedelta(minutes=20)))
        rounds = counted["a"]
        wall = begin.astimezone(OSLO).hour
        assert abs(counted["every third"] - rounds / 3) <= 1
        assert abs(counted["b"] - rounds / 2) <= 1
        assert abs(counted["c"] - rounds / 2) <= 1
        assert abs(counted["morning"] - (rounds / 2 if 6 <= wall < 12 else 0)) <= 1
        assert abs(counted["evening"] - (rounds / 2 if 12 <= wall < 23 else 0)) <= 1
        assert abs(counted["d"] - (rounds / 2 if 6 <= wall < 23 else rounds)) <= 1


def test_no_half_hour_of_a_fortnight_is_out_of_order() -> None:
    playlist = [
        {"show": "today", "days": "mon-sat"},
        {"one_of": [{"show": "agenda", "days": 7, "hours": "07-17"}, {"show": "week"}]},
        {"show": "event", "count": 3, "every": 2},
        notice("a", hours="22-02"),
    ]
    config = one_screen(playlist=playlist)
    start, events = calendar(2)
    assert next(wrong_half_hours(manifest(config, events[:15], start)), None) is None


def test_a_playlist_without_turns_is_planned_as_before() -> None:
    config = one_screen(playlist=[A, {"show": "agenda"}])
    start, events = calendar(2)
    plan = plan_screen(config, "s", Catalog.of(events), start, start + HORIZON, CAPACITY, {})
    assert {page.turn for page in plan.pages} == {0}


def test_a_manifest_with_many_rounds_stays_small_enough_for_players() -> None:
    """What comes first is dealt out, and later all entries are in each round: none is left out, and none is late."""
    playlist = [{"show": "agenda", "days": 5}, {"show": "today"}, {"show": "event", "count": 10}, {"show": "week"}]
    config = one_screen(playlist=[*playlist, *(notice(str(n), every=n) for n in (8, 12)), {"one_of": [A, B, C]}])
    start, events = calendar(3)
    assert len(events) == 80
    plan = plan_screen(config, "s", Catalog.of(events), start, start + HORIZON, CAPACITY, {})
    assert len(plan.pages) < 4000
    assert sum(700 + 300 * len(page.plan.event_ids) for page in plan.pages) < 2_500_000
    for number in range(len(config.screens["s"].lines)):
        assert max(p.until for p in plan.pages if p.entry == number) > start + HORIZON - timedelta(days=1)
    first = [p for p in plan.pages if p.start <= start.astimezone(UTC) < p.until]
    assert {p.turn for p in first} == set(range(24))


def test_dates_are_days() -> None:
    with pytest.raises(ValueError, match="dates"):
        one_screen(playlist=[notice("a", dates=[5])])
    assert one_screen(playlist=[notice("a", dates=[date(2026, 12, 24)])])
