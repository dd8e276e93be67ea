"""The server notices that its clock was set, and does not publish by a clock that can't be right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from signage.app.clock import Clocks, ServerClock
from signage.app.clock_watch import ClockNotSet, ClockProblem, ClockState, ClockWatch, Reading, check_clock, reading
from signage.wording.languages.messages import load_messages
from tests.fixtures.desk import serving

OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
YEAR, MINUTE, DAY = timedelta(days=365), timedelta(minutes=1), timedelta(days=1)


@dataclass
class Machine:
    """A server that was last published at NOW, and has been up for an hour."""

    wall: datetime = NOW
    since_boot: float = 3600.0
    synchronised: bool = False
    issued: datetime | None = NOW

    def __post_init__(self) -> None:
        self.watch = ClockWatch(self.issued)

    def passes(self, time: timedelta) -> ClockState:
        self.wall += time
        self.since_boot += time.total_seconds()
        return self.look()

    def is_set(self, by: timedelta) -> ClockState:
        self.wall += by
        return self.look()

    def look(self) -> ClockState:
        return self.watch.look(Reading(self.wall, self.since_boot, self.synchronised))


def test_a_clock_that_goes_on_is_nothing_to_report() -> None:
    machine = Machine()
    for step in (MINUTE, DAY, 30 * DAY, MINUTE):  # also while the machine slept
        assert machine.passes(step) == ClockState(True, None, False)
    assert machine.is_set(timedelta(seconds=90)).problem is None  # a time server's correction


@pytest.mark.parametrize("by", [YEAR, -3 * DAY, 5 * MINUTE, -timedelta(hours=1)])
def test_a_jump_is_reported_once_in_the_log_and_for_a_day_in_the_status(by: timedelta) -> None:
    machine = Machine(synchronised=True)
    machine.look()
    noticed = machine.is_set(by)
    assert noticed.is_news
    assert noticed.problem is not None
    assert (noticed.problem.kind, noticed.problem.by) == ("jumped", by)
    assert noticed.may_publish
    later = machine.passes(timedelta(hours=23))
    assert later.problem == noticed.problem
    assert not later.is_news
    assert machine.passes(timedelta(hours=2)).problem is None


def test_a_clock_that_was_ahead_when_the_server_was_off_is_told_by_the_last_publication() -> None:
    machine = Machine(issued=NOW + YEAR)
    state = machine.look()
    assert state.problem is not None
    assert (state.problem.kind, state.problem.by) == ("jumped", -YEAR)
    assert state.may_publish  # an hour after boot nobody will set it any more: it was ahead before
    assert machine.passes(MINUTE).may_publish


def test_a_clock_that_is_behind_just_after_boot_is_waited_for() -> None:
    machine = Machine(wall=NOW - 3 * DAY, since_boot=20.0)
    waiting = machine.look()
    assert not waiting.may_publish
    assert waiting.problem is not None
    assert waiting.problem.kind == "unsettled"
    assert not machine.passes(MINUTE).is_news
    set_right = machine.is_set(3 * DAY)
    assert set_right.may_publish
    assert set_right.problem is None  # every start of a machine without a clock of its own is like this
    assert set_right.is_news


def test_a_clock_that_nobody_sets_is_believed_after_ten_minutes() -> None:
    machine = Machine(wall=NOW - 3 * DAY, since_boot=20.0)
    assert not machine.look().may_publish
    assert not machine.passes(8 * MINUTE).may_publish
    assert machine.passes(2 * MINUTE).may_publish


def test_a_clock_that_a_time_server_keeps_is_believed_at_once() -> None:
    assert Machine(wall=NOW - 3 * DAY, since_boot=20.0, synchronised=True).look().may_publish


@pytest.mark.parametrize("wall", [datetime(1970, 1, 1, 0, 5, tzinfo=UTC), datetime(2000, 1, 1, tzinfo=UTC)])
@pytest.mark.parametrize("issued", [NOW, None])
def test_nothing_is_published_by_a_clock_that_was_never_set(wall: datetime, issued: datetime | None) -> None:
    machine = Machine(wall=wall, since_boot=300.0, issued=issued)
    assert not machine.look().may_publish
    state = machine.passes(DAY)
    assert not state.may_publish  # not after any time
    assert state.problem is not None
    assert state.problem.kind == "implausible"
    assert machine.is_set(NOW - machine.wall).may_publish


def sentence(problem: ClockProblem, language: str, now: datetime) -> str:
    return load_messages(language).word(problem.alarm().message, OSLO, now)


def test_the_words_are_norwegian_for_pages_and_english_for_the_log() -> None:
    machine = Machine(synchronised=True)
    machine.look()
    problem = machine.is_set(-YEAR).problem
    assert problem is not None
    english, norwegian = (sentence(problem, language, machine.wall) for language in ("en", "nb"))
    assert english.startswith("The server's clock was set back by 365 days at 13:00")
    assert norwegian.startswith("Klokka på serveren ble stilt 365 dager tilbake kl.\u00a013.00")
    behind = Machine(wall=NOW - timedelta(hours=1), since_boot=1.0).look().problem
    assert behind is not None
    assert "1 hour behind" in sentence(behind, "en", NOW)
    never = Machine(wall=datetime(1970, 1, 1, tzinfo=UTC)).look().problem
    assert never is not None
    assert "01.01.1970" in sentence(never, "nb", NOW)


def test_the_machines_clocks_can_be_read() -> None:
    first, second = reading(NOW), reading(NOW)
    assert 0 < first.since_boot <= second.since_boot
    assert isinstance(first.synchronised, bool)


# -- in the server ----------------------------------------------------------------------------------------------------


class Server:
    """What the daemon does with its clock."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.corrected: list[datetime] = []
        self.refreshed = 0
        clocks = Clocks(lambda: machine.wall, read=lambda wall: Reading(wall, machine.since_boot, machine.synchronised))
        self.clock = ServerClock(clocks, machine.issued, self)
        self.clock.look()

    def zone(self) -> ZoneInfo:
        return OSLO

    def clock_was_set_back(self, now: datetime) -> None:
        self.corrected.append(now)

    def clock_is_usable(self) -> None:
        self.refreshed += 1

    def kinds(self) -> list[str]:
        return [alarm.kind for alarm in self.clock.alarms()]


