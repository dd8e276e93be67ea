"""The words that pages say by themselves: one TOML file per language, so that a speaker can add one. Reads files.

`nb.toml` is the measure: the other files say what it says, with the same {names} to fill in.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from signage.config.words import did_you_mean
from signage.errors import SignageError

FOLDER = Path(__file__).parent
MEASURE = FOLDER / "nb.toml"
SETTINGS = ("locale", "hyphens")
TYPOGRAPHY = ("clock", "before", "units", "numbered", "versus")
TABLES = ("phrases", "plurals", "pocket", "weather")  # pocket: the pages for telephones
# {names} that every file may use in a phrase although nb.toml has no use for them.
OFFERED = {"phrases.until_day": {"weekday", "date"}}


@dataclass(frozen=True, slots=True)
class Words:
    """One language: `locale` for Babel (dates), `hyphens` for Pyphen, and patterns and phrases by their keys.

    `plurals` are phrases that change with a number: by key, a form for each plural category that CLDR gives the
    language ("one", "few", "many", "other"). `pocket` are the phrases of the pages for telephones, and `weather` those
    of the weather. `typography`: the words that set a text, by TYPOGRAPHY. `script`: the first word of its letters'
    Unicode names ("CYRILLIC"), when they aren't Latin: a word in them is hyphenated by this language wherever it
    occurs.
    """

    language: str
    locale: str
    hyphens: str
    phrases: Mapping[str, str]
    plurals: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    pocket: Mapping[str, str] = field(default_factory=dict)
    weather: Mapping[str, str] = field(default_factory=dict)
    typography: Mapping[str, Sequence[str]] = field(default_factory=dict)
    script: str = ""

    def __call__(self, key: str, **values: object) -> str:
        """The phrase of this key with its {names} filled in; KeyError for a phrase that no language has."""
        return self.phrases[key].format(**values)

    def plural(self, key: str, number: int) -> str:
        """The phrase in the form that goes with the number; {n} in it is the number."""
        return self.plurals[key][_category(self.locale, number)].format(n=number)


@lru_cache(1)
def norwegian_compound_parts() -> frozenset[str]:
    """What Norwegian compounds are made of, in lower case."""
    lines = (FOLDER / "compounds.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@lru_cache(256)
def _category(locale: str, number: int) -> str:
    from babel import Locale

    return str(Locale.parse(locale).plural_form(number))


@lru_cache
def _measure() -> dict[str, Any]:
    return tomllib.loads(MEASURE.read_text("utf-8"))


@lru_cache
def load(language: str) -> Words:
    """Read the words of a language ("nb"). Raises SignageError that names the file and all that is wrong in it."""
    path = FOLDER / f"{language}.toml"
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise SignageError(f'There is no file for the language "{language}".', hint=f"write {path}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SignageError(f"A language file can't be read: {error}.", f"The file is {path}.") from error
    if faults := list(_faults(data, _measure())):
        raise SignageError("\n".join(f"{path}: {fault}" for fault in faults))
    tables = (data.get(table, {}) for table in TABLES)
    more = {"typography": data.get("typography", {}), "script": data.get("script", "").upper()}
    return Words(language, data["locale"], data["hyphens"], *tables, **more)


@lru_cache
def every() -> tuple[Words, ...]:
    """All languages that there are. A text of a source may be in any of them, whatever the screen's language is."""
    return tuple(load(path.stem) for path in sorted(FOLDER.glob("*.toml")))


def _faults(data: Mapping[str, Any], measure: Mapping[str, Any]) -> Iterator[str]:
    """What a speaker still has to do, a line each."""
    yield from (f"{key} is missing; nb.toml has {measure[key]}" for key in SETTINGS if key not in data)
    from babel import Locale, UnknownLocaleError

    tags: set[str] = set()
    try:
        if "locale" in data:
            tags = {*Locale.parse(str(data["locale"])).plural_form.tags, "other"}
    except (UnknownLocaleError, ValueError) as error:
        yield f"locale: {error}; write it like nb_NO"
    yield from _typography_faults(data.get("typography", {}))
    for table in TABLES:
        said, wanted = data.get(table, {}), measure.get(table, {})
        for key in sorted(said.keys() - wanted.keys()):
            yield "; ".join(filter(None, (f"{table}.{key}: no page uses it", did_you_mean(key, wanted))))
        for key, phrase in wanted.items():
            if key not in said:
                yield f"{table}.{key} is missing; nb.toml has {_example(phrase)}"
            elif table == "plurals":
                yield from _plural_faults(key, said[key], tags)
            else:
                yield from _name_faults(f"{table}.{key}", said[key], _names(phrase))


def _typography_faults(table: Mapping[str, Any]) -> Iterator[str]:
    for key, words in table.items():
        if key not in TYPOGRAPHY:
            yield f"typography.{key}: unknown, only {', '.join(TYPOGRAPHY)}"
        elif not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
            yield f'typography.{key}: write a list of words like ["kl", "kr"]'


def _plural_faults(key: str, forms: Any, tags: set[str]) -> Iterator[str]:
    if not isinstance(forms, dict):
        yield f"plurals.{key}: write a form for each of {', '.join(sorted(tags))}"
        return
    for tag in sorted(tags - forms.keys()):
        yield f"plurals.{key} lacks the form {tag}"
    for tag in sorted(forms.keys() - tags) if tags else ():
        yield f"plurals.{key}.{tag}: the language has no such form, only {', '.join(sorted(tags))}"
    for tag, phrase in forms.items():
        yield from _name_faults(f"plurals.{key}.{tag}", phrase, {"n"}, needs=False)


def _name_faults(key: str, phrase: Any, names: set[str], needs: bool = True) -> Iterator[str]:
    """{names} that nobody fills in, and a phrase that leaves out what it is about."""
    try:
        own = _names(phrase)
    except (ValueError, TypeError) as error:
        yield f"{key}: {error}"
        return
    offered = OFFERED.get(key, names)
    for name in sorted(own - offered):
        yield f"{key}: nothing fills in {{{name}}}" + (f", only {_braced(offered)}" if offered else "")
    if needs and key not in OFFERED:
        yield from (f"{key} leaves out {{{name}}}" for name in sorted(names - own))
    if needs and not phrase.strip():
        yield f"{key} is empty"


def _names(phrase: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name is not None}


def _braced(names: set[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))


def _example(phrase: Any) -> str:
    return f'"{phrase}"' if isinstance(phrase, str) else f'"{phrase["other"]}"'
