"""requests, without what the player never uses: to guess the encoding of a text takes 5 MB of tables.

The player reads bytes. Debian's requests loads chardet and charset_normalizer all the same, and idna before anybody
asks for a host beyond ASCII; that one is imported later, by whoever needs it.
"""

from __future__ import annotations

import sys
from types import ModuleType


def _stand_in(name: str) -> ModuleType:
    module = ModuleType(name)
    if name == "chardet":
        module.__version__ = "5.1.0"  # type: ignore[attr-defined]  # which every requests since 2.28 accepts
        module.detect = lambda data: {"encoding": None}  # type: ignore[attr-defined]  # it can't tell
    return module


_hidden = [name for name in ("chardet", "charset_normalizer", "idna") if name not in sys.modules]
for _name in _hidden:
    # what is None can't be imported, as if it were not installed
    sys.modules[_name] = None if _name == "charset_normalizer" else _stand_in(_name)  # type: ignore[assignment]
try:
    import requests
finally:
    for _name in _hidden:
        del sys.modules[_name]

__all__ = ["requests"]
