"""Ask every source for its events. In: addresses and a window of days. Out: raw records, or a clear failure.

A source type is one file with a class that has `fetch` and `parse`, and one line here.
"""

from __future__ import annotations

from collections.abc import Mapping

from signage.sources.base import SourceType
from signage.sources.ical import ICal
from signage.sources.wis import Wis

SOURCE_TYPES: Mapping[str, SourceType] = {
    "wis": Wis(),
    "ical": ICal(),
}

__all__ = ["SOURCE_TYPES", "SourceType"]
