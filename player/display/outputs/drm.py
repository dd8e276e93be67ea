"""libdrm by ctypes, as much as a picture on a panel needs. Layouts: <xf86drmMode.h>, <drm_mode.h>."""

from __future__ import annotations

import contextlib
import ctypes as c
import fcntl
import mmap
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

CAP_DUMB_BUFFER = 0x1
DPMS_ON, DPMS_OFF = 0, 3
_PREFERRED, _INTERLACED, _DOUBLESCAN = 1 << 3, 1 << 4, 1 << 5
_U16, _U32, _U64 = c.c_uint16, c.c_uint32, c.c_uint64
# <drm_mode.h>, DRM_MODE_CONNECTOR_*, by their names in /sys/class/drm
_KINDS = (
    *("Unknown", "VGA", "DVI-I", "DVI-D", "DVI-A", "Composite", "SVIDEO", "LVDS", "Component", "DIN", "DP", "HDMI-A"),
    *("HDMI-B", "TV", "eDP", "Virtual", "DSI", "DPI", "Writeback", "SPI", "USB"),
)


class ModeInfo(c.Structure):
    """A mode as libdrm gives it: clock in kHz, rates in whole Hz."""

    _fields_ = [
        ("clock", _U32),
        *((name, _U16) for name in ("hdisplay", "hsync_start", "hsync_end", "htotal", "hskew")),
        *((name, _U16) for name in ("vdisplay", "vsync_start", "vsync_end", "vtotal", "vscan")),
        *((name, _U32) for name in ("vrefresh", "flags", "type")),
        ("name", c.c_char * 32),
    ]

    @property
    def width(self) -> int:
        return int(self.hdisplay)

    @property
    def height(self) -> int:
        return int(self.vdisplay)

    @property
    def interlaced(self) -> bool:
        return bool(self.flags & _INTERLACED)

    @property
    def preferred(self) -> bool:
        return bool(self.type & _PREFERRED)

    @property
    def hertz(self) -> float:
        """Whole pictures a second, from the pixel clock; `vrefresh` is rounded, and counts halves."""
        if not (self.clock and self.htotal and self.vtotal):
            return float(self.vrefresh)
        return float(self.clock * 1000 / (self.htotal * self.vtotal * (2 if self.flags & _DOUBLESCAN else 1)))


class Resources(c.Structure):
    _fields_ = [
        ("count_fbs", c.c_int),
        ("fbs", c.POINTER(_U32)),
        ("count_crtcs", c.c_int),
        ("crtcs", c.POINTER(_U32)),
        ("count_connectors", c.c_int),
        ("connectors", c.POINTER(_U32)),
        ("count_encoders", c.c_int),
        ("encoders", c.POINTER(_U32)),
        *((name, _U32) for name in ("min_width", "max_width", "min_height", "max_height")),
    ]


class ConnectorInfo(c.Structure):
    _fields_ = [
        *((name, _U32) for name in ("connector_id", "encoder_id", "connector_type", "connector_type_id")),
        ("connection", c.c_int),
        ("mmWidth", _U32),
        ("mmHeight", _U32),
        ("subpixel", c.c_int),
        ("count_modes", c.c_int),
        ("modes", c.POINTER(ModeInfo)),
        ("count_props", c.c_int),
        ("props", c.POINTER(_U32)),
        ("prop_values", c.POINTER(_U64)),
        ("count_encoders", c.c_int),
        ("encoders", c.POINTER(_U32)),
    ]


class EncoderInfo(c.Structure):
    _fields_ = [(name, _U32) for name in ("encoder_id", "encoder_type", "crtc_id", "possible_crtcs", "possible_clones")]


class CrtcInfo(c.Structure):
    _fields_ = [
        *((name, _U32) for name in ("crtc_id", "buffer_id", "x", "y", "width", "height")),
        ("mode_valid", c.c_int),
        ("mode", ModeInfo),
        ("gamma_size", c.c_int),
    ]


class PropertyInfo(c.Structure):
    """Its beginning; the rest is never looked at."""

    _fields_ = [("prop_id", _U32), ("flags", _U32), ("name", c.c_char * 32)]


