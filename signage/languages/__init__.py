"""The words that pages say by themselves: one TOML file per language, so that a speaker can add one. Reads files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from babel import Locale, UnknownLocaleError

from signage.errors import SignageError

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Words:
    """One language: `locale` for Babel (dates), `hyphens` for Pyphen, and patterns and phrases by their keys.

    `plurals` are phrases that change with a number: by key, a form for each plural category that CLDR gives the
    language ("one", "few", "many", "other"). `pocket` are the phrases of the pages for telephones.
    """

    language: str
    locale: str
    hyphens: str
    phrases: Mapping[str, str]
    plurals: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pocket: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, key: str, **values: object) -> str:
        """The phrase of this key with its {names} filled in; KeyError for a phrase that the file lacks."""
        return self.phrases[key].format(**values)

    def plural(self, key: str, number: int) -> str:
        """The phrase in the form that goes with the number; {n} in it is the number."""
        return self.plurals[key][_category(self.locale, number)].format(n=number)


@lru_cache(256)
def _category(locale: str, number: int) -> str:
    return str(Locale.parse(locale).plural_form(number))


@lru_cache
def load(language: str) -> Words:
    """Read the words of a language ("nb"). Raises SignageError that names the file and what it lacks."""
    path = FOLDER / f"{language}.toml"
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        words = Words(
            language, data["locale"], data["hyphens"], data["phrases"], data["plurals"], data.get("pocket", {})
        )
        tags = Locale.parse(words.locale).plural_form.tags | {"other"}
    except FileNotFoundError:
        raise SignageError(f'no words for the language "{language}": write signage/languages/{language}.toml') from None
    except tomllib.TOMLDecodeError as error:
        raise SignageError(f"{path}: {error}") from error
    except KeyError as error:
        raise SignageError(f"{path}: {error} is missing; compare it with nb.toml") from None
    except UnknownLocaleError as error:
        raise SignageError(f"{path}: locale: {error}; write it like nb_NO") from None
    for key, forms in words.plurals.items():
        if missing := sorted(tags - set(forms)):
            raise SignageError(f"{path}: plurals.{key} lacks the form {', '.join(missing)}")
    return words
