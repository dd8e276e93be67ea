"""Bookings and closures are not public events. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

_BOOKED = re.compile(
    r"^(?:utleid|utleigd|bortleid|reservert|booket|opptatt)\b|\b(?:utleid|utleigd)[)\].!]*$", re.IGNORECASE
)
_CLOSED = re.compile(r"^stengt\s*(?:$|[:.!–-]|(?:for|pga|p\.g\.a|grunnet|på grunn|hele|i dag|uke)\b)", re.IGNORECASE)
# "Privatøkonomi for unge" is a public event
_PRIVATE = re.compile(
    r"^privat(?:e|t)?\s*(?:$|[:.!–-]|(?:arrangement|fest|utleie|selskap|lag|bursdag|bryllup|møte)\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Held:
    """An occurrence that is kept off the screens, and why."""

    source: str
    uid: str
    title: str
    start: datetime | date
    reason: str

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%d}  {self.title}  ({self.source}:{self.uid}, {self.reason})"


def why_held(title: str) -> str | None:
    """Why an event with this clean title is kept off the screens; None when it isn't."""
    if _BOOKED.search(title):
        return "a booking"
    if _CLOSED.search(title):
        return "a closure"
    if _PRIVATE.search(title):
        return "private"
    return None