class Clip(c.Structure):
    _fields_ = [(name, _U16) for name in ("x1", "y1", "x2", "y2")]


class CreateDumb(c.Structure):
    _fields_ = [
        *((name, _U32) for name in ("height", "width", "bpp", "flags", "handle", "pitch")),
        ("size", _U64),
    ]


class MapDumb(c.Structure):
    _fields_ = [("handle", _U32), ("pad", _U32), ("offset", _U64)]


class DestroyDumb(c.Structure):
    _fields_ = [("handle", _U32)]


def _iowr(number: int, structure: type[c.Structure]) -> int:
    """DRM_IOWR of <drm.h>."""
    return 0xC0000000 | c.sizeof(structure) << 16 | ord("d") << 8 | number


CREATE_DUMB, MAP_DUMB, DESTROY_DUMB = _iowr(0xB2, CreateDumb), _iowr(0xB3, MapDumb), _iowr(0xB4, DestroyDumb)


_ANSWERS = {
    "Resources": Resources,
    "Connector": ConnectorInfo,
    "Encoder": EncoderInfo,
    "Crtc": CrtcInfo,
    "Property": PropertyInfo,
}


@cache
def library() -> Any:
    """libdrm. Raises OSError when it isn't installed."""
    lib = c.CDLL("libdrm.so.2", use_errno=True)
    lib.drmModeGetConnectorCurrent.restype = c.POINTER(ConnectorInfo)
    for what, structure in _ANSWERS.items():
        getattr(lib, f"drmModeGet{what}").restype = c.POINTER(structure)
        getattr(lib, f"drmModeFree{what}").argtypes = [c.POINTER(structure)]
    lib.drmModeConnectorSetProperty.argtypes = [c.c_int, _U32, _U32, _U64]
    lib.drmGetCap.argtypes = [c.c_int, _U64, c.POINTER(_U64)]
    return lib


@dataclass(frozen=True)
class Connector:
    """A socket for a display. `name` as in /sys/class/drm: "HDMI-A-1". `dpms`: the property's id and value, if any."""

    id: int
    kind: str
    name: str
    connection: int
    modes: tuple[ModeInfo, ...]
    encoders: tuple[int, ...]
    encoder: int
    dpms: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Buffer:
    """A dumb buffer: memory that the display controller reads. `pitch`: bytes from row to row."""

    framebuffer: int
    handle: int
    pitch: int
    size: int
    offset: int


