"""What pydantic found -> which setting it is about, and a sentence for people. Pure.

pydantic's own messages ("Input should be a valid integer") never reach anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from signage.config import models
from signage.config.base import AS_WRITTEN
from signage.config.playlist import ENTRIES, ZONES
from signage.config.positions import Path
from signage.config.sources import Source, source_models
from signage.config.words import Advice, SettingError, did_you_mean, one_of, written


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: which setting, what about it, where to point (its name or its value), and whether it may only be
    there because another part of the file could not be read."""

    path: Path
    message: str
    hint: str = ""
    at: Literal["key", "value"] = "value"
    needs_whole_file: bool = False


def explain(errors: Iterable[ErrorDetails], data: Any) -> list[Finding]:
    """pydantic's errors about `data`, each in plain words; several about one setting become one."""
    findings: dict[Path, Finding] = {}
    for error in errors:
        finding = _finding(error, data)
        findings.setdefault(finding.path, finding)
    return list(findings.values())


def value_at(path: Path, data: Any) -> Any:
    """The value in the parsed file, or None."""
    for part in path:
        if isinstance(data, dict) and part not in data:
            part = AS_WRITTEN.get(part, part)
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _finding(error: ErrorDetails, data: Any) -> Finding:
    kind, path = error["type"], _path(error["loc"])
    if kind == "missing":
        return Finding(path, *_missing(path, data), needs_whole_file=True)
    if kind == "extra_forbidden":
        return Finding(path, *_unknown(path, data), at="key")
    if kind == "union_tag_not_found":
        return Finding((*path, "show"), "This is missing.", f"write {one_of(_kinds(path))}.", needs_whole_file=True)
    if kind == "union_tag_invalid":
        return Finding((*path, "show"), *_not_among(value_at((*path, "show"), data), _kinds(path)))
    if kind == "source_key":
        return Finding((*path, error["ctx"]["key"]), error["ctx"]["message"], error["ctx"]["hint"])
    at: Literal["key", "value"] = "key" if error["loc"][-1] == "[key]" else "value"
    return Finding(path, *_sentence(error, path, data), at=at, needs_whole_file=kind == "too_short")


def _kinds(path: Path) -> list[str]:
    """What an entry of a playlist can show, and what a zone of a split page can."""
    return [kind for kind, known in ENTRIES.items() if path[-1] not in ZONES or known.zone]


def _path(loc: tuple[int | str, ...]) -> Path:
    """pydantic's location without what it adds: the kind of a playlist entry, members of a union, "[key]"."""
    path: list[int | str] = []
    for index, part in enumerate(loc):
        kind_of_entry = index > 1 and loc[index - 2] == "playlist" and isinstance(loc[index - 1], int)
        kind_of_zone = index > 3 and loc[index - 1] in ZONES and "playlist" in path
        if kind_of_entry or kind_of_zone or part == "[key]":
            continue
        path.append(part)
        if part == "place" and "playlist" in path:
            break  # the rest says which of the ways to write a filter's place it failed to be
    return tuple(path)


def _headings() -> dict[str, tuple[type[BaseModel], ...]]:
    return {
        "under [site]": (models.Site,),
        "under [site.colours]": (models.Colours,),
        "under a [places.…]": (models.Place,),
        "under a [screens.…]": (models.Screen,),
        "under a [[sources]]": (models.Source,),
        "under a [[hold_back]]": (models.HoldBack,),
        "in a line of a playlist": tuple(kind.model for kind in ENTRIES.values()),
        "under a [[sponsors]]": (models.Sponsor,),
        "under [site.fonts]": (models.Fonts,),
    }


