"""The words that pages say by themselves: one TOML file per language, so that a speaker can add one. Reads files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from signage.errors import SignageError

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Words:
    """One language: `locale` for Babel (dates), `hyphens` for Pyphen, and patterns and phrases by their keys."""

    language: str
    locale: str
    hyphens: str
    phrases: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """The phrase of this key with its {names} filled in; KeyError for a phrase that the file lacks."""
        return self.phrases[key].format(**values)


@lru_cache
def load(language: str) -> Words:
    """Read the words of a language ("nb")."""
    path = FOLDER / f"{language}.toml"
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SignageError(f'no words for the language "{language}": write signage/languages/{language}.toml') from None
    return Words(language, data["locale"], data["hyphens"], data["phrases"])
