"""A clock that is set by any amount at any moment, in both hours of daylight saving and into another zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from player.clock import AGREE_SECONDS, UNBROKEN_SECONDS, ClockTrust, SystemClock
from player.loop import LONGEST_SLEEP
from player.rotation import Moment, Turn, open_pages, seconds_left, take_turn
from player.store.manifest import Manifest
from tests.fixtures.bundles import evergreen, manifest, page
from tests.player.test_rotation import read

OSLO = ZoneInfo("Europe/Oslo")
SPRING = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 02.00 becomes 03.00 in Oslo
AUTUMN = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)  # 03.00 becomes 02.00
GENERATED = datetime(2026, 3, 1, tzinfo=UTC)
BOOTTIME = 1000.0  # seconds since boot when it begins
YEAR = 365 * 86400.0


def bundle(zone: str = "Europe/Oslo") -> Manifest:
    """A page for each quarter of an hour around both changes, an undated one, and one for when nothing is open."""
    pages = []
    for change in (SPRING, AUTUMN):
        for number in range(-8, 8):
            start = change + timedelta(minutes=15 * number)
            window = {"from_": start.astimezone(OSLO).isoformat(), "until": _later(start).isoformat()}
            pages.append(page(f"{change.month}:{number}", dwell_seconds=20.0, **window))
    pages += [page("undated", dated=False, dwell_seconds=10.0), evergreen(dwell_seconds=15.0)]
    made = manifest(1, *pages, generated=GENERATED.isoformat(), horizon="2026-11-01T00:00:00+01:00", zone=zone)[0]
    return read(made)


def _later(start: datetime) -> datetime:
    return (start + timedelta(minutes=15)).astimezone(OSLO)


BUNDLE = bundle()


class Machine:
    """Its wall clock, whether a time server is heard, and what it knows of the time by right."""

    def __init__(self, wall: datetime, heard: bool) -> None:
        self.offset = wall.timestamp() - BOOTTIME
        self.ticks = BOOTTIME
        self.heard = heard
        self.right_at: float | None = None  # the offset at which the system last said that it is synchronised
        self.keeper = ClockTrust("boot", None, lambda: SystemClock(self.heard), lambda: None)

    @property
    def wall(self) -> datetime:
        return datetime.fromtimestamp(self.offset + self.ticks, UTC)

    def look(self) -> Moment:
        verdict = self.keeper.judge(self.wall.timestamp(), self.ticks, GENERATED.timestamp())
        return Moment(self.wall, self.ticks, verdict.trusted)

    def by_right(self) -> bool:
        """The rule of the issue, put in other words."""
        if self.wall.timestamp() < GENERATED.timestamp() - AGREE_SECONDS:
            return False
        if self.heard:
            self.right_at = self.offset
        return self.right_at is not None and abs(self.right_at - self.offset) <= UNBROKEN_SECONDS


STEPS = st.one_of(
    st.sampled_from([0.0, 3600.0, -3600.0, 86400.0, -86400.0, YEAR, -YEAR, 14 * 86400.0, 10.0, -10.0]),
    st.floats(-YEAR, YEAR).filter(lambda step: abs(step) < 2 or abs(step) > 4),
)
EVENTS = st.lists(st.tuples(st.floats(0.5, 900), STEPS, st.sampled_from([None, True, False])), max_size=6)


@settings(max_examples=150)
@given(st.sampled_from([SPRING, AUTUMN]), st.floats(-7000, 7000), st.booleans(), EVENTS)
def test_within_a_second_of_a_step_the_right_page_is_chosen(
    change: datetime, begin: float, heard: bool, events: list[tuple[float, float, bool | None]]
) -> None:
    """Looks come as often as the loop's: when something is due, and at least every second. Steps fall in between."""
    machine = Machine(change + timedelta(seconds=begin), heard)
    turn: Turn | None = None
    for span, step, hears in [*events, (3.0, 0.0, None)]:
        until = machine.ticks + span
        while machine.ticks < until:
            moment = machine.look()
            turn = take_turn(BUNDLE, moment, turn)
            assert turn is not None
            assert moment.trusted == machine.by_right()
            assert turn.page in open_pages(BUNDLE, machine.wall, machine.by_right())
            left = seconds_left(moment, turn)
            # a minute at full care after each event, then on to the next one in long strides
            stride = LONGEST_SLEEP if machine.ticks > until - 5 or machine.ticks < until - span + 5 else 60.0
            machine.ticks = min(until, machine.ticks + max(0.001, min(stride, left)))
        machine.offset += step
        machine.heard = machine.heard if hears is None else hears
        # the step fell at the worst moment, just after a look: the next one comes LONGEST_SLEEP later
        machine.ticks += LONGEST_SLEEP
        moment = machine.look()
        turn = take_turn(BUNDLE, moment, turn)
        assert turn is not None
        assert turn.page in open_pages(BUNDLE, machine.wall, machine.by_right())
        if not machine.by_right():
            assert not turn.page.dated
    assert LONGEST_SLEEP <= 1.0


@pytest.mark.parametrize("change", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_through_both_hours_each_quarter_shows_its_own_page_once(change: datetime) -> None:
    machine = Machine(change - timedelta(hours=2), True)
    turn: Turn | None = None
    shown: list[str] = []
    while machine.wall < change + timedelta(hours=2):
        turn = take_turn(BUNDLE, machine.look(), turn)
        assert turn is not None
        if turn.page.id.startswith(f"{change.month}:") and turn.page.id not in shown[-1:]:
            shown.append(turn.page.id)
        machine.ticks += LONGEST_SLEEP
    order = [int(name.split(":")[1]) for name in dict.fromkeys(shown)]
    assert order == list(range(-8, 8))


@pytest.mark.parametrize("zone", ["Europe/Oslo", "Europe/Kyiv", "America/St_Johns", "Pacific/Chatham", "UTC"])
@pytest.mark.parametrize("change", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_another_zone_of_the_bundle_or_of_the_box_changes_no_page(
    change: datetime, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows are instants. Only the clock that is drawn is in the bundle's zone."""
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        other: Any = bundle(zone)
        for minute in range(-120, 120, 7):
            now = change + timedelta(minutes=minute)
            here = [each.id for each in open_pages(BUNDLE, now, True)]
            assert here == [each.id for each in open_pages(other, now.astimezone(ZoneInfo(zone)), True)]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_year_back_without_a_network_means_undated_pages_and_forward_again_dated_ones() -> None:
    machine = Machine(SPRING, True)
    turn = take_turn(BUNDLE, machine.look(), None)
    assert turn is not None
    assert turn.page.id == "3:0"
    machine.heard = False
    machine.offset -= YEAR
    machine.ticks += 1
    turn = take_turn(BUNDLE, machine.look(), turn)
    assert turn is not None
    assert not turn.page.dated
    machine.offset += YEAR
    machine.ticks += 1
    moment = machine.look()
    assert moment.trusted, "it is where it was"
    machine.offset += 14 * 86400
    machine.ticks += 1
    assert not machine.look().trusted
    machine.heard = True
    machine.ticks += 1
    assert machine.look().trusted, "and a time server says that this is right"
