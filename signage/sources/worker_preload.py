"""Imported once, in the fork server, so that every worker begins with all that parses and decodes.

A worker is then a fork of some milliseconds that shares these modules' memory with the others.
"""

from __future__ import annotations

import gc
import multiprocessing.spawn
import signal
import sys
from importlib import import_module

from signage.sources.registry import SOURCE_TYPES

MODULES = (
    *(f"signage.sources.types.{name}" for name in SOURCE_TYPES),
    "PIL.AvifImagePlugin",
    "PIL.GifImagePlugin",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "PIL.WebPImagePlugin",
    "pillow_heif",
    "protego",
    "recurring_ical_events",  # brings icalendar
    "signage.app.organisation_sheet",
    "signage.fleet.picture_comparison",
    "signage.sources.formats.offered_feeds",
    "signage.sources.alerts.questions",
    "signage.sources.live.met",
    "signage.sources.images.decoding",
    "signage.runtime.workers.inside",
    "smartcrop",
)


def _in_fork_server() -> bool:
    return any("multiprocessing.forkserver" in argument for argument in sys.orig_argv)


def _prepare() -> None:
    for name in MODULES:
        import_module(name)
    # The terminal's and the service manager's signals are for the program, which ends its workers itself.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # multiprocessing would import the command line's modules into every worker: a second, and 80 MB, for nothing.
    multiprocessing.spawn._fixup_main_from_path = lambda main_path: None  # type: ignore[attr-defined]
    gc.freeze()  # a collection in a worker would write to, and so copy, the pages that are shared


if _in_fork_server():
    _prepare()
