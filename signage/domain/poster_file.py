"""Pictures and documents that people put into a folder or name in screens.toml, as far as pages need to know them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from signage.domain.model import Picture


@dataclass(frozen=True, slots=True)
class WantedPosters:
    """What a line of a playlist names: a file, or a folder of files. `path` is absolute. `video`: it is a film."""

    path: str
    folder: bool = False
    video: bool = False


@dataclass(frozen=True, slots=True)
class PrintSize:
    """Words of about the same height: of their capital letters, as a part of the page's height."""

    height: float
    words: int
    example: str


@dataclass(frozen=True, slots=True)
class Clip:
    """A film as players get it. `width` and `height` in pixels; `path`: where its bytes are."""

    sha256: str
    bytes: int
    seconds: float
    width: int
    height: int
    path: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class PosterPage:
    """A picture, or one page of a document. `edge`: the colour ("#rrggbb") that its edges have all round, if they have
    one. `prints`: its text by size, where it has text that can be read. `clip`: the film that `picture` is a frame of.
    """

    picture: Picture
    edge: str = ""
    prints: tuple[PrintSize, ...] = ()
    clip: Clip | None = None


@dataclass(frozen=True, slots=True)
class PosterFile:
    """One file. `begin` and `end`: as its name or the file beside it says; `kept_until`: when it is too old without.

    `day`: the day that it is about. `alt`: what is on it, for those who don't see it.
    """

    name: str
    pages: tuple[PosterPage, ...]
    title: str = ""
    text: str = ""
    url: str | None = None
    alt: str = ""
    day: date | None = None
    begin: datetime | None = None
    end: datetime | None = None
    kept_until: datetime | None = None
