"""Pictures and documents that people put into a folder or name in screens.toml, as far as pages need to know them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo

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
    """One file. `begin` and `end`: instants that the file beside it says. `first_day` and `last_day`: whole days by its
    name or that file, in the screen's time zone. `latest`: when it ends, whatever is said; `kept_until`: when it is too
    old without an end.

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
    first_day: date | None = None
    last_day: date | None = None
    latest: datetime | None = None

    def in_zone(self, zone: tzinfo) -> PosterFile:
        """The file with `begin` and `end` as they are in a time zone."""
        begin = self.begin or (datetime.combine(self.first_day, time(), zone) if self.first_day else None)
        end = self.end or (day_after(self.last_day, zone) if self.last_day else None)
        return replace(self, begin=begin, end=min(end, self.latest) if end and self.latest else end)


def day_after(day: date, zone: tzinfo) -> datetime:
    """The end of a local day, as an instant."""
    return datetime.combine(day + timedelta(days=1), time(), zone)
