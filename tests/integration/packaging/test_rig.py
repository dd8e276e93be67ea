"""The rig's own eyes: what it takes for a page, a fade or something that nobody should see; and its documentation."""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from rig.cases import CASES, film
from rig.forgetful import BLOCK, ForgetfulDisk
from rig.image import FILMS
from rig.machine import Machine, MachineFault
from rig.patience import Deadline, FairClock, waited
from rig.report import Report
from rig.screen import Shown, clock_box, differs, judge, writes_time
from rig.time_server import SINCE_1900, TimeServer
from tests.fixtures.paths import ROOT

SIZE = (640, 360)
DEEP = (11, 36, 51)
CLOCK = {"x": 400.0, "y": 40.0, "width": 100.0, "height": 40.0, "size": 30.0}
DOCS = (ROOT / "docs" / "rig.md").read_text("utf-8")


def drawn(ground: tuple[int, int, int], text: str) -> Image.Image:
    picture = Image.new("RGB", SIZE, ground)
    ImageDraw.Draw(picture).text((60, 200), text, fill=(240, 240, 240))
    return picture


PAGES = {
    "a": Shown(drawn((180, 20, 30), "Strikkekveld"), clock_box(CLOCK)),
    "b": Shown(drawn((20, 90, 60), "Kino: Vaiana 2"), clock_box(CLOCK)),
}


def seen(shot: Image.Image) -> str:
    return str(judge(shot, PAGES, SIZE, DEEP))


def test_a_page_is_known_to_the_pixel_but_for_its_clock() -> None:
    shot = PAGES["a"].picture.copy()
    assert seen(shot) == "page a"
    assert not writes_time(shot, PAGES["a"])
    ImageDraw.Draw(shot).text((420, 50), "15.42", fill=(242, 184, 75))
    assert seen(shot) == "page a"
    assert writes_time(shot, PAGES["a"])
    shot.putpixel((3, 350), (180, 20, 31))
    assert seen(shot) != "page a"
    assert differs(shot, PAGES["a"]) == (3, 350, 4, 351)
    shot.putpixel((3, 350), (250, 250, 250))
    assert seen(shot) == "foreign"


@pytest.mark.parametrize("share", [0.03, 0.3, 0.5, 0.97])
def test_a_fade_lies_between_two_pages(share: float) -> None:
    shot = Image.blend(PAGES["a"].picture, PAGES["b"].picture, share)
    assert seen(shot).startswith("fade ")


def test_text_and_cursors_are_seen_on_black_on_a_page_and_in_a_fade() -> None:
    black = Image.new("RGB", SIZE)
    assert seen(black) == "black"
    fade = Image.blend(PAGES["a"].picture, PAGES["b"].picture, 0.5)
    for ground in (black, PAGES["a"].picture, fade):
        text = ground.copy()
        ImageDraw.Draw(text).text((0, 0), "[  OK  ] Started", fill=(170, 170, 170))
        assert seen(text) == "foreign"
        cursor = ground.copy()
        ImageDraw.Draw(cursor).rectangle((0, 14, 7, 15), fill=(255, 255, 255))
        assert seen(cursor) == "foreign"


def test_a_film_is_its_page_but_for_its_box() -> None:
    box = (200, 100, 400, 250)
    pages = {**PAGES, "a": replace(PAGES["a"], film=box)}
    shot = PAGES["a"].picture.copy()
    assert str(judge(shot, pages, SIZE, DEEP)) == "page a", "its picture: the film is not played"
    shot.paste((12, 250, 99), box)
    assert str(judge(shot, pages, SIZE, DEEP)) == "film a"
    assert seen(shot) == "foreign", "on a page without a film"
    shot.putpixel((199, 100), (250, 250, 250))
    assert str(judge(shot, pages, SIZE, DEEP)) == "foreign", "outside its box"


def test_the_rig_knows_which_frame_of_the_film_is_on_the_glass(tmp_path: Path) -> None:
    _, frames = film.a_film(tmp_path)
    assert len(frames) == film.RATE * film.SECONDS
    rounded = frames[30].point(lambda value: min(255, value + 8))
    number, worst = film.which(rounded, frames)
    assert number == 30
    assert worst < film.ALIKE
    ImageDraw.Draw(rounded).text((50, 50), "[  OK  ] Started", fill=(230, 230, 230))
    assert film.which(rounded, frames)[1] > film.ALIKE


def test_the_player_that_plays_films_has_what_the_docs_name() -> None:
    line = f"sudo apt install {' '.join(FILMS)}\n"
    assert line in (ROOT / "docs" / "video.md").read_text("utf-8")


def test_the_players_own_pages_and_no_signal_are_known() -> None:
    assert seen(drawn(DEEP, "Venter på innhold")) == "notice"
    assert seen(Image.new("RGB", (720, 400))) == "no signal"
    off = Image.new("RGB", SIZE)
    ImageDraw.Draw(off).rectangle((220, 175, 420, 185), fill=(170, 170, 170))  # QEMU's own words, in the middle
    assert seen(off) == "no signal"


