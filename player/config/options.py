"""The command line of the player."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from player import __version__
from player.config.settings import PLACES, Settings, SettingsProblem, read_settings
from player.display.display_options import (
    DISPLAYS,
    MOST_OVERSCAN,
    OUTPUTS,
    TURNS,
    DisplayOptions,
    Resolution,
    parse_resolution,
)
from player.store.identity import Identity
from player.store.manifest import SCREEN
from player.store.pinned_key import parse_key, read_key

STATE = "/var/lib/signage-player"  # where a service keeps what it fetched
_VITAL = ("server", "screen", "key", "token", "")  # a fault in another line keeps no content away; "": a mistyped key


@dataclass(frozen=True, slots=True)
class Options:
    """What the player was given, by the command line or by its files.

    `server` and `screen` are empty when they are not known: then it looks for a server, and waits to be paired.
    `key`, `token` and `secret` are 32 bytes, `at` is aware. `trust_clock`: the clock counts as right.
    `problems` is what could not be used in the files.
    """

    server: str
    screen: str
    store: Path
    key: bytes | None
    token: bytes | None
    look: DisplayOptions
    at: datetime | None
    trust_clock: bool
    once_synced: bool
    verbose: bool
    service: bool
    problems: tuple[SettingsProblem, ...]
    secret: bytes | None = None
    doctor: bool = False  # instead of showing pages, report how the box is
    language: str = "en"  # of that report: "nb" or "en"
    certificates: Path | None = None  # of the authorities to trust; None: the system's


@dataclass(frozen=True, slots=True)
class StartOptions:
    """`server` is None when it must be found; `identity` when it is not set which screen this is."""

    server: str | None
    identity: Identity | None
    problems: tuple[SettingsProblem, ...] = ()

    @property
    def vital(self) -> SettingsProblem | None:
        """The first fault in a file that may be why there is no content."""
        return next((problem for problem in self.problems if problem.key in _VITAL), None)


def start_options(options: Options) -> StartOptions:
    """Of the options, what concerns the server."""
    identity = None
    if options.screen:
        known = options.secret is not None
        identity = Identity(options.screen, options.key, options.token, seed=options.secret, known=known)
    return StartOptions(options.server or None, identity, options.problems)


def parse(arguments: list[str] | None = None, environment: Mapping[str, str] = os.environ) -> Options:
    """Read the command line and the files that it names; prints what is wrong and exits with 2.

    The command line goes before the files. A fault in a file ends nothing: it is one of the `problems`.
    """
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    doctor = given.pop("command") == "doctor"
    service = given["service"] or doctor
    given["language"] = given["language"] or _language(environment)
    settings, problems = read_settings(given.pop("settings") or (PLACES if service else ()))
    for field in fields(Settings):
        if field.name in given and given[field.name] is None:
            given[field.name] = getattr(settings, field.name)
    if service:
        given["fullscreen"] = True
        given["store"] = given["store"] or Path(environment.get("STATE_DIRECTORY") or STATE)
    needed = ("server", "screen", "store") if given["once_synced"] else ("store",)
    if missing := [f"--{name}" for name in needed if not given[name]]:
        parser.error(f"the following arguments are required: {', '.join(missing)}")
    look = DisplayOptions(**{field.name: given.pop(field.name) for field in fields(DisplayOptions)})
    given.update(
        server=given["server"] or "", screen=given["screen"] or "", verbose=given["verbose"] or settings.verbose
    )
    return Options(
        look=look,
        token=settings.token,
        secret=settings.secret,
        certificates=settings.certificates,
        problems=tuple(problems),
        doctor=doctor,
        **given,
    )


def _language(environment: Mapping[str, str]) -> str:
    """Norwegian where the system is, else English."""
    locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "nb" if locale.startswith(("nb", "nn", "no")) else "en"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m player", description="Shows one info screen's pages.", epilog="More in docs/player.md."
    )
    add = parser.add_argument
    add("command", nargs="?", choices=("doctor",), help="doctor: report on one page how the box is, and change nothing")
    add("--server", type=_server, metavar="URL", help="where the bundle is served")
    add("--screen", type=_screen, metavar="ID", help="which screen this is, as in screens.toml")
    add("--store", type=Path, metavar="DIR", help="folder where the player keeps what it fetched")
    add("--key", type=_key, metavar="HEX|FILE", help="the public key to trust; without it the first one that is seen")
    add("--fullscreen", action="store_true", help="use the whole screen instead of a window")
    add(
        "--size",
        type=_size,
        metavar="WxH",
        help="size of the window; without it the picture's, if the desktop has room",
    )
    add("--rotate", type=int, choices=TURNS, help="turn clockwise, instead of the bundle's own turn")
    add("--output", choices=OUTPUTS, help="the way to the pixels; auto finds the lightest")
    add("--resolution", type=_resolution, metavar="WxH[@HZ]", help="instead of what the panel prefers")
    add("--overscan", type=_overscan, metavar="PERCENT", help="of each side that the panel hides")
    add("--display", choices=DISPLAYS, help="how it is turned off when the house is closed")
    add(
        "--settings",
        type=Path,
        action="append",
        metavar="FILE",
        help="a file with settings (docs/player.md); may be given several times, the first goes before the next",
    )
    add(
        "--service",
        action="store_true",
        help="as a service of the system: its files, its store, a whole panel, pairing",
    )
    add("--at", type=_instant, metavar="INSTANT", help="pretend that it is now this time: 2026-09-15T18:00:00+02:00")
    add(
        "--trust-clock",
        action="store_true",
        help="this machine's clock is right: for a try where nothing vouches for it",
    )
    add("--once-synced", action="store_true", help="fetch once into the store and end, without a window")
    add("--language", choices=("nb", "en"), help="of the report of doctor; otherwise as the system is set")
    add("--verbose", action="store_true", help="log more: times of fades and of the first picture")
    add("--version", action="version", version=f"signage-player {__version__}")
    return parser


def _resolution(text: str) -> Resolution:
    try:
        return parse_resolution(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _overscan(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= MOST_OVERSCAN:
        raise argparse.ArgumentTypeError(
            f'Invalid overscan "{text}". Hint: write a percentage from 0 to {MOST_OVERSCAN:g}.'
        )
    return percent


def _server(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(
            f'Invalid web address "{text}". Hint: write it like http://skjerm.example:8000.'
        )
    return text


def _screen(text: str) -> str:
    if not SCREEN.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f'Invalid screen id "{text}". Hint: use lower-case letters, digits and hyphens.'
        )
    return text


def _key(text: str) -> bytes:
    key = parse_key(text) or read_key(Path(text))
    if key is None:
        raise argparse.ArgumentTypeError(
            f'Invalid key "{text}". Hint: give 64 hexadecimal digits, or a file that holds them.'
        )
    return key


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit() and 10 <= int(width) <= 9999 and 10 <= int(height) <= 9999):
        raise argparse.ArgumentTypeError(f'Invalid size "{text}". Hint: write it like 1280x720.')
    return int(width), int(height)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(
        f'Invalid date/time "{text}". Hint: write it with an offset, like 2026-09-15T18:00:00+02:00.'
    )