class Card:
    """A display controller, /dev/dri/card*. Calls raise OSError with the kernel's message."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._lib = library()
        self.fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)

    def close(self) -> None:
        os.close(self.fd)

    @contextlib.contextmanager
    def _got(self, what: str, *arguments: int) -> Iterator[Any]:
        pointer = getattr(self._lib, f"drmModeGet{what}")(self.fd, *arguments)
        if not pointer:
            raise _error(what)
        try:
            yield pointer.contents
        finally:
            getattr(self._lib, f"drmModeFree{what.removesuffix('Current')}")(pointer)

    def is_master(self) -> bool:
        """May this process set modes, or has another program got there first?"""
        return bool(self._lib.drmIsMaster(self.fd))

    def has_dumb_buffers(self) -> bool:
        value = _U64()
        return self._lib.drmGetCap(self.fd, CAP_DUMB_BUFFER, c.byref(value)) == 0 and bool(value.value)

    def ids(self) -> tuple[list[int], list[int]]:
        """The ids of CRTCs and of connectors; empty for a card that only computes."""
        try:
            with self._got("Resources") as found:
                return _list(found.crtcs, found.count_crtcs), _list(found.connectors, found.count_connectors)
        except OSError:
            return [], []

    def connector(self, id: int, probe: bool = True) -> Connector:
        """What is behind a connector. A probe queries the display itself, which may take some tenths of a second."""
        with self._got("Connector" if probe else "ConnectorCurrent", id) as found:
            kind = _KINDS[found.connector_type] if found.connector_type < len(_KINDS) else "Unknown"
            modes = tuple(ModeInfo.from_buffer_copy(mode) for mode in _list(found.modes, found.count_modes))
            encoders = tuple(_list(found.encoders, found.count_encoders))
            count = found.count_props
            values = zip(_list(found.props, count), _list(found.prop_values, count), strict=True)
            dpms = next(((prop, value) for prop, value in values if self._property(prop) == b"DPMS"), None)
            name = f"{kind}-{found.connector_type_id}"
            return Connector(id, kind, name, found.connection, modes, encoders, found.encoder_id, dpms)

    def _property(self, id: int) -> bytes:
        with self._got("Property", id) as found:
            return bytes(found.name)

    def crtc_for(self, connector: Connector, crtcs: list[int]) -> int | None:
        """The CRTC that drives a connector now, else one that could."""
        for encoder in (connector.encoder, *connector.encoders):
            if encoder:
                with self._got("Encoder", encoder) as found:
                    if found.crtc_id in crtcs:
                        return int(found.crtc_id)
                    for place, crtc in enumerate(crtcs):
                        if found.possible_crtcs >> place & 1:
                            return crtc
        return None

    def shown_by(self, crtc: int) -> int:
        """The framebuffer that a CRTC reads; 0: none, it is off."""
        with self._got("Crtc", crtc) as found:
            return int(found.buffer_id) if found.mode_valid else 0

    def create(self, width: int, height: int, bits: int) -> Buffer:
        """Make a dumb buffer with a framebuffer on it."""
        dumb = CreateDumb(height=height, width=width, bpp=bits)
        fcntl.ioctl(self.fd, CREATE_DUMB, dumb)
        framebuffer = _U32()
        depth = 24 if bits == 32 else bits
        added = self._lib.drmModeAddFB(
            self.fd, width, height, c.c_uint8(depth), c.c_uint8(bits), dumb.pitch, dumb.handle, c.byref(framebuffer)
        )
        if added != 0:
            error = _error("AddFB", -added)
            fcntl.ioctl(self.fd, DESTROY_DUMB, DestroyDumb(handle=dumb.handle))
            raise error
        where = MapDumb(handle=dumb.handle)
        fcntl.ioctl(self.fd, MAP_DUMB, where)
        return Buffer(framebuffer.value, dumb.handle, dumb.pitch, dumb.size, where.offset)

    def map(self, buffer: Buffer) -> mmap.mmap:
        return mmap.mmap(self.fd, buffer.size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE, offset=buffer.offset)

    def destroy(self, buffer: Buffer) -> None:
        self._lib.drmModeRmFB(self.fd, buffer.framebuffer)
        with contextlib.suppress(OSError):
            fcntl.ioctl(self.fd, DESTROY_DUMB, DestroyDumb(handle=buffer.handle))

    def set_mode(self, crtc: int, buffer: Buffer, connector: int, mode: ModeInfo) -> None:
        """Show a buffer on a connector, from its upper left corner."""
        only = _U32(connector)
        self._check(
            "SetCrtc",
            self._lib.drmModeSetCrtc(self.fd, crtc, buffer.framebuffer, 0, 0, c.byref(only), 1, c.byref(mode)),
        )

    def hide_cursor(self, crtc: int) -> None:
        self._lib.drmModeSetCursor(self.fd, crtc, 0, 0, 0)

    def dirty(self, buffer: Buffer, clips: list[Clip]) -> None:
        """Report what has changed: virtual and USB displays fetch it only then; others give ENOSYS."""
        self._lib.drmModeDirtyFB(self.fd, buffer.framebuffer, (Clip * len(clips))(*clips), len(clips))

    def set_dpms(self, connector: int, property: int, value: int) -> None:
        self._check("DPMS", self._lib.drmModeConnectorSetProperty(self.fd, connector, property, value))

    @staticmethod
    def _check(what: str, result: int) -> None:
        if result != 0:
            raise _error(what, -result)


def _list(pointer: Any, count: int) -> list[Any]:
    return list(pointer[:count]) if count else []


def _error(what: str, number: int = 0) -> OSError:
    number = c.get_errno() or (number if number > 1 else 0)
    return OSError(number, f"{what}: {os.strerror(number) if number else 'failed'}")
