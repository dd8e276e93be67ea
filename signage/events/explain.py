"""Say where each field of an event came from, and why records were joined or not, for `signage events --explain`. Pure.

It asks the same functions that merge: `fields.choose` for the fields, `matching.verdict` and `grouping.group` for the
rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypedDict

from signage.config.models import Config
from signage.domain.model import Event, Organisation, Record, Ticket
from signage.events import event_ids, merge_events, sort_out
from signage.events.fields import Chosen, Fields, Ranks, choose
from signage.events.grouping import Group, Grouping, group
from signage.events.lines import EventJson, as_line
from signage.events.matching import same_venue, verdict
from signage.events.occurrences import Occurrence

DAYS = timedelta(days=1)  # how far from the event's date others are looked at: a wrong date is often the day beside


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the event. `origins`: "source:uid" of those that it was taken from."""

    name: str
    value: str
    origins: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Other:
    """A record that could have been taken for the event, or was. `id`: "source:uid"; `start` in the site's zone."""

    id: str
    title: str
    start: datetime | date
    venue: str
    merged: bool
    why: str


class FieldJson(TypedDict):
    value: str
    origins: list[str]
    why: str


class OtherJson(TypedDict):
    id: str
    title: str
    start: str
    venue: str
    merged: bool
    why: str


