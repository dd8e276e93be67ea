"""The glass on a panel whose memory can be looked at: a framebuffer that is a file, and everything else real."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from player.display import glass as glass_module
from player.display import notice_drawing
from player.display.display_options import DisplayOptions
from player.display.fade import differing
from player.display.glass import Glass
from player.display.notices import NoticePicture, waiting
from player.display.outputs.base import NoDisplay, Unusable
from player.display.outputs.framebuffer import Framebuffer
from player.display.slim_pygame import pygame
from player.loop import Loop
from player.rotation import Moment
from player.store.manifest import Manifest, verify
from player.texts import Text
from tests.fixtures.bundles import KEY, evergreen, manifest, page, picture
from tests.fixtures.player_parts import Shelf
from tests.player.display.test_outputs import opened, shape

CODE = "http://skjerm.example:8080/status?pair=K7M4-PX2Q"
PAIRING = NoticePicture(
    "pairing",
    Text("Koble til denne skjermen", "Connect this screen"),
    Text("Skriv koden på statussiden.", "Type this code on the status page."),
    code="K7M4-PX2Q",
    address="http://skjerm.example:8080",
    qr=tuple(tuple(bool(dark) for dark in row) for row in segno.make(CODE, error="m").matrix),
)
FAULT = NoticePicture(
    "fault",
    Text("Finner ikke serveren", "The server is not found"),
    Text("Si til den som har ansvaret: «skjerm.example svarer ikke».", "Contact the person who is responsible."),
    address="signage-player.txt, linje 3",
)
SIZES = [(1920, 1080), (1080, 1920), (1280, 720), (800, 600), (1920, 540), (320, 240)]


class Panel:
    """A panel that may be unplugged. `size`: of what is plugged in now; None: nothing."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.size: tuple[int, int] | None = (640, 360)
        self.bits = 32
        self.output: Framebuffer | None = None
        monkeypatch.setattr(glass_module, "open_output", self._open)
        monkeypatch.setattr(glass_module, "RETRY_SECONDS", 0.0)

    def _open(self, look: DisplayOptions) -> Framebuffer:
        if self.size is None:
            raise NoDisplay([("kms", Unusable("no screen is plugged in"))])
        self.output = opened(self.folder, shape(*self.size, self.bits))
        return self.output

    def unplug(self) -> None:
        assert self.output is not None
        self.size, self.output.lost = None, True

    def seen(self) -> Image.Image:
        """What really stands in the panel's memory."""
        assert self.output is not None
        size = self.output.desktop
        raw = (self.folder / "fb0").read_bytes()
        return Image.frombytes("RGB", size, raw, "raw", "BGRX")


@pytest.fixture
def panel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Panel]:
    yield Panel(tmp_path, monkeypatch)
    pygame.display.quit()


