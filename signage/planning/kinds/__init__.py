"""The page kinds: one file each, with everything about it in one object `KIND`. Every file in this folder is found.

In: occurrences, news and organisations, a line of a playlist, an instant. Out: page plans, and the data of each for its
template.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from signage.config.models import accept_entries
from signage.config.playlist import EntryType
from signage.planning.kinds.base import (
    KINDS,
    AnyKind,
    EntryContent,
    PageKind,
    SampleMaterial,
    ScreenContext,
    content,
    kind_of,
    page_context,
    renumber_pages,
    split_page,
    template_of,
    wanted_data,
    wanted_posters,
)

__all__ = [
    "KINDS",
    "TEMPLATES",
    "AnyKind",
    "EntryContent",
    "PageKind",
    "SampleMaterial",
    "ScreenContext",
    "content",
    "kind_of",
    "page_context",
    "renumber_pages",
    "split_page",
    "template_of",
    "wanted_data",
    "wanted_posters",
]


def _found() -> list[AnyKind]:
    modules = [import_module(f"{__name__}.{one.name}") for one in iter_modules(__path__) if one.name != "base"]
    return sorted((module.KIND for module in modules), key=lambda kind: (kind.order, kind.name))


KINDS.update((kind.name, kind) for kind in _found())
accept_entries({kind.name: EntryType(kind.model, kind.zone, kind.paths) for kind in KINDS.values() if kind.model})
TEMPLATES = tuple(dict.fromkeys(map(template_of, KINDS.values())))  # that a layout must have
