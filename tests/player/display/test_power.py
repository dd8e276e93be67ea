"""The display goes off when the house closes: a stand-in for cec-ctl that is a real process, and for the signal."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from player.display.cec import Television
from player.display.outputs.base import Output
from player.display.power import LATER, SOON, DisplayPower, DisplayState, RepeatedCommand, TelevisionThread
from player.loop import house_closed
from player.rotation import Moment
from player.store.manifest import verify
from tests.fixtures.bundles import KEY, evergreen, manifest, page

# Answers as cec-ctl 1.22 does; the television's state is a file, so is what it was told. $MOOD says how it behaves.
SCRIPT = """#!/bin/sh
cd "{folder}" || exit 1
mood=$(cat mood)
[ "$mood" = silent ] && exec tail -f /dev/null
[ "$mood" = missing ] && exit 127
echo "$*" >> told
case "$*" in
*--playback*) echo 0x0010 > mask ;;
esac
case "$*" in
*--skip-info*) ;;
*)
  echo "Driver Info:"
  echo "	Driver Name                : vc4_hdmi"
  echo "	Physical Address           : $(cat address)"
  echo "	Logical Address Mask       : $(cat mask)"
  ;;
esac
[ "$(cat mask)" = 0x0000 ] && {{ echo "Adapter is unconfigured, please configure it first." >&2; exit 0; }}
case "$*" in
*--standby*) [ "$mood" = stubborn ] || echo standby > state ;;
*--image-view-on*) [ "$mood" = stubborn ] || echo on > state ;;
*--give-device-power-status*)
  printf 'Transmit from Playback Device 1 to TV (4 to 0):\\nGIVE_DEVICE_POWER_STATUS (0x8f)\\n'
  case "$mood" in
  deaf) printf '\\tTx, Not Acknowledged (4), Max Retries\\n' ;;
  garbled) head -c 300 /dev/urandom ;;
  *) printf '    Received from TV (0):\\n    REPORT_POWER_STATUS (0x90):\\n\\tpwr-state: %s (0x00)\\n' "$(cat state)" ;;
  esac ;;
esac
"""


class Bench:
    """A television with an adapter, on a desk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "cec0").touch()
        (folder / "told").touch()
        for name, text in (("mood", "good"), ("state", "on"), ("address", "1.0.0.0"), ("mask", "0x0000")):
            self.be(name, text)
        (folder / "cec-ctl").write_text(SCRIPT.format(folder=folder))
        (folder / "cec-ctl").chmod(0o755)

    def be(self, what: str, text: str) -> None:
        (self.folder / what).write_text(text + "\n")

    def told(self) -> list[str]:
        """What was asked or said over the bus, without the questions about the adapter itself."""
        lines = (self.folder / "told").read_text().splitlines()
        return [line.split("--skip-info ")[1] for line in lines if "--skip-info" in line]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return Bench(tmp_path)


def test_a_television_sleeps_and_wakes(bench: Bench) -> None:
    television = Television(bench.folder)
    assert television.reachable()
    assert television.state() == "on"
    television.set_power(False)
    assert television.state() == "off"
    television.set_power(True)
    assert television.state() == "on"
    assert [line for line in bench.told() if "power-status" not in line] == [
        "--to 0 --standby",
        "--to 0 --image-view-on",
        "--active-source phys-addr=1.0.0.0",
    ]
    claimed = (bench.folder / "told").read_text().count("--playback")
    assert claimed == 1, "the address is claimed once, not before each word"


@pytest.mark.parametrize(("said", "state"), [("to-on", "on"), ("to-standby", "off"), ("standby", "off"), ("huh", None)])
def test_every_answer_is_understood_or_none(bench: Bench, said: str, state: str | None) -> None:
    bench.be("state", said)
    assert Television(bench.folder).state() == state


@pytest.mark.parametrize("mood", ["deaf", "garbled", "missing"])
def test_no_answer_is_no_state(bench: Bench, mood: str) -> None:
    bench.be("mood", mood)
    television = Television(bench.folder)
    television.set_power(True)
    assert television.state() is None