class ExplanationJson(TypedDict):
    """`signage events --explain --json`; the event as in `signage events --json`."""

    id: str
    event: EventJson | None
    held: str | None
    fields: dict[str, FieldJson]
    others: list[OtherJson]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`event` is None for a record that is held back; `held` says why then."""

    id: str
    event: Event | None
    held: str = ""
    fields: tuple[Field, ...] = ()
    others: tuple[Other, ...] = ()

    def lines(self) -> list[str]:
        """For people, in English."""
        if self.event is None:
            return [f"{self.id} is held back: {self.held}"]
        found = [f'{self.id}: "{self.event.title}"', "", "Fields"]
        width = max((len(field.name) for field in self.fields), default=0)
        for field in self.fields:
            found.append(f"  {field.name:{width}}  {field.value}")
            found.append(f"  {'':{width}}  from {', '.join(field.origins)}: {field.why}")
        for heading, merged in (("Merged", True), ("Not merged", False)):
            some = [other for other in self.others if other.merged is merged]
            found += ["", heading] if some else []
            for other in some:
                venue = f", {other.venue}" if other.venue else ""
                found.append(f'  {other.id}  "{other.title}", {_moment(other.start)}{venue}')
                found.append(f"    {other.why}")
        return found

    def as_dict(self) -> ExplanationJson:
        """JSON data; the event as in `signage events --json`."""
        return {
            "id": self.id,
            "event": None if self.event is None else as_line(self.event),
            "held": self.held or None,
            "fields": {
                field.name: {"value": field.value, "origins": list(field.origins), "why": field.why}
                for field in self.fields
            },
            "others": [
                {
                    "id": other.id,
                    "title": other.title,
                    "start": other.start.isoformat(),
                    "venue": other.venue,
                    "merged": other.merged,
                    "why": other.why,
                }
                for other in self.others
            ],
        }


def explain(
    records: Iterable[Record], config: Config, event_id: str, organisations: Sequence[Organisation] = ()
) -> Explanation | None:
    """What became of an event's id, of "source:uid", or of a record's own "source:uid:date"; None: nothing has it.

    Of several events that fit (a series), the first one.
    """
    records = tuple(records)
    found, ranks = sort_out(records, config), Ranks(config)
    grouping = group(found.kept)
    groups = [tuple(ranks.sort(members)) for members in grouping.groups]
    ids = event_ids(groups)
    fitting = [i for i, members in enumerate(groups) if ids[i] == event_id] or [
        i for i, members in enumerate(groups) if any(_is(o, event_id) for o in members)
    ]
    if not fitting:
        held = next(((o, why) for o, why in found.held if _is(o, event_id)), None)
        return Explanation(f"{_name(held[0])}:{held[0].day}", None, held[1]) if held else None
    chosen = min(fitting, key=lambda i: (groups[i][0].starts_at, ids[i]))
    members = groups[chosen]
    events = {event.id: event for event in merge_events(records, config, organisations).events}
    event = events[ids[chosen]]
    others = [_joined(o, members) for o in members] if len(members) > 1 else []
    rest = [o for o in (*found.kept, *(o for o, _ in found.held)) if o not in members and _near(o, members)]
    reasons = {id(o): f"held back: {why}" for o, why in found.held}
    others += [
        _apart(o, members, grouping, groups, reasons.get(id(o)))
        for o in sorted(rest, key=lambda o: (abs(o.day - members[0].day), o.starts_at, o.key))
    ]
    return Explanation(event.id, event, "", tuple(_fields(event, choose(members, ranks))), tuple(others))


def _is(occurrence: Occurrence, wanted: str) -> bool:
    return wanted in (_name(occurrence), f"{_name(occurrence)}:{occurrence.day}")


def _near(other: Occurrence, members: Group) -> bool:
    """Whether it is about the same day and has a word of a title or the venue in common."""
    return any(
        abs(other.day - member.day) <= DAYS
        and (
            bool(other.said.words & member.said.words)
            or (other.where.known and member.where.known and same_venue(other.where, member.where))
        )
        for member in members
    )


def _joined(one: Occurrence, members: Group) -> Other:
    verdicts = [verdict(one, other) for other in members if other is not one]
    agreeing = next((v for v in verdicts if v.same), None)
    why = agreeing.reason if agreeing else "through another one that agrees with both"
    return Other(_name(one), one.title, one.start, one.venue, True, why)


def _apart(one: Occurrence, members: Group, grouping: Grouping, groups: Sequence[Group], held: str | None) -> Other:
    return Other(_name(one), one.title, one.start, one.venue, False, held or _why_apart(one, members, grouping, groups))


def _why_apart(one: Occurrence, members: Group, grouping: Grouping, groups: Sequence[Group]) -> str:
    """What keeps them apart: first a refusal of what agrees, then what comes closest to agreement."""
    together = next((found for found in groups if one in found), (one,))
    for refused in grouping.refused:
        pair = (refused.one, refused.other)
        if any(o in members for o in pair) and any(o in together for o in pair):
            return refused.reason
    verdicts = sorted((verdict(one, member) for member in members), key=lambda v: (not v.same, v.against))
    if verdicts[0].same:
        return f"joined with what it agrees with better: {', '.join(_name(o) for o in together if o is not one)}"
    return verdicts[0].reason


def _fields(event: Event, fields: Fields) -> Iterable[Field]:
    values: dict[str, tuple[Any, Chosen[Any]]] = {
        "title": (event.title, fields.title),
        "start": (_moment(event.start), fields.start),
        "end": (event.end and _moment(event.end), fields.end),
        "venue": (event.venue, fields.venue),
        "place": (event.place, fields.place),
        "organizer": (event.organizer, fields.organizer),
        "organizer_id": (event.organizer_id, fields.organizer_id),
        "categories": (", ".join(event.categories), fields.categories),
        "audiences": (", ".join(event.audiences), fields.audiences),
        "status": (event.status.value, fields.status),
        "ticket": (_ticket(event.ticket), fields.ticket),
        "url": (event.url, fields.url),
        "summary": (event.summary, fields.summary),
        "picture": (event.picture and f"{event.picture.width} x {event.picture.height} pixels", fields.picture),
    }
    for name, (value, chosen) in values.items():
        if value and chosen.told_by:
            yield Field(name, value, tuple(dict.fromkeys(_name(o) for o in chosen.told_by)), chosen.why)


def _ticket(ticket: Ticket) -> str:
    price = f"{ticket.price_from} {ticket.currency or ''}".strip() if ticket.price_from else ""
    price = f"from {price}" if price and ticket.price_to != ticket.price_from else price
    return ", ".join(filter(None, (ticket.kind.value, price, ticket.availability.value, ticket.url or "")))


def _moment(value: datetime | date) -> str:
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else f"{value} all day"


def _name(occurrence: Occurrence) -> str:
    return f"{occurrence.source}:{occurrence.uid}"
