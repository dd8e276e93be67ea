"""Page kind "organisation", "Bli kjent med": who an association or a business is, and what it has coming."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from signage.config.models import EventsEntry
from signage.domain.model import NO_EXCESS, Event, Excess, Organisation, PagePicture, Status
from signage.domain.organisation_names import NameIndex
from signage.domain.page_plan import EntryKey, Group, PagePlan, Row
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.page_writer import LinkContext, PageWriter
from signage.planning.pagination import without_last_row
from signage.wording.rows import RowContext, picture
from signage.wording.typography import beginning

MOST = 3  # events of one organisation on its page
ABOUT_LENGTH = 360  # characters about an organisation


class OrganisationPages(EventsEntry):
    """ "Bli kjent med": who they are, and what they have coming."""

    show: Literal["organisation"] = Field(description="An association or a business: who they are, what is coming.")
    count: int = Field(1, ge=1, le=5, description="How many organisations a day, each on a page; others the next day.")


class ComingContext(RowContext):
    date: str


class OrganisationContext(LinkContext):
    label: str
    name: str
    about: str
    town: str
    picture: PagePicture | None
    coming_heading: str
    rows: list[ComingContext]


def of_the_day(
    organisations: Sequence[Organisation], events: Iterable[Event], entry: OrganisationPages, day: date
) -> tuple[str, ...]:
    """The ids of the organisations that are shown on a local day.

    Of those that have something to show (a text about them, or something coming among `events`, which the entry's
    filters chose) the next `entry.count` in a fixed order. Everyone gets a turn before anyone gets a second one.
    """
    busy = {event.organisation for event in events}
    wanted = _named(organisations, entry.organisers)
    fitting = [one for one in organisations if one.id in wanted and (one.about or one.id in busy)]
    if not fitting:
        return ()
    # not by name: nobody should wait for the end of the alphabet
    order = sorted((hashlib.sha256(one.id.encode()).hexdigest(), one.id) for one in fitting)
    count = min(entry.count, len(order))
    first = day.toordinal() * count
    return tuple(order[(first + n) % len(order)][1] for n in range(count))


def coming(events: Iterable[Event], organisation: str, at: datetime, most: int = MOST) -> tuple[Event, ...]:
    """The next events of an organisation that take place and aren't over at the instant `at`, each title once."""
    off = (Status.CANCELLED, Status.POSTPONED)
    own = [e for e in events if e.organisation == organisation and e.ends_at > at and e.status not in off]
    by_title: dict[str, Event] = {}
    for event in sorted(own, key=lambda e: (e.starts_at, e.id)):
        by_title.setdefault(event.title.casefold(), event)
    return tuple(by_title.values())[:most]


def organisation_page(organisation: str, coming: Iterable[Event], at: datetime, zone: ZoneInfo) -> PagePlan:
    """A page about an organisation with what it has coming, a row each."""
    today = at.astimezone(zone).date()
    groups = []
    for event in coming:
        day = max(event.starts_at.astimezone(zone).date(), today)
        groups.append(Group(day, (day - today).days, (Row(event.id),)))
    return PagePlan("organisation", today, tuple(groups), organisation=organisation)


def _named(organisations: Sequence[Organisation], names: Sequence[str]) -> set[str]:
    everyone = {one.id: one.names for one in organisations}
    if not names:
        return set(everyone)
    index = NameIndex(dict(sorted(everyone.items())))
    return {found for name in names if (found := index.find(name)) is not None}


class OrganisationKindOfPage(PageKind[OrganisationPages]):
    name = "organisation"
    model = OrganisationPages
    order = 70
    made_of = "organisations"

    def content(self, entry: OrganisationPages, key: EntryKey, context: ScreenContext) -> EntryContent:
        events = context.pool(entry).events
        everyone = tuple(context.catalog.organisations.values())

        @cache
        def chosen(day: date) -> tuple[str, ...]:
            return of_the_day(everyone, events, entry, day)

        def pages(at: datetime) -> Sequence[PagePlan]:
            names = chosen(at.astimezone(context.zone).date())
            return [organisation_page(name, coming(events, name, at), at, context.zone) for name in names]

        return EntryContent((*(event.ends_at for event in events if event.organisation), *context.midnights()), pages)

    def context(self, plan: PagePlan, writer: PageWriter) -> OrganisationContext:
        """Who they are, and what they have coming."""
        assert plan.organisation is not None
        one = writer.catalog.organisations[plan.organisation]
        lines, wording = writer.lines, writer.wording
        rows: list[ComingContext] = []
        for group in plan.groups:
            date = writer.heading(group) if group.ahead < 2 else wording.day(group.day, "day_short")
            for row in group.rows:
                event = writer.events[row.event_id]
                said = lines.row(event, row, group, narrow=True)
                if not event.all_day and wording.first_day(event) == group.day:
                    said = {**said, "time": writer.words.pocket["at"].format(time=said["time"])}
                rows.append({**said, "date": date})
        return {
            "label": writer.words("get_to_know"),
            "name": lines.headline(one.name),
            "about": lines.broken(beginning(one.about, ABOUT_LENGTH)),
            "town": one.town,
            "picture": picture(writer.catalog.pictures.get(one.picture or "")),
            "coming_heading": writer.words("coming_up"),
            "rows": rows,
            **writer.link(one.contact or one.url),
        }

    def split(self, plan: PagePlan, excess: Excess = NO_EXCESS) -> list[PagePlan]:
        """It says less, and is not continued on a further page."""
        return without_last_row(plan, least=0)

    def usual_pages(self, entry: OrganisationPages) -> int:
        return entry.count

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        own = [event for event in material.events if event.organisation == material.organisation][:MOST]
        about = organisation_page(material.organisation, own, material.at, material.zone)
        bare = replace(about, groups=(), organisation=material.organisation_plain)
        return {"organisation": about, "organisation-plain": bare}


KIND = OrganisationKindOfPage()
