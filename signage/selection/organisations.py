"""Which organisations a playlist entry shows on a day. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from signage.config.models import OrganisationPages
from signage.model import Event, Organisation


def of_the_day(
    organisations: Sequence[Organisation], events: Iterable[Event], entry: OrganisationPages, day: date
) -> tuple[str, ...]:
    return ()


def coming(events: Iterable[Event], organisation_id: str, at: datetime, most: int = 3) -> tuple[Event, ...]:
    return ()
