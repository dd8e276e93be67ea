"""/dev/fb0, the last resort: the console's own framebuffer, mapped. Layouts: <linux/fb.h>."""

from __future__ import annotations

import contextlib
import ctypes as c
import errno
import fcntl
import mmap
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from player.display.outputs import pixels
from player.display.outputs.base import Unusable
from player.display.slim_pygame import pygame

DEVICE = Path("/dev/fb0")
_GET_VARIABLE, _GET_FIXED, _BLANK = 0x4600, 0x4602, 0x4611  # FBIOGET_VSCREENINFO, FBIOGET_FSCREENINFO, FBIOBLANK
_UNBLANK, _POWERDOWN = 0, 4
_KDSETMODE, _KD_TEXT, _KD_GRAPHICS = 0x4B3A, 0, 1  # <linux/kd.h>


class Bitfield(c.Structure):
    _fields_ = [(name, c.c_uint32) for name in ("offset", "length", "msb_right")]


class VariableInfo(c.Structure):
    _fields_ = [
        *((name, c.c_uint32) for name in ("xres", "yres", "xres_virtual", "yres_virtual", "xoffset", "yoffset")),
        *((name, c.c_uint32) for name in ("bits_per_pixel", "grayscale")),
        *((name, Bitfield) for name in ("red", "green", "blue", "transp")),
        ("rest", c.c_uint32 * 20),
    ]


class FixedInfo(c.Structure):
    _fields_ = [
        ("id", c.c_char * 16),
        ("smem_start", c.c_ulong),
        *((name, c.c_uint32) for name in ("smem_len", "type", "type_aux", "visual")),
        *((name, c.c_uint16) for name in ("xpanstep", "ypanstep", "ywrapstep")),
        ("line_length", c.c_uint32),
        ("mmio_start", c.c_ulong),
        *((name, c.c_uint32) for name in ("mmio_len", "accel")),
        ("capabilities", c.c_uint16),
        ("reserved", c.c_uint16 * 2),
    ]


@dataclass(frozen=True, slots=True)
class Geometry:
    """What the picture looks like in memory: `pitch` bytes from row to row, beginning at byte `start`."""

    width: int
    height: int
    bits: int
    pitch: int
    start: int
    length: int
    masks: tuple[int, int, int, int]


def read_geometry(device: int) -> Geometry:
    """From the kernel. Raises OSError."""
    variable, fixed = VariableInfo(), FixedInfo()
    fcntl.ioctl(device, _GET_VARIABLE, variable)
    fcntl.ioctl(device, _GET_FIXED, fixed)
    return geometry(variable, fixed)


def geometry(variable: VariableInfo, fixed: FixedInfo) -> Geometry:
    """Put the kernel's two answers together."""
    deep = variable.bits_per_pixel // 8
    red, green, blue = (
        ((1 << part.length) - 1) << part.offset for part in (variable.red, variable.green, variable.blue)
    )
    pitch = fixed.line_length or variable.xres_virtual * deep
    start = variable.yoffset * pitch + variable.xoffset * deep
    return Geometry(
        variable.xres,
        variable.yres,
        variable.bits_per_pixel,
        pitch,
        start,
        fixed.smem_len or start + variable.yres * pitch,
        (red, green, blue, 0),
    )


class Framebuffer:
    """A framebuffer that is mapped. `device`: an open file of it; `shape`: how it lies there."""

    name = "framebuffer"
    whole_panel = True

    def __init__(self, device: int, shape: Geometry, console: Path = Path("/dev/tty0")) -> None:
        """Take over the file. Raises Unusable."""
        self.quit = self.lost = False
        self._device, self._shape, self._console = device, shape, console
        self.desktop = (shape.width, shape.height)
        if shape.bits not in (16, 24, 32) or not all(shape.masks[:3]):
            raise Unusable(f"its pixel format with {shape.bits} bits is not supported")
        pixels.draw_without_a_display()
        try:
            self.canvas = pygame.Surface(self.desktop, 0, shape.bits, shape.masks)
            self._memory = mmap.mmap(device, shape.length, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
        except (pygame.error, ValueError, OSError) as error:
            raise Unusable(f"it can't be mapped: {error}") from error
        self._text_console(False)
        self.show()

    def _text_console(self, on: bool) -> None:
        """Keep the console's cursor and messages off the picture, where we may."""
        with contextlib.suppress(OSError):
            tty = os.open(self._console, os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY)
            try:
                fcntl.ioctl(tty, _KDSETMODE, _KD_TEXT if on else _KD_GRAPHICS)
            finally:
                os.close(tty)

    @property
    def panel(self) -> str:
        return f"{self._shape.width}x{self._shape.height}"

    def show(self, areas: Sequence[pygame.Rect] | None = None) -> None:
        pixels.copy(self.canvas, self._memory, self._shape.pitch, areas, self._shape.start)

    def lay_aside(self) -> None:
        """The console may write there too; what we drew, only the canvas knows."""

    def take_up(self) -> None:
        """It was never away."""

    def rest(self) -> None:
        """Stays mapped: it is the kernel's own memory."""

    def drain(self) -> None:
        """Nobody has a keyboard here."""

    def watch(self) -> None:
        with contextlib.suppress(OSError):
            self.lost = read_geometry(self._device) != self._shape

    def reshape(self, size: tuple[int, int]) -> None:
        """The panel has the size that it has."""

    def power(self, on: bool) -> bool:
        try:
            fcntl.ioctl(self._device, _BLANK, _UNBLANK if on else _POWERDOWN)
        except OSError:
            return False
        return True

    def powered(self) -> bool | None:
        return None

    def read(self, top: int, rows: int) -> bytes | None:
        length = self.canvas.get_width() * self.canvas.get_bytesize()
        return pixels.rows_back(self._memory, self._shape.pitch, length, top, rows, self._shape.start)

    def close(self) -> None:
        self._memory.close()
        self._text_console(True)
        os.close(self._device)


def open_framebuffer(path: Path = DEVICE) -> Framebuffer:
    """Open the console's framebuffer. Raises Unusable."""
    try:
        device = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError as error:
        hint = "; the user must be in the group video" if error.errno == errno.EACCES else ""
        raise Unusable(f"{path}: {error.strerror}{hint}") from error
    try:
        return Framebuffer(device, read_geometry(device))
    except OSError as error:
        os.close(device)
        raise Unusable(f"{path} is not a framebuffer: {error.strerror}") from error
    except Unusable:
        os.close(device)
        raise
