"""What a build has read before it plans: the events of all sources, and everything else that pages may show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from signage.app.build_report import SourceReport
from signage.domain.live_data import WantedData
from signage.domain.model import News, Picture, Record
from signage.domain.poster_file import PosterFile
from signage.events import Merged
from signage.planning.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Gathered:
    """The sources' records, the events made of them, and how each source is. `warnings`: about organisations and files.
    `pictures`: those of files that screens.toml or the sheet names, by path. `problems`: what was left out because it
    failed. `posters`: the files of each path that a playlist names. `data`: live data, and tables.
    """

    records: tuple[Record, ...]
    merged: Merged
    news: tuple[News, ...]
    sources: tuple[SourceReport, ...]
    data_as_of: datetime | None
    warnings: tuple[str, ...] = ()
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    posters: Mapping[str, tuple[PosterFile, ...]] = field(default_factory=dict)
    data: Mapping[WantedData, object] = field(default_factory=dict)

    @property
    def catalog(self) -> Catalog:
        """Everything that pages may show."""
        merged = self.merged
        return Catalog.of(merged.events, self.news, merged.organisations, self.pictures, self.posters, self.data)
