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
from signage.config.alerts import Alerts, PreparedAlert
from signage.config.base import LISTED, NAMED
from signage.config.defaults import where_written
from signage.config.playlist import ENTRIES, ZONES, OneOf, SharedPlaylist, Use
from signage.config.positions import Path
from signage.config.sources import Source, address_advice, source_models
from signage.config.syntax_advice import odd_space
from signage.config.value_advice import (
    PATTERN_HINTS,
    PATTERNS,
    as_plain,
    filter_place,
    hours_advice,
    not_among,
    value_at,
)
from signage.config.words import (
    Advice,
    SettingError,
    closest,
    did_you_mean,
    listed_heading,
    named_heading,
    one_of,
    written,
)
from signage.config.written_dates import date_advice


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem: which setting, what about it, where to point (its name or its value), and whether it may only be
    there because another part of the file could not be read. `missing`: the section and the name that isn't there."""

    path: Path
    message: str
    hint: str = ""
    at: Literal["key", "value"] = "value"
    needs_whole_file: bool = False
    missing: tuple[str, str] | None = None


def explain(errors: Iterable[ErrorDetails], data: Any) -> list[Finding]:
    """pydantic's errors about `data`, each in plain words; several about one setting become one."""
    findings: dict[Path, Finding] = {}
    for error in errors:
        path = _path(error["loc"])
        if where_written(path, data) != path and path[:1] == ("screens",):
            continue  # a default, which is in every screen: the error is there once more, where it is written
        finding = _finding(error, data)
        findings.setdefault(finding.path, finding)
    return list(findings.values())


def in_playlist(path: Path) -> bool:
    """Whether a path leads into a playlist: a screen's own, or a shared one."""
    return len(path) > 2 and (path[0], path[2]) in (("screens", "playlist"), ("playlists", "entries"))


LONGEST_NAME = 80  # letters; in anything longer, a no-break space isn't what is wrong


def _finding(error: ErrorDetails, data: Any) -> Finding:
    path = _path(error["loc"])
    if path[-1:] == ("weekdays",) and path[-1] not in (value_at(path[:-1], data) or ()):
        path = (*path[:-1], "days")
    if error["type"] == "union_tag_invalid":
        path = (*path, "show")
    is_name = error["type"] == "extra_forbidden" or error["loc"][-1] == "[key]"
    text = path[-1] if is_name and path else value_at(path, data)
    if isinstance(text, str) and len(text) <= LONGEST_NAME and (odd := odd_space(text)):
        clean = " ".join(
            "".join(
                " " if letter.isspace() else letter for letter in text if odd_space(letter) is None or letter.isspace()
            ).split()
        )
        message = odd.message.replace(" here", f" in {written(clean)}")
        return Finding(
            path, message, f'write "{clean}" again, with ordinary letters and spaces.', at="key" if is_name else "value"
        )
    return _pydantic_finding(error, path, data)


def _pydantic_finding(error: ErrorDetails, path: Path, data: Any) -> Finding:
    kind = error["type"]
    if kind == "missing":
        return Finding(path, *_missing(path, data), needs_whole_file=True)
    if kind == "extra_forbidden":
        return Finding(path, *_unknown(path, data), at="key")
    if kind == "union_tag_not_found":
        entry = value_at(path, data)
        for name in entry if isinstance(entry, dict) else ():
            if meant := closest(name, ["show"] if path[-1] in ZONES else ["show", "use", "one_of"]):
                hint = f'did you mean "{meant}"?'
                return Finding((*path, name), f'There is no setting "{name}" here.', hint, at="key")
        return Finding((*path, "show"), "This is missing.", f"write {one_of(_kinds(path))}.", needs_whole_file=True)
    if kind == "union_tag_invalid":
        return Finding(path, *not_among(value_at(path, data), _kinds(path[:-1])))
    if kind == "source_key":
        return Finding((*path, error["ctx"]["key"]), error["ctx"]["message"], error["ctx"]["hint"])
    at: Literal["key", "value"] = "key" if error["loc"][-1] == "[key]" else "value"
    if at == "key" and path[-2:-1] == ("hours",) and (advice := date_advice(_with_points(path, data))):
        return Finding(path, *advice, at=at)
    return Finding(path, *_sentence(error, path, data), at=at, needs_whole_file=kind == "too_short")


