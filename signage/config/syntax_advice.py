"""What people write in place of TOML, and how to write it: remarks, quotation marks, names, values. Pure."""

from __future__ import annotations

import re
import unicodedata

from signage.config.base import LISTED, NAMED
from signage.config.hours_text import weekday_meant
from signage.config.words import MEANT, Advice, closest, plain_name
from signage.config.written_dates import date_advice

HEADINGS = "write it like [screens.library], or with two of each like [[sources]]."
ON_ONE_LINE = Advice(
    "The settings in { } aren't on one line.",
    "write them on one line, with commas between them and none after the last.",
)
IN_BRACES = Advice("The settings of an entry must be in braces.", 'write them like { show = "today" }.')
TEXT_NOT_CLOSED = Advice("This text isn't closed.", "write a quotation mark at its end.")
LIST_NOT_CLOSED = Advice('This list isn\'t closed. A "]" or a comma is missing.')
LEFT_BY_MERGE = Advice(
    "A program that joins two versions of a file left this line behind.",
    "keep one of the versions, and delete the lines <<<, === and >>>.",
)
LEGAL = re.compile(
    r"true|false|[+-]?(inf|nan)|[+-]?(0|[1-9](_?\d)*)(\.\d(_?\d)*)?([eE][+-]?\d+)?|0x[\da-fA-F_]+|0o[0-7_]+|0b[01_]+"
    r"|\d{4}-\d\d-\d\d|(\d{4}-\d\d-\d\dT)?\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"
)  # what TOML takes without quotation marks
BLANKS = " \t"
QUOTES = frozenset("“”„‟«»‹›‘’‚`´″＂")


def odd_space(text: str) -> Advice | None:
    """What to do about the first character in `text` that looks like a space, or like nothing, and is neither."""
    odd = next((letter for letter in text if is_odd_space(letter)), "")
    if not odd:
        return None
    hint = "delete it and write an ordinary space."
    if odd in "\u00a0\u202f":
        return Advice("There is a no-break space here.", hint)
    if unicodedata.category(odd) == "Zs":
        return Advice(f"There is an unusual space here (U+{ord(odd):04X}).", hint)
    return Advice(f"There is an invisible character here (U+{ord(odd):04X}).", "delete it.")


def is_odd_space(letter: str) -> bool:
    return letter not in " \t\n" and unicodedata.category(letter) in ("Zs", "Zl", "Zp", "Cf", "Cc")


def heading_hint(inner: str) -> str:
    name = inner.strip(BLANKS)
    brackets = 2 if name in LISTED else 1
    return f"write {'[' * brackets}{name}{']' * brackets}." if re.fullmatch(r"[\w.-]+", name) else HEADINGS


def heading_advice(letter: str, inner: str, brackets: int) -> Advice:
    """What to do about a letter that a heading can't have. `inner`: what is between its brackets."""
    if advice := odd_space(letter):
        return advice
    if letter in "[(=":
        return Advice("This heading isn't closed.", HEADINGS)
    named = "A space" if letter in BLANKS else f'"{letter}"'
    if first := re.match(rf"({'|'.join(NAMED)})[ \t]+(?=\w)", inner):
        inner = f"{first[1]}.{inner[first.end() :]}"
    if letter == "," and re.search(r"[\"'].*[\"']", inner):
        return Advice("This list has no name.", f"write a name and = before it, like screens = [{inner}].")
    parts = [part.strip(" \t\"'" + "".join(QUOTES)) for part in re.split("[.,:/]", inner)]
    plain = ".".join(part if part in (*LISTED, *NAMED) else plain_name(part) for part in parts)
    usable = all(plain.split("."))
    hint = f"write {'[' * brackets}{plain}{']' * brackets}." if usable else "write it in letters a-z."
    return Advice(f"{named} can't be used in a name.", hint)


def looks_like_heading(name: str) -> bool:
    """Whether this is a heading that has lost its brackets: "screens.library", "sources"."""
    return (
        name.partition(".")[0] in (*LISTED, *NAMED, "site", "defaults") and re.fullmatch(r"[\w.-]+", name) is not None
    )


def remark_advice(line: str) -> Advice:
    mark = next(mark for mark in ("//", ";", "/*", "--", "<!--", "%", "REM") if line.startswith(mark))
    return Advice(f"A remark begins with #, not with {mark}.", f"write # in place of {mark}.")


def quote_advice(mark: str) -> Advice:
    return Advice(f"{mark} isn't a quotation mark here.", 'use straight quotation marks (") around text.')


def key_advice(letter: str, word: str, bracket: str) -> Advice:
    if advice := odd_space(letter):
        return advice
    if letter in QUOTES:
        return Advice(f"{letter} can't be used in a name.", "write the name without quotation marks.")
    if (advice := date_advice(word)) and bracket:
        return advice
    message = f'"{letter}" can\'t be used in a name.'
    if unicodedata.category(letter) == "Pd":
        return Advice(message, f"write - in place of {letter}.")
    if meant := (weekday_meant(word) if bracket else "") or closest(word, MEANT):
        return Advice(message, f'did you mean "{meant}"?')
    if letter.isalpha():
        return Advice(message, "names have plain letters a-z, and weekdays are mon to sun.")
    return Advice(message, "write name = value, with the name in plain letters a-z.")


def is_no_date(word: str) -> bool:
    advice = date_advice(word)
    return advice is not None and advice.message.startswith("There is no")


def bare_advice(at: int, value: str) -> tuple[int, Advice]:
    """What is wrong with a value without quotation marks, and where."""
    if quote := next((mark for mark in value if mark in QUOTES), ""):
        return at + value.index(quote), quote_advice(quote)
    if value.lower() in ("yes", "no", "on", "off", "true", "false", "ja", "nei"):
        hint = "write true or false, in small letters and without quotation marks."
        return at, Advice(f"This can't be {value}.", hint)
    if re.fullmatch(r"[+-]?\d+,\d+", value):
        return at, Advice(f"{value} has a comma.", f"write {value.replace(',', '.')} with a point.")
    if re.fullmatch(r"0\d+", value):
        return at, Advice(f"A number can't begin with 0, as {value} does.", f"write {int(value)}.")
    if re.fullmatch(r"[−–]\d+", value):
        return at, Advice(f"{value[0]} isn't a minus sign here.", f"write -{value[1:]}.")
    if advice := date_advice(value):
        return at, advice
    if unit := re.fullmatch(r"(\d+(?:\.\d+)?)\s*(m|cm|px|s|sek|sec|min|timer?|tommer|h|%|°|\"|″)\.?", value):
        return at, Advice("A number is written without its unit.", f"write {unit[1]}.")
    if value.endswith(('"', "'")):
        return at, Advice("The quotation mark before this text is missing.", 'write " before it.')
    if value[:1] == ";" or value.startswith("="):
        return at, Advice("There is something here that doesn't belong.", "write a setting as name = value.")
    return at, Advice("Text must be in quotation marks.", f'write "{value.strip("<>")}".')


def backslash_advice(text: str) -> Advice:
    """For a text between quotation marks with a backslash that stands for nothing: mostly a path from Windows."""
    message = "There is a single backslash."
    if re.match(r"[A-Za-z]:\\|\\\\|[\w-]+\\[\w-]+", text):
        return Advice(message, f'write "{text.replace(chr(92), "/")}", or each backslash twice: \\\\')
    return Advice(message, "write it twice: \\\\")
