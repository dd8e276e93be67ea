"""The values that flow between the stages. Frozen, without behaviour that needs a clock, a network or a disk.

Times: every `datetime` is aware. A bare `date` means all-day; an all-day end is exclusive, as in RFC 5545 3.6.1
(an event on one day ends the day after).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Whether it takes place as announced. `POSTPONED`: not on this date, and nobody knows when. `MOVED`: it takes
    place at this time and venue, but was announced for others.
    """

    SCHEDULED = "scheduled"
    MOVED = "moved"
    POSTPONED = "postponed"
    CANCELLED = "cancelled"


class Availability(StrEnum):
    """Whether one can still get in. `CLOSED`: registration or sale is over."""

    UNKNOWN = "unknown"
    AVAILABLE = "available"
    FEW_LEFT = "few_left"
    SOLD_OUT = "sold_out"
    CLOSED = "closed"


class TicketKind(StrEnum):
    UNKNOWN = "unknown"
    FREE = "free"
    MEMBERS = "members"
    TICKETS = "tickets"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What it takes to get in. Prices are in whole units of `currency`, as the source wrote them ("380.00").

    `price_to`: the dearest one, equal to `price_from` where there is only one; None when it isn't known.
    """

    kind: TicketKind = TicketKind.UNKNOWN
    url: str | None = None
    price_from: str | None = None
    currency: str | None = None
    availability: Availability = Availability.UNKNOWN
    price_to: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was fetched, decoded and encoded again. `sha256` names the bytes in the renderer's image store.

    `focus`: the point that a crop must keep, as parts of width and height from the upper left corner. `colour`: the
    colour that fits around it ("#2a4858"); empty when it isn't known.
    """

    sha256: str
    width: int
    height: int
    credit: str | None = None
    focus: tuple[float, float] = (0.5, 0.5)
    colour: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDetails:
    """What a record, an occurrence and an event all say: what takes place, when, where, and who arranges it."""

    title: str
    start: datetime | date
    end: datetime | date | None = None
    venue: str = ""
    organizer: str = ""
    organizer_id: str | None = None
    categories: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    status: Status = Status.SCHEDULED
    ticket: Ticket = Ticket()
    url: str | None = None
    picture: Picture | None = None

    @property
    def all_day(self) -> bool:
        """Whether it has days only, and no times."""
        return not isinstance(self.start, datetime)

    def details(self) -> dict[str, Any]:
        """The fields that all of them have, to make another one with."""
        return {name: getattr(self, name) for name in _DETAILS}


_DETAILS = tuple(each.name for each in fields(EventDetails))


@dataclass(frozen=True, slots=True)
class Record(EventDetails):
    """One occurrence as one source has it: typed, not yet cleaned or merged.

    `uid` is the source's own id of the occurrence's event; `title`, `venue` and `description` may hold HTML and
    entities; `picture_url` is absolute; `picture_credit` as the source has it. `held`: why the source itself says that
    it is not for the public ("a draft").
    """

    source: str
    uid: str
    organizer_url: str | None = None
    description: str = ""
    picture_url: str | None = None
    picture_credit: str = ""
    held: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class News:
    """An item of a feed that names no event's date: news, for a notice page. Texts may hold HTML and entities."""

    source: str
    uid: str
    title: str
    published: datetime
    text: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an occurrence came from: the source's id in screens.toml and the event's id there."""

    source: str
    uid: str
    url: str | None = None


class OrganisationKind(StrEnum):
    ASSOCIATION = "association"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Organisation:
    """Who arranges events, under one name. No personal data: neither e-mail addresses nor telephone numbers.

    `id` is made of the name ("hemne-turmarsjklubb"). `spellings`: its other names, from the sheet and as the sources
    write them. `picture` is the path of a file; `contact` the address of a page. `listed`: it is in the sheet.
    """

    id: str
    name: str
    kind: OrganisationKind | None = None
    spellings: tuple[str, ...] = ()
    about: str = ""
    url: str | None = None
    town: str = ""
    picture: str | None = None
    contact: str | None = None
    listed: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """All of its names, the best first."""
        return (self.name, *self.spellings)


@dataclass(frozen=True, slots=True)
class Event(EventDetails):
    """One occurrence, merged from everything that the sources say of it.

    `id` is stable while the source keeps the event on the same local date ("iheim:2703368:2026-09-14"), so a
    corrected time updates the occurrence instead of making a second one. `starts_at` and `ends_at` are the instants
    in between which it goes on; `ends_at` is when it must no longer be displayed: the end, or for an occurrence without
    one the display expiry. `place` is the id of a place in screens.toml, when the venue is one of them.
    `organisation` is the id of an `Organisation`, and `organisation_names` are all of its names, the best first.
    """

    id: str
    starts_at: datetime
    ends_at: datetime
    place: str | None = None
    summary: str = ""
    origins: tuple[Origin, ...] = ()
    organisation: str | None = None
    organisation_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A picture on a page: a value of its own type, so that no text can be taken for one.

    `sha256` names the bytes in the renderer's image store; `focus_x` and `focus_y` are the `object-position` of a crop
    that keeps what matters, in percent. While a page is set in its layout, a picture has its bytes' address as `src`.
    """

    sha256: str
    width: int
    height: int
    credit: str | None
    focus_x: int
    focus_y: int
    colour: str


