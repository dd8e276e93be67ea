"""The command line of the player."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from player import __version__
from player.sync.manifest import SCREEN
from player.sync.store import parse_key, read_key


@dataclass(frozen=True, slots=True)
class Options:
    """What the player was told. `key` are 32 bytes, `at` is aware, `rotate` degrees clockwise."""

    server: str
    screen: str
    store: Path
    key: bytes | None
    fullscreen: bool
    size: tuple[int, int] | None
    rotate: int | None
    at: datetime | None
    once_synced: bool
    verbose: bool


def parse(arguments: list[str] | None = None) -> Options:
    """Read the command line; prints what is wrong and exits with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m player", description="Shows one info screen's pages.", epilog="More in docs/player.md."
    )
    add = parser.add_argument
    add("--server", required=True, type=_server, metavar="URL", help="where the bundle is served")
    add("--screen", required=True, type=_screen, metavar="ID", help="which screen this is, as in screens.toml")
    add("--store", required=True, type=Path, metavar="DIR", help="folder where the player keeps what it fetched")
    add("--key", type=_key, metavar="HEX|FILE", help="the public key to trust; without it the first one that is seen")
    add("--fullscreen", action="store_true", help="use the whole screen instead of a window")
    add(
        "--size",
        type=_size,
        metavar="WxH",
        help="size of the window; without it the picture's, if the desktop has room",
    )
    add("--rotate", type=int, choices=(0, 90, 180, 270), help="turn clockwise, whatever the bundle says")
    add("--at", type=_instant, metavar="INSTANT", help="pretend that it is now this time: 2026-09-15T18:00:00+02:00")
    add("--once-synced", action="store_true", help="fetch once into the store and end, without a window")
    add("--verbose", action="store_true", help="say more: times of fades and of the first picture")
    add("--version", action="version", version=f"signage-player {__version__}")
    return Options(**vars(parser.parse_args(arguments)))


def _server(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise argparse.ArgumentTypeError(f'"{text}" is no web address; write one like "http://skjerm.example:8000"')
    return text


def _screen(text: str) -> str:
    if not SCREEN.fullmatch(text):
        raise argparse.ArgumentTypeError(f'"{text}" is no screen id: small letters, digits and hyphens')
    return text


def _key(text: str) -> bytes:
    key = parse_key(text) or read_key(Path(text))
    if key is None:
        raise argparse.ArgumentTypeError(f'"{text}" is neither 64 hexadecimal digits nor a file that holds them')
    return key


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit() and 10 <= int(width) <= 9999 and 10 <= int(height) <= 9999):
        raise argparse.ArgumentTypeError(f'"{text}" is no size; write one like "1280x720"')
    return int(width), int(height)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f'"{text}" is no instant with an offset; write "2026-09-15T18:00:00+02:00"')
