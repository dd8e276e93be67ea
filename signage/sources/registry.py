"""Which source types there are: every file in `types/` is one, under its own name. Imported when it is needed.

docs/adding-a-source.md says what such a file holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from inspect import getmembers, isclass
from pkgutil import iter_modules
from typing import Any

from signage.config.sources import Source, accept_source_types
from signage.sources import types
from signage.sources.base import SourceType

SOURCE_TYPES: tuple[str, ...] = tuple(sorted(module.name for module in iter_modules(types.__path__)))


@cache
def source_type(name: str) -> SourceType[Any]:
    """The type with this name. Raises KeyError for an unknown name."""
    if name not in SOURCE_TYPES:
        raise KeyError(name)
    module = import_module(f"{types.__name__}.{name}")
    made = [
        each
        for _, each in getmembers(module, isclass)
        if issubclass(each, SourceType) and each.__module__ == module.__name__
    ]
    if len(made) != 1:
        raise TypeError(f"{module.__name__} must have one class that is a SourceType, not {len(made)}")
    return made[0]()


def by_likelihood() -> list[str]:
    """The names of the types in the order in which an unknown address is tried."""
    return sorted(SOURCE_TYPES, key=lambda name: (source_type(name).order, name))


class _Models(Mapping[str, type[Source]]):
    """What a section of each type accepts. A type is only imported when its model is asked for."""

    def __getitem__(self, name: str) -> type[Source]:
        return source_type(name).settings

    def __iter__(self) -> Iterator[str]:
        return iter(SOURCE_TYPES)

    def __len__(self) -> int:
        return len(SOURCE_TYPES)

    def __contains__(self, name: object) -> bool:
        return name in SOURCE_TYPES


accept_source_types(_Models())
