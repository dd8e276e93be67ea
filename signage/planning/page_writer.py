"""What page kinds write their contexts with: words, rows, links and pictures of one screen in one language. Pure.

The shape of every kind's context is in docs/layouts.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import TypedDict

from signage.config.legibility import code_px, required_px
from signage.config.models import WEEKDAYS, Config, Hours, Place, Screen
from signage.config.playlist import PlaylistEntry
from signage.domain.model import Event, PagePicture
from signage.domain.page_plan import EntryKey, Group, PagePlan
from signage.planning.catalog import Catalog
from signage.wording.badges import OFF, Room
from signage.wording.dates import RANGE, Wording
from signage.wording.languages import Words
from signage.wording.qr import host, linkable, modules, target_of
from signage.wording.rows import BadgeContext, Lines, RowContext, picture


class PartContext(TypedDict):
    """Page `n` of `of`, and that in words."""

    n: int
    of: int
    text: str


class LinkContext(TypedDict):
    """Where a QR code leads. `qr_px`: the least length of its side."""

    link: str | None
    link_caption: str
    qr_px: float


class HoursContext(TypedDict):
    days: str
    hours: str


class AboutEvent(LinkContext):
    """What a poster and a countdown say about an event apart from its time."""

    title: str
    venue: str
    venue_detail: str
    organizer: str
    badges: list[BadgeContext]
    off: bool
    picture: PagePicture | None


class SiteContext(TypedDict):
    name: str
    calendar_label: str
    motto: str
    colours: dict[str, str]
    logo: PagePicture | None


class ScreenSection(TypedDict):
    """The form of the page, or of one zone of it. `smallest`: the smallest letter (px) that the distance asks for."""

    name: str
    orientation: str
    shape: str
    zone: bool
    clock: bool
    smallest: float


class PageForm(TypedDict):
    orientation: str
    shape: str
    zone: bool


class DateContext(TypedDict):
    weekday: str
    date: str


class DatedContext(TypedDict, total=False):
    """What else the pages of a day hold."""

    day: DateContext


class CommonContext(DatedContext):
    """What the contexts of all kinds hold."""

    site: SiteContext
    screen: ScreenSection
    season: str | None
    number: PartContext | None


class PageWriter:
    """The words of one screen in one language. `source_hyphenation`: the rules for what comes from the sources."""

    def __init__(
        self,
        config: Config,
        screen_id: str,
        words: Words,
        catalog: Catalog,
        source_hyphenation: str = "",
    ) -> None:
        self.config = config
        self.screen: Screen = config.screens[screen_id]
        self.screen_id = screen_id
        self.place: Place = config.places[self.screen.place]
        self.words = words
        self.wording = Wording(words, config.zone_of(screen_id))
        self.lines = Lines(config, self.screen, self.wording, source_hyphenation)
        self.catalog = catalog
        self.events = catalog.events
        self.area = config.site.area or config.site.name.removesuffix(" kommune")
        self.calendar = config.site.calendar_label or host(str(config.site.calendar))
        self.smallest = round(max(self.screen.smallest_text, required_px(self.screen)), 1)
        self._site: SiteContext = {
            "name": config.site.name,
            "calendar_label": self.calendar,
            "motto": config.site.motto,
            "colours": config.site.colours.model_dump(exclude_none=True),
            "logo": picture(catalog.pictures.get(config.site.logo)),
        }

    def common(self, plan: PagePlan, form: PageForm, season: str) -> CommonContext:
        """What the contexts of all kinds hold, of a page or of one zone."""
        screen: ScreenSection = {
            "name": self.screen.name or self.place.name,
            **form,
            "clock": True,
            "smallest": self.smallest,
        }
        context: CommonContext = {
            "site": self._site,
            "screen": screen,
            "season": season or None,
            "number": self.part(plan.number),
        }
        if plan.day:
            context["day"] = {
                "weekday": self.wording.day(plan.day, "weekday"),
                "date": self.wording.day(plan.day, "day"),
            }
        return context

    def part(self, number: tuple[int, int] | None) -> PartContext | None:
        """ "2 av 3"."""
        if number is None:
            return None
        n, of = number
        return {"n": n, "of": of, "text": self.words("part", n=n, of=of)}

    def scope(self, plan: PagePlan) -> str | None:
        """ "Ellers i Heim", on a page about what is on elsewhere."""
        return self.words("nearby", area=self.area) if plan.elsewhere else None

    def rows(self, group: Group, narrow: bool = False) -> list[RowContext]:
        """The rows of one day."""
        return [self.lines.row(self.events[row.event_id], row, group, narrow) for row in group.rows]

    def heading(self, group: Group) -> str:
        """ "I dag", "I morgen", or the weekday."""
        return self.wording.label(group.day, group.ahead)

    def about_event(self, event: Event) -> AboutEvent:
        """What a poster and a countdown say about an event apart from its time."""
        venue, detail = self.lines.venue_lines(event)
        organizer = "" if event.organizer.casefold() == venue.casefold() else event.organizer
        return {
            "title": self.lines.headline(event.title),
            "venue": self.lines.broken(venue),
            "venue_detail": detail,
            "organizer": self.words("organizer", name=organizer) if organizer else "",
            "badges": self.lines.badges(event, Room.POSTER),
            "off": event.status in OFF,
            "picture": picture(event.picture),
            **self.link(target_of(event, self.config.site, self.screen_id)),
        }

    def link(self, address: str | None) -> LinkContext:
        """A QR code and what it leads to; none for an address whose code would be too fine."""
        if address is None or not linkable(address):
            return {"link": None, "link_caption": "", "qr_px": 0}
        return {
            "link": address,
            "link_caption": self.words("scan_event", calendar=host(address)),
            "qr_px": code_px(modules(address), self.screen),
        }

    def entry(self, plan: PagePlan) -> PlaylistEntry:
        """The line of the playlist, or the zone of it, that the page's own words come from."""
        assert plan.entry is not None
        return playlist_entry(self.screen, plan.entry)

    def hours(self, hours: Hours | None) -> list[HoursContext]:
        """Opening hours with following days of equal hours in one line; those of holidays when they were given."""
        if hours is None:
            return []
        closed = self.words("closed")
        week = [self._spans(hours.spans.get(day, ()), closed) for day in WEEKDAYS]
        lines: list[HoursContext] = []
        start = 0
        for n in range(1, 8):
            if n == 7 or week[n] != week[start]:
                lines.append({"days": self.wording.weekdays(tuple(range(start, n))), "hours": week[start]})
                start = n
        if hours.says_holidays and hours.holidays is not None:
            lines.append({"days": self.words("holidays"), "hours": self._spans(hours.holidays, closed)})
        return lines

    def _spans(self, spans: Sequence[tuple[time, time]], closed: str) -> str:
        return ", ".join(f"{self._hour(a)}{RANGE}{self._closing(b)}" for a, b in spans) or closed

    def _closing(self, at: time) -> str:
        """ "24" for midnight: "18–0" looks like a mistake, and "0–0" like closed."""
        return "24" if at == time() else self._hour(at)

    def _hour(self, at: time) -> str:
        return f"{at.hour}" if at.minute == 0 else self.wording.clock_time(at.hour, at.minute)


def playlist_entry(screen: Screen, key: EntryKey) -> PlaylistEntry:
    """A line of the playlist, or one zone of a split line."""
    number, zone = key
    entry = screen.entries[number]
    found: PlaylistEntry = getattr(entry, zone) if zone else entry
    return found
