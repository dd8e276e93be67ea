"""The ways to the pixels, as far as they can be proved without a panel: choices, layouts of memory, what is said.

The rest is proved where there is one: `make vm-test`.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from player.display.display_options import DisplayOptions, Resolution, parse_resolution
from player.display.outputs import drm, framebuffer, pixels
from player.display.outputs.base import Connection, NoDisplay, Unusable, connection, connections
from player.display.outputs.choose import open_output, ways
from player.display.outputs.kms import Kms
from player.display.outputs.modes import CONNECTED, DISCONNECTED, UNKNOWN, choose_mode, rank
from player.display.slim_pygame import pygame
from player.texts import Text


@dataclass(frozen=True)
class Mode:
    width: int
    height: int
    hertz: float
    preferred: bool = False
    interlaced: bool = False


UHD30, HD60, HD50, HD30 = Mode(3840, 2160, 30, True), Mode(1920, 1080, 60), Mode(1920, 1080, 50), Mode(1920, 1080, 30)
HD5994, HD60I = Mode(1920, 1080, 59.94), Mode(1920, 1080, 30, True, interlaced=True)
WIDE = Mode(1366, 768, 60, True)


@pytest.mark.parametrize(
    ("modes", "wish", "chosen"),
    [
        ([HD30, WIDE, HD60], None, WIDE),  # the panel's own
        ([HD30, HD60, HD50], None, HD60),  # none preferred: the largest, at the best rate
        ([UHD30, HD30, HD50, HD60], None, HD60),  # a television that claims 4K at 30 Hz
        ([UHD30, HD30, HD50], None, HD50),
        ([UHD30, HD30], None, UHD30),  # nothing better to be had
        ([Mode(3840, 2160, 60, True), HD60], None, Mode(3840, 2160, 60, True)),
        ([HD60I, HD50], None, HD50),  # half pictures flicker
        ([UHD30, HD60], Resolution(3840, 2160), UHD30),  # asked for, so given
        ([WIDE, HD60, HD5994], Resolution(1920, 1080, 60), HD60),
        ([WIDE, HD5994], Resolution(1920, 1080, 60), HD5994),
        ([WIDE, HD60, HD50], Resolution(1920, 1080, 50), HD50),
    ],
)
def test_the_mode(modes: list[Mode], wish: Resolution | None, chosen: Mode) -> None:
    found = choose_mode(modes, wish)
    assert modes[found.position] == chosen
    assert not found.refused


def test_a_wish_that_cannot_be_met_is_known_and_the_panels_own_is_used() -> None:
    found = choose_mode([UHD30, HD60], Resolution(1024, 600))
    assert found.refused
    assert found.position == 1


def test_the_television_goes_before_the_jack_that_never_knows() -> None:
    pi = {"HDMI-A": rank("HDMI-A", CONNECTED, 30), "Composite": rank("Composite", UNKNOWN, 2)}
    assert pi == {"HDMI-A": 0, "Composite": None}
    assert rank("HDMI-A", DISCONNECTED, 30) is None
    assert rank("HDMI-A", CONNECTED, 0) is None
    assert rank("Writeback", CONNECTED, 5) is None
    vga = rank("VGA", UNKNOWN, 5)
    assert vga is not None
    assert vga > rank("DSI", CONNECTED, 1)  # type: ignore[operator]


@pytest.mark.parametrize("text", ["1920x1080", "1920x1080@60", " 800x480 "])
def test_a_resolution_is_read(text: str) -> None:
    assert str(parse_resolution(text)) == text.strip()


@pytest.mark.parametrize("text", ["", "full", "1920", "1920x1080@", "19200x1080", "-1x5"])
def test_what_is_no_resolution_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="Invalid resolution"):
        parse_resolution(text)


# The sizes on 64-bit machines, from <xf86drmMode.h>, <drm_mode.h> and <linux/fb.h>.
STRUCTURES = {
    "drmModeModeInfo": (drm.ModeInfo, 68),
    "drmModeRes": (drm.Resources, 80),
    "drmModeConnector": (drm.ConnectorInfo, 88),
    "drmModeEncoder": (drm.EncoderInfo, 20),
    "drmModeCrtc": (drm.CrtcInfo, 100),
    "struct drm_mode_create_dumb": (drm.CreateDumb, 32),
    "struct drm_mode_map_dumb": (drm.MapDumb, 16),
    "struct drm_mode_destroy_dumb": (drm.DestroyDumb, 4),
    "struct fb_var_screeninfo": (framebuffer.VariableInfo, 160),
    "struct fb_fix_screeninfo": (framebuffer.FixedInfo, 80),
}


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the sizes are those of 64-bit machines")
@pytest.mark.parametrize("name", STRUCTURES)
def test_structures_are_as_large_as_the_kernels(name: str) -> None:
    structure, size = STRUCTURES[name]
    assert ctypes.sizeof(structure) == size


HEADERS = Path("/usr/include/xf86drmMode.h").exists() and shutil.which("cc") is not None


@pytest.mark.skipif(not HEADERS, reason="libdrm-dev and a C compiler are not installed")
def test_every_field_stands_where_the_headers_say(tmp_path: Path) -> None:
    """Compiles a program that prints offsets, from the very headers."""
    lines, expected = [], {}
    for name, (structure, _) in STRUCTURES.items():
        for field, *_ in structure._fields_:  # type: ignore[misc]
            if field == "rest":
                continue
            expected[f"{name}.{field}"] = getattr(structure, field).offset
            lines.append(f'printf("{name}.{field} %zu\\n", offsetof({name}, {field}));')
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        expected[name] = ctypes.sizeof(structure)
    source = tmp_path / "offsets.c"
    source.write_text(
        "#include <stddef.h>\n#include <stdint.h>\n#include <stdio.h>\n#include <linux/fb.h>\n"
        "#include <xf86drmMode.h>\n#include <drm.h>\nint main(void) {\n" + "\n".join(lines) + "\n"
        'printf("%lu %lu %lu\\n", (unsigned long) DRM_IOCTL_MODE_CREATE_DUMB, '
        "(unsigned long) DRM_IOCTL_MODE_MAP_DUMB, (unsigned long) DRM_IOCTL_MODE_DESTROY_DUMB);\nreturn 0; }\n"
    )
    program = tmp_path / "offsets"
    subprocess.run(["cc", "-I/usr/include/libdrm", "-o", program, source], check=True)
    *said, numbers = subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()
    assert {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1]) for line in said} == expected
    assert [int(number) for number in numbers.split()] == [drm.CREATE_DUMB, drm.MAP_DUMB, drm.DESTROY_DUMB]


def test_the_rate_is_counted_from_the_clock() -> None:
    # CEA-861, format 16 and 5: 1080p60, and 1080i60, whose halves come 60 times a second
    whole = drm.ModeInfo(clock=148500, hdisplay=1920, htotal=2200, vdisplay=1080, vtotal=1125, vrefresh=60)
    halves = drm.ModeInfo(clock=74250, htotal=2200, vtotal=1125, vrefresh=60, flags=1 << 4)
    assert (whole.hertz, whole.interlaced) == (60.0, False)
    assert (halves.hertz, halves.interlaced) == (30.0, True)


@pytest.fixture(scope="module", autouse=True)
def painter() -> Iterator[None]:
    before = os.environ.get("SDL_VIDEODRIVER")
    os.environ["SDL_VIDEODRIVER"] = "dummy"
    pygame.display.init()
    yield
    pygame.display.quit()
    del os.environ["SDL_VIDEODRIVER"]
    if before is not None:
        os.environ["SDL_VIDEODRIVER"] = before


def shape(width: int, height: int, bits: int, padding: int = 0, yoffset: int = 0) -> framebuffer.Geometry:
    variable, fixed = framebuffer.VariableInfo(), framebuffer.FixedInfo()
    variable.xres, variable.yres, variable.bits_per_pixel, variable.yoffset = width, height, bits, yoffset
    parts = {16: ((11, 5), (5, 6), (0, 5))}.get(bits, ((16, 8), (8, 8), (0, 8)))
    for name, (offset, length) in zip(("red", "green", "blue"), parts, strict=True):
        setattr(variable, name, framebuffer.Bitfield(offset, length, 0))
    fixed.line_length = width * bits // 8 + padding
    fixed.smem_len = fixed.line_length * (height + yoffset)
    return framebuffer.geometry(variable, fixed)


def opened(folder: Path, lies: framebuffer.Geometry) -> framebuffer.Framebuffer:
    path = folder / "fb0"
    path.write_bytes(bytes(lies.length))
    device = os.open(path, os.O_RDWR)
    try:
        return framebuffer.Framebuffer(device, lies, console=folder / "no tty")
    except Unusable:
        os.close(device)
        raise


@pytest.mark.parametrize(
    ("bits", "pixel"),
    [
        (32, b"\x40\x80\xc0\x00"),
        (24, b"\x40\x80\xc0"),
        (16, (0xC0 >> 3 << 11 | 0x80 >> 2 << 5 | 0x40 >> 3).to_bytes(2, "little")),
    ],
)
@pytest.mark.parametrize("padding", [0, 64])
@pytest.mark.parametrize("yoffset", [0, 3])
def test_pixels_lie_in_a_framebuffer_as_it_says(
    tmp_path: Path, bits: int, pixel: bytes, padding: int, yoffset: int
) -> None:
    lies = shape(40, 20, bits, padding, yoffset)
    output = opened(tmp_path, lies)
    try:
        output.canvas.fill((0xC0, 0x80, 0x40), (3, 5, 7, 4))
        output.show([pygame.Rect(0, 0, 5, 7), pygame.Rect(35, 15, 99, 99)])
        data = (tmp_path / "fb0").read_bytes()
        deep = bits // 8

        def at(x: int, y: int) -> bytes:
            start = (y + yoffset) * lies.pitch + x * deep
            return data[start : start + deep]

        assert at(3, 5) == at(4, 6) == pixel
        assert at(5, 5) == bytes(deep), "outside the area that was shown"
        output.show()
        data = (tmp_path / "fb0").read_bytes()
        assert at(9, 8) == pixel
        assert at(10, 8) == at(2, 5) == bytes(deep)
        back = output.read(5, 4)
        assert back == pixels.rows(output.canvas, 5, 4)
        assert back is not None
        assert len(back) == 4 * 40 * deep
    finally:
        output.close()


def test_a_framebuffer_of_another_kind_is_not_drawn_on(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="with 8 bits"):
        opened(tmp_path, shape(40, 20, 8))
    (tmp_path / "fb0").write_bytes(b"no device")
    with pytest.raises(Unusable, match="is not a framebuffer"):
        framebuffer.open_framebuffer(tmp_path / "fb0")
    with pytest.raises(Unusable, match="No such file"):
        framebuffer.open_framebuffer(tmp_path / "fb1")


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 60), st.integers(1, 40), st.sampled_from([16, 24, 32]), st.integers(0, 9),
    st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 40), st.integers(0, 70), st.integers(0, 50)), max_size=4),
)  # fmt: skip
def test_only_the_areas_are_copied_and_all_of_them(
    width: int, height: int, bits: int, padding: int, areas: list[tuple[int, int, int, int]]
) -> None:
    import mmap

    canvas = pygame.Surface((width, height), 0, bits, pixels.MASKS[bits])
    canvas.fill((255, 255, 255))
    deep = bits // 8
    pitch = width * deep + padding
    with mmap.mmap(-1, pitch * height) as memory:
        rects = [pygame.Rect(area) for area in areas]
        pixels.copy(canvas, memory, pitch, rects)
        for y in range(height):
            for x in range(width):
                inside = any(rect.collidepoint(x, y) for rect in rects)
                assert any(memory[y * pitch + x * deep : y * pitch + (x + 1) * deep]) is inside
            assert not any(memory[y * pitch + width * deep : (y + 1) * pitch]), "the padding is nobody's"
        other = pygame.Surface((width, height), 0, bits, pixels.MASKS[bits])
        pixels.copy(canvas, memory, pitch, None)
        pixels.fetch(other, memory, pitch)
        assert pixels.rows(other, 0, height) == pixels.rows(canvas, 0, height)


DESKTOP = {"DISPLAY": ":0"}


@pytest.mark.parametrize(
    ("wish", "environment", "names"),
    [
        ("auto", {}, ["kms", "kmsdrm", "framebuffer"]),
        ("auto", DESKTOP, ["window", "kms", "kmsdrm", "framebuffer"]),
        ("auto", {"WAYLAND_DISPLAY": "wayland-0"}, ["window", "kms", "kmsdrm", "framebuffer"]),
        ("kms", DESKTOP, ["kms"]),
        ("sdl", {}, ["kmsdrm"]),
        ("sdl", DESKTOP, ["window"]),
        ("framebuffer", {}, ["framebuffer"]),
        ("window", {}, ["window"]),
    ],
)
def test_what_is_tried(wish: str, environment: dict[str, str], names: list[str]) -> None:
    assert [name for name, _ in ways(wish, environment)] == names


def test_without_any_display_it_is_said_what_was_tried_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SDL_VIDEODRIVER")
    if Path("/dev/dri").exists() or Path("/dev/fb0").exists():
        pytest.skip("this machine has a display")
    with pytest.raises(NoDisplay) as caught:
        open_output(DisplayOptions(), {})
    said = str(caught.value)
    assert [way for way, _ in caught.value.tried] == ["kms", "kmsdrm", "framebuffer"]
    assert said.index("Sjekk at skjermen er slått på") < said.index("Check that the screen is switched on")
    assert "/dev/dri/card*" in said
    assert "/dev/fb0: No such file or directory" in said


def test_a_way_that_only_has_to_wait_ends_the_search_and_has_its_own_advice() -> None:
    waits = Unusable("/dev/dri/card0 is taken", final=True, advice=Text("Avslutt det.", "Stop it."))
    said = str(NoDisplay([("window", Unusable("no X")), ("kms", waits)]))
    assert said == (
        "Fant ingen skjerm å vise bilder på. Avslutt det. / No display to draw on. Stop it. "
        "(window: no X; kms: /dev/dri/card0 is taken)"
    )


def test_a_card_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="no display controller"):
        Kms(DisplayOptions(), tmp_path)
    (tmp_path / "card0").write_bytes(b"")
    with pytest.raises(Unusable, match="card0 drives no display"):
        Kms(DisplayOptions(), tmp_path)


def test_what_the_kernel_knows_of_connectors_is_read(tmp_path: Path) -> None:
    hdmi = tmp_path / "card1-HDMI-A-1"
    hdmi.mkdir()
    (tmp_path / "card1").mkdir()
    assert connections(tmp_path) == {}
    (hdmi / "status").write_text("connected\n")
    (hdmi / "modes").write_text("1920x1080\n1280x720\n")
    assert connection(hdmi) == Connection("connected", "1920x1080\n1280x720\n")
    before = connections(tmp_path)
    (hdmi / "modes").write_text("3840x2160\n")  # another television
    assert connections(tmp_path) != before