def drawn(notice: NoticePicture, size: tuple[int, int]) -> Image.Image:
    surface = pygame.Surface(size, 0, 32)
    notice_drawing.draw(surface, notice)
    return Image.frombytes("RGB", size, pygame.image.tobytes(surface, "RGB"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("notice", [PAIRING, FAULT, waiting("http://skjerm.example:8080")], ids=lambda n: n.kind)
def test_a_notice_keeps_its_margins(notice: NoticePicture, size: tuple[int, int]) -> None:
    ground = pygame.Surface(size, 0, 32)
    notice_drawing.draw_background(ground)
    plain = Image.frombytes("RGB", size, pygame.image.tobytes(ground, "RGB"))
    box = ImageChops.difference(drawn(notice, size), plain).getbbox()
    assert box is not None
    assert box[0] >= size[0] * 0.07
    assert box[2] <= size[0] * 0.931
    assert box[1] >= size[1] * 0.11
    assert box[3] <= size[1] * 0.93


@pytest.mark.parametrize("size", SIZES)
def test_the_code_on_the_glass_can_be_scanned(size: tuple[int, int]) -> None:
    found = zxingcpp.read_barcodes(drawn(PAIRING, size))
    assert [code.text for code in found] == [CODE]


def test_a_text_that_is_far_too_long_is_set_smaller() -> None:
    endless = NoticePicture("fault", FAULT.headline, Text(FAULT.text[0] * 8, FAULT.text[1] * 8), address="x" * 300)
    test_a_notice_keeps_its_margins(endless, (1280, 720))


@given(st.text(max_size=80), st.text(max_size=80))
@settings(deadline=None, max_examples=25)
def test_whatever_stands_in_a_notice_it_is_drawn(words: str, address: str) -> None:
    nasty = words + "\0\U0001f600\u202e"
    drawn(NoticePicture("fault", Text(nasty, words), Text(words, nasty), code=nasty[:12], address=address), (640, 360))


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_a_turned_panel_gets_turned_notices(panel: Panel, rotate: int) -> None:
    glass = Glass(DisplayOptions(rotate=rotate))
    glass.notice(FAULT)
    upright = panel.seen().rotate(rotate, expand=True)
    assert upright.tobytes() == drawn(FAULT, upright.size).tobytes()
    glass.close()


def test_what_the_panel_hides_stays_black(panel: Panel) -> None:
    glass = Glass(DisplayOptions(overscan=5.0))
    glass.notice(FAULT)
    left, top, right, bottom = panel.seen().getbbox() or (0, 0, 0, 0)
    assert (left, top, right, bottom) == (32, 18, 640 - 32, 360 - 18)
    glass.fit(plan(page("a")))
    slide = glass.prepare(picture("a", 320, 180), glass_module.LabelStyles())
    glass.show(slide, glass_module.Labels(), fade=False)
    assert panel.seen().getbbox() == (32, 18, 640 - 32, 360 - 18)
    glass.close()


@pytest.mark.parametrize("bits", [16, 32])
def test_a_snapshot_tells_what_really_stands_there(panel: Panel, bits: int) -> None:
    panel.bits = bits
    glass = Glass(DisplayOptions())
    glass.notice(PAIRING)
    found = glass.snapshot()
    assert found is not None
    assert found.matches is True
    assert found.sha256 == found.expected == hashlib.sha256((panel.folder / "fb0").read_bytes()).hexdigest()
    small = Image.open(io.BytesIO(found.thumbnail))
    assert (small.format, small.size) == ("JPEG", (240, 135))
    assert len(found.thumbnail) < 20_000
    glass.close()


def test_a_wrong_picture_is_seen_and_put_right_and_then_the_display_is_opened_anew(
    panel: Panel, caplog: pytest.LogCaptureFixture
) -> None:
    glass = Glass(DisplayOptions())
    glass.notice(PAIRING)
    expected = panel.seen().tobytes()
    with (panel.folder / "fb0").open("r+b") as file:
        file.write(b"\xff" * 300_000)  # another program writes there
    found = glass.snapshot()
    assert found is not None
    assert found.matches is False
    assert found.sha256 != found.expected
    colour = Image.open(io.BytesIO(found.thumbnail)).convert("RGB").getpixel((120, 5))
    assert isinstance(colour, tuple)
    assert min(colour) > 240, "the thumbnail shows what is seen, not what is meant"
    assert glass.picture_ok is False
    assert panel.seen().tobytes() == expected
    again = glass.snapshot()
    assert again is not None
    assert again.matches is True
    assert glass.picture_ok is True
    for _ in range(2):
        with (panel.folder / "fb0").open("r+b") as file:
            file.write(b"\xff" * 300_000)
        glass.snapshot()
    glass.look()
    assert glass.generation == 2
    assert glass.picture_ok is True
    assert sum("something other" in record.message for record in caplog.records) == 2
    glass.close()


def test_a_display_that_goes_while_it_is_turned_on_is_looked_for_again(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    glass = Glass(DisplayOptions(display="dpms"))
    monkeypatch.setattr(Framebuffer, "power", lambda self, on: True)
    glass.power(False, 0.0)
    assert panel.output is not None
    panel.output._memory.close()  # as when the card is pulled: nothing can be put there any more
    glass.power(True, 60.0)
    assert glass.picture_ok is False
    glass.look()
    assert (glass.generation, glass.picture_ok) == (2, True)
    glass.close()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 199), st.integers(0, 149)), max_size=6), st.integers(0, 30))
def test_a_fade_touches_every_pixel_that_differs(points: list[tuple[int, int]], margin: int) -> None:
    old = pygame.Surface((200 + margin, 150 + margin), 0, 32)
    new = pygame.Surface((200, 150), 0, 32)
    for point in points:
        new.set_at(point, (255, 255, 255))
    areas = differing(old, new, (margin, margin))
    assert bool(areas) is bool(points)
    for x, y in points:
        assert any(area.collidepoint(x + margin, y + margin) for area in areas)
    assert all(pygame.Rect(margin, margin, 200, 150).contains(area) for area in areas)


def plan(*pages: object, **more: object) -> Manifest:
    made, _ = manifest(1, *pages, evergreen(), **more)  # type: ignore[arg-type]
    data = json.dumps(made).encode()
    return verify(data, KEY.sign(data).signature, KEY.verify_key.encode(), "library")


