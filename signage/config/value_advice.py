"""What is wrong with a value, and how to write it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
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


def entry_advice(value: Any, kinds: Sequence[str], playlists: Any) -> Advice:
    """For an entry that is only a word: "today", or the name of a shared playlist."""
    message = f"An entry must be in braces, not {written(value)}."
    if isinstance(playlists, dict) and isinstance(value, str) and value in playlists:
        return Advice(message, f'write {{ use = "{value}" }}.')
    meant = closest(value, kinds) if isinstance(value, str) else ""
    return Advice(message, f'write it like {{ show = "{meant or kinds[0]}" }}.')


FILMS = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".mpg", ".mpeg")


def show_advice(entry: Any, kinds: Sequence[str], playlists: Any) -> Advice:
    """For an entry of a kind that there isn't. What else it says, says what was meant."""
    value = entry.get("show")
    advice = not_among(value, kinds)
    if "show" not in entry and ("use" in entry or "one_of" in entry):
        return Advice("A zone of a split page has one entry.", f'write it like {{ show = "{kinds[0]}" }}.')
    if value in ("use", "one_of"):
        example = '{ use = "common" }' if value == "use" else "{ one_of = [ { … }, { … } ] }"
        return advice._replace(hint=f"write it like {example}.")
    if isinstance(playlists, dict) and isinstance(value, str) and value in playlists:
        return advice._replace(hint=f'write {{ use = "{value}" }}.')
    file = entry.get("file")
    settings = {
        "pictures": "folder" in entry,
        "departures": "stop" in entry,
        "video": isinstance(file, str) and file.lower().endswith(FILMS),
        "picture": file is not None,
    }
    meant = next((kind for kind, fits in settings.items() if fits and kind in kinds), "")
    return advice._replace(hint=f'did you mean "{meant}"?') if meant else advice


def under_heading(section: str, name: str, value: list[Any]) -> Advice:
    """For [[groups.libraries]], and for libraries = ["a", "b"] under [groups]."""
    heading = f"[{section}.{name}]"
    lists = {"groups": "screens", "playlists": "entries"}
    entries = any(isinstance(each, dict) and {"show", "use", "one_of"} & each.keys() for each in value)
    if section in lists and (entries or not all(isinstance(each, dict) for each in value)):
        items = "…" if entries else ", ".join(f'"{each}"' for each in value)
        return Advice("This must be a heading.", f"write {heading}, and {lists[section]} = [{items}] below it.")
    return Advice("This heading must have single brackets.", f"write {heading}.")


def position_advice(value: Any) -> Advice:
    """For a position that isn't two numbers, or has commas in them."""
    numbers = [float(n.replace(",", ".")) for n in re.findall(r"-?\d+(?:[.,]\d+)?", str(value))]
    if isinstance(value, list) and len(value) == 4:  # [63,29, 9,09]
        numbers = [float(f"{value[0]}.{value[1]}"), float(f"{value[2]}.{value[3]}")]
    fits = len(numbers) == 2 and abs(numbers[0]) <= 90 and abs(numbers[1]) <= 180
    hint = f"write [{numbers[0]:g}, {numbers[1]:g}]." if fits else "a map shows both numbers, in degrees."
    return Advice("This must be latitude and longitude, like [63.3, 9.1].", hint)


def as_clock(value: Any) -> str:
    """A time of day as hours are written: "08:00"; "" for anything else."""
    found = re.fullmatch(r"(\d{1,2})[:.](\d\d)(?::\d\d)?", str(value).strip())
    return f"{int(found[1]):02}:{found[2]}" if found and int(found[1]) < 25 else ""


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
    section = {"use": "playlists", "screens": "screens", "groups": "groups"}.get(str(_last_name(path)), "places")
    there = value_at((section,), data)
    if wrong.partition(".")[0] == section:
        wrong = wrong.partition(".")[2]
    known = place_meant(wrong, there) or (plain if isinstance(there, dict) and plain in there else "")
    return f'did you mean "{known}"?' if known else f'write "{plain}".' if plain else ""


def _last_name(path: Path) -> str:
    """The name of a setting, or of the list that an item is in."""
    return str(next((part for part in reversed(path) if isinstance(part, str)), ""))


PATTERN_HINTS = {"#": _colour_hint, "x": _size_hint, "-": _id_hint}


def place_meant(word: str, places: Any) -> str:
    """The id of the place that has this name, or nearly this id; "" if there is none."""
    known = {str(name): place for name, place in places.items()} if isinstance(places, dict) else {}
    for name, place in known.items():
        called = place.get("name") if isinstance(place, dict) else None
        if plain_name(word) in (name, plain_name(str(called))):
            return name
    towns = [name for name, place in known.items() if isinstance(place, dict) and place.get("town") == word.strip()]
    return towns[0] if len(towns) == 1 else closest(word, known)


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
    if kind == "string_type" and isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        fits = len(value) == 1 or all(map(_in_a_list, value))
        return f'write "{", ".join(value)}".' if fits else "write an entry for each."
    if kind == "string_type" and isinstance(value, int | float) and not isinstance(value, bool):
        return f'write "{value}".'
    if kind.startswith(("int", "float")) and isinstance(value, str):
        number = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?)\s*[^\d\s]*\s*", value)
        return f"write {number[1].replace(',', '.')}." if number else ""
    if kind.startswith("bool") and isinstance(value, str) and (word := _YES_AND_NO.get(value.strip().casefold())):
        return f"write {word}."
    return ""


def _in_a_list(text: str) -> bool:
    """Whether it is weekdays or hours, which can be several in one text."""
    for parser in (parse_days, parse_spans):
        with suppress(SettingError):
            parser(text)
            return True
    return False


_YES_AND_NO = {
    **dict.fromkeys(("ja", "på"), "true"),
    **dict.fromkeys(("nei", "av", "closed", "stengt", "lukket"), "false"),
}


def filter_place(value: Any, data: Any) -> Advice:
    for section in ("places", "groups"):
        known = value_at((section,), data)
        if isinstance(value, str) and isinstance(known, dict) and (meant := place_meant(value, known)):
            return Advice('This must be "here", "anywhere" or a list.', f'write ["{meant}"].')
    return Advice(
        f'This must be "here", "anywhere" or a list of places, like ["hemne-bibliotek"], not {written(value)}.'
    )


def single_place(value: Any, data: Any) -> Advice:
    """For an entry that is about one place, like the weather."""
    if isinstance(value, list) and len(value) == 1:
        return Advice("This must be one place, and no list.", as_plain("string_type", value))
    meant = place_meant(str(value), value_at(("places",), data)) if isinstance(value, str) else ""
    message = f"This must be the short name of a place, not {written(value)}."
    return Advice(message, f'did you mean "{meant}"?' if meant else "leave it out for the screen's own place.")
