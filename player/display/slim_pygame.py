"""pygame, without what the player never uses.

numpy alone would cost 20 MB of memory and 0.2 s, the mixer 4 MB more, what games need up to 1 MB. pygame takes each
for "not there"; a later import gets it.
"""

from __future__ import annotations

import ctypes
import os
import sys
import warnings

_GAMES = ("cursors", "mask", "pixelcopy", "pkgdata", "scrap", "sprite", "threads")
_SOUND = ("mixer", "mixer_music", "sndarray", "surfarray")
_UNUSED = ("numpy", *(f"pygame.{name}" for name in (*_GAMES, *_SOUND)))
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # <malloc.h>

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
# SDL would lead its framebuffer through OpenGL, in software on a small box: 100 MB more. It is first tried without.
os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
os.environ.setdefault("SDL_NO_SIGNAL_HANDLERS", "1")  # SIGTERM and SIGINT are ours
_hidden = [name for name in _UNUSED if name not in sys.modules]
for _name in _hidden:
    sys.modules[_name] = None  # type: ignore[assignment]  # an import raises ImportError, which pygame takes for "not there"
try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # pygame-ce finds some of them urgent
        import pygame
finally:
    for _name in _hidden:
        if _name in sys.modules and sys.modules[_name] is None:
            del sys.modules[_name]

__all__ = ["give_back", "limit_malloc_arenas", "pygame"]


def limit_malloc_arenas() -> None:
    """Give decoded pictures back to the system at once: glibc else keeps freed blocks of up to 32 MB for later."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, 128 * 1024)
        libc.mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Let the system have the pages of freed blocks in the midst of the heap; glibc by itself gives back its end only.

    0.4 MB once all is loaded (measured on a PC); half a millisecond.
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)
