"""The values of schema.org properties, which may be one or a list, a text or an object. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Node = dict[str, object]  # a JSON-LD object, by the names of its properties; nothing in it is checked yet
DEEPEST = 24  # levels of lists and objects; real pages have ten
_LANGUAGES = frozenset(
    ("nb", "nn", "no", "se", "sma", "smj", "en", "sv", "da", "fi", "de", "fr", "es", "nl", "pl", "uk", "ru", "lt", "ar",
     "so", "ti", "et", "is", "it", "pt")
)  # fmt: skip
_NORWEGIAN = frozenset({"nb", "nn", "no"})
LONGEST_PART = 1000  # characters of a place's name, street or town: whether one holds the other takes the square


def every(value: Any) -> Iterator[Any]:
    """The values of a property that may be one or a list."""
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def first(value: Any) -> Any:
    """The first value of a property."""
    return next(every(value), None)


def in_language(value: Any, language: str, depth: int = 0) -> Any:
    """A value without JSON-LD's objects around plain ones ({"@value": ...}); of several languages, the one given."""
    if depth > DEEPEST:
        return value
    if isinstance(value, list):
        tagged = [each for each in value if isinstance(each, dict) and "@language" in each and "@value" in each]
        if tagged and len(tagged) == len(value):
            return min(tagged, key=lambda each: _distance(str(each["@language"]), language))["@value"]
        return [in_language(each, language, depth + 1) for each in value]
    if isinstance(value, dict):
        if "@value" in value:
            return value["@value"]
        if value and all(str(key).partition("-")[0] in _LANGUAGES for key in value):
            said = {key: each for key, each in value.items() if isinstance(each, str) and each.strip()}
            return said[min(said, key=lambda each: _distance(each, language))] if said else ""
        return {key: in_language(each, language, depth + 1) for key, each in value.items()}
    return value


def _distance(given: str, wanted: str) -> int:
    """How far a language tag is from a language: Norwegian of any kind is nearer than any other."""
    tag = given.casefold().partition("-")[0]
    if tag == wanted:
        return 0
    return 1 if {tag, wanted} <= _NORWEGIAN else 2


def text_of(value: Any) -> str:
    """A property as text: one value, the first of a list, or the "@value" of a language-tagged one."""
    value = first(value)
    if isinstance(value, dict):
        value = first(value.get("@value") or value.get("name"))
    if isinstance(value, bool | dict | list) or value is None:
        return ""
    return str(value).strip()


def last_word(value: Any) -> str:
    """ "eventcancelled" of "https://schema.org/EventCancelled"."""
    value = first(value)
    if isinstance(value, dict):
        value = value.get("@id") or value.get("@value") or value.get("name")
    return re.split(r"[/#:]", text_of(value).rstrip("/"))[-1].casefold()


def is_link(text: str) -> bool:
    """Whether a text that should be a name is an address."""
    return re.match(r"(?:https?|mailto|tel):", text.strip(), re.IGNORECASE) is not None


def name_of(node: Mapping[str, Any]) -> str:
    """For warnings."""
    return f'"{text_of(node.get("name"))[:60] or "an event without a name"}"'


def venue_of(location: Any) -> str:
    """A venue in one line: the place's name, and of its address what the name does not say already.

    An online address is none, unless it has a name and there is no other.
    """
    places = sorted(every(location), key=lambda place: isinstance(place, dict) and _is_virtual(place))
    for place in places:
        if isinstance(place, str) and place.strip() and not is_link(place):
            return place.strip()
        if not isinstance(place, dict):
            continue
        address = [] if _is_virtual(place) else _address(place.get("address") or place)
        line = ""
        for part in (each[:LONGEST_PART] for each in (text_of(place.get("name")), *address)):
            if part and not is_link(part) and not _says(line, part):
                line = f"{line}, {part}" if line else part
        if line:
            return line
    return ""


def _is_virtual(place: Node) -> bool:
    return last_word(place.get("@type")) == "virtuallocation"


def _address(value: Any) -> list[str]:
    value = first(value)
    if isinstance(value, dict):
        return [text_of(value.get(key)) for key in ("streetAddress", "addressLocality")]
    return [text_of(value)]


def _says(line: str, part: str) -> bool:
    """Whether the line has the part in it, as whole words."""
    return re.search(rf"(?<!\w){re.escape(part.casefold())}(?!\w)", line.casefold()) is not None
