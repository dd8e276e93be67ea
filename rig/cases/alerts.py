"""Alerts: on the glass in seconds, also in a closed house; gone at their end, cable or not; back after a power cut."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from PIL import Image, ImageDraw

from rig.cases.closing import DARK, closes, opens
from rig.machine import HEIGHT, HOST, WIDTH, Machine
from rig.rig import SETTINGS, UNIT, Rig, synced
from rig.screen import Frame, Shown
from rig.wall import encoded
from rig.watch import Unproven, Watcher, page_of
from signage.web import make_app
from signage.web.loopback import Threaded
from tests.fixtures.alerts import AlertPage, alert, publish_alerts
from tests.fixtures.well import all_well

WATER, FIRE = "water", "fire"
LIMIT_SECONDS = 2.0  # from sending to pixels, on a real machine
SLOWER = 15  # times: emulation against its host (docs/rig.md); the limit is scaled by it, in fair seconds
HOUR = timedelta(hours=1)
SHORT = timedelta(seconds=100)  # of an alert that is to end without a network: published, shown, and then some
LEAST_SECONDS = 20.0  # of it that must be left when the cable is pulled
ALONE_SECONDS = 15.0  # of looking for anything but the alert


@dataclass
class Sender:
    """Publishes alert documents as the server does, and wakes the players that wait for one."""

    rig: Rig
    address: str
    wake: Callable[[], None]
    serial: int = 0
    pictures: dict[str, Shown] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for id, ground in ((WATER, "#7a0c12"), (FIRE, "#101418")):
            picture = Image.new("RGB", (WIDTH, HEIGHT), ground)
            ImageDraw.Draw(picture).rectangle((200, 400, 1720, 680), fill="#ffffff")
            self.pictures[id] = Shown(picture, None)

    def send(self, *ids: str, lasts: timedelta = HOUR) -> datetime:
        """Put these takeovers in force, and no others; gives their end."""
        self.serial += 1
        now = datetime.now(UTC)
        window = {"from_": (now - timedelta(minutes=1)).isoformat(), "until": (now + lasts).isoformat()}
        entries = [alert(id, pages=(AlertPage(picture=encoded(self.pictures[id].picture)),), **window) for id in ids]
        publish_alerts(
            self.rig.wall.site.folder, self.serial, *entries, size=(WIDTH, HEIGHT), generated=now.isoformat()
        )
        self.wake()
        return datetime.fromisoformat(window["until"])


def alerts(rig: Rig) -> list[str]:
    """A takeover in an open house and in a closed one; without a network to its end; and over a power cut."""
    pages = rig.wall.usual()
    with sender(rig) as sends, rig.hung_up("alerts") as machine:
        watcher = rig.watch(machine)
        machine.wait()
        settings = rig.settings().replace(rig.wall.address.encode(), sends.address.encode())
        machine.put(settings, SETTINGS, "640")
        machine.run(f"chown root:signage-player {SETTINGS}; systemctl restart {UNIT}")
        synced(rig, machine)
        watcher.until(page_of(*pages), "a dated page")
        facts = [opened(sends, watcher, pages), closed(rig, sends, watcher), pulled(rig, sends, watcher)]
        facts.append(cut(rig, sends, machine))
    return [
        f"limits: {LIMIT_SECONDS:.0f} s from sending to pixels, times {SLOWER} for emulation, of the time that the "
        "host let the machine run",
        *facts,
    ]


def opened(sends: Sender, watcher: Watcher, pages: tuple[str, ...]) -> str:
    """Over the pages, alone; two take turns; and gone when it is ended."""
    came = shown_within(sends, watcher, "in an open house", WATER)
    alone(watcher, {WATER})
    second = shown_within(sends, watcher, "beside another one", WATER, FIRE, wanted=FIRE)
    alone(watcher, {WATER, FIRE})
    went = within(watcher, sends.send, page_of(*pages), "a page, for the alerts were ended")
    return f"open house: a takeover is on the glass {came}, a second one takes turns with it {second}; ended: {went}"


def closed(rig: Rig, sends: Sender, watcher: Watcher) -> str:
    """It wakes the display of a closed house, which is dark again when it is ended."""
    closes(rig, watcher)
    known(sends, watcher)
    watcher.until(dark, "dark, for the house is closed")
    watcher.until(lambda frame: frame.kind == "no signal", "no signal, for the house stays closed")
    came = shown_within(sends, watcher, "in a closed house", WATER)
    alone(watcher, {WATER})
    went = within(watcher, sends.send, dark, "dark again, for the alert was ended")
    return f"closed house, without a signal: a takeover is on the glass {came}; ended: dark {went}"


def pulled(rig: Rig, sends: Sender, watcher: Watcher) -> str:
    """The cable is pulled before the end: it is gone at its end."""
    pages = opens(rig, watcher)
    known(sends, watcher)
    watcher.until(page_of(*pages), "a page, for the house is open again")
    end: list[datetime] = []
    within(watcher, lambda: end.append(sends.send(WATER, lasts=SHORT)), page_of(WATER), "the alert", limited=False)
    watcher.machine.network(False)
    pulled_before = (end[0] - datetime.now(UTC)).total_seconds()
    if pulled_before < LEAST_SECONDS:
        raise Unproven(f"the alert came {pulled_before:.0f} s before its end: this proves nothing")
    clock, over = watcher.machine.clock, 0.0
    while watcher.look() == Frame("page", WATER):
        if over == 0.0 and datetime.now(UTC) >= end[0]:
            over = clock.seconds
        if over and clock.seconds - over > LIMIT_SECONDS * SLOWER:
            raise Unproven(f"the alert is still there {clock.seconds - over:.0f} s after its end, without a network")
        time.sleep(0.1)
    fair, late = clock.seconds - over, (datetime.now(UTC) - end[0]).total_seconds()
    if not over and late < -1.0:
        raise Unproven(f"the alert went {-late:.0f} s before its end: {watcher.story()}")
    watcher.until(page_of(*pages), "a page after the alert")
    after = watcher.during(ALONE_SECONDS)
    if any(frame.page == WATER for frame in after):
        raise Unproven(f"the alert came back after its end: {watcher.story()}")
    watcher.machine.network(True)
    gone = f"{fair:.1f} s after it ({late:.1f} s by the wall)" if over else "with it"
    return f"cable pulled {pulled_before:.0f} s before its end: gone {gone}, a page instead, and it did not come back"


def cut(rig: Rig, sends: Sender, machine: Machine) -> str:
    """The power goes while an alert is on the glass: it is back, and ends when it is ended."""
    watcher = rig.watch(machine)
    known(sends, watcher)
    within(watcher, lambda: sends.send(WATER), page_of(WATER), "the alert", limited=False)
    machine.cut()
    machine.power_on()
    watcher = rig.watch(machine)
    known(sends, watcher)
    first = watcher.until(page_of(), "a picture after the power cut")
    back = watcher.until(page_of(WATER), "the alert after the power cut")
    alone(watcher, {WATER})
    machine.wait()
    went = within(watcher, sends.send, lambda frame: frame.page not in ("", WATER), "a page, for it was ended")
    return (
        f"power cut: the first picture {first:.0f} s after power-on, the alert {back - first:.1f} s after that, and "
        f"nothing else then; ended: {went}"
    )


def shown_within(sends: Sender, watcher: Watcher, where: str, *ids: str, wanted: str = "") -> str:
    """Send takeovers; gives how soon one of them was on the glass, in words. Raises Unproven."""
    known(sends, watcher)
    return within(watcher, lambda: sends.send(*ids), page_of(wanted or ids[0]), f"a takeover {where}")


def within(
    watcher: Watcher, act: Callable[[], object], wanted: Callable[[Frame], bool], what: str, limited: bool = True
) -> str:
    """Do something; gives how long what is wanted then took, in words. Raises Unproven where that is too long."""
    wall, fair = watcher.machine.seconds, watcher.machine.clock.seconds
    act()
    watcher.until(wanted, what)
    wall, fair = watcher.machine.seconds - wall, watcher.machine.clock.seconds - fair
    if limited and fair > LIMIT_SECONDS * SLOWER:
        raise Unproven(f"{what}: only after {fair:.1f} s ({wall:.1f} s by the wall): {watcher.story()}")
    return f"after {fair:.1f} s ({wall:.1f} s by the wall)"


def alone(watcher: Watcher, ids: set[str]) -> None:
    """Nothing but these alerts for a while. Raises Unproven."""
    seen = watcher.during(ALONE_SECONDS)
    if strange := [str(frame) for frame in seen if frame.kind != "page" or frame.page not in ids]:
        raise Unproven(f"while there is a takeover the glass also shows {', '.join(strange)}")
    watcher.clean()


def known(sends: Sender, watcher: Watcher) -> None:
    """Let the watcher know the alerts beside the pages."""
    watcher.pages = {**watcher.pages, **sends.pictures}


def dark(frame: Frame) -> bool:
    return frame.kind in ("black", "no signal") or frame.page == DARK


@contextlib.contextmanager
def sender(rig: Rig) -> Iterator[Sender]:
    """The renderer's own web server on the rig's site, for it holds requests."""
    app = make_app(rig.wall.site.folder, all_well, names=(HOST,))
    with Threaded(app) as server:
        yield Sender(rig, f"http://{HOST}:{server.port}", lambda: app.state.publications.published("library"))
