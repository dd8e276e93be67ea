"""What each key of the settings file takes, leniently: a caretaker typed it, and nobody is there to help. Pure."""

from __future__ import annotations

import difflib
import re
from typing import NamedTuple
from urllib.parse import urlsplit

from player import texts
from player.display.display_options import DISPLAYS, MOST_OVERSCAN, OUTPUTS, Resolution, parse_resolution
from player.store.manifest import SCREEN
from player.texts import Text, joined

YES = ("yes", "ja", "on", "på", "pa", "true", "sant", "1", "j", "y")
NO = ("no", "nei", "off", "av", "false", "usant", "0", "n", "none", "ingen")
TURNS = {"høyre": 90, "hoyre": 90, "right": 90, "venstre": 270, "left": 270, "opp ned": 180, "upside down": 180}
OUTPUT_WORDS = {
    "kmsdrm": "sdl",
    "drm": "kms",
    "fb": "framebuffer",
    "fb0": "framebuffer",
    "/dev/fb0": "framebuffer",
    "x11": "window",
    "wayland": "window",
    "vindu": "window",
}
DISPLAY_WORDS = {"hdmi-cec": "cec", "svart": "black", "dpm": "dpms"}
_HOST = re.compile(r"[\w.-]+|\[[0-9A-Fa-f:.]+\]")
_SCHEME = re.compile(r"([a-z]{3,6})(?::|;)?[/]{1,3}", re.IGNORECASE)


class InvalidValue(Exception):
    """A value that can't be used; `text` is what to write instead."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.english)
        self.text = text


class ServerAddress(NamedTuple):
    """Where the bundle is served, and the screen whose page's address it was, if it was one."""

    base: str
    screen: str | None


def server(text: str) -> ServerAddress:
    """An address as people write it: without http://, with backslashes, or copied from the screen's own page."""
    example = "http://192.0.2.10:8080"
    address = text.replace("\\", "/").replace(" ", "")
    scheme = "http"
    if match := _SCHEME.match(address):
        scheme = "https" if match[1].lower().endswith("s") else "http"
        if difflib.SequenceMatcher(None, match[1].lower(), scheme).ratio() < 0.75:
            raise InvalidValue(texts.ADDRESS_SCHEME.fill(example=example))
        address = address[match.end() :]
    try:
        parts = urlsplit(f"{scheme}://{address}")
        port, host = parts.port, parts.netloc.rpartition(":")[0] if parts.port is not None else parts.netloc.rstrip(":")
    except ValueError:
        port, host = None, ""
    if not _HOST.fullmatch(host) or port == 0:
        raise InvalidValue(texts.NO_ADDRESS.fill(example=example))
    path = parts.path.rstrip("/")
    screen = None
    if found := re.search(r"/screens?/([^/]+)(?:/manifest\.json)?$", path):
        screen, path = (found[1] if SCREEN.fullmatch(found[1]) else None), path[: found.start()]
    return ServerAddress(f"{scheme}://{host}{'' if port is None else f':{port}'}{path}", screen)


def screen(text: str) -> str:
    """A screen's id as in screens.toml; capitals don't matter."""
    name = text.lower()
    if not SCREEN.fullmatch(name):
        likely = re.sub(r"[^a-z0-9]+", "-", name.replace("æ", "ae").replace("ø", "o").replace("å", "a")).strip("-")[:63]
        raise InvalidValue(joined(texts.SCREEN_LETTERS, texts.DID_YOU_MEAN.fill(likely=likely) if likely else None))
    return name


def digits(text: str) -> bytes:
    """32 bytes, as 64 hexadecimal digits; spaces, colons and hyphens between them don't matter."""
    bare = re.sub(r"[\s:.-]", "", text).lower().removeprefix("0x")
    if not re.fullmatch(r"[0-9a-f]*", bare):
        raise InvalidValue(texts.KEY_DIGITS)
    if len(bare) != 64:
        raise InvalidValue(texts.KEY_LENGTH.fill(found=len(bare)))
    return bytes.fromhex(bare)


def rotate(text: str) -> int:
    """Degrees clockwise: 0, 90, 180 or 270; also "-90", "90°", "left", "høyre"."""
    word = text.casefold()
    if word in NO:
        return 0
    if word in TURNS:
        return TURNS[word]
    match = re.fullmatch(r"([+-]?)(\d{1,3})\s*(?:°|º|o|grader|degrees|deg)?", word)
    turn = None if match is None else int(match[1] + match[2]) % 360
    if turn not in (0, 90, 180, 270):
        raise InvalidValue(texts.TURN_DEGREES)
    return turn


def overscan(text: str) -> float:
    """Percent of each side that the television hides; "ja" or "yes" is what most of them hide."""
    word = text.casefold()
    if word in ("ja", "yes", "on", "på"):
        return 3.0
    if word in NO:
        return 0.0
    match = re.fullmatch(r"(\d{1,3}(?:[.,]\d{1,3})?)\s*(?:%|prosent|percent)?", word)
    percent = float(match[1].replace(",", ".")) if match else -1.0
    if not 0 <= percent <= MOST_OVERSCAN:
        raise InvalidValue(texts.OVERSCAN_PERCENT.fill(most=f"{MOST_OVERSCAN:.0f}"))
    return percent


def resolution(text: str) -> Resolution | None:
    """ "1920x1080", "1920 × 1080 @ 60 Hz", "1080p"; None ("auto"): the panel's own."""
    word = re.sub(r"\s|hz$", "", text.casefold()).replace("×", "x").replace("*", "x")
    if word in ("auto", "automatisk", *NO):
        return None
    word = {"1080p": "1920x1080", "fullhd": "1920x1080", "720p": "1280x720", "4k": "3840x2160"}.get(word, word)
    try:
        return parse_resolution(word)
    except ValueError:
        raise InvalidValue(texts.RESOLUTION_FORM) from None


def output(text: str) -> str:
    """Which way to the pixels."""
    return _one_of(text, OUTPUTS, OUTPUT_WORDS)


def display(text: str) -> str:
    """How the display is made dark when the house is closed."""
    return _one_of(text, DISPLAYS, DISPLAY_WORDS)


def yes(text: str) -> bool:
    """ja or nei, yes or no."""
    word = text.casefold()
    if word not in YES + NO:
        raise InvalidValue(texts.YES_OR_NO)
    return word in YES


def _one_of(text: str, choices: tuple[str, ...], words: dict[str, str]) -> str:
    word = text.casefold()
    word = words.get(word, "auto" if word == "automatisk" else word)
    if word not in choices:
        near = difflib.get_close_matches(word, choices, 1)
        maybe = texts.DID_YOU_MEAN.fill(likely=near[0]) if near else None
        raise InvalidValue(joined(texts.ONE_OF.fill(listed=", ".join(choices)), maybe))
    return word
