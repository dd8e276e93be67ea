"""What is wrong with a value, and how to write it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from signage.config.base import AS_WRITTEN
from signage.config.hours_text import parse_days, parse_spans
from signage.config.positions import Path
from signage.config.words import Advice, SettingError, closest, did_you_mean, one_of, plain_name, written


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


def not_among(value: Any, known: Iterable[object]) -> Advice:
    words = list(known)
    for word in words:
        if isinstance(value, str) and not isinstance(word, str) and value.strip() == str(word):
            return Advice(
                f"{written(value)} is text, and this must be a number.", f"write {word} without quotation marks."
            )
    hint = did_you_mean(value, [str(word) for word in words])
    return Advice(f"This must be {one_of(words)}, not {written(value)}.", hint)


PATTERNS = {
    "#": 'This must be a colour like "#0c1f2c"',
    "x": 'This must be width x height in pixels, like "1920x1080"',
    "-": 'This must be a short name of small letters a-z, digits and hyphens, like "hemne-bibliotek"',
}
_SIZES = {"fullhd": "1920x1080", "hd": "1920x1080", "1080p": "1920x1080", "4k": "3840x2160", "uhd": "3840x2160"}


def _colour_hint(wrong: str, path: Path, is_name: bool, data: Any) -> str:
    digits = wrong.strip().removeprefix("#")
    if not re.fullmatch(r"[0-9a-fA-F]{3}|[0-9a-fA-F]{6}", digits):
        return "write # and six digits, two each for red, green and blue."
    return f'write "#{digits if len(digits) == 6 else "".join(2 * digit for digit in digits)}".'


def _size_hint(wrong: str, path: Path, is_name: bool, data: Any) -> str:
    if size := _SIZES.get(re.sub(r"[\W_]", "", wrong).casefold()):
        return f'write "{size}".'
    numbers = re.findall(r"\d+", wrong)
    fits = len(numbers) == 2 and all(3 <= len(number) <= 4 for number in numbers)
    return f'write "{numbers[0]}x{numbers[1]}".' if fits else ""


def _id_hint(wrong: str, path: Path, is_name: bool, data: Any) -> str:
    """For a new name, one like it that is free; for a name that refers to something, the one that was meant."""
    plain = plain_name(wrong)[:63]
    if is_name or path[-1] == "id":
        siblings = value_at(path[:-1], data) if is_name else {}
        if is_name and plain in (siblings or {}):
            return f'"{plain}" is another one: write a name like "{plain}-2".'
        return f'write "{plain}".' if plain else ""
    known = place_meant(wrong, value_at(("places",), data))
    return f'did you mean "{known}"?' if known else f'write "{plain}".' if plain else ""


PATTERN_HINTS = {"#": _colour_hint, "x": _size_hint, "-": _id_hint}


def place_meant(word: str, places: Any) -> str:
    """The id of the place that has this name, or nearly this id; "" if there is none."""
    known = {str(name): place for name, place in places.items()} if isinstance(places, dict) else {}
    for name, place in known.items():
        called = place.get("name") if isinstance(place, dict) else None
        if plain_name(word) in (name, plain_name(str(called))):
            return name
    return closest(word, known)


def hours_advice(value: Any) -> Advice:
    text = value[0] if isinstance(value, list) and len(value) == 1 else value
    message = "Opening hours must have days."
    days = re.match(r"[^\d\W].*?(?=\s+\d|\s+closed$)", text) if isinstance(text, str) else None
    spans = text[days.end() if days else 0 :].strip() if isinstance(text, str) else ""
    with suppress(SettingError):
        parse_spans(spans)
        named = days[0].lower() if days else "mon-fri"
        parse_days(named)
        return Advice(
            message, f'write {{ {named} = "{spans}" }}' + (", or mon-sun for every day." if not days else ".")
        )
    return Advice(message, 'write { mon-fri = "10:00-18:00" }.')


def as_plain(kind: str, value: Any) -> str:
    """How a value of the wrong type is written in the right one: 72460000 as text, "4 m" as a number."""
    if kind == "string_type" and isinstance(value, int | float) and not isinstance(value, bool):
        return f'write "{value}".'
    if kind.startswith(("int", "float")) and isinstance(value, str):
        number = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?)\s*[^\d\s]*\s*", value)
        return f"write {number[1].replace(',', '.')}." if number else ""
    if kind.startswith("bool") and isinstance(value, str) and (word := _YES_AND_NO.get(value.strip().casefold())):
        return f"write {word}."
    return ""


_YES_AND_NO = {**dict.fromkeys(("ja", "på"), "true"), **dict.fromkeys(("nei", "av"), "false")}


def filter_place(value: Any, data: Any) -> Advice:
    places = value_at(("places",), data)
    if isinstance(value, str) and isinstance(places, dict) and value in places:
        return Advice('This must be "here", "anywhere" or a list.', f'write ["{value}"].')
    return Advice(
        f'This must be "here", "anywhere" or a list of places, like ["hemne-bibliotek"], not {written(value)}.'
    )
