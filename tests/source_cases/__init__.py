"""One module for each source type: how a server that keeps to its contract answers. `CASES` finds them all."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from tests.source_cases.base import Case

CASES: dict[str, Case] = {
    found.name: import_module(f"{__name__}.{found.name}").CASE
    for found in iter_modules(__path__)
    if found.name != "base"
}
