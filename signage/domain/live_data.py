"""Data that is fetched for the screens that show it, and gets old within hours: the weather, for example."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WantedData:
    """What a line of a playlist needs. `type`: which of `signage.sources.live`; `subject`: of what ("63.3,9.1")."""

    type: str
    subject: str
