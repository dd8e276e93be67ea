"""How a source compares with how it usually is, and what a person should look at. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Literal

from signage.domain.model import Record, TicketKind

WEEK = timedelta(days=7)
HISTORY = timedelta(days=56)  # how far back "usually" looks
KNOWN_DAYS = 7  # fewer days than this don't show what a usual week is
USUAL_LEAST = 4.0  # events; half of less than this is chance
SILENT_AFTER = timedelta(days=28)  # an association that is alive changes its calendar within a month
SHAPE_RECORDS = 5  # fewer records than this don't show which fields a source has
SHAPE_SHARE = 0.5  # of the records had a field, so that its absence means something
SHAPE_ACCEPTED_AFTER = timedelta(days=7)  # then it is how the source is now

FIELDS = ("end", "time of day", "venue", "organiser", "text", "picture", "address", "category", "ticket")

AlarmKind = Literal["failing", "silent", "dropped", "reshaped"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something about a source that a person should look at, and since when."""

    kind: AlarmKind
    text: str
    since: datetime | None


def usual_week(counts: Sequence[int]) -> float | None:
    """The median of what a source had in the coming week, over the days that are known; None: too few are."""
    return float(median(counts)) if len(counts) >= KNOWN_DAYS else None


def fields_of(record: Record) -> tuple[str, ...]:
    """Which of the fields a record has that most of a source's records have, or none."""
    has = {
        "end": record.end is not None,
        "time of day": isinstance(record.start, datetime),
        "venue": bool(record.venue.strip()),
        "organiser": bool(record.organizer.strip()),
        "text": bool(record.description.strip()),
        "picture": record.picture_url is not None,
        "address": record.url is not None,
        "category": bool(record.categories),
        "ticket": record.ticket.kind is not TicketKind.UNKNOWN,
    }
    return tuple(name for name, there in has.items() if there)


def shape_of(counts: Mapping[str, int], records: int) -> dict[str, float]:
    """Which share of the records has each field; empty when there are too few to judge. `counts`: how many have it."""
    if records < SHAPE_RECORDS:
        return {}
    return {name: round(counts.get(name, 0) / records, 3) for name in FIELDS}


def compare_shapes(
    before: Mapping[str, float], lost: Mapping[str, datetime], now_has: Mapping[str, float], now: datetime
) -> tuple[dict[str, float], dict[str, datetime]]:
    """The shape to remember and the fields that are gone, each with since when.

    A field is gone when at least half of the records had it and none has it now. It is expected for some days more;
    then its absence is how the source is.
    """
    if not now_has:
        return dict(before), dict(lost)
    remembered, missing = dict(now_has), dict[str, datetime]()
    for name, share in before.items():
        if share >= SHAPE_SHARE and now_has.get(name, 0.0) == 0.0:
            since = lost.get(name, now)
            if now - since < SHAPE_ACCEPTED_AFTER:
                remembered[name], missing[name] = share, since
    return remembered, missing


def alarms(
    problem: str | None,
    problem_since: datetime | None,
    changed_at: datetime | None,
    week_events: int,
    usual: float | None,
    lost: Mapping[str, datetime],
    now: datetime,
) -> tuple[Alarm, ...]:
    """What a person should look at, the most serious first."""
    found = []
    if problem:
        found.append(Alarm("failing", problem, problem_since))
    if changed_at is not None and now - changed_at >= SILENT_AFTER:
        days = (now - changed_at).days
        found.append(
            Alarm(
                "silent",
                f"Nothing in it has changed for {days} days. Hint: check whether it is still in use.",
                changed_at,
            )
        )
    if usual is not None and usual >= USUAL_LEAST and week_events * 2 < usual:
        text = f"It has {week_events} events in the coming week. Usually it has {usual:g}."
        found.append(Alarm("dropped", text, None))
    if lost:
        fields = ", ".join(sorted(lost))
        found.append(
            Alarm(
                "reshaped",
                f"None of its events has these any more: {fields}. Hint: check whether the source has changed.",
                min(lost.values()),
            )
        )
    return tuple(found)
