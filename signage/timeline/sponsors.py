"""Whose turn it is in the slot that sponsors share. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from signage.config.models import Sponsor


@dataclass(frozen=True, slots=True)
class Turn:
    start: datetime
    end: datetime
    sponsor: str


def deal(
    sponsors: Sequence[Sponsor],
    screen_id: str,
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
    lit: Sequence[tuple[datetime, datetime]],
    cycle_seconds: float,
) -> list[Turn]:
    return []
