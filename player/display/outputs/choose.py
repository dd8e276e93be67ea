"""Which way to the pixels: a window where there is a desktop, else the lightest that works on the bare panel."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from player.display.display_options import DisplayOptions
from player.display.outputs.base import NoDisplay, Output, Unusable

Way = tuple[str, Callable[[DisplayOptions], Output]]


def open_output(look: DisplayOptions, environment: Mapping[str, str] = os.environ) -> Output:
    """Open the first display that works. Raises NoDisplay."""
    tried: list[tuple[str, Unusable]] = []
    for name, way in ways(look.output, environment):
        try:
            return way(look)
        except Unusable as error:
            tried.append((name, error))
            if error.final:
                break
    raise NoDisplay(tried)


def ways(wish: str, environment: Mapping[str, str]) -> list[Way]:
    """What is tried for a wish (look.OUTPUTS), in order.

    A dumb buffer is the lightest on a bare panel: measured in emulation it needs less than half the memory of SDL's
    kmsdrm, and fades where that one manages a picture a second. It comes after, for cards that have no such buffers.
    """
    desktop = any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"))
    known: dict[str, list[Way]] = {
        "window": [("window", _window)],
        "kms": [("kms", _kms)],
        "sdl": [("window", _window)] if desktop else [("kmsdrm", _kmsdrm)],
        "framebuffer": [("framebuffer", _framebuffer)],
        "auto": [
            *([("window", _window)] if desktop else []),
            ("kms", _kms),
            ("kmsdrm", _kmsdrm),
            ("framebuffer", _framebuffer),
        ],
    }
    return known[wish]


# Imported when they are needed: libdrm isn't where there is a desktop only.


def _window(look: DisplayOptions) -> Output:
    from player.display.outputs.sdl import Sdl

    return Sdl(look, None)


def _kms(look: DisplayOptions) -> Output:
    from player.display.outputs.kms import Kms

    return Kms(look)


def _kmsdrm(look: DisplayOptions) -> Output:
    from player.display.outputs.sdl import Sdl

    return Sdl(look, "kmsdrm")


def _framebuffer(look: DisplayOptions) -> Output:
    from player.display.outputs.framebuffer import open_framebuffer

    return open_framebuffer()
