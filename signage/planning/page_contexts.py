"""Put page plans into words: from a `PagePlan` to the `PageSpec` that a layout's template sees as `page`.

The shape of every kind's context is in docs/layouts.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from signage.config.legibility import code_px, required_px
from signage.config.models import WEEKDAYS, Config, Hours, Notice, Now, Place, Screen, Split
from signage.domain.model import Event, News, PageSpec
from signage.domain.page_plan import EntryKey, Group, PagePlan
from signage.domain.page_shapes import shape, zone_sizes
from signage.domain.phone_addresses import address_of
from signage.planning.catalog import Catalog
from signage.wording.badges import OFF, Room
from signage.wording.dates import RANGE, Wording
from signage.wording.languages import Words
from signage.wording.news import beginning
from signage.wording.qr import modules
from signage.wording.rows import Context, Lines, picture
from signage.wording.typography import set_text

SUMMARY_LENGTH = 280  # characters of description on a poster: what is read in ten seconds
ABOUT_LENGTH = 360  # characters about an organisation
LINK_LENGTH = 200  # characters; the QR code of a longer address is too fine for a telephone some metres away


class PageContextBuilder:
    """Contexts for one screen in one language. `source_hyphenation`: the rules for what comes from the sources."""

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
        self.wording = Wording(words, ZoneInfo(config.site.zone))
        self.lines = Lines(config, self.screen, self.wording, source_hyphenation)
        self.catalog = catalog
        self.events = catalog.events
        self.area = config.site.area or config.site.name.removesuffix(" kommune")
        self.calendar = config.site.calendar_label or host(str(config.site.calendar))
        self.smallest = round(max(self.screen.smallest_text, required_px(self.screen)), 1)
        self._site: Context = {
            "name": config.site.name,
            "calendar_label": self.calendar,
            "motto": config.site.motto,
            "colours": config.site.colours.model_dump(exclude_none=True),
            "logo": picture(catalog.pictures.get(config.site.logo)),
        }

    def spec(self, plan: PagePlan) -> PageSpec:
        """The page's data, ready for the layout. Equal plans give equal specs."""
        screen = self.screen
        orientation = "landscape" if screen.width >= screen.height else "portrait"
        context = self._page(plan, orientation, shape(screen.width, screen.height), plan.variant.season)
        layout = plan.variant.layout or screen.layout
        return PageSpec(plan.kind, layout, screen.width, screen.height, self.words.language, context)

    def _page(self, plan: PagePlan, orientation: str, form: str, season: str, zone: bool = False) -> Context:
        """A whole page's context, or that of one zone."""
        context: Context = {
            "site": self._site,
            "screen": {
                "name": self.screen.name or self.place.name,
                "orientation": orientation,
                "shape": form,
                "zone": zone,
                "clock": True,
                "smallest": self.smallest,
            },
            "season": season or None,
            "number": self._number(plan),
        }
        if plan.day:
            context["day"] = {
                "weekday": self.wording.day(plan.day, "weekday"),
                "date": self.wording.day(plan.day, "day"),
            }
        own: Context = getattr(self, f"_{plan.kind}")(plan)
        return {**context, **own}

    def _number(self, plan: PagePlan) -> Context | None:
        if plan.number is None:
            return None
        n, of = plan.number
        return {"n": n, "of": of, "text": self.words("part", n=n, of=of)}

    def _scope(self, plan: PagePlan) -> str | None:
        return self.words("nearby", area=self.area) if plan.elsewhere else None

    def _rows(self, group: Group, short: bool = False) -> list[Context]:
        return [self.lines.row(self.events[row.event_id], row, group, short) for row in group.rows]

    def _today(self, plan: PagePlan) -> Context:
        (group,) = plan.groups
        return {
            "heading": self._heading(group),
            "heading_date": self.wording.day(group.day, "full_day"),
            "scope": self._scope(plan),
            "rows": self._rows(group),
        }

    def _agenda(self, plan: PagePlan) -> Context:
        groups = [
            {
                "heading": self._heading(group),
                "date": self.wording.day(group.day, "full_day" if group.ahead < 2 else "day"),
                "rows": self._rows(group),
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
                "rows": self._rows(group, short=True),
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

    def _now(self, plan: PagePlan) -> Context:
        """Room by room: what goes on, and what comes next."""
        rooms = []
        for group in plan.groups:
            on = [self.lines.going_on(self.events[row.event_id], group) for row in group.rows if row.on]
            later = [self.lines.row(self.events[row.event_id], row, group) for row in group.rows if not row.on]
            name = self.lines.broken(group.room) if group.room else None
            rooms.append({"name": name, "now": on, "next": later[0] if later else None})
        entry = self._entry(plan)
        heading = entry.heading if isinstance(entry, Now) else ""
        return {
            "heading": heading or self.place.name,
            "heading_date": self.wording.day(plan.groups[0].day, "full_day"),
            "scope": self._scope(plan),
            "rooms": rooms,
            "now_label": self.words("now_label"),
            "next_label": self.words("next_label"),
            "nothing": self.words("nothing_now"),
        }

    def _event(self, plan: PagePlan) -> Context:
        (group,) = plan.groups
        (row,) = group.rows
        event = self.events[row.event_id]
        when = self.lines.dates(event)
        if not event.all_day and self.wording.first_day(event) == group.day:
            when = self.words("at_time", date=when, time=self.wording.hours(event))
        return {
            "weekday": self.lines.day_of(group),
            "when": set_text(when),
            "summary": self.lines.broken(beginning(event.summary, SUMMARY_LENGTH)),
            **self._about_event(row.event_id),
        }

    def _about_event(self, event_id: str) -> Context:
        """What a poster and a countdown say of an event besides its time."""
        event = self.events[event_id]
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
            **self._link(self._told_at(event)),
        }

    def _told_at(self, event: Event) -> str:
        """Where a telephone is led: to the event's page in this screen's own bundle, if people can reach it; else to
        its page at the source; else to the calendar.
        """
        if self.config.site.address:
            return address_of(str(self.config.site.address), self.screen_id, event.id)
        return event.url if event.url and linkable(event.url) else str(self.config.site.calendar)

    def _countdown(self, plan: PagePlan) -> Context:
        """The days that are left, as large as can be; on the day itself its time."""
        (group,) = plan.groups
        (row,) = group.rows
        event = self.events[row.event_id]
        left = group.ahead
        return {
            "count": str(left) if left else None,
            "unit": self.words.plural("days_unit", left) if left else self.words("today"),
            "when": self.wording.running(event),
            **self._about_event(row.event_id),
        }

    def _organisation(self, plan: PagePlan) -> Context:
        """Who they are, and what they have coming."""
        assert plan.organisation is not None
        one = self.catalog.organisations[plan.organisation]
        rows = [
            {
                **self.lines.row(self.events[row.event_id], row, group, short=True),
                "date": self.lines.day_of(group) if group.ahead < 2 else self.wording.day(group.day, "day_short"),
            }
            for group in plan.groups
            for row in group.rows
        ]
        return {
            "label": self.words("get_to_know"),
            "name": self.lines.headline(one.name),
            "about": self.lines.broken(beginning(one.about, ABOUT_LENGTH)),
            "town": one.town,
            "picture": picture(self.catalog.pictures.get(one.picture or "")),
            "coming_heading": self.words("coming_up"),
            "rows": rows,
            **self._link(one.contact or one.url),
        }

    def _sponsor(self, plan: PagePlan) -> Context:
        one = next(sponsor for sponsor in self.config.sponsors if sponsor.id == plan.sponsor)
        return {
            "label": self.words("advertisement"),
            "name": self.lines.headline(one.name),
            "text": self.lines.broken(one.text),
            "picture": picture(self.catalog.pictures.get(one.picture)),
            **self._link(str(one.url) if one.url else None),
        }

    def _split(self, plan: PagePlan) -> Context:
        """A main zone and a column, each with a context of its own kind."""
        assert plan.parts is not None
        sizes = zone_sizes(self.screen.width, self.screen.height)
        parts = []
        for part, size in zip(plan.parts, sizes, strict=True):
            page = self._page(part, size.orientation, size.shape, plan.variant.season, zone=True)
            parts.append({"kind": part.kind, "page": page, "width": size.width, "height": size.height})
        return {"parts": parts}

    def _notice(self, plan: PagePlan) -> Context:
        if plan.news is not None:
            return self._news(self.catalog.news[plan.news])
        entry = self._entry(plan)
        assert isinstance(entry, Notice)
        return {
            "title": self.lines.headline(entry.title),
            "text": self.lines.broken(entry.text),
            "byline": None,
            **self._link(None),
        }

    def _news(self, item: News) -> Context:
        """A notice page that says who says it, and when."""
        day = item.published.astimezone(self.wording.zone).date()
        sources = {source.id: source.name or host(source.url) for source in self.config.sources}
        return {
            "title": self.lines.headline(item.title),
            "text": self.lines.broken(beginning(item.text)),
            "byline": {"who": sources.get(item.source, item.source), "date": self.wording.day(day, "full_day")},
            **self._link(item.url),
        }

    def _evergreen(self, plan: PagePlan) -> Context:
        return {
            "title": self.words("evergreen_title", area=self.area),
            "text": self.words("evergreen_text", calendar=self.calendar),
            "hours": self._hours(self.screen.opening),
            **self._link(str(self.config.site.calendar)),
            "link_caption": self.words("scan_calendar"),
        }

    def _dark(self, plan: PagePlan) -> Context:
        return {}

    def _link(self, address: str | None) -> Context:
        """A QR code and what it leads to; none for an address whose code would be too fine."""
        if address is None or not linkable(address):
            return {"link": None, "link_caption": "", "qr_px": 0}
        return {
            "link": address,
            "link_caption": self.words("scan_event", calendar=host(address)),
            "qr_px": code_px(modules(address), self.screen),
        }

    def _entry(self, plan: PagePlan) -> Any:
        """The line of the playlist, or the zone of it, that the page's own words come from."""
        assert plan.entry is not None
        return playlist_entry(self.screen, plan.entry)

    def _heading(self, group: Group) -> str:
        if group.ahead == 0:
            return self.words("heading_tonight" if group.tonight else "heading_today")
        if group.ahead == 1:
            return self.words("heading_tomorrow")
        return self.wording.day(group.day, "weekday")

    def _hours(self, hours: Hours | None) -> list[Context]:
        """Opening hours with following days of equal hours in one line; those of holidays when they were given."""
        if hours is None:
            return []
        closed = self.words("closed")
        week = [_spans(hours.spans.get(day, ()), closed) for day in WEEKDAYS]
        lines = []
        start = 0
        for n in range(1, 8):
            if n == 7 or week[n] != week[start]:
                lines.append({"days": self.wording.weekdays(tuple(range(start, n))), "hours": week[start]})
                start = n
        if hours.says_holidays and hours.holidays is not None:
            lines.append({"days": self.words("holidays"), "hours": _spans(hours.holidays, closed)})
        return lines


def playlist_entry(screen: Screen, key: EntryKey) -> Any:
    """A line of the playlist, or one zone of a split line."""
    number, zone = key
    entry = screen.playlist[number]
    return getattr(entry, zone) if zone and isinstance(entry, Split) else entry


def linkable(address: str | None) -> bool:
    """Whether a QR code of the address can be read from afar."""
    return bool(address) and len(address or "") <= LINK_LENGTH


def host(address: str) -> str:
    """The host of an address as people write it: "iheim.no"."""
    return (urlsplit(address).hostname or address).removeprefix("www.")


def _spans(spans: Sequence[tuple[time, time]], closed: str) -> str:
    return ", ".join(f"{_hour(a)}{RANGE}{_hour(b)}" for a, b in spans) or closed


def _hour(at: time) -> str:
    return f"{at.hour}" if at.minute == 0 else f"{at.hour}.{at.minute:02d}"
