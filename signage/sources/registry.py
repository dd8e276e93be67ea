"""Which source types there are: the word in screens.toml, and the class that reads it. Imported when it is needed.

A new type is one file and one line here (docs/adding-a-source.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signage.sources.base import SourceType

SOURCE_TYPES: Mapping[str, str] = {
    "wis": "signage.sources.types.wis:Wis",
    "ical": "signage.sources.types.ical:ICal",
    "jsonld": "signage.sources.types.jsonld:JsonLd",
    "rss": "signage.sources.types.rss:Rss",
    "tec": "signage.sources.types.tec:TheEventsCalendar",
    "checkin": "signage.sources.types.checkin:Checkin",
    "facebook": "signage.sources.types.facebook:Facebook",
    "frivilligsentral": "signage.sources.types.frivilligsentral:Frivilligsentral",
    "csv": "signage.sources.types.csv:Csv",
    "eventim": "signage.sources.types.eventim:Eventim",
}


@cache
def source_type(name: str) -> SourceType:
    """The type with this name. Raises KeyError for a name that is none."""
    module, _, class_name = SOURCE_TYPES[name].partition(":")
    made: SourceType = getattr(import_module(module), class_name)()
    return made
