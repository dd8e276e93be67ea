"""What pydantic found -> which setting it is about, and a sentence for people. Pure.

pydantic's own messages ("Input should be a valid integer") never reach anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic_core import ErrorDetails

from signage.config.base import LISTED, NAMED
from signage.config.defaults import where_written
from signage.config.playlist import ENTRIES, ZONES, AtPosition
from signage.config.positions import Path
from signage.config.sources import address_advice
from signage.config.syntax_advice import odd_space
from signage.config.unknown_settings import in_playlist, missing_advice, settings_at, unknown_advice
from signage.config.value_advice import (
    PATTERN_HINTS,
    PATTERNS,
    as_clock,
    as_plain,
    entry_advice,
    filter_place,
    hours_advice,
    not_among,
    position_advice,
    show_advice,
    single_place,
    under_heading,
    value_at,
)
from signage.config.words import (
    EVERYTHING,
    EXAMPLES,
    Advice,
    SettingError,
    closest,
    listed_heading,
    named_heading,
    one_of,
    plain_name,
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
        finding = _nameless(path, data) or _finding(error, data)
        findings.setdefault(finding.path, finding)
    nameless = {path[0] for path, finding in findings.items() if finding.message == NAMELESS}
    findings = {path: one for path, one in findings.items() if path[0] not in nameless or one.message == NAMELESS}
    return [finding for finding in findings.values() if not _follows(finding, findings)]


def _follows(finding: Finding, findings: Mapping[Path, Finding]) -> bool:
    """Whether it is only there because of another one: a setting is missing since its name is spelt otherwise, or the
    type of a source isn't known, which decides what its address may be.
    """
    if finding.message == MISSING:
        meant = f'did you mean "{finding.path[-1]}"?'
        return any(other.hint == meant and other.path[:-1] == finding.path[:-1] for other in findings.values())
    is_address = finding.path[:1] == ("sources",) and finding.path[2:] == ("url",)
    return is_address and (*finding.path[:2], "type") in findings and finding.hint.endswith(FILES)


def _nameless(path: Path, data: Any) -> Finding | None:
    """For settings that are right below [playlists], whose headings have names."""
    section = str(path[0]) if len(path) > 1 else ""
    settings = settings_at((section, ""), data) if section in NAMED else {}
    value = value_at(path[:2], data)
    if len(path) < 2 or path[1] not in settings or (isinstance(value, dict) and not settings.keys().isdisjoint(value)):
        return None
    return Finding((section,), NAMELESS, f"write [{section}.{EXAMPLES[section]}].", at="key")


NAMELESS = "This heading must have a name."
MISSING = "This is missing."
FILES = tuple(f'.{ending}"?' for ending in ("csv", "tsv", "xlsx", "ods", "ics", "xml", "json"))  # of a hint


def misnamed(missing: tuple[str, str] | None, findings: Iterable[Finding], data: Any) -> bool:
    """Whether what isn't there is written under a heading that is wrong, and for which there is a finding: for example,
    [playlist.common], [playlists.Common] or [playlists].
    """
    if missing is None:
        return False
    section, name = missing
    sections = {section, "groups"} if section in ("screens", "places") else {section}
    for finding in findings:
        first, last = str(finding.path[0]), str(finding.path[-1])
        if len(finding.path) == 1 and closest(first, sections):
            there = value_at(finding.path, data)
            if isinstance(there, dict) and (first in sections or name in there):
                return True
            listed = [each for each in there if isinstance(each, dict)] if isinstance(there, list) else []
            if name in (each.get("id") for each in listed):
                return True
        elif (finding.at == "key" and plain_name(last) == name) or (first in sections and finding.path[1:] == (name,)):
            return True
    return False


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
        return Finding(path, *missing_advice(path, data), needs_whole_file=True)
    if kind == "extra_forbidden":
        return Finding(path, *unknown_advice(path, data), at="key")
    if kind == "union_tag_not_found":
        entry = value_at(path, data)
        for name in entry if isinstance(entry, dict) else ():
            if meant := closest(name, ["show"] if path[-1] in ZONES else ["show", "use", "one_of"]):
                hint = f'did you mean "{meant}"?'
                return Finding((*path, name), f'There is no setting "{name}" here.', hint, at="key")
        return Finding((*path, "show"), MISSING, f"write {one_of(_kinds(path))}.", needs_whole_file=True)
    if kind == "union_tag_invalid":
        return Finding(path, *show_advice(value_at(path[:-1], data), _kinds(path[:-1]), value_at(("playlists",), data)))
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
        show = ENTRIES.get(str(value_at((*path[:-1], "show"), data)))
        one = show is not None and issubclass(show.model, AtPosition)
        return single_place(value, data) if one else filter_place(value, data)
    if kind in ("model_type", "model_attributes_type") and in_playlist(path) and isinstance(path[-1], int):
        return entry_advice(value, _kinds(path), value_at(("playlists",), data))
    if "position" in path[-2:] and path[:1] == ("places",):
        return position_advice(value_at(path[:3], data))
    if kind == "value_error":
        wrong = context["error"]
        if path[-1:] == ("days",) and isinstance(settings_at(path[:-1], data).get("days"), str):
            usable = re.search(r"[-–,]", str(value)) or re.fullmatch(r'did you mean "[a-z]+-[a-z]+"\?', wrong.hint)
            hint = as_plain("int_type", value) or (wrong.hint if usable else "")
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
        return under_heading(str(path[0]), str(path[1]), value)
    if kind == "model_type" and len(path) == 1 and isinstance(value, list):
        return Advice("This heading must have single brackets.", f"write [{path[0]}].")
    if kind == "model_type" and path[-1:] == ("show",) and isinstance(value, str):
        each = ", ".join(f'{colour} = "{value}"' for colour in settings_at(path, data))
        return Advice("This must be said for each colour.", f"write show = {{ {each} }}.")
    if kind == "list_type" and isinstance(value, dict) and path[-1:] == ("one_of",):
        return Advice("This must be a list of entries.", "write [ { … }, { … } ].")
    if kind == "list_type" and isinstance(value, str) and path not in _LISTED:
        if path[-1] == "screens" and value.casefold() in EVERYTHING:
            return Advice(f"There is no screen {written(value)}.", "leave this line out: then it is all screens.")
        items = ", ".join(f'"{item.strip()}"' for item in value.split(",") if item.strip())
        if path[-1] == "dates":
            items = items.replace('"', "")
        return Advice(_PLAIN[kind] + not_this, f"write [{items}].")
    if kind == "dict_type" and path[-1:] == ("hours",):
        return hours_advice(value)
    if kind == "string_type" and in_playlist(path) and path[-1] == "hours" and isinstance(value, dict) and value:
        days, hours = next(iter(value.items()))
        return Advice(
            "Hours of an entry are text, and its days are a setting.", f'write days = "{days}", hours = "{hours}".'
        )
    if kind == "string_type" and path[-1:] == ("rows",):
        return Advice(_PLAIN[kind] + ".", 'write rows = """, a line for each row with | between its columns, and """.')
    if kind == "string_type" and path == ("alerts", "self_test") and value is False:
        return Advice(_PLAIN[kind] + not_this, 'write "" for never.')
    if kind == "string_type" and path[-1:] == ("stop",):
        return Advice(_PLAIN[kind] + not_this, f'write "NSR:StopPlace:{value}".' if isinstance(value, int) else "")
    if path[-1:] == ("days",) and isinstance(value, list) and in_playlist(path):
        return Advice("Weekdays are one text.", as_plain("string_type", value))
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
    if kind.startswith("date_") and isinstance(value, datetime):
        return Advice("This must be a day without a time.", f"write {value:%Y-%m-%d}.")
    if kind.startswith("date"):
        clocks = [as_clock(value_at((*path[:-1], key), data)) for key in ("from", "until")]
        hint = (
            f'write hours = "{clocks[0] or "00:00"}-{clocks[1] or "24:00"}" for a time of day.' if any(clocks) else ""
        )
        return date_advice(str(value)) or Advice(
            f"This must be a day like 2026-09-20 or a time like 2026-09-20T18:00:00{not_this}", hint
        )
    return Advice(f"This can't be {written(value)}.")