def test_nothing_is_built_until_the_clock_is_set_and_then_at_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    machine = Machine(wall=datetime(1970, 1, 1, 0, 5, tzinfo=UTC), since_boot=300.0)
    server = Server(machine)
    with pytest.raises(ClockNotSet, match="1970-01-01"):
        server.clock.for_building()
    assert server.kinds() == ["clock_implausible"]
    machine.wall, machine.since_boot = NOW, 302.0
    server.clock.look()
    assert server.refreshed == 1
    assert server.clock.for_building() == NOW
    assert server.kinds() == []
    assert len(caplog.records) == 2  # that it is wrong, and that it is set


def test_a_clock_that_was_ahead_is_reported_and_what_it_wrote_is_brought_back(caplog: pytest.LogCaptureFixture) -> None:
    machine = Machine(issued=NOW + YEAR)
    server = Server(machine)
    for _ in range(5):
        server.clock.look()
    assert server.corrected == [NOW]
    assert server.kinds() == ["clock_jumped"]
    assert server.clock.for_building() == NOW
    assert len(caplog.records) == 1


def test_a_command_by_a_clock_that_was_never_set_says_so() -> None:
    check_clock(NOW)
    with pytest.raises(ClockNotSet, match=r"Hint: set the clock"):
        check_clock(datetime(1970, 1, 1, tzinfo=UTC))


def test_a_silent_player_is_not_taken_for_well_until_next_year(tmp_path: Path) -> None:
    with serving(tmp_path) as desk:
        player = desk.paired()
        desk.now += YEAR
        assert desk.well(player, desk.publish(1)) == 204
        desk.now -= YEAR
        desk.registry.clock_was_put_right(desk.now)
        assert player.beat() == 204  # nor is it kept from reporting
        desk.wait(200)
        assert desk.codes() == ["silent"]