class Evening:
    """A loop on a panel, with a clock that is turned by hand."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.manifest: Manifest | None = None
        self.alerts, self.shown_notice = None, waiting("")
        self.ticks = 1000.0
        self.shift = timedelta()
        self.beats: list[float] = []
        self.pictures_ok: list[bool] = []
        self.glass = Glass(DisplayOptions())
        self.loop = Loop(self.glass, Shelf("a", "b", "evergreen"), self)  # type: ignore[arg-type]

    def notice(self) -> NoticePicture:
        return self.shown_notice

    def poll_now(self) -> None:
        pass

    def heartbeat(self) -> None:
        self.beats.append(self.ticks)

    def alive(self, *, picture_ok: bool) -> None:
        self.pictures_ok.append(picture_ok)

    def moment(self) -> Moment:
        wall = datetime(2026, 6, 1, 12, tzinfo=UTC) + self.shift + timedelta(seconds=self.ticks)
        return Moment(wall, self.ticks, True)

    def go(self, seconds: float = 0.0) -> None:
        until = self.ticks + seconds
        while True:
            while self.loop.step() == 0.0:
                pass
            if self.ticks >= until:
                break
            self.ticks += 1.0


@pytest.fixture
def evening(panel: Panel) -> Iterator[Evening]:
    made = Evening(panel)
    yield made
    made.glass.close()


def same(image: Image.Image, label: str) -> bool:
    small = Image.open(io.BytesIO(picture(label, 320, 180))).convert("RGB")
    return image.resize((320, 180), Image.Resampling.NEAREST).getpixel((300, 10)) == small.getpixel((300, 10))


def test_the_loop_says_what_is_on_the_glass(evening: Evening) -> None:
    evening.ticks += 20  # to a whole minute, at which a round of 60 s begins
    evening.go()
    assert (evening.loop.page, evening.loop.notice) == (None, waiting(""))
    evening.shown_notice = PAIRING
    evening.go(1)
    assert evening.loop.notice == PAIRING
    evening.manifest = plan(page("a", dwell_seconds=30), page("b", dwell_seconds=30))
    evening.go(1)
    assert evening.loop.page is not None
    assert (evening.loop.page.id, evening.loop.notice) == ("a", None)
    evening.go(31)
    assert evening.loop.page.id == "b"
    assert same(evening.panel.seen(), "b")
    evening.manifest = None  # revoked: back to the code
    evening.go(1)
    assert (evening.loop.page, evening.loop.notice) == (None, PAIRING)


@pytest.mark.parametrize("hours", [-10, 10])
def test_after_a_step_of_the_clock_the_wrong_page_does_not_linger_in_a_fade(
    evening: Evening, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    faded: list[float] = []
    monkeypatch.setattr(glass_module, "cross_fade", lambda *_: faded.append(evening.ticks) or (1, 0.0))
    today = {"from_": "2026-06-01T08:00:00+02:00", "until": "2026-06-01T20:00:00+02:00", "dwell_seconds": 3000}
    evening.manifest = plan(page("a", **today), page("b", dwell_seconds=30, fallback=True))
    evening.ticks += -(evening.moment().wall + timedelta(hours=hours)).timestamp() % 42  # so that a round begins then
    evening.go(2)
    assert same(evening.panel.seen(), "a")
    evening.shift = timedelta(hours=hours)
    evening.go(0)
    assert same(evening.panel.seen(), "b")
    assert faded == [], "put there at once"
    evening.go(32)
    assert len(faded) == 1, "the next one comes gently again"


def test_a_beat_a_minute_and_a_sign_of_life_each_step(evening: Evening) -> None:
    evening.go(200)
    assert evening.beats == [1000.0, 1060.0, 1120.0, 1180.0]
    assert len(evening.pictures_ok) >= 200
    assert all(evening.pictures_ok)


def test_a_television_goes_and_another_one_comes(evening: Evening, caplog: pytest.LogCaptureFixture) -> None:
    evening.manifest = plan(page("a", dwell_seconds=3000), page("b"))
    evening.go(2)
    assert same(evening.panel.seen(), "a")
    evening.panel.unplug()
    evening.go(30)
    assert evening.glass.present is False
    assert (evening.loop.page, evening.loop.notice, evening.glass.panel) == (None, None, None)
    assert evening.glass.snapshot() is None
    assert evening.glass.display.state == "absent"
    evening.panel.size = (1280, 720)
    evening.go(2)
    assert evening.glass.panel == "1280x720"
    assert evening.loop.page is not None
    assert evening.loop.page.id == "a", "the page that had its turn goes on"
    assert evening.panel.seen().size == (1280, 720)
    assert same(evening.panel.seen(), "a")
    said = [record.message for record in caplog.records if "display" in record.message]
    assert len(said) == 2, "it went, and there was none; not again each second"


def test_without_a_television_at_the_start_the_player_waits(panel: Panel, caplog: pytest.LogCaptureFixture) -> None:
    panel.size = None
    evening = Evening(panel)
    evening.manifest = plan(page("a"))
    evening.go(20)
    assert sum("ingen skjerm" in record.message for record in caplog.records) == 1
    panel.size = (640, 360)
    evening.go(1)
    assert evening.loop.page is not None
    evening.glass.close()


def test_a_window_that_was_asked_for_and_cannot_be_had_is_an_error(panel: Panel) -> None:
    panel.size = None
    with pytest.raises(NoDisplay):
        Glass(DisplayOptions(output="window"))


@pytest.fixture(autouse=True)
def no_descriptor_stays_open() -> Iterator[None]:
    yield
    held = [link.readlink().name for link in Path("/proc/self/fd").iterdir() if link.is_symlink() and link.exists()]
    assert "fb0" not in held
