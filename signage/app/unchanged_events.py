"""Work on the events of all sources, done again only when something that goes into it is different.

What is known here is of this process; another one does all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from signage.app import salvage
from signage.app.emoji import Found, texts_with_emoji
from signage.app.local_pictures import KeptPicture
from signage.app.organisation_sheet import Sheet, read_organisations
from signage.app.unchanged_files import FilesRead
from signage.config.models import Config
from signage.domain.model import News, Organisation, Picture, Record
from signage.errors import SignageError
from signage.events import Merged
from signage.events.organisations import Register, unknown_organisers
from signage.planning.empty_entries import entries_without_events
from signage.runtime.cancel import CancelToken
from signage.runtime.containment import Failures

T = TypeVar("T")


class LastResult(Generic[T]):
    """The last result of a piece of work, with the failures in it. Not for use from two threads at once."""

    def __init__(self) -> None:
        self._objects: Sequence[object] = ()
        self._values: Sequence[object] = ()
        self._made: tuple[T, Failures] | None = None

    def get(
        self, objects: Sequence[object], values: Sequence[object], failures: Failures, work: Callable[[Failures], T]
    ) -> T:
        """What `work` gives, which depends on nothing but these: `objects`, which are too large to be compared with
        others and never change, and `values`, which are compared.
        """
        if self._made is None or not self._same(objects, values):
            self._made = None  # before the next one is made: two of them are large
            found = Failures()
            self._made = work(found), found
            self._objects, self._values = tuple(objects), tuple(values)
        result, found = self._made
        failures.include(found)
        return result

    def _same(self, objects: Sequence[object], values: Sequence[object]) -> bool:
        return (
            len(objects) == len(self._objects)
            and all(a is b for a, b in zip(objects, self._objects, strict=True))
            and tuple(values) == self._values
        )


class EventWork:
    """Merging the records of all sources, and what is looked for in the events. Not for use from several threads."""

    def __init__(self) -> None:
        self._merged: LastResult[salvage.Salvaged] = LastResult()
        self._news: LastResult[tuple[News, ...]] = LastResult()
        self._doubts: LastResult[tuple[list[str], Found]] = LastResult()
        self._sheets: FilesRead[Sheet] = FilesRead()
        self._pictures: FilesRead[KeptPicture] = FilesRead()

    def organisations(
        self, config: Config, failures: Failures, cancel: CancelToken
    ) -> tuple[list[Organisation], list[str]]:
        """The sheet of organisations, if screens.toml names one. What is wrong in it costs what is wrong."""
        if not config.site.organisations:
            return [], []
        with failures.unit(f"the sheet of organisations, {config.site.organisations},"):
            try:
                return read_organisations(Path(config.site.organisations), cancel, self._sheets)
            except SignageError as error:
                return [], [str(error)]
        return [], []

    def pictures(
        self, config: Config, merged: Merged, images: Path, failures: Failures, cancel: CancelToken
    ) -> tuple[dict[str, Picture], list[str]]:
        """The pictures of files that screens.toml or the sheet of organisations names, as `salvage.pictures`."""
        named = [
            config.site.logo,
            *(sponsor.picture for sponsor in config.sponsors),
            *(organisation.picture or "" for organisation in merged.organisations),
        ]
        return salvage.pictures(named, images, failures, cancel, self._pictures)

    def merge(
        self, records: tuple[Record, ...], config: Config, listed: Sequence[Organisation], failures: Failures
    ) -> salvage.Salvaged:
        """As `salvage.merge`."""
        return self._merged.get(
            (records,), (config, listed), failures, lambda f: salvage.merge(records, config, listed, f)
        )

    def news(self, items: tuple[News, ...], failures: Failures) -> tuple[News, ...]:
        """As `salvage.news`."""
        return self._news.get((), (items,), failures, lambda f: salvage.news(items, f))

    def doubts(self, config: Config, merged: Merged, news: Sequence[News], whole: bool) -> tuple[Sequence[str], Found]:
        """What screens.toml names and the events don't have, and the texts with emoji. `whole`: as in the pipeline."""

        def look(_: Failures) -> tuple[list[str], Found]:
            found = unknown_organisers(config, Register(merged.organisations, merged.events))
            if whole:
                found += entries_without_events(config, merged.events)
            return found, texts_with_emoji(config, merged.events, news)

        return self._doubts.get((merged,), (config, news, whole), Failures(), look)
