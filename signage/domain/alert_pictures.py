"""What an alert looks like on each screen: its pictures, and the places of what players draw on them. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from signage.domain.model import ClockBox
from signage.domain.server_status import Message


@dataclass(frozen=True, slots=True)
class AlertPage:
    """A picture of an alert in one language. `x` to `height`: the box that it fills on the screen, in whole pixels
    before rotation. `seconds`: how long it stays before the next one. `alt`: all text on it, without the lines.

    `lines`: by name ("sent", "until"), where players draw them, seen from the screen's upper left corner; what they say
    is `signage.wording.alert_times`.
    """

    language: str
    sha256: str
    bytes: int
    media_type: str
    x: int
    y: int
    width: int
    height: int
    seconds: float
    alt: str
    lines: Mapping[str, ClockBox] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScreenPictures:
    """An alert on one screen: a page for each of its languages. `plain`: whole pages for players that don't know
    alerts, which draw no lines; they differ from `pages` when these are banners.
    """

    pages: tuple[AlertPage, ...] = ()
    plain: tuple[AlertPage, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertProblem:
    """What the sender should know before it is sent: a sentence, and the screens and the language that it is about."""

    message: Message
    screens: tuple[str, ...]
    language: str


@dataclass(frozen=True, slots=True)
class AlertPictureSet:
    """An alert on all of its screens, by id. `files`: where the bytes of each picture and typeface are, by sha256.

    A text that doesn't fit somewhere is there shown without its last paragraphs, which `problems` says. `font`: sha256
    and bytes of the typeface of all lines (font/ttf).

    `failed`: the browser could not make some of it, as it is to be; another time it may.
    """

    screens: Mapping[str, ScreenPictures]
    files: Mapping[str, Path]
    font: tuple[str, int]
    problems: tuple[AlertProblem, ...] = ()
    failed: bool = False
