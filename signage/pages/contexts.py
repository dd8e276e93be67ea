"""Put page plans into words: from a `PagePlan` to the `PageSpec` that a layout's template sees as `page`.

The shape of every kind's context is in docs/layouts.md.
"""

from __future__ import annotations

from datetime import time
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from signage.config.models import WEEKDAYS, Config, Hours, Notice, Place, Screen
from signage.languages import Words
from signage.model import Event, News, PageSpec
from signage.pages.badges import OFF, Room, badges
from signage.pages.hyphens import hyphenate
from signage.pages.material import Material
from signage.pages.news import beginning
from signage.pages.plans import Group, PagePlan, Row
from signage.pages.wording import RANGE, Wording

Context = dict[str, Any]
SUMMARY_LENGTH = 280  # characters of description on a poster: what is read in ten seconds
SQUARE = 1.5  # pages less wide than this, in relation to their height, are called square: 4:3, 5:4
STRIP = 2.4  # and wider ones a strip: 32:9, 1920x540
LINK_LENGTH = 200  # characters; the QR code of a longer address is too fine for a telephone some metres away


class Contexts:
    """Contexts for one screen. Rows are worded once and shared by the many pages that show them."""

    def __init__(
        self,
        config: Config,
        screen_id: str,
        words: Words,
        material: Material,
    ) -> None:
        self.config = config
        self.screen: Screen = config.screens[screen_id]
        self.place: Place = config.places[self.screen.place]
        self.words = words
        self.wording = Wording(words, ZoneInfo(config.site.zone))
        self.material = material
        self.events = material.events
        self.news = material.news
        self.area = config.site.area or config.site.name.removesuffix(" kommune")
        self.calendar = config.site.calendar_label or host(str(config.site.calendar))
        self._rows: dict[tuple[Row, object, bool], Context] = {}
        self._common: Context = {
            "site": {
                "name": config.site.name,
                "calendar_label": self.calendar,
                "motto": config.site.motto,
                "colours": config.site.colours.model_dump(exclude_none=True),
                "logo": None,
            },
            "screen": {
                "name": self.screen.name or self.place.name,
                "orientation": "landscape" if self.screen.width >= self.screen.height else "portrait",
                "shape": shape(self.screen.width, self.screen.height),
                "clock": True,
                "smallest": self.screen.smallest_text,
            },
        }

    def spec(self, plan: PagePlan) -> PageSpec:
        """The page's data, ready for the layout. Equal plans give equal specs."""
        own = getattr(self, f"_{plan.kind}")(plan)
        context = {**self._common, "season": plan.dress.season or None, "number": self._number(plan), **own}
        if plan.day:
            context["day"] = {
                "weekday": self.wording.day(plan.day, "weekday"),
                "date": self.wording.day(plan.day, "day"),
            }
        screen = self.screen
        return PageSpec(
            plan.kind, plan.dress.layout or screen.layout, screen.width, screen.height, self.words.language, context
        )

    def _number(self, plan: PagePlan) -> Context | None:
        if plan.number is None:
            return None
        n, of = plan.number
        return {"n": n, "of": of, "text": self.words("part", n=n, of=of)}

    def _scope(self, plan: PagePlan) -> str | None:
        return self.words("nearby", area=self.area) if plan.elsewhere else None

    def _today(self, plan: PagePlan) -> Context:
        (group,) = plan.groups
        return {
            "heading": self._heading(group),
            "heading_date": self.wording.day(group.day, "full_day"),
            "scope": self._scope(plan),
            "rows": [self._row(row, group) for row in group.rows],
        }

    def _agenda(self, plan: PagePlan) -> Context:
        groups = [
            {
                "heading": self._heading(group),
                "date": self.wording.day(group.day, "full_day" if group.ahead < 2 else "day"),
                "rows": [self._row(row, group) for row in group.rows],
                "part": self.words("part", n=group.part[0], of=group.part[1]) if group.part else None,
            }
            for group in plan.groups
        ]
        return {"groups": groups, "scope": self._scope(plan)}

    def _week(self, plan: PagePlan) -> Context:
        assert plan.day is not None
        days = [
            {
                "weekday": self.words("today") if group.ahead == 0 else self.wording.day(group.day, "weekday"),
                "date": self.wording.day(group.day, "day_short"),
                "today": group.ahead == 0,
                "rows": [self._row(row, group, short=True) for row in group.rows],
                "more": self.words("more", count=group.more) if group.more else None,
                "empty": None if group.rows or group.more else self.words("nothing"),
            }
            for group in plan.groups
        ]
        return {
            "heading": self.words("week_title", area=self.area),
            "note": self.words("week_note", week=plan.day.isocalendar().week, calendar=self.calendar),
            "scope": self._scope(plan),
            "days": days,
        }

    def _event(self, plan: PagePlan) -> Context:
        (group,) = plan.groups
        (row,) = group.rows
        event = self.events[row.event_id]
        wording = self.wording
        first, last = wording.first_day(event), wording.last_day(event)
        when = wording.dates(first, last if event.all_day or (last - first).days > 1 else first)
        if not event.all_day and first == group.day:
            when = self.words("at_time", date=when, time=wording.span(event))
        days = (self.words("today"), self.words("tomorrow"), wording.day(group.day, "weekday"))
        venue, detail = self._venue_lines(event)
        organizer = "" if event.organizer.casefold() == venue.casefold() else event.organizer
        link = event.url or str(self.config.site.calendar)
        return {
            "weekday": days[group.ahead],
            "when": when,
            "title": self._break(event.title),
            "summary": self._break(event.summary[:SUMMARY_LENGTH]),
            "venue": self._break(venue),
            "venue_detail": detail,
            "organizer": self.words("organizer", name=organizer) if organizer else "",
            "badges": self._badges(event, Room.POSTER),
            "off": event.status in OFF,
            "picture": None
            if event.picture is None
            else {
                "sha256": event.picture.sha256,
                "width": event.picture.width,
                "height": event.picture.height,
                "credit": event.picture.credit,
            },
            "link": link,
            "link_caption": self.words("scan_event", calendar=host(link)),
        }

    def _notice(self, plan: PagePlan) -> Context:
        if plan.news is not None:
            return self._news(self.news[plan.news])
        assert plan.entry is not None
        entry = self.screen.playlist[plan.entry[0]]
        assert isinstance(entry, Notice)
        plain = {"byline": None, "link": None, "link_caption": ""}
        return {"title": self._break(entry.title), "text": self._break(entry.text), **plain}

    def _news(self, item: News) -> Context:
        """A notice page that says who says it, and when."""
        day = item.published.astimezone(self.wording.zone).date()
        sources = {source.id: source.name or host(source.url) for source in self.config.sources}
        link = item.url if item.url and len(item.url) <= LINK_LENGTH else None
        return {
            "title": self._break(item.title),
            "text": self._break(beginning(item.text)),
            "byline": {"who": sources.get(item.source, item.source), "date": self.wording.day(day, "full_day")},
            "link": link,
            "link_caption": self.words("scan_event", calendar=host(link)) if link else "",
        }

    def _evergreen(self, plan: PagePlan) -> Context:
        return {
            "title": self.words("evergreen_title", area=self.area),
            "text": self.words("evergreen_text", calendar=self.calendar),
            "hours": self._hours(self.screen.opening),
            "link": str(self.config.site.calendar),
            "link_caption": self.words("scan_calendar"),
        }

    def _dark(self, plan: PagePlan) -> Context:
        return {}

    def _heading(self, group: Group) -> str:
        if group.ahead == 0:
            return self.words("heading_tonight" if group.tonight else "heading_today")
        if group.ahead == 1:
            return self.words("heading_tomorrow")
        return self.wording.day(group.day, "weekday")

    def _row(self, row: Row, group: Group, short: bool = False) -> Context:
        key = (row, group.day, short)
        if key not in self._rows:
            event = self.events[row.event_id]
            self._rows[key] = {
                "time": self.wording.time(event, group.day, short),
                "title": self._break(event.title),
                "venue": self._break(self._venue(event, short)),
                "badge": next(iter(self._badges(event, Room.COLUMN if short else Room.ROW)), None),
                "off": event.status in OFF,
            }
        return self._rows[key]

    def _badges(self, event: Event, room: Room) -> list[Context]:
        return [
            {"kind": badge.kind, "word": self._break(badge.word), "tone": badge.tone.value}
            for badge in badges(event, self.wording, room)
        ]

    def _venue(self, event: Event, short: bool) -> str:
        """Where, on one line: name and town; on the place's own screen, or in a narrow column, the name alone."""
        name, town = self._venue_lines(event)
        if short or not town or event.place == self.screen.place:
            return name
        return f"{name}, {town}"

    def _venue_lines(self, event: Event) -> tuple[str, str]:
        """Name and town of a place that screens.toml knows; else the venue text before and after its first comma."""
        if event.place in self.config.places:
            place = self.config.places[event.place]
            return place.name, place.town
        name, _, rest = event.venue.partition(",")
        return name.strip(), rest.strip()

    def _break(self, text: str) -> str:
        return hyphenate(text, self.words.hyphens)

    def _hours(self, hours: Hours | None) -> list[Context]:
        """Opening hours with following days of equal hours in one line."""
        if hours is None:
            return []
        week = [_spans(hours, n, self.words("closed")) for n in range(7)]
        lines = []
        start = 0
        for n in range(1, 8):
            if n == 7 or week[n] != week[start]:
                lines.append({"days": self.wording.weekdays(tuple(range(start, n))), "hours": week[start]})
                start = n
        return lines


def shape(width: int, height: int) -> str:
    """What a layout calls a page of this size: "portrait", "square" (4:3), "landscape" (16:9) or "strip"."""
    if width < height:
        return "portrait"
    aspect = width / height
    return "square" if aspect < SQUARE else "strip" if aspect > STRIP else "landscape"


def host(address: str) -> str:
    """The host of an address as people write it: "iheim.no"."""
    return (urlsplit(address).hostname or address).removeprefix("www.")


def _spans(hours: Hours, weekday: int, closed: str) -> str:
    spans = hours.spans.get(WEEKDAYS[weekday], ())
    return ", ".join(f"{_hour(a)}{RANGE}{_hour(b)}" for a, b in spans) or closed


def _hour(at: time) -> str:
    return f"{at.hour}" if at.minute == 0 else f"{at.hour}.{at.minute:02d}"