def _names(model: type[BaseModel]) -> list[str]:
    """The settings of a model as the file writes them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _fields(path: Path, data: Any) -> dict[str, str]:
    """The settings that the table at `path` may hold, with their descriptions."""
    match path:
        case ():
            model: type[BaseModel] | None = models.Config
        case ("site",):
            model = models.Site
        case ("site", "colours"):
            model = models.Colours
        case ("sources", _):
            model = source_models().get(str(value_at((*path, "type"), data)), Source)
        case ("hold_back", _):
            model = models.HoldBack
        case ("places", _):
            model = models.Place
        case ("screens", _):
            model = models.Screen
        case ("site", "fonts"):
            model = models.Fonts
        case ("sponsors", _):
            model = models.Sponsor
        case ("screens", _, "playlist", _) | ("screens", _, "playlist", _, "main" | "side"):
            kind = ENTRIES.get(str(value_at((*path, "show"), data)))
            model = kind.model if kind else None
        case _:
            model = None
    fields = model.model_fields if model else {}
    return {field.alias or name: field.description or "" for name, field in fields.items()}


_SECRETS = frozenset(("token", "access_token", "password", "secret", "api_key", "key"))


def _missing(path: Path, data: Any) -> Advice:
    meaning = _fields(path[:-1], data).get(str(path[-1]), "").rstrip(".")
    return Advice("This is missing.", f"it is {meaning[:1].lower()}{meaning[1:]}." if meaning else "")


def _unknown(path: Path, data: Any) -> Advice:
    table, name = path[:-1], str(path[-1])
    if table[:1] == ("sources",) and name in _SECRETS:
        places = [key for key in _fields(table, data) if key.endswith(("_env", "_file"))]
        hint = f"write {' or '.join(places)}." if places else "delete this line."
        return Advice("Secrets don't belong in this file, which many can read.", hint)
    known = list(_fields(table, data))
    suggestion = did_you_mean(name, known)
    if suggestion:
        return Advice(f'There is no setting "{name}" here.', suggestion)
    if "playlist" in table:
        homes = [show for show, kind in ENTRIES.items() if name in _names(kind.model)]
        if homes:
            show = written(value_at((*table, "show"), data))
            return Advice(f'"{name}" can\'t be used with show = {show}.', f"it belongs to {one_of(homes)}.")
    if table[:1] == ("sources",):
        types = [each for each, model in source_models().items() if name in model.own_settings()]
        if types:
            given = written(value_at((*table, "type"), data))
            return Advice(f'"{name}" can\'t be used with type = {given}.', f"it belongs to {one_of(types)}.")
    homes = [heading for heading, models_there in _headings().items() for m in models_there if name in _names(m)]
    if homes:
        return Advice(f'"{name}" belongs {homes[0]}, not here.', "look at the last heading above it.")
    listed = f"the settings here are {', '.join(known)}." if known else ""
    return Advice(f'There is no setting "{name}" here.', listed)


def _not_among(value: Any, known: Iterable[object]) -> Advice:
    words = list(known)
    hint = did_you_mean(value, [str(word) for word in words])
    return Advice(f"This must be {one_of(words)}, not {written(value)}.", hint)


_PATTERNS = {
    "#": 'This must be a colour like "#0c1f2c"',
    "x": 'This must be width x height in pixels, like "1920x1080"',
    "-": 'This must be a short name of small letters a-z, digits and hyphens, like "hemne-bibliotek"',
}
_PLAIN = {
    **dict.fromkeys(("int_parsing", "int_type", "int_from_float", "int_parsing_size"), "This must be a whole number"),
    **dict.fromkeys(("float_parsing", "float_type", "finite_number"), "This must be a number"),
    **dict.fromkeys(("bool_parsing", "bool_type"), "This must be true or false"),
    "string_type": "This must be text in quotation marks",
    "list_type": 'This must be a list, like ["one", "two"]',
    **dict.fromkeys(
        ("model_type", "model_attributes_type", "dict_type"), "This must be a table with settings of its own"
    ),
}
_LIMITS = {
    "greater_than": "This must be more than {gt:g}",
    "greater_than_equal": "This must be at least {ge:g}",
    "less_than_equal": "This must be at most {le:g}",
}
_ITEMS = {"sources": "source", "hold_back": "rule", "screens": "screen", "playlist": "page", "languages": "language"}


def _sentence(error: ErrorDetails, path: Path, data: Any) -> Advice:
    kind, context, value = error["type"], error.get("ctx", {}), value_at(path, data)
    not_this = f", not {written(value)}."
    if path[-1:] == ("place",) and "playlist" in path:
        return _filter_place(value, data)
    if kind == "value_error":
        wrong = context["error"]
        return Advice(wrong.message, wrong.hint) if isinstance(wrong, SettingError) else Advice(f"{wrong}.")
    if kind == "literal_error":
        words = [text or int(digits) for text, digits in re.findall(r"'([^']*)'|(\d+)", context["expected"])]
        return _not_among(value, words)
    if kind == "string_pattern_mismatch":
        rule = next(text for mark, text in _PATTERNS.items() if mark in context["pattern"])
        return Advice(rule + (f", not {written(path[-1])}." if error["loc"][-1] == "[key]" else not_this))
    if kind in _PLAIN:
        return Advice(_PLAIN[kind] + not_this)
    if kind in _LIMITS:
        return Advice(_LIMITS[kind].format(**context) + not_this)
    if kind == "string_too_long":
        return Advice(f"This has {len(str(value))} letters.", f"at most {context['max_length']} fit.")
    if kind == "string_too_short":
        return Advice("This is empty.", "write something, or delete the line.")
    if kind == "too_short":
        return Advice("This list is empty.", f"it needs at least one {_ITEMS.get(str(path[-1]), 'entry')}.")
    if kind.startswith("url"):
        hint = f'did you mean "https://{value}"?' if re.fullmatch(r"[\w.-]+\.\w+(/\S*)?", str(value)) else ""
        return Advice(f'This must be a web address like "https://iheim.no"{not_this}', hint)
    if kind.startswith("date"):
        return Advice(f"This must be a day like 2026-09-20 or a time like 2026-09-20T18:00:00{not_this}")
    return Advice(f"This can't be {written(value)}.")


def _filter_place(value: Any, data: Any) -> Advice:
    places = value_at(("places",), data)
    if isinstance(value, str) and isinstance(places, dict) and value in places:
        return Advice('This must be "here", "anywhere" or a list.', f'write ["{value}"].')
    return Advice(
        f'This must be "here", "anywhere" or a list of places, like ["hemne-bibliotek"], not {written(value)}.'
    )