def test_a_program_that_hangs_is_given_up(bench: Bench) -> None:
    bench.be("mood", "silent")
    assert Television(bench.folder, patience=0.2).state() is None


def test_without_cable_nobody_claims_to_be_the_source(bench: Bench) -> None:
    bench.be("address", "f.f.f.f")
    Television(bench.folder).set_power(True)
    assert bench.told() == ["--to 0 --image-view-on"]


def test_the_adapter_with_a_cable_is_used(bench: Bench) -> None:
    assert Television(bench.folder / "nothing").reachable() is False
    (bench.folder / "cec1").touch()
    Television(bench.folder).set_power(False)
    assert f"--device {bench.folder}/cec0 --skip-info --to 0 --standby" in (bench.folder / "told").read_text()


def test_a_wish_is_told_at_once_then_five_times_a_minute_apart_then_each_ten() -> None:
    schedule, told = RepeatedCommand(), []
    for second in range(3600):
        if schedule.due("off" if second >= 10 else "on", float(second)):
            told.append(second)
    assert told[:7] == [0, 10, 10 + 60, 10 + 120, 10 + 180, 10 + 240, 10 + 300]
    assert [later - before for before, later in pairwise(told[6:])] == [600] * 5
    assert (SOON, LATER) == (60.0, 600.0)


class Signal:
    """An output whose signal can be turned off; `stuck`: it says yes and does nothing."""

    def __init__(self, able: bool = True, stuck: bool = False) -> None:
        self.able, self.stuck, self.on = able, stuck, True
        self.asked: list[bool] = []

    def power(self, on: bool) -> bool:
        self.asked.append(on)
        if self.able and not self.stuck:
            self.on = on
        return self.able

    def powered(self) -> bool | None:
        return self.on if self.able else None

    def show(self) -> None: ...

    def rest(self) -> None: ...


class Room:
    """A display, its television and its signal, and a clock that is turned by hand."""

    def __init__(self, way: str, bench: Bench | None, signal: Any) -> None:
        self.messenger = None
        if bench is not None:
            self.messenger = TelevisionThread(Television(bench.folder), checks=(0.0, 0.0))
        self.display = DisplayPower(way, lambda: self.messenger)
        self.signal: Output | None = signal
        self.ticks = 0.0

    def wait(self, on: bool, seconds: float = 1.0) -> DisplayState:
        """Let time pass with this wish; the television's thread comes to its end each time."""
        until = self.ticks + seconds
        while self.ticks < until:
            before = self.messenger.carried_out if self.messenger else 0
            told = self.display._waits_for
            self.display.step(on, self.signal, self.ticks)
            if self.messenger and self.display._waits_for != told:
                for _ in range(2000):
                    if self.messenger.carried_out > before:
                        break
                    threading.Event().wait(0.01)
                self.display.step(on, self.signal, self.ticks)
            self.ticks += min(10.0, seconds)
        return self.display.state


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.INFO, "player"):
        yield caplog


def test_a_good_television_is_turned_off_by_cec_and_keeps_its_signal(bench: Bench) -> None:
    signal = Signal()
    room = Room("auto", bench, signal)
    assert room.wait(True) == DisplayState("on", "on", "cec")
    assert room.wait(False) == DisplayState("off", "off", "cec")
    assert room.wait(True) == DisplayState("on", "on", "cec")
    assert False not in signal.asked


def test_one_that_obeys_is_asked_how_it_is_and_not_told_again(bench: Bench) -> None:
    room = Room("auto", bench, Signal())
    room.wait(False, 1500)
    assert bench.told().count("--to 0 --standby") == 1
    bench.be("state", "on")  # somebody took the remote control
    assert room.wait(False, 700).state == "off"
    assert bench.told().count("--to 0 --standby") == 2


