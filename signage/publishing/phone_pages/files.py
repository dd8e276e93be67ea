"""A screen's pages for telephones, and its calendars, as bytes by path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TypedDict
from urllib.parse import quote, urlsplit

from jinja2 import DictLoader, Environment, StrictUndefined

from signage.config.models import Config
from signage.domain.model import Event, Status, Ticket
from signage.domain.poster_file import PosterFile
from signage.publishing.bundle_format import AssetEntry
from signage.publishing.manifest import asset_name
from signage.publishing.phone_pages.calendar import calendar
from signage.wording.badges import Room, badges
from signage.wording.dates import Wording
from signage.wording.languages import Words
from signage.wording.qr import CALENDAR, LIST, address_of, code_of, page_of

MAP = "https://www.openstreetmap.org/search?query="
_HERE = Path(__file__).parent
_TEMPLATES = {path.name: path.read_text("utf-8") for path in sorted(_HERE.glob("*.html"))}
ENVIRONMENT = Environment(
    loader=DictLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_STYLE = (_HERE / "pocket.css").read_text("utf-8")
LEAST_DAYS = 3  # with events: a shorter list has no links to its days
SATURDAY = 5
_OFF = (Status.CANCELLED, Status.POSTPONED)


@dataclass(frozen=True, slots=True)
class PhonePicture:
    """A small copy of an event's picture: a WebP file among the assets."""

    sha256: str
    bytes: int
    width: int
    height: int

    def asset(self) -> AssetEntry:
        """As the manifest names it."""
        return {"bytes": self.bytes, "media_type": "image/webp"}


NO_PICTURES: Mapping[str, PhonePicture] = MappingProxyType({})


class ShownPicture(TypedDict):
    """A picture on a page. `focus`: class names for where it is cropped, in quarters of its width and height."""

    src: str
    width: int
    height: int
    focus: str
    credit: str


class PosterPicture(TypedDict):
    src: str
    width: int
    height: int


class PhonePoster(TypedDict):
    """A picture of people's own as list.html shows it. `alt`: what is on it."""

    title: str
    day: str
    text: str
    alt: str
    url: str
    pictures: list[PosterPicture]


class PhoneBadge(TypedDict):
    word: str
    tone: str


class PhoneJump(TypedDict):
    """A link to a day of the list."""

    name: str
    date: str


class PhoneEvent(TypedDict):
    """An event as list.html and event.html show it. `page` and `ics` are paths, `way` leads to a map."""

    title: str
    page: str
    ics: str
    day: str
    when: str
    start: str
    venue: str
    way: str
    organizer: str
    text: str
    badges: list[PhoneBadge]
    off: bool
    ticket: str
    url: str
    picture: ShownPicture | None


def pocket_files(
    config: Config,
    screen_id: str,
    words: Words,
    events: Sequence[Event],
    now: datetime,
    pictures: Mapping[str, PhonePicture] = NO_PICTURES,
    posters: Sequence[PosterFile] = (),
    tables: Sequence[Mapping[str, object]] = (),
) -> dict[str, bytes]:
    """Everything for telephones of one screen: `events.html`, a page and an .ics for each event, `calendar.ics`.

    `events`: what the screen may show; what is over at the instant `now` is left out. `pictures`: small copies, by the
    sha256 of the pictures. `posters`: people's own pictures that the screen shows. `tables`: as the
    templates of screen pages get them (docs/layouts.md).
    """
    coming = sorted((e for e in events if e.ends_at > now), key=lambda e: (e.starts_at, e.title, e.id))
    return _Pocket(config, screen_id, words, now, pictures).files(coming, posters, tables)


