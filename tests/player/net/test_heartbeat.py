"""The heartbeat, by docs/heartbeat.md: what it says, what is kept while nobody takes it, and to whom it goes."""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import player
from player.clock import ClockVerdict
from player.display.notices import waiting
from player.display.power import DisplayState
from player.display.snapshot import Snapshot
from player.health import vitals
from player.health.vitals import RecentProblems, Vitals
from player.net import heartbeat_report
from player.net import http as fetch
from player.net.heartbeat import HeartbeatTarget, HeartbeatThread
from player.net.heartbeat_queue import MOST, Queue
from player.net.heartbeat_report import MAX_BODY, PlayerInfo, PlayerState, Problem
from signage.fleet import messages
from tests.fixtures.bundle_server import send, serve
from tests.fixtures.bundles import evergreen, manifest, page
from tests.fixtures.catalogue import table
from tests.fixtures.office import Office
from tests.fixtures.paths import ROOT
from tests.fixtures.player_parts import ReportSource
from tests.player.test_rotation import read

DOCS = (ROOT / "docs" / "heartbeat.md").read_text("utf-8")
TOKEN = bytes(range(32))
NOON = datetime(2026, 6, 1, 12, 0, 5, tzinfo=UTC)
BUNDLE = read(manifest(7, page("a"), evergreen())[0])
BOX = Vitals(4000.0, "Raspberry Pi 3 Model B Rev 1.2", 51.5, False, 50_000_000, 300_000_000, 9_000_000_000, 4096)
ABOUT = PlayerInfo("0.4.0", None, "library", 3990.4, None, Problem(), Problem(), ("the server is away: no connection",))
SHOT = Snapshot("a" * 64, "a" * 64, True, b"\xff\xd8" + bytes(9000))
SCENE = PlayerState(
    NOON,
    4000.0,
    ClockVerdict(True, "the system reports that it is synchronised", "synchronised"),
    BUNDLE,
    BUNDLE.pages[0],
    None,
    SHOT,
    DisplayState("on", "on", "dpms"),
    "kms",
    "1920x1080@60",
    90,
)
BLANK = replace(
    SCENE,
    clock=ClockVerdict(False, "nothing confirms the clock yet", "unknown"),
    manifest=None,
    page=None,
    notice=waiting("http://192.0.2.1"),
    snapshot=None,
    display=DisplayState("on", "absent", "black"),
    output=None,
    panel=None,
)


# -- what it says -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scene", [SCENE, BLANK], ids=["a page", "nothing"])
def test_every_key_of_the_contract_is_there_and_no_other(scene: PlayerState) -> None:
    rows = re.findall(r"^- ((?:`\w+`(?:, )?)+):(.*(?:\n  .*)*)", DOCS, re.MULTILINE)
    contract = {name for keys, _ in rows for name in re.findall(r"`(\w+)`", keys)}
    contract |= {"running", "fallback_from", "under_voltage"}  # explained in the row of the one before
    assert set(heartbeat_report.report(scene, ABOUT, BOX)) == contract


@pytest.mark.parametrize("scene", [SCENE, BLANK], ids=["a page", "nothing"])
def test_the_server_understands_it(scene: PlayerState) -> None:
    newest = heartbeat_report.report(scene, ABOUT, BOX)
    data, number = heartbeat_report.body(newest, [{**heartbeat_report.for_later(newest), "age": 60}] * 2)
    beat = messages.HeartbeatMessage.model_validate_json(data)
    assert number == len(beat.earlier) == 2
    assert beat.screen == "library"
    assert beat.notice == (None if scene.page else "waiting")


def test_what_ails_it_is_said_with_a_word_that_the_server_has_in_norwegian() -> None:
    """Every word that the player has: of its clock, its card and its network."""
    here = Path(player.__file__).parent
    clock = set(re.findall(r'Verdict\((?:True|False), .*?, "(\w+)"\)', (here / "clock.py").read_text()))
    card = set(re.findall(r'self\.kind, what = "(\w+)"', (here / "store/disk.py").read_text()))
    assert clock | {"other"} == set(table("clock"))
    assert card | {"other"} == set(table("storage"))
    sources = "".join(file.read_text() for file in sorted(here.rglob("*.py")))
    network = set(re.findall(r'(?:Refused|__init__)\(\s*"([\w-]+)"', sources))
    network |= set(re.findall(r'Unreachable\(.*, "(\w+)"[,)]', sources)) | set(fetch._KINDS.values())
    network.remove("other-site")  # only of alerts: why those are refused is among the errors
    assert network | {"answer", "fault", "other"} == set(table("network"))
    ill = replace(ABOUT, storage=Problem("x: the disk is full", "full"), network=Problem("gone", "silent"))
    told = heartbeat_report.report(SCENE, ill, BOX)
    assert (told["storage"]["problem"], told["storage"]["kind"]) == ("x: the disk is full", "full")
    assert told["network"] == {"failing_since": None, "problem": "gone", "kind": "silent"}
    assert told["clock"]["kind"] == "synchronised"


