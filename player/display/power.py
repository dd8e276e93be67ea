"""The display on while the house is open, off while it is closed: the wish is repeated, checked, and reported."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from player.display.cec import Television
from player.display.outputs.base import Output

SOON, SOON_TIMES, LATER = 60.0, 5, 600.0  # seconds between wishes: the first five, and those after them
CHECKS = (3.0, 5.0, 7.0)  # seconds after a command, at which the television is checked until it obeys
PATIENT = 3  # commands that a display may ignore before that is logged

log = logging.getLogger("player")


@dataclass(frozen=True, slots=True)
class DisplayState:
    """`wanted`: "on" or "off". `state`: "on", "off", "unknown" or "absent". `by`: "cec", "dpms" or "black"."""

    wanted: str
    state: str
    by: str


class RepeatedCommand:
    """When a wish is sent: at once when it changes, then again and again. Ticks are seconds that never jump."""

    def __init__(self) -> None:
        self._wish: object = None
        self._sent = 0
        self._next = 0.0

    def due(self, wish: object, ticks: float) -> bool:
        """Is this wish to be sent now? Counts as sent."""
        if wish != self._wish:
            self._wish, self._sent = wish, 0
        elif ticks < self._next:
            return False
        self._sent += 1
        self._next = ticks + (SOON if self._sent <= SOON_TIMES else LATER)
        return True


class TelevisionThread:
    """Speaks with a television in a thread. `state` is what it answered last: "on", "off", or None."""

    def __init__(self, television: Television, checks: tuple[float, ...] = CHECKS) -> None:
        self._television = television
        self._checks = checks
        self._news = threading.Condition()
        self._wish: tuple[bool, bool] | None = None  # on, and whether it is a new wish
        self._thread: threading.Thread | None = None
        self.state: str | None = None
        self.carried_out = 0  # wishes, whether they were followed or not

    def request(self, on: bool, changed: bool) -> None:
        """Pass a wish on. One that is only repeated isn't sent to a television that is in this state already."""
        with self._news:
            if self._wish is not None:  # the one before was never sent
                self.carried_out += 1
            self._wish = (on, changed)
            self._news.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="cec", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._news:
                while self._wish is None:
                    self._news.wait()
                on, changed = self._wish
                self._wish = None
            try:
                self._carry_out(on, changed)
            except Exception:
                log.exception("controlling the television failed")
            with self._news:  # `request` counts, too
                self.carried_out += 1

    def _carry_out(self, on: bool, changed: bool) -> None:
        wanted = "on" if on else "off"
        if not changed:
            self.state = self._television.state()
            if self.state == wanted:
                return
        self._television.set_power(on)
        for pause in self._checks:
            with self._news:
                if self._wish is not None or self._news.wait_for(lambda: self._wish is not None, pause):
                    return
            self.state = self._television.state()
            if self.state == wanted:
                return


class DisplayPower:
    """Keeps the display as it is wanted. `way`: one of look.DISPLAYS. All methods are for the main thread.

    "auto" speaks CEC where it can, and also takes the signal away from a display that does not report that it sleeps.
    Where neither works the page, which is black, is all there is.
    """

    def __init__(self, way: str, messenger: Callable[[], TelevisionThread | None]) -> None:
        """`messenger` is called until it gives a television to control: an adapter may come late."""
        self._way = way
        self._make = messenger
        self._messenger: TelevisionThread | None = None
        self._schedule = RepeatedCommand()
        self._output: Output | None = None
        self._on = True
        self._sent: bool | None = None
        self._waits_for = 0  # wishes that the messenger must have carried out before its silence counts
        self._signal = True  # as we have turned it
        self._against = 0  # wishes in a row that it did not follow, as far as it answers
        self._warned = False

    def attach(self, output: Output | None) -> None:
        """This output is open now; one that is new has its signal on."""
        if output is not self._output:
            self._output, self._signal = output, True

    def step(self, on: bool, output: Output | None, ticks: float) -> None:
        """See if something is to be done. `output` is the one that is open, `ticks` seconds that never jump."""
        self._on = on
        self.attach(output)
        if self._schedule.due((on, id(output)), ticks):
            self._send(on)
        elif self._way == "auto" and not on and self._signal and self._mute():
            self._turn_signal(False)

    def _send(self, on: bool) -> None:
        changed, self._sent = on != self._sent, on
        if not changed:
            self._judge()
        if self._way in ("auto", "cec"):
            self._messenger = self._messenger or self._make()
        if self._messenger is not None:
            self._waits_for = self._messenger.carried_out + 1
            self._messenger.request(on, changed)
        if self._way == "dpms" or (self._way == "auto" and (on or self._messenger is None or not self._signal)):
            self._turn_signal(on)

    def _mute(self) -> bool:
        """Has the television got its command without reporting that it sleeps?"""
        messenger = self._messenger
        return messenger is not None and messenger.carried_out >= self._waits_for and messenger.state != "off"

    def _turn_signal(self, on: bool) -> None:
        output = self._output
        if output is None or (on and self._signal and output.powered() is not False):
            return
        if output.power(on):
            self._signal = on
            if on:
                output.show()
                output.rest()

    def _judge(self) -> None:
        """Has the display followed the wishes so far?"""
        now = self.state
        if now.state in ("unknown", "absent"):
            return
        if now.state == now.wanted:
            if self._warned:
                log.info("the display follows commands again")
            self._against, self._warned = 0, False
            return
        self._against += 1
        if self._against >= PATIENT and not self._warned:
            self._warned = True
            log.warning(
                "the display is still %s after %d commands to turn it %s (%s)",
                *(now.state, self._against, now.wanted, now.by),
            )

    @property
    def state(self) -> DisplayState:
        """What is wanted, and how it is, as far as somebody answers."""
        wanted = "on" if self._on else "off"
        answered = self._messenger.state if self._messenger is not None else None
        powered = None if self._output is None else self._output.powered()
        if answered == "off" and not self._on:
            return DisplayState(wanted, "off", "cec")  # some take their plug away when they sleep
        if self._output is None:
            return DisplayState(wanted, "absent", "black" if self._messenger is None else "cec")
        if not self._signal or powered is False:
            state = "unknown" if powered is None else "on" if powered else "off"
            return DisplayState(wanted, state, "dpms")
        if answered is not None or self._way == "cec":
            return DisplayState(wanted, answered or "unknown", "cec")
        if self._on:
            return DisplayState(wanted, "on", "black" if powered is None else "dpms")
        if self._messenger is not None and not self._mute():
            return DisplayState(wanted, "unknown", "cec")
        return DisplayState(wanted, "off", "black")