@pytest.mark.parametrize("mood", ["deaf", "garbled", "stubborn"])
def test_one_that_does_not_say_that_it_sleeps_loses_its_signal(bench: Bench, mood: str) -> None:
    bench.be("mood", mood)
    room = Room("auto", bench, Signal())
    assert room.wait(False) == DisplayState("off", "off", "dpms")
    state = room.wait(True)
    assert (state.wanted, state.state) == ("on", "on")


def test_one_that_stays_on_is_said_once_and_when_it_obeys_again(
    bench: Bench, warnings: pytest.LogCaptureFixture
) -> None:
    bench.be("mood", "stubborn")
    room = Room("cec", bench, Signal())
    assert room.wait(False, 1200) == DisplayState("off", "on", "cec")
    assert [r.message for r in warnings.records] == ["the display is still on after 3 commands to turn it off (cec)"]
    bench.be("mood", "good")
    assert room.wait(False, 1300) == DisplayState("off", "off", "cec")
    assert warnings.records[-1].message == "the display follows commands again"


def test_the_signal_is_repeated_and_checked(warnings: pytest.LogCaptureFixture) -> None:
    signal = Signal(stuck=True)
    room = Room("dpms", None, signal)
    assert room.wait(False, 910) == DisplayState("off", "on", "dpms")
    assert signal.asked.count(False) == 7  # at once, five minutes, and one after ten more
    assert sum("the display is still" in r.message for r in warnings.records) == 1
    signal.stuck = False
    assert room.wait(False, 700) == DisplayState("off", "off", "dpms")
    assert room.wait(True) == DisplayState("on", "on", "dpms")


def test_where_nothing_can_be_turned_off_the_page_is_black() -> None:
    room = Room("auto", None, Signal(able=False))
    assert room.wait(True) == DisplayState("on", "on", "black")
    assert room.wait(False) == DisplayState("off", "off", "black")
    signal = Signal()
    assert Room("black", None, signal).wait(False) == DisplayState("off", "off", "black")
    assert signal.asked == []


def test_without_a_display_it_is_absent_and_one_that_comes_is_turned_off() -> None:
    room = Room("dpms", None, None)
    assert room.wait(False, 100) == DisplayState("off", "absent", "black")
    signal: Any = Signal()
    room.signal = signal
    assert room.wait(False) == DisplayState("off", "off", "dpms")


def test_a_television_that_unplugs_itself_while_it_sleeps_is_off_and_is_woken(bench: Bench) -> None:
    room = Room("auto", bench, Signal())
    room.wait(False)
    room.signal = None
    assert room.wait(False) == DisplayState("off", "off", "cec")
    room.wait(True)
    assert bench.told().count("--to 0 --image-view-on") >= 1


OPEN, CLOSE = datetime.fromisoformat("2026-06-02T10:00:00+02:00"), datetime.fromisoformat("2026-06-01T18:00:00+02:00")


@pytest.mark.parametrize(
    ("at", "trusted", "closed"),
    [
        (CLOSE - timedelta(seconds=1), True, False),
        (CLOSE, True, True),
        (OPEN - timedelta(seconds=11), True, True),
        (OPEN - timedelta(seconds=9), True, False),  # it wakes before the house opens
        (OPEN, True, False),
        (CLOSE + timedelta(hours=3), False, False),  # who knows what time it is
    ],
)
def test_the_house_is_closed_while_only_dark_pages_are_open(at: datetime, trusted: bool, closed: bool) -> None:
    import json

    night = {"from_": CLOSE.isoformat(), "until": OPEN.isoformat()}
    made, _ = manifest(
        1,
        page("day", until=CLOSE.isoformat()),
        page("night", kind="dark", **night),
        page("morning", from_=OPEN.isoformat()),
        evergreen(),
    )
    data = json.dumps(made).encode()
    plan = verify(data, KEY.sign(data).signature, KEY.verify_key.encode(), "library")
    assert house_closed(plan, Moment(at, 0.0, trusted)) is closed
    assert house_closed(None, Moment(at, 0.0, trusted)) is False