def test_what_is_on_the_glass_is_said() -> None:
    told = heartbeat_report.report(SCENE, ABOUT, BOX)
    assert told["page"] == {"id": "a", "kind": "agenda", "asset": BUNDLE.pages[0].picture.sha256}
    assert told["frame"] == {"sha256": "a" * 64, "expected": "a" * 64, "matches": True}
    assert base64.b64decode(told["thumbnail"]) == SHOT.thumbnail
    assert (told["at"], told["serial"], told["generated"]) == ("2026-06-01T12:00:05Z", 7, "2025-12-31T23:00:00Z")


def test_a_clock_that_is_not_trusted_gives_no_time() -> None:
    assert heartbeat_report.report(BLANK, ABOUT, BOX)["at"] is None


def test_the_body_stays_within_its_limit_whatever_is_in_it() -> None:
    newest = heartbeat_report.report(SCENE, replace(ABOUT, errors=("ø" * 400,) * 10), BOX)
    long = {**heartbeat_report.for_later(newest), "clock": {"trusted": False, "why": "å" * 5000}}
    data, number = heartbeat_report.body(newest, [long] * 60)
    assert len(data) <= MAX_BODY
    assert 0 < number < 30
    huge = {**newest, "thumbnail": "x" * 100_000}
    data, number = heartbeat_report.body(huge, [long])
    assert len(data) <= MAX_BODY
    assert json.loads(data)["thumbnail"] is None
    assert all(len(error) <= 200 for error in json.loads(data)["errors"])


def test_the_last_warnings_are_kept_and_no_more() -> None:
    log = logging.getLogger("player.test")
    recent_problems = RecentProblems()
    log.addHandler(recent_problems)
    log.propagate = False
    log.setLevel(logging.INFO)
    log.info("not worth telling")
    for n in range(12):
        log.warning("number %d\nof them", n)
    try:
        raise ValueError("inside")
    except ValueError:
        log.exception("a fault")
    log.error("%s", "x" * 500)
    last = recent_problems.last()
    assert len(last) == 10
    assert last[0] == "number 4 of them"
    assert last[8] == "a fault (ValueError: inside)"
    assert len(last[9]) == 200
    log.removeHandler(recent_problems)


# -- the box ----------------------------------------------------------------------------------------------------------


