"""A clock that nobody vouches for, and one that is set: the pages of the right time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from rig.machine import Machine, Setup
from rig.rig import UNIT, Rig, journal, synced
from rig.screen import writes_time
from rig.wall import AGENDA, EVERGREEN, HORIZON, TODAY, dated
from rig.watch import Unproven, Watcher, page_of

YEAR = timedelta(days=365)
LOOK_SECONDS = 45.0  # for a dated page to come by mistake: five turns of the rotation
SET_SECONDS = 60.0  # for the clock to be set and the right page to come; a second on a real machine


def year_back(rig: Rig) -> list[str]:
    """A year back and no network: undated pages, without the time. Dated ones when a time server answers.

    systemd moves a clock that is set back for longer to its own build date as it starts, so it is set back once more.
    """
    pages = rig.wall.usual()
    with rig.hung_up("clock", Setup(clock=datetime.now(UTC) - YEAR)) as machine:
        machine.network(False)
        watcher = rig.watch(machine)
        watcher.until(page_of(), "a published page")
        undated(rig, watcher)
        machine.wait()
        believed = [machine.run("date -u +%Y-%m-%d")]
        machine.run("date -s '1 year ago'")
        undated(rig, watcher)
        believed.append(machine.run("date -u +%Y-%m-%d"))
        machine.network(True)
        asked = tell_time(machine)
        watcher.until(page_of(*pages), "a dated page, now that the time is known")
        known = machine.seconds - asked
        said = journal(machine, "clock is")
        watcher.clean()
    return [
        f"it believed it was {' and then '.join(believed)}, offline: only the undated page, for {LOOK_SECONDS:.0f} s "
        "each, and no time drawn",
        f"a time server answers: a dated page {known:.0f} s after it was asked",
        f"it said: {' / '.join(said)}",
    ]


def undated(rig: Rig, watcher: Watcher) -> None:
    """Nothing but the undated page for a while, and no time on it. Raises Unproven."""
    wrong = [str(frame) for frame in watcher.during(LOOK_SECONDS) if frame.page != EVERGREEN]
    watcher.clean()
    if wrong:
        raise Unproven(f"with a clock that is a year behind the glass shows {', '.join(wrong)}")
    if watcher.last is None or writes_time(watcher.last, rig.wall.shown[EVERGREEN]):
        raise Unproven("a time is drawn that nobody knows")


def fortnight(rig: Rig) -> list[str]:
    """The network is away for 14 days, in steps of the clock: each window opens and closes, then evergreen."""
    now = datetime.now(UTC)
    five = timedelta(days=5)
    rig.wall.publish(dated(TODAY, now, until=five), dated(AGENDA, now, start=five, until=HORIZON), now=now)
    facts = []
    with rig.hung_up("fortnight") as machine:
        watcher = rig.watch(machine)
        machine.wait()
        synced(rig, machine)
        watcher.until(page_of(TODAY), "the page of the first days")
        rig.wall.site.misbehave[""] = lambda handler: handler.send_error(503)  # the server is away, the time is not
        try:
            for days, meant in ((4.9, TODAY), (5.1, AGENDA), (13.9, AGENDA), (14.1, EVERGREEN), (30.0, EVERGREEN)):
                facts.append(step(rig, machine, watcher, days, meant))
            facts.append(step(rig, machine, watcher, 0.0, TODAY))
        finally:
            rig.wall.site.misbehave.clear()
            rig.time.ahead = 0.0
        watcher.clean()
    return ["the server away, the clock set forward and back by a time server; " + "; ".join(facts)]


def step(rig: Rig, machine: Machine, watcher: Watcher, days: float, meant: str) -> str:
    """Let the time server tell a time so many days on; the right page comes, and no other after it."""
    rig.time.ahead = days * 86400
    begun = tell_time(machine)
    away = f"$(($(date +%s) - {int(time.time() + rig.time.ahead)}))"
    machine.run(f"until [ {away} -ge -60 ] && [ {away} -le 60 ]; do sleep 0.2; done", SET_SECONDS)
    watcher.until(page_of(meant), f"{days} days on: the page {meant}", SET_SECONDS)
    took = machine.seconds - begun
    reacted = reaction(machine)
    after = watcher.during(12.0)
    if any(frame.page != meant for frame in after):
        raise Unproven(f"{days} days on: {', '.join(map(str, after))} instead of {meant}")
    return f"day {days}: {meant} ({took:.0f} s after it was asked; {reacted})"


def reaction(machine: Machine) -> str:
    """How long after the clock was set another page was on the display, by the machine's own journal."""
    known = "-e 'Initial clock synchronization' -e 'is on the display at'"
    said = machine.run(
        f"journalctl -b -o short-monotonic -u systemd-timesyncd -u {UNIT} --no-pager | grep {known} || true"
    ).splitlines()
    at = [(float(line.partition("]")[0].strip("[ ")), "synchronization" in line) for line in said]
    was_set = max((when for when, clock in at if clock), default=None)
    shown = [when for when, clock in at if not clock and was_set is not None and when >= was_set]
    if not shown or was_set is None:
        return "the page stayed"
    return f"the page {min(shown) - was_set:.1f} s after the clock was set"


def tell_time(machine: Machine) -> float:
    """Make systemd-timesyncd ask now; gives when, in seconds since power-on."""
    time.sleep(1.0)  # the cable's state reaches the system
    machine.run("systemctl restart systemd-timesyncd")
    return machine.seconds
