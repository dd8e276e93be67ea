"""The bare panel through the kernel's mode setting: a dumb buffer, no GL, no window system.

pygame only draws, into a surface in ordinary memory; what has changed is then copied to the buffer.
"""

from __future__ import annotations

import errno
import logging
import mmap
from collections.abc import Sequence
from pathlib import Path

from player import texts
from player.display.display_options import DisplayOptions
from player.display.outputs import drm, pixels
from player.display.outputs.base import SYSTEM, Connection, Unusable, connection
from player.display.outputs.modes import choose_mode, rank
from player.display.slim_pygame import pygame

CARDS = Path("/dev/dri")

log = logging.getLogger("player")


class Kms:
    """One connector of one display controller."""

    name = "kms"
    whole_panel = True

    def __init__(self, look: DisplayOptions, cards: Path = CARDS, system: Path = SYSTEM) -> None:
        """Open the first card with a screen at it. Raises Unusable."""
        self.quit = self.lost = False
        self._card, self._connector = _find(cards)
        try:
            self._begin(look, system)
        except OSError as error:
            self._card.close()
            raise _unusable(error) from error
        except (Unusable, pygame.error) as error:
            self._card.close()
            raise (error if isinstance(error, Unusable) else Unusable(str(error))) from error

    def _begin(self, look: DisplayOptions, system: Path) -> None:
        card, connector = self._card, self._connector
        chosen = choose_mode(connector.modes, look.resolution)
        self._mode = connector.modes[chosen.position]
        if chosen.refused:
            sizes = sorted({(mode.width, mode.height) for mode in connector.modes}, reverse=True)
            offered = ", ".join(f"{width}x{height}" for width, height in sizes)
            log.warning("the display does not offer %s, only %s; using %s", look.resolution, offered, self.panel)
        crtc = card.crtc_for(connector, card.ids()[0])
        if crtc is None:
            raise Unusable(f"nothing in {card.path} can drive {connector.name}", final=True)
        self._crtc = crtc
        self.desktop = (self._mode.width, self._mode.height)
        pixels.draw_without_a_display()
        self._memory: mmap.mmap | None = None
        self._buffer, self._bits = self._create()
        try:
            self.canvas = self._empty(*self.desktop)
            self.show()  # black, before the console's text is replaced by it
            card.set_mode(crtc, self._buffer, connector.id, self._mode)
        except BaseException:
            self.rest()
            card.destroy(self._buffer)
            raise
        card.hide_cursor(crtc)
        self._system = system / f"{Path(card.path).name}-{connector.name}"
        self._opened_at: Connection | None = connection(self._system)

    def _create(self) -> tuple[drm.Buffer, int]:
        try:
            return self._card.create(*self.desktop, 32), 32
        except OSError:  # small displays on a serial bus may know 16 bits only
            return self._card.create(*self.desktop, 16), 16

    def _empty(self, width: int, height: int) -> pygame.Surface:
        return pygame.Surface((width, height), 0, self._bits, pixels.MASKS[self._bits])

    @property
    def panel(self) -> str:
        return f"{self._mode.width}x{self._mode.height}@{round(self._mode.hertz)}"

    def show(self, areas: Sequence[pygame.Rect] | None = None) -> None:
        pixels.copy(self.canvas, self._mapped(), self._buffer.pitch, areas)
        self._card.dirty(
            self._buffer,
            [drm.Clip(a.left, a.top, a.right, a.bottom) for a in areas or [self.canvas.get_rect()]],
        )

    def _mapped(self) -> mmap.mmap:
        if self._memory is None:
            self._memory = self._card.map(self._buffer)
        return self._memory

    def lay_aside(self) -> None:
        self.canvas = self._empty(1, 1)

    def take_up(self) -> None:
        self.canvas = self._empty(*self.desktop)
        try:
            pixels.fetch(self.canvas, self._mapped(), self._buffer.pitch)
        except OSError as error:
            log.warning("the display's memory can't be read: %s", error)
            self.lost = True
        self.rest()

    def rest(self) -> None:
        """Unmap the buffer: its pages count as ours, and the next picture is decoded before it is needed again."""
        if self._memory is not None:
            self._memory.close()
            self._memory = None

    def drain(self) -> None:
        """Nobody has a keyboard here; a display that went away is seen by `watch`."""

    def watch(self) -> None:
        now = connection(self._system)
        if self._opened_at is not None and now != self._opened_at:
            self.lost = True

    def reshape(self, size: tuple[int, int]) -> None:
        """The panel has the size that it has."""

    def power(self, on: bool) -> bool:
        if self._connector.dpms is None:
            return False
        try:
            self._card.set_dpms(self._connector.id, self._connector.dpms[0], drm.DPMS_ON if on else drm.DPMS_OFF)
        except OSError as error:
            log.warning("the display can't be turned %s: %s", "on" if on else "off", error)
            return False
        return True

    def powered(self) -> bool | None:
        try:
            now = self._card.connector(self._connector.id, probe=False).dpms
        except OSError:
            return None
        return None if now is None else now[1] == drm.DPMS_ON

    def read(self, top: int, rows: int) -> bytes | None:
        try:
            if self._card.shown_by(self._crtc) != self._buffer.framebuffer:
                return b""
        except OSError:
            return b""
        length = self.canvas.get_width() * self.canvas.get_bytesize()
        return pixels.rows_back(self._mapped(), self._buffer.pitch, length, top, rows)

    def close(self) -> None:
        self.rest()
        self._card.destroy(self._buffer)
        self._card.close()


def _find(cards: Path) -> tuple[drm.Card, drm.Connector]:
    """The card and connector to use. Raises Unusable: final where KMS is the right way, but can't be used now."""
    paths = sorted(cards.glob("card*"))
    if not paths:
        raise Unusable("the system has no display controller (/dev/dri/card*)")
    reasons, best = [], None
    for path in paths:
        try:
            card = drm.Card(str(path))
        except OSError as error:
            reasons.append(_unusable(error))
            continue
        try:
            found = _best_connector(card)
        except (OSError, Unusable) as error:
            reasons.append(error if isinstance(error, Unusable) else _unusable(error))
            card.close()
            continue
        if best is None or found[0] < best[0]:
            if best is not None:
                best[1].close()
            best = (found[0], card, found[1])
        else:
            card.close()
    if best is not None:
        return best[1], best[2]
    raise next((reason for reason in reasons if reason.final), reasons[0])


def _best_connector(card: drm.Card) -> tuple[int, drm.Connector]:
    _, ids = card.ids()
    if not ids:
        raise Unusable(f"{card.path} drives no display")
    if not card.has_dumb_buffers():
        raise Unusable(f"{card.path} has no plain buffers to draw in")
    if not card.is_master():
        raise Unusable(
            f"another program has {card.path}: a desktop, or another player?", final=True, advice=texts.DISPLAY_TAKEN
        )
    ranked = []
    for connector in [card.connector(id) for id in ids]:
        place = rank(connector.kind, connector.connection, len(connector.modes))
        if place is not None:
            ranked.append((place, connector))
    if not ranked:
        raise Unusable(f"no screen is plugged in or switched on at {card.path}", final=True)
    return min(ranked, key=lambda pair: (pair[0], pair[1].name))


def _unusable(error: OSError) -> Unusable:
    where = f"{error.filename}: " if error.filename else ""
    why = where + (error.strerror or str(error))
    forbidden = error.errno in (errno.EACCES, errno.EPERM)
    advice = texts.DISPLAY_FORBIDDEN if forbidden and error.filename else texts.DISPLAY_TAKEN if forbidden else None
    return Unusable(why, final=forbidden, advice=advice if forbidden else None)