def tree(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


PI = {
    "proc/device-tree/model": "Raspberry Pi Zero 2 W Rev 1.0\0",
    "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
    "sys/class/thermal/thermal_zone0/temp": "48312\n",
    "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
    "sys/class/hwmon/hwmon0/temp1_input": "48312\n",
    "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "0\n",
    "proc/meminfo": "MemTotal:         437180 kB\nMemFree:           60000 kB\nMemAvailable:     231552 kB\n",
    "proc/self/smaps_rollup": "00010000-bee0f000 ---p 00000000 00:00 0 [rollup]\nRss:   60320 kB\nPss:   41236 kB\n",
    "proc/self/io": "rchar: 5\nwchar: 6\nread_bytes: 9\nwrite_bytes: 40960\ncancelled_write_bytes: 0\n",
}


def test_a_pi(tmp_path: Path) -> None:
    box = vitals.read(tmp_path, 77.0, tree(tmp_path, PI))
    assert (box.model, box.temperature, box.under_voltage) == ("Raspberry Pi Zero 2 W Rev 1.0", 48.3, False)
    assert (box.pss, box.available, box.written) == (41236 * 1024, 231552 * 1024, 40960)
    assert box.free is not None
    assert box.free > 0
    (tmp_path / "sys/class/hwmon/hwmon1/in0_lcrit_alarm").write_text("1\n")
    assert vitals.read(tmp_path, 77.0, tmp_path).under_voltage is True


def test_an_older_kernel_of_a_pi(tmp_path: Path) -> None:
    alarm = "sys/devices/platform/soc/soc:firmware/raspberrypi-hwmon/hwmon/hwmon0/in0_lcrit_alarm"
    assert vitals.under_voltage(f"{tree(tmp_path, {alarm: '1'})}/sys") is True


def test_a_pc(tmp_path: Path) -> None:
    files = {
        "sys/class/dmi/id/sys_vendor": "Intel(R) Client Systems\n",
        "sys/class/dmi/id/product_name": "NUC8i3BEH\n",
        "sys/class/thermal/thermal_zone0/type": "acpitz\n",
        "sys/class/thermal/thermal_zone0/temp": "27800\n",
        "sys/class/thermal/thermal_zone1/type": "x86_pkg_temp\n",
        "sys/class/thermal/thermal_zone1/temp": "61000\n",
        "sys/class/thermal/thermal_zone2/type": "iwlwifi_1\n",
        "sys/class/thermal/thermal_zone2/temp": "255000\n",
    }
    box = vitals.read(tmp_path, 77.0, tree(tmp_path, files))
    assert (box.model, box.temperature) == ("Intel(R) Client Systems NUC8i3BEH", 61.0)
    assert box.under_voltage is None


def test_a_box_that_tells_nothing(tmp_path: Path) -> None:
    box = vitals.read(tmp_path / "gone" / "store", 1.0, tmp_path / "empty")
    assert (box.model, box.temperature, box.under_voltage, box.pss, box.available) == ("", None, None, None, None)
    assert box.free is not None, "of the folder that is there"


def test_this_machine_is_read_as_it_is(tmp_path: Path) -> None:
    box = vitals.read(tmp_path, 1.0)
    assert box.pss is not None
    assert 5_000_000 < box.pss < 2_000_000_000
    assert box.available is not None


# -- what is kept -----------------------------------------------------------------------------------------------------


def test_a_fortnight_without_a_network_is_kept_finer_of_late_and_takes_little() -> None:
    queue, told = Queue(), heartbeat_report.for_later(heartbeat_report.report(SCENE, ABOUT, BOX))
    for minute in range(14 * 24 * 60):
        queue.add(minute * 60.0 + 7, told)
    now = 14 * 24 * 3600.0
    ages = [kept.report(now)["age"] for kept in queue.oldest(MOST)]
    assert len(ages) == len(queue) <= MOST
    assert sum(age <= 3600 for age in ages) in (59, 60, 61)
    before = [age for age in ages if age > 3700]
    assert {earlier - later for earlier, later in pairwise(before)} == {900}
    assert before[0] > now - 1000, "the beginning is still known"
    assert queue.bytes < 1_000_000
    for minute in range(14 * 24 * 60, 30 * 24 * 60):
        queue.add(minute * 60.0, told)
    assert len(queue) == MOST


@settings(max_examples=60)
@given(st.lists(st.floats(0, 4000), max_size=80), st.integers(0, 40))
def test_however_it_is_filled_it_is_ordered_bounded_and_holds_the_newest(steps: list[float], taken: int) -> None:
    queue, now = Queue(), 0.0
    for number, step in enumerate(steps):
        now += step
        queue.add(now, {"number": number})
        if number == len(steps) // 2:
            queue.sent(queue.oldest(taken))
        times = [kept.at for kept in queue.oldest(MOST)]
        assert times == sorted(times)
        assert not times or times[-1] == now
        assert len(times) == len(queue) <= MOST
    assert len([at for at in times if at >= now - 3600] if steps else []) <= 61


# -- to whom ----------------------------------------------------------------------------------------------------------


class Sender:
    """A `HeartbeatThread` without its thread, its clock in the test's hand."""

    def __init__(self, where: HeartbeatTarget | None) -> None:
        self.now = 4000.0
        self.where = where
        self.beat = HeartbeatThread(self, lambda: self.now)

    def target(self) -> HeartbeatTarget | None:
        return self.where

    def report(self, state: PlayerState) -> dict[str, Any]:
        return heartbeat_report.report(state, ABOUT, BOX)

    def minute(self) -> None:
        self.now += 60
        self.beat.send(replace(SCENE, since_boot=self.now - 2))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with serve(tmp_path) as site:
        yield Office(site)


@pytest.fixture
def sender(office: Office) -> Sender:
    return Sender(HeartbeatTarget(office.site.url, TOKEN, True))


def test_a_beat_carries_the_token_and_its_age(office: Office, sender: Sender) -> None:
    sender.minute()
    [(token, told)] = office.beats
    assert token == TOKEN.hex()
    assert told["age"] == 2
    assert told["earlier"] == []


def test_what_could_not_be_sent_comes_later_oldest_first_thirty_at_a_time(office: Office, sender: Sender) -> None:
    sender.where = HeartbeatTarget("http://127.0.0.1:1", TOKEN, True)
    for _ in range(45):
        sender.minute()
    assert len(sender.beat.queue) == 45
    sender.where = HeartbeatTarget(office.site.url, TOKEN, True)
    for _ in range(3):
        sender.minute()
    earlier = [told["earlier"] for _, told in office.beats]
    assert [len(each) for each in earlier] == [30, 15, 0]
    ages = [one["age"] for one in earlier[0]]
    assert ages == sorted(ages, reverse=True)
    assert ages[0] == 45 * 60 + 2
    assert all("thumbnail" not in one and "earlier" not in one for one in earlier[0])
    assert len(sender.beat.queue) == 0
    for _, told in office.beats:
        messages.HeartbeatMessage.model_validate(told)


@pytest.mark.parametrize("status", [401, 429, 500, 404, 405, 501])
def test_a_beat_that_was_not_taken_is_kept(
    office: Office, sender: Sender, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    office.beat_status = status
    for _ in range(3):
        sender.minute()
    assert len(sender.beat.queue) == 3
    said = [entry.message for entry in caplog.records if entry.levelno >= logging.WARNING]
    assert len(said) == (1 if status == 401 else 0)
    office.beat_status = 204
    sender.minute()
    sender.minute()
    assert len(sender.beat.queue) == 0
    # where nobody takes heartbeats, what is kept is not sent in vain each minute
    unwanted = status in (401, 404, 405, 501)
    assert [len(told["earlier"]) for _, told in office.beats] == ([0, 0, 0, 0, 3] if unwanted else [0, 1, 2, 3, 0])


@pytest.mark.parametrize("status", [400, 413])
def test_a_beat_that_breaks_the_format_is_dropped_and_said_once(
    office: Office, sender: Sender, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    office.beat_status = status
    for _ in range(3):
        sender.minute()
    assert len(sender.beat.queue) == 0
    assert len([entry for entry in caplog.records if entry.levelno >= logging.WARNING]) == 1


def test_the_token_goes_to_nobody_who_has_not_proven_to_be_ours(office: Office, sender: Sender) -> None:
    sender.where = HeartbeatTarget(office.site.url, TOKEN, False)
    sender.minute()
    assert office.beats == []
    assert len(sender.beat.queue) == 1
    sender.where = HeartbeatTarget(office.site.url, TOKEN, True)
    sender.minute()
    assert len(office.beats[0][1]["earlier"]) == 1


def test_a_player_that_is_not_paired_tells_nobody(office: Office, sender: Sender) -> None:
    sender.where = None
    sender.minute()
    assert office.site.asked == []
    assert len(sender.beat.queue) == 0


def test_a_redirect_is_not_followed_with_the_token(office: Office, sender: Sender, tmp_path: Path) -> None:
    with serve(tmp_path) as elsewhere:
        away = Office(elsewhere)
        address = f"{elsewhere.url}/player/heartbeat"
        office.site.misbehave["heartbeat"] = lambda handler: _redirect(handler, address)
        sender.minute()
        assert away.beats == []
    assert len(sender.beat.queue) == 1


def _redirect(handler: Any, address: str) -> None:
    send(handler, 307, b"", Location=address)


def test_the_thread_sends_what_it_is_told(office: Office) -> None:
    beat = HeartbeatThread(
        ReportSource(
            HeartbeatTarget(office.site.url, TOKEN, True), lambda state: heartbeat_report.report(state, ABOUT, BOX)
        ),
        chance=lambda: 0.0,
    )
    beat.start()
    beat.submit(SCENE)
    assert office.heard.wait(30)
    beat.stop(30)
    assert office.beats[0][1]["page"]["id"] == "a"