@dataclass(frozen=True, slots=True)
class PageSpec:
    """One page, before it is HTML: everything that its picture is made from, and nothing else.

    `context` is JSON data (str, int, float, bool, None, list, dict) and `PagePicture`s: what the layout's template sees
    as `page`.
    `kind` names the template ("today"). `splittable`: what doesn't fit can stand on a further page; without that, all
    of it must find room on this one.
    """

    kind: str
    layout: str
    width: int
    height: int
    language: str
    context: Mapping[str, object] = field(default_factory=dict)
    splittable: bool = False


@dataclass(frozen=True, slots=True)
class ShownOccurrence:
    """What the manifest remembers of an occurrence on a page: enough to prove that nothing past is shown."""

    id: str
    start: datetime
    end: datetime
    title: str


@dataclass(frozen=True, slots=True)
class ClockBox:
    """Where the player draws the clock, or another line, in picture pixels before rotation. `size` of the type; `color`
    as "#rrggbb".
    """

    x: float
    y: float
    width: float
    height: float
    size: float
    color: str
    align: str = "left"


@dataclass(frozen=True, slots=True)
class Excess:
    """By how much the boxes of a page are too small, as far as its template names groups and rows (docs/layouts.md).

    `groups`: of each group whose own box is too small, its number and how many of its rows fit. `rows`: how many
    have to go from the lists in other boxes, each from the fullest one.
    """

    groups: tuple[tuple[int, int], ...] = ()
    rows: int = 0


NO_EXCESS = Excess()


@dataclass(frozen=True, slots=True)
class RenderReport:
    """What the browser measured on a page. Lengths in CSS pixels, which are picture pixels.

    `smallest_px` is the smallest type size, `letter_px` the height of the smallest capital letter. `contrasts`: for
    each height of capitals on the page the worst contrast ratio of a text in them, and the beginning of that text.
    `orphans`: headlines whose last line is one short word (no fault). `lines`: where players draw further lines, by
    their names (of an alert).
    """

    overflow: bool
    smallest_px: float
    scale: float
    shortened: int
    text: str
    clock: ClockBox | None = None
    problems: tuple[str, ...] = ()
    letter_px: float = 0.0
    contrasts: tuple[tuple[float, float, str], ...] = ()
    orphans: int = 0
    excess: Excess = NO_EXCESS
    lines: tuple[tuple[str, ClockBox], ...] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page's picture: the sha256 and size of its bytes, its media type, and the report.

    `lacks`: sha256 of the pictures that should be on the page and could not be read; it is made again next time.
    """

    sha256: str
    bytes: int
    media_type: str
    report: RenderReport
    lacks: tuple[str, ...] = ()