def _with_points(path: Path, data: Any) -> str:
    """A name as it was written when its points made tables of it: 24.12.2026 = "closed"."""
    names, value = [str(path[-1])], value_at(path, data)
    while isinstance(value, dict) and len(value) == 1:
        ((name, value),) = value.items()
        names.append(name)
    return ".".join(names)


def _kinds(path: Path) -> list[str]:
    """What an entry of a playlist can show, and what a zone of a split page can."""
    return [kind for kind, known in ENTRIES.items() if path[-1] not in ZONES or known.zone]


def _path(loc: tuple[int | str, ...]) -> Path:
    """pydantic's location without what it adds: the kind of a playlist entry, members of a union, "[key]"."""
    path: list[int | str] = []
    for index, part in enumerate(loc):
        inside = in_playlist(tuple(path))
        kind_of_entry = inside and isinstance(loc[index - 1], int) and path[-2] in ("playlist", "entries", "one_of")
        kind_of_zone = index > 3 and loc[index - 1] in ZONES and inside
        if kind_of_entry or kind_of_zone or part == "[key]":
            continue
        path.append(part)
        if part == "place" and in_playlist(tuple(path)):
            break  # the rest says which of the ways to write a filter's place it failed to be
    return tuple(path)


def _headings() -> dict[str, tuple[type[BaseModel], ...]]:
    return {
        "under [site]": (models.Site,),
        "under [site.colours]": (models.Colours,),
        "under a [places.…]": (models.Place,),
        "under a [screens.…]": (models.Screen,),
        "under a [groups.…]": (models.Group,),
        "under a [[sources]]": (models.Source,),
        "under a [[hold_back]]": (models.HoldBack,),
        "under a [playlists.…]": (SharedPlaylist,),
        "in a line of a playlist": (*(kind.model for kind in ENTRIES.values()), Use, OneOf),
        "under a [[alert_feeds]]": (models.AlertFeed,),
        "under a [[sponsors]]": (models.Sponsor,),
        "under [site.fonts]": (models.Fonts,),
        "under [alerts]": (Alerts,),
        "under a [prepared_alerts.…]": (PreparedAlert,),
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
        case ("alert_feeds", _):
            model = models.AlertFeed
        case ("alert_feeds", _, "show"):
            model = models.ShownAs
        case ("sponsors", _):
            model = models.Sponsor
        case ("defaults",):
            model = models.Defaults
        case ("groups", _):
            model = models.Group
        case ("playlists", _):
            model = SharedPlaylist
        case ("alerts",):
            model = Alerts
        case ("prepared_alerts", _):
            model = PreparedAlert
        case _ if in_playlist(path) and len(path) > 3:
            entry = value_at(path, data)
            special: dict[str, type[BaseModel]] = {"use": Use, "one_of": OneOf}
            kind = ENTRIES.get(str(value_at((*path, "show"), data)))
            model = next((special[word] for word in special if word in (entry or ())), kind.model if kind else None)
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
        likely = [place for place in places if place.startswith(name)] or places
        hint = f"delete this line, and write {' or '.join(likely)}." if places else "delete this line."
        return Advice("Secrets don't belong in this file, which many can read.", hint)
    known = list(_fields(table, data))
    if in_playlist(table):
        homes = [show for show, kind in ENTRIES.items() if name in _names(kind.model)]
        if homes:
            entry = value_at(table, data)
            word = next((word for word in ("use", "one_of", "show") if word in entry), "show")
            given = written(entry.get(word))
            return Advice(f'"{name}" can\'t be used with {word} = {given}.', f"it belongs to {one_of(homes)}.")
    suggestion = did_you_mean(name, known)
    if table[:1] == ("playlists",) and name == "playlist":
        suggestion = 'did you mean "entries"?'
    if suggestion:
        return Advice(f'There is no setting "{name}" here.', suggestion)
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


_LISTED = {(name,) for name in LISTED}
_NAMED = {(name,) for name in NAMED}


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


_ITEMS = {
    **{"sources": "source", "hold_back": "rule", "screens": "screen", "languages": "language"},
    **dict.fromkeys(("playlist", "entries", "one_of"), "page"),
}


def _sentence(error: ErrorDetails, path: Path, data: Any) -> Advice:
    kind, context, value = error["type"], error.get("ctx", {}), value_at(path, data)
    not_this = f", not {written(value)}."
    if path[-1:] == ("place",) and in_playlist(path):
        return filter_place(value, data)
    if kind == "value_error":
        wrong = context["error"]
        if path[-1:] == ("days",) and isinstance(_fields(path[:-1], data).get("days"), str):
            hint = as_plain("int_type", value) or (wrong.hint if re.search(r"[-–,]", str(value)) else "")
            return Advice(f'This must be a whole number, or weekdays like "mon-fri"{not_this}', hint)
        return Advice(wrong.message, wrong.hint) if isinstance(wrong, SettingError) else Advice(f"{wrong}.")
    if kind == "literal_error":
        words = [text or int(digits) for text, digits in re.findall(r"'([^']*)'|(\d+)", context["expected"])]
        return not_among(value, words)
    if kind == "string_pattern_mismatch":
        mark, rule = next((mark, text) for mark, text in PATTERNS.items() if mark in context["pattern"])
        is_name = error["loc"][-1] == "[key]"
        wrong = str(path[-1] if is_name else value)
        return Advice(f"{rule}, not {written(wrong)}.", PATTERN_HINTS[mark](wrong, path, is_name, data))
    if kind == "list_type" and path in _LISTED and isinstance(value, dict):
        return listed_heading(str(path[0]), value)
    if kind in ("dict_type", "model_type") and path in _NAMED and isinstance(value, list) and value:
        return named_heading(str(path[0]), value)
    if kind == "model_type" and len(path) == 2 and path[0] in NAMED and isinstance(value, list):
        return Advice("This heading must have single brackets.", f"write [{path[0]}.{path[1]}].")
    if kind == "list_type" and isinstance(value, dict) and path[-1:] == ("one_of",):
        return Advice("This must be a list of entries.", "write [ { … }, { … } ].")
    if kind == "list_type" and isinstance(value, str) and path not in _LISTED:
        items = ", ".join(f'"{item.strip()}"' for item in value.split(",") if item.strip())
        return Advice(_PLAIN[kind] + not_this, f"write [{items}].")
    if kind == "dict_type" and path[-1:] == ("hours",):
        return hours_advice(value)
    if kind == "string_type" and path[-1:] == ("days",):
        kinds = one_of(show for show, known in ENTRIES.items() if "days" in known.model.model_fields)
        return Advice(f"These must be weekdays, not {written(value)}.", f'write "mon-fri"; {kinds} have a number.')
    if kind == "list_type" and path[-1:] == ("dates",):
        return Advice(f"This must be a list of days{not_this}", f"write [{str(value)[:10]}].")
    if kind in _PLAIN:
        return Advice(_PLAIN[kind] + not_this, as_plain(kind, value))
    if kind in _LIMITS:
        return Advice(_LIMITS[kind].format(**context) + not_this)
    if kind == "string_too_long":
        return Advice(f"This has {len(str(value))} letters.", f"at most {context['max_length']} fit.")
    if kind == "string_too_short":
        return Advice("This is empty.", "write something, or delete the line.")
    if kind == "too_short":
        return Advice("This list is empty.", f"it needs at least one {_ITEMS.get(str(path[-1]), 'entry')}.")
    if kind.startswith("url"):
        return address_advice(str(value), 'like "https://iheim.no"')
    if kind.startswith("date"):
        return date_advice(str(value)) or Advice(
            f"This must be a day like 2026-09-20 or a time like 2026-09-20T18:00:00{not_this}"
        )
    return Advice(f"This can't be {written(value)}.")
