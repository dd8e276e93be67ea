"""Live data: one file for each type. Imported when a screen shows some."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from inspect import getmembers, isclass
from pkgutil import iter_modules
from typing import Any

from signage.sources.live.base import LiveData

__all__ = ["LiveData", "live_types"]


@cache
def live_types() -> dict[str, LiveData[Any]]:
    """Every type, by its name."""
    found: dict[str, LiveData[Any]] = {}
    for one in iter_modules(__path__):
        module = import_module(f"{__name__}.{one.name}")
        own = [each for _, each in getmembers(module, isclass) if each.__module__ == module.__name__]
        found |= {each.name: each() for each in own if issubclass(each, LiveData) and each is not LiveData}
    return found