class _Pocket:
    def __init__(
        self, config: Config, screen_id: str, words: Words, now: datetime, pictures: Mapping[str, PhonePicture]
    ) -> None:
        self.config = config
        self.screen_id = screen_id
        self.words = words
        self.pictures = pictures
        self.zone = config.zone_of(screen_id)
        self.wording = Wording(words, self.zone)
        self.today = now.astimezone(self.zone).date()
        screen = config.screens[screen_id]
        self.name = screen.name or config.places[screen.place].name
        area = config.site.area or config.site.name.removesuffix(" kommune")
        self.title = words.pocket["title"].format(area=area)
        self.base = str(config.site.address) if config.site.address else ""
        self.host = urlsplit(self.base or str(config.site.calendar)).hostname or "signage"

    def files(
        self, events: Sequence[Event], posters: Sequence[PosterFile], tables: Sequence[Mapping[str, object]]
    ) -> dict[str, bytes]:
        made = {
            LIST: self._list(events, posters, tables),
            CALENDAR: self._calendar(self.title, events),
            "pocket.css": _STYLE.encode(),
        }
        for event in events:
            made[page_of(event.id)] = self._page(event)
            made[f"e/{code_of(event.id)}.ics"] = self._calendar(event.title, [event])
        return made

    def _calendar(self, name: str, events: Sequence[Event]) -> bytes:
        return calendar(name, events, self.zone, self.host)

    def _list(
        self, events: Sequence[Event], posters: Sequence[PosterFile], tables: Sequence[Mapping[str, object]]
    ) -> bytes:
        days: dict[date, list[PhoneEvent]] = {}
        for event in events:
            days.setdefault(max(self.wording.first_day(event), self.today), []).append(self._event_context(event))
        groups = [
            {"heading": self._day(day), "date": day.isoformat(), "events": listed} for day, listed in days.items()
        ]
        webcal = ""
        if self.base:
            webcal = address_of(self.base, self.screen_id).removesuffix(LIST) + CALENDAR
        return self._render(
            "list.html",
            title=self.title,
            days=groups,
            jumps=self._jumps(list(days)),
            posters=[self._poster(poster) for poster in posters],
            tables=tables,
            webcal=_webcal(webcal),
            up="",
        )

    def _poster(self, poster: PosterFile) -> PhonePoster:
        """A poster in words, and small: what is on it is said once, for all of its pages."""
        small = [self.pictures[p.picture.sha256] for p in poster.pages if p.picture.sha256 in self.pictures]
        return {
            "title": poster.title,
            "day": self._day(poster.day) if poster.day else "",
            "text": poster.text,
            "alt": poster.alt or poster.title,
            "url": _web(poster.url),
            "pictures": [
                {
                    "src": f"../../assets/{asset_name(one.sha256, 'image/webp')}",
                    "width": one.width,
                    "height": one.height,
                }
                for one in small
            ],
        }

    def _jumps(self, days: Sequence[date]) -> list[PhoneJump]:
        """Links to today, the weekend unless that is today, and each further day; none for a short list."""
        if len(days) < LEAST_DAYS:
            return []
        jumps: list[PhoneJump] = []
        if self.today in days:
            jumps.append({"name": self.words.pocket["today"], "date": self.today.isoformat()})
        weekend = next((day for day in days if day.weekday() >= SATURDAY), None)
        if weekend and weekend != self.today:
            jumps.append({"name": self.words.pocket["weekend"], "date": weekend.isoformat()})
        further = (day for day in days if day != self.today)
        return jumps + [{"name": self.wording.weekday_and_date(day), "date": day.isoformat()} for day in further]

    def _page(self, event: Event) -> bytes:
        return self._render("event.html", title=event.title, event=self._event_context(event), up="../")

    def _event_context(self, event: Event) -> PhoneEvent:
        first = self.wording.first_day(event)
        place = self.config.places.get(event.place or "")
        where = event.venue or (place.name if place else "")
        town = place.town if place and place.town not in where else ""
        full = ", ".join(part for part in (where, town) if part)
        return {
            "title": event.title,
            "page": page_of(event.id),
            "ics": f"e/{code_of(event.id)}.ics",
            "day": self._day(max(first, self.today)),
            "when": self._when(event),
            "start": event.start.isoformat(),
            "venue": full,
            "way": MAP + quote(full) if full else "",
            "organizer": event.organizer,
            "text": event.summary,
            "badges": [{"word": b.word, "tone": b.tone.value} for b in badges(event, self.wording, Room.POSTER)],
            "off": event.status in _OFF,
            "ticket": _web(event.ticket.url) if event.ticket != Ticket() else "",
            "url": _web(event.url),
            "picture": self._picture(event),
        }

    def _picture(self, event: Event) -> ShownPicture | None:
        small = self.pictures.get(event.picture.sha256) if event.picture else None
        if small is None:
            return None
        assert event.picture is not None
        x, y = (25 * round(4 * part) for part in event.picture.focus)
        return {
            "src": _asset(small),
            "width": small.width,
            "height": small.height,
            "focus": f"x{x} y{y}",
            "credit": event.picture.credit or "",
        }

    def _when(self, event: Event) -> str:
        """Beside its day, which the page says above it. An event of days is listed once: its end can't be left out."""
        first = self.wording.first_day(event)
        if first >= self.today and self.wording.lasts_for_days(event):
            return self.wording.running(event)
        said = self.wording.time(event, max(first, self.today))
        return said if event.all_day or first < self.today else self.words.pocket["at"].format(time=said)

    def _day(self, day: date) -> str:
        full = self.wording.day(day, "full_day")
        near = {self.today: "today", self.today + timedelta(days=1): "tomorrow"}.get(day)
        return f"{self.words(near)}, {full}" if near else full

    def _render(self, template: str, **more: object) -> bytes:
        made = ENVIRONMENT.get_template(template).render(
            language=self.words.language,
            words=self.words.pocket,
            screen=self.screen_id,
            from_screen=self.words.pocket["from_screen"].format(screen=self.name),
            site=self.config.site.name,
            calendar=str(self.config.site.calendar),
            calendar_label=self.config.site.calendar_label or urlsplit(str(self.config.site.calendar)).hostname,
            **more,
        )
        return made.encode()


def _asset(picture: PhonePicture) -> str:
    return f"../../assets/{asset_name(picture.sha256, 'image/webp')}"


def _web(address: str | None) -> str:
    """An address that a link may have: the web's, and nothing that a browser would run."""
    return address if address and urlsplit(address).scheme in ("http", "https") else ""


def _webcal(address: str) -> str:
    return "webcal://" + address.split("://", 1)[1] if address else ""
