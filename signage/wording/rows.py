"""Occurrences in words, the same way on every kind of page: time, title, venue, badges. Pure."""

from __future__ import annotations

from datetime import date, datetime
from typing import TypedDict

from signage.config.models import Config, Screen
from signage.domain.model import Event, PagePicture, Picture
from signage.domain.page_plan import Group, Row
from signage.wording.badges import OFF, Room, badges
from signage.wording.dates import Wording
from signage.wording.hyphens import hyphenate
from signage.wording.typography import no_orphan, set_text


class BadgeContext(TypedDict):
    """`tone` says how loudly a layout sets it: "calm", "warn" or "stop"."""

    kind: str
    word: str
    tone: str


class RowContext(TypedDict):
    """A row of a list. `off`: nothing takes place at that time."""

    time: str
    title: str
    venue: str
    badge: BadgeContext | None
    off: bool


class Lines:
    """Words for one screen in one language. Rows are worded once and shared by the many pages that show them."""

    def __init__(self, config: Config, screen: Screen, wording: Wording, source_hyphenation: str = "") -> None:
        """`source_hyphenation`: the rules for what comes from the sources ("nb_NO"); the words' own if empty."""
        self.source_hyphenation = source_hyphenation or wording.words.hyphens
        self.config = config
        self.screen = screen
        self.wording = wording
        self._rows: dict[tuple[str, date, bool], RowContext] = {}

    def row(self, event: Event, row: Row, group: Group, narrow: bool = False) -> RowContext:
        """A row of a list under its day. `narrow`: in a column that has no room for towns and calm badges."""
        key = (row.event_id, group.day, narrow)
        if key not in self._rows:
            self._rows[key] = {
                "time": self.wording.time(event, group.day),
                "title": self.broken(event.title),
                "venue": self.broken(self.venue(event, narrow)),
                "badge": next(iter(self.badges(event, Room.COLUMN if narrow else Room.ROW)), None),
                "off": event.status in OFF,
            }
        return self._rows[key]

    def going_on(self, event: Event, group: Group) -> RowContext:
        """A row of what goes on at the moment: its time says until when, as far as an end is known."""
        return {**self.row(event, Row(event.id), group), "time": self.until(event, group.day)}

    def until(self, event: Event, day: date) -> str:
        """ "til 19.30"; "hele dagen" and "til søndag" as in a list; without a known end when it began.

        Empty when that was on an earlier day: the word beside it ("Nå") says what a list says instead.
        """
        if self.wording.goes_on_without_end(event, day):
            return ""
        timed = isinstance(event.end, datetime)
        if timed and self.wording.last_day(event) <= day:
            return self.wording.words("until_time", time=self.wording.clock(event.ends_at))
        return self.wording.time(event, day)

    def badges(self, event: Event, room: Room) -> list[BadgeContext]:
        """The badges that there is room for, the most important first."""
        return [
            {"kind": badge.kind, "word": hyphenate(badge.word, self.wording.words.hyphens), "tone": badge.tone.value}
            for badge in badges(event, self.wording, room)
        ]

    def venue(self, event: Event, narrow: bool) -> str:
        """Where, on one line: name and town; on the place's own screen, or in a narrow column, the name alone."""
        name, town = self.venue_lines(event)
        if narrow or not town or event.place == self.screen.place:
            return name
        return f"{name}, {town}"

    def venue_lines(self, event: Event) -> tuple[str, str]:
        """Name and town of a place that screens.toml knows; else the venue text before and after its first comma."""
        if event.place in self.config.places:
            place = self.config.places[event.place]
            return place.name, place.town
        name, _, rest = event.venue.partition(",")
        return name.strip(), rest.strip()

    def dates(self, event: Event) -> str:
        """The day or the days of an occurrence: "27. november", "27.–29. november"."""
        first, last = self.wording.first_day(event), self.wording.last_day(event)
        return self.wording.dates(first, last if event.all_day or (last - first).days > 1 else first)

    def broken(self, text: str) -> str:
        """A source's text, well set, with the places where its long words may be broken."""
        return hyphenate(set_text(text), self.source_hyphenation)

    def headline(self, text: str) -> str:
        """A source's text as the largest thing on a page: no short last word alone on a line."""
        return no_orphan(self.broken(text))


def position(focus: float) -> int:
    """The `object-position`, in percent, of a crop that keeps a focal point (0 to 1) near its middle.

    CSS puts a point at n % of the picture on the point at n % of its box (CSS Backgrounds 3, 3.6). In a box that shows
    about half of the picture, as posters do, that is nearly twice as far from the middle as the focus is.
    """
    return round(min(100.0, max(0.0, 50 + 185 * (focus - 0.5))))


def picture(found: Picture | None) -> PagePicture | None:
    """A picture as pages carry it; the focus in percent."""
    if found is None:
        return None
    focus_x, focus_y = (position(focus) for focus in found.focus)
    return PagePicture(found.sha256, found.width, found.height, found.credit, focus_x, focus_y, found.colour)
