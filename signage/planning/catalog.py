"""What page plans refer to by their ids: everything that may stand on a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from signage.domain.model import Event, News, Organisation, Picture
from signage.domain.page_plan import NewsKey
from signage.domain.poster_file import PosterFile


@dataclass(frozen=True, slots=True)
class Catalog:
    """Events, news and organisations by id. `pictures`: those of files that screens.toml or the sheet name, by path.

    `posters`: the files of each path that a playlist names, a file's or a folder's, in order.
    """

    events: Mapping[str, Event] = field(default_factory=dict)
    news: Mapping[NewsKey, News] = field(default_factory=dict)
    organisations: Mapping[str, Organisation] = field(default_factory=dict)
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    posters: Mapping[str, tuple[PosterFile, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        events: Iterable[Event],
        news: Iterable[News] = (),
        organisations: Iterable[Organisation] = (),
        pictures: Mapping[str, Picture] | None = None,
        posters: Mapping[str, tuple[PosterFile, ...]] | None = None,
    ) -> Catalog:
        """Everything under its id."""
        return cls(
            {event.id: event for event in events},
            keyed(news),
            {organisation.id: organisation for organisation in organisations},
            pictures or {},
            posters or {},
        )

    def picture_hashes(self) -> set[str]:
        """The sha256 of every picture of an event, and of every page that people put up."""
        pages = {page.picture.sha256 for files in self.posters.values() for file in files for page in file.pages}
        return pages | {event.picture.sha256 for event in self.events.values() if event.picture}


def keyed(news: Iterable[News]) -> dict[NewsKey, News]:
    """The items by source and uid; of two versions of one item the later."""
    ordered = sorted(news, key=lambda n: (n.published, n.title, n.text, n.url or ""))
    return {(item.source, item.uid): item for item in ordered}
