"""What page plans refer to by their ids: everything that may stand on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from signage.domain.live_data import WantedData
from signage.domain.model import Event, News, Organisation, Picture
from signage.domain.page_plan import NewsKey
from signage.domain.poster_file import PosterFile
from signage.planning.event_index import EventIndex
from signage.planning.pagination import day_start, next_day


@dataclass(frozen=True)
class Catalog:
    """Events, news and organisations by id. `pictures`: those of files that screens.toml or the sheet name, by path.

    `posters`: the files of each path that a playlist names, a file's or a folder's, in order. `data`: live data
    and tables, each of its type's own class.
    """

    events: Mapping[str, Event] = field(default_factory=dict)
    news: Mapping[NewsKey, News] = field(default_factory=dict)
    organisations: Mapping[str, Organisation] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    posters: Mapping[str, tuple[PosterFile, ...]] = field(default_factory=dict)
    data: Mapping[WantedData, object] = field(default_factory=dict)

    def in_zone(self, zone: ZoneInfo) -> Catalog:
        """With events that have days and no times from midnight to midnight of a zone."""
        return replace(self, events={key: _days_in(event, zone) for key, event in self.events.items()})

    @classmethod
    def of(
        cls,
        events: Iterable[Event],
        news: Iterable[News] = (),
        organisations: Iterable[Organisation] = (),
        pictures: Mapping[str, Picture] | None = None,
        posters: Mapping[str, tuple[PosterFile, ...]] | None = None,
        data: Mapping[WantedData, object] | None = None,
    ) -> Catalog:
        """Everything under its id."""
        return cls(
            {event.id: event for event in events},
            keyed(news),
            {organisation.id: organisation for organisation in organisations},
            pictures or {},
            posters or {},
            data or {},
        )

    def picture_hashes(self) -> set[str]:
        """The sha256 of every picture of an event, and of every page that people put up."""
        pages = {page.picture.sha256 for files in self.posters.values() for file in files for page in file.pages}
        return pages | {event.picture.sha256 for event in self.events.values() if event.picture}

    @cached_property
    def index(self) -> EventIndex:
        """The events, for all lines of all playlists."""
        return EventIndex(self.events.values())


def _days_in(event: Event, zone: ZoneInfo) -> Event:
    if not event.all_day:
        return event
    assert not isinstance(event.start, datetime)
    first, last = event.start, event.end
    if last is None or isinstance(last, datetime) or last <= first:
        last = next_day(first)
    return replace(event, starts_at=day_start(first, zone), ends_at=day_start(last, zone))


def keyed(news: Iterable[News]) -> dict[NewsKey, News]:
    """The items by source and uid; of two versions of one item the later."""
    ordered = sorted(news, key=lambda n: (n.published, n.title, n.text, n.url or ""))
    return {(item.source, item.uid): item for item in ordered}
