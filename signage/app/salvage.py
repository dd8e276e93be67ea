"""Between collecting and planning: merge everything that can be merged, and name what can't."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from signage.app.local_pictures import KeptPicture, load_pictures
from signage.app.unchanged_files import FilesRead
from signage.config.built_in import find_layout
from signage.config.models import Config
from signage.domain.model import News, Organisation, Picture, Record
from signage.events import Merged, merge_events
from signage.events.news import clean_news
from signage.planning.kinds import TEMPLATES
from signage.rendering.layouts import Layout, load_layout, own_typefaces
from signage.runtime.cancel import CancelToken
from signage.runtime.containment import Failures, salvage


@dataclass(frozen=True, slots=True)
class Salvaged:
    """What was merged, and of which records: those without what makes the merging fail."""

    merged: Merged
    records: tuple[Record, ...]


def merge(
    records: Sequence[Record], config: Config, organisations: Sequence[Organisation], failures: Failures
) -> Salvaged:
    """Merge records and the rows of the sheet of organisations. One that makes the merging fail is left out."""

    def without_records(rows: Sequence[Organisation]) -> Sequence[Organisation]:
        merge_events((), config, rows)
        return rows

    listed = salvage(
        organisations, without_records, lambda row, error: failures.add(f'the organisation "{row.name}"', error)
    )
    return salvage(
        tuple(records),
        lambda some: Salvaged(merge_events(some, config, listed), tuple(some)),
        lambda one, error: failures.add(f'the record "{_short(one.title)}" ({one.source}:{one.uid})', error),
    )


def news(items: Iterable[News], failures: Failures) -> tuple[News, ...]:
    """The clean items of feeds. One that makes the cleaning fail is left out."""
    return salvage(
        tuple(items),
        clean_news,
        lambda item, error: failures.add(f'the news item "{_short(item.title)}" ({item.source}:{item.uid})', error),
    )


def pictures(
    paths: Iterable[str], images: Path, failures: Failures, cancel: CancelToken, known: FilesRead[KeptPicture]
) -> tuple[dict[str, Picture], list[str]]:
    """The pictures of files by path, and a sentence for each that can't be used. `known`: those read before."""
    return salvage(
        tuple(paths),
        lambda some: load_pictures(some, images, cancel=cancel, known=known),
        lambda path, error: failures.add(f"the picture {path}", error),
    )


def layouts(folder: Path, config: Config, failures: Failures) -> dict[str, Layout]:
    """The layouts that the screens name, loaded. One that can't be is left out, and so are its screens then."""
    typefaces = ""
    with failures.unit("the site's own typeface"):
        typefaces = own_typefaces(config.site.fonts)
    found: dict[str, Layout] = {}
    screens = config.screens.values()
    for name in sorted({name for screen in screens for name in (screen.layout, screen.night_layout) if name}):
        with failures.unit(f'the layout "{name}"'):
            found[name] = load_layout(find_layout(folder, name), TEMPLATES).with_typefaces(typefaces)
    return found


def _short(title: str) -> str:
    """The beginning of a title as a source wrote it, on one line."""
    line = " ".join(title.split())
    return line if len(line) <= 60 else line[:59] + "…"