def test_the_time_server_answers_as_the_protocol_has_it() -> None:
    server = TimeServer(ahead=86400.0)
    question = bytes([0x23]) + bytes(39) + b"question"
    answer = server.answer(question)
    assert len(answer) == 48
    assert answer[0] == 0x24  # version 4, a server
    assert answer[1] == 1
    assert answer[24:32] == b"question"
    assert struct.unpack(">I", answer[40:44])[0] > SINCE_1900
    assert server.answer(b"short") == b""


def test_a_report_is_written_after_each_case(tmp_path: Path) -> None:
    report = Report(tmp_path / "report.md", "The rig")
    report.add("boot", True, 12, ["power-on to picture: 26 s", "| a | table |"])
    assert "## boot: proved in 12 s" in report.file.read_text()
    assert "- power-on to picture: 26 s\n| a | table |" in report.file.read_text()
    assert not report.failed
    report.add("cuts", False, 3, ["Unproven: no picture"])
    assert report.failed
    assert "## cuts: FAILED in 3 s" in report.file.read_text()


def test_every_case_is_documented() -> None:
    assert [name for name in CASES if f"\n- `{name}`" not in DOCS] == []


def test_a_disk_forgets_what_was_not_flushed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "below").write_bytes(b"0" * 64 * BLOCK)
    disk = ForgetfulDisk(tmp_path / "below", tmp_path / "socket", random.Random(1))
    disk.write(100, b"safe")
    disk.flush()
    disk.write(5 * BLOCK - 2, b"at once", flushed=True)
    for block in range(10, 60):
        disk.write(block * BLOCK, b"perhaps")
    assert disk.read(20 * BLOCK, 7) == b"perhaps"
    disk.lose_power()
    assert disk.read(98, 8) == b"00safe00"
    assert disk.read(5 * BLOCK - 4, 11) == b"00at once00"
    left = sum(disk.read(block * BLOCK, 7) == b"perhaps" for block in range(10, 60))
    assert left == disk.kept
    assert disk.forgotten == 50 - left
    assert 10 < left < 40
    disk.close()


def test_qemu_reads_and_writes_such_a_disk(tmp_path: Path) -> None:
    if shutil.which("qemu-io") is None:
        pytest.skip("qemu-io is not installed (sh .ci/needs vm)")
    (tmp_path / "below").write_bytes(b"0" * 64 * BLOCK)
    disk = ForgetfulDisk(tmp_path / "below", tmp_path / "socket", random.Random(1))
    orders = ("write -P 65 4000 9000", "flush", "read -P 65 4000 9000", "write -z 0 4096", "read -P 0 0 4096", "flush")
    typed = [part for order in orders for part in ("-c", order)]
    command = ["qemu-io", "-f", "raw", *typed, f"nbd+unix:///?socket={tmp_path / 'socket'}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "error" not in done.stdout + done.stderr
    assert "failed" not in done.stdout + done.stderr
    disk.lose_power()
    assert disk.read(4000, 200) == bytes(96) + b"A" * 104
    assert disk.read(13_000, 2) == b"00"
    disk.close()


class Host:
    """A host whose processor is taken by others from time to time: a clock, and what a thread has waited."""

    def __init__(self) -> None:
        self.now, self.waited = 0.0, {"1": 0.0}

    def pass_by(self, seconds: float, waiting: float) -> None:
        self.now += seconds
        self.waited = {"1": self.waited["1"] + waiting, "2": 0.1}

    def clock(self) -> FairClock:
        return FairClock(lambda: dict(self.waited), lambda: self.now)


def test_patience_is_spent_only_while_the_machine_may_run() -> None:
    host = Host()
    clock = host.clock()
    deadline = Deadline(clock, 10, lambda: host.now)
    host.pass_by(20, waiting=15)
    assert clock.seconds == pytest.approx(5)
    assert clock.share == pytest.approx(0.25)
    assert not deadline.over
    host.pass_by(6, waiting=0)
    assert deadline.over


def test_patience_ends_on_a_host_that_never_lets_it_run() -> None:
    host = Host()
    deadline = Deadline(host.clock(), 10, lambda: host.now)
    for _ in range(12):
        host.pass_by(5, waiting=6)  # a reading that comes late
    assert deadline.over


def test_the_kernel_is_asked_how_long_a_process_waited() -> None:
    waits = waited(os.getpid())
    assert waits
    assert all(seconds >= 0 for seconds in waits.values())


def test_a_machine_that_has_died_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "layer.qcow2").touch()
    machine = Machine(Image.new, tmp_path / "layer.qcow2")  # type: ignore[arg-type]  # never powered on
    machine.alive()
    machine.serial.write_text(
        "\x1b[1mStarting\x1b[0m udev\r\n[ 0.1] Kernel panic - not syncing: IO-APIC + timer doesn't work!\r\n"
    )
    assert machine.story()[0] == "Starting udev"
    with pytest.raises(MachineFault, match=r"IO-APIC.*serial-layer\.log"):
        machine.alive()
