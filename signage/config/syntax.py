"""TOML text -> data, and every syntax error in plain words. Pure.

tomllib stops at the first error. To find the others too, the broken setting is blanked out and the rest read again.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from signage.config.positions import Spot, dotted, find_positions
from signage.config.words import Advice

Table = dict[str, object]  # as the file has it, before the models have checked it
MAX_ERRORS = 20  # a file with more than this isn't TOML at all; the first ones say so

_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_HEADINGS = "write it like [screens.library], or with two of each like [[sources]]."
_ABOUT_VALUES = ("Invalid value", "Unterminated string", "Illegal character", "Found invalid", "Unescaped")
_HEADING = re.compile(r"\s*\[\[?[\w\s.\"'-]+\]?\]?\s*(#.*)?")
_OPENS = re.compile(r"\s*(\[|[\w.-]+\]+\s*(#.*)?$)")  # a heading, or one that lost its first bracket
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"""'
    r"|'''.*?'''"
    r'|(?P<unclosed>("{3}|\'{3})[^\n]*)'
    r'|"(?:\\.|[^"\\\n])*"?'
    r"|'[^'\n]*'?"
    r"|#[^\n]*"
    r"|[\[\]{}\n]",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """One syntax error: where, what is wrong, and a hint."""

    spot: Spot
    message: str
    hint: str = ""


def parse(text: str) -> tuple[Table, str, list[SyntaxFault]]:
    """The data of everything that could be read, the text that it was read from (broken settings blanked out, all
    lines where they were), and the faults."""
    text = text.replace("\r\n", "\n")
    faults: list[SyntaxFault] = []
    if text.lstrip().startswith("<"):
        return {}, "", [SyntaxFault((1, 1), "This is a web page, not a file with settings.", "check the file's name.")]
    while len(faults) < MAX_ERRORS:
        try:
            return tomllib.loads(text), text, faults
        except tomllib.TOMLDecodeError as error:
            raw, offset = _locate(str(error), text)
        except RecursionError:
            return {}, "", [*faults, SyntaxFault((1, 1), "There are too many brackets inside each other.")]
        statement = _statement(text, offset)
        faults.append(_fault(raw, text, offset, statement))
        end = statement.end + _leftovers(text[statement.end :])
        text = text[: statement.start] + re.sub(r"[^\n]", " ", text[statement.start : end]) + text[end:]
    return {}, "", faults


def _leftovers(text: str) -> int:
    """How much of what follows a broken setting still belongs to it: lines like "{ ... }," and "]" begin nothing."""
    match = re.match(r"(\s*[{}\],][^\n]*)+", text)
    return match.end() if match and text.startswith("\n") else 0


def _locate(message: str, text: str) -> tuple[str, int]:
    """tomllib's message without the place, and the place as an offset."""
    last = max(len(text.rstrip()) - 1, 0)
    match = _WHERE.search(message)
    if match is None:
        return message, 0
    offset = last
    if match[1] is not None:
        lines = text.split("\n")
        offset = sum(len(line) + 1 for line in lines[: int(match[1]) - 1]) + int(match[2]) - 1
    raw = message[: match.start()]
    if raw.startswith(("Unterminated string", "Expected '\"", "Expected \"'")):
        # three quotation marks that never come again are noticed at the end of the file: point at the first ones
        offset = next((token.start() for token in _TOKEN.finditer(text) if token["unclosed"]), offset)
    return raw, min(offset, last)


@dataclass(frozen=True, slots=True)
class _Statement:
    """A setting or a heading with all its lines: offsets, and the bracket that is open at the error, if any."""

    start: int
    end: int
    bracket: int | None


def _statement(text: str, offset: int) -> _Statement:
    """The whole lines of the statement that holds `offset`: from where no bracket is open until where none is again, or
    until the next heading. A broken heading takes its settings with it, or they would fall to the table before it."""
    start, stack, bracket, seen = 0, list[int](), None, False
    for position, mark in [*_marks(text), (len(text), "\n")]:
        if position >= offset and not seen:
            seen, bracket = True, stack[-1] if stack else None
        if mark == "\n":
            next_is_heading = position == len(text) or bool(_HEADING.fullmatch(_line(text, position + 1)))
            if stack and not next_is_heading:
                continue
            if stack and position < offset <= position + 1 + len(_line(text, position + 1)):
                return _Statement(start, position, stack[-1])  # it was still open when this heading came
            stack.clear()
            is_heading = bool(_OPENS.match(_line(text, start)))
            if position < offset:
                start = position + 1
            elif next_is_heading or not is_heading:
                return _Statement(start, position, bracket)
        elif mark in "[{":
            stack.append(position)
        elif stack:
            stack.pop()
    return _Statement(start, len(text), bracket)


def _marks(text: str) -> Iterator[tuple[int, str]]:
    """Brackets and line ends outside of strings and comments, with their offsets."""
    return ((match.start(), match[0]) for match in _TOKEN.finditer(text) if match[0] in "[]{}\n")


def _line(text: str, offset: int) -> str:
    """The line that holds `offset`."""
    return text[text.rfind("\n", 0, offset) + 1 :].split("\n", 1)[0]


def _fault(raw: str, text: str, offset: int, statement: _Statement) -> SyntaxFault:
    bracket = None if _OPENS.match(_line(text, statement.start)) else statement.bracket
    never_closed = offset >= statement.end or not text[offset + 1 :].strip()
    if bracket is not None and text[bracket] == "[" and (raw == "Unclosed array" or never_closed):
        if not never_closed and text[offset] in "{[\"'":
            return SyntaxFault(_spot(text, offset), "A comma is missing before this.")
        return SyntaxFault(_spot(text, bracket), 'This list isn\'t closed. A "]" or a comma is missing.')
    if bracket is not None and "key" in raw and text[offset].isalpha() and not text[offset].isascii():
        message = f'"{text[offset]}" can\'t be used in a name.'
        return SyntaxFault(_spot(text, offset), message, "names have plain letters a-z, and weekdays are mon to sun.")
    if bracket is not None and text[bracket] == "{" and (never_closed or not raw.startswith(_ABOUT_VALUES)):
        return SyntaxFault(_spot(text, bracket), *_in_braces(_line(text, bracket)))
    if raw.startswith(("Cannot", "Duplicate")):
        return _twice(text, offset, statement)
    return SyntaxFault(_spot(text, offset), *_plain(raw, text, offset, bracket is not None))


def _in_braces(line: str) -> Advice:
    if decimal := re.search(r"=\s*(\d+,\d+)\b", line):
        return _decimal(decimal[1])
    if moment := re.search(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?!\d|:)", line):
        return Advice("A time must have seconds.", f"write {moment[0]}:00.")
    return Advice(
        "The settings in { } can't be read.",
        "write them on one line, with commas between them and none after the last.",
    )


def _decimal(written: str) -> Advice:
    return Advice(f"{written} has a comma.", f"write {written.replace(',', '.')} with a point.")


def _twice(text: str, offset: int, statement: _Statement) -> SyntaxFault:
    positions = find_positions(text[: statement.end])
    first_line = _spot(text, statement.start)[0]
    for path, point in positions.repeats:
        spot, known = positions.spot(point), positions.spot(positions.keys[path])
        if spot[0] >= first_line:
            return SyntaxFault(spot, f'"{dotted(path)}" is already set on line {known[0]}.', "keep one of the two.")
    return SyntaxFault(_spot(text, offset), "This is already set further up.", "keep one of the two.")


def _plain(raw: str, text: str, offset: int, in_brackets: bool) -> Advice:
    """tomllib's message (Python 3.11 to 3.14) as a sentence for people."""
    if raw.startswith(("Unterminated string", "Expected \"'", 'Expected \'"""\'')) or "character '\\n'" in raw:
        return Advice("This text isn't closed.", "write a quotation mark at its end.")
    if raw.startswith(("Unescaped '\\'", "Invalid hex")):
        return Advice("There is a single backslash.", "write it twice: \\\\")
    if raw.startswith(("Illegal character", "Found invalid")):
        return Advice("There is a character here that can't be used.", "delete it and write it again.")
    if raw.startswith(("Expected ']'", "Expected ']]'")):
        return Advice("This heading isn't closed.", _HEADINGS)
    if _OPENS.match(_line(text, offset)):
        return Advice("This isn't a heading.", _HEADINGS)
    if raw.startswith("Expected '='"):
        return Advice('A "=" is missing.', "write a setting as name = value.")
    if raw.startswith("Invalid statement") or "key part" in raw:
        return Advice("This isn't a setting.", "write name = value, with the name in plain letters a-z.")
    if raw == "Invalid value" or raw.startswith("Expected newline"):
        rest = re.match(r"[^\s,\]}#]*", text[offset:])
        word = rest[0] if rest else ""
        return _value(word, word if in_brackets else _line(text, offset).partition("=")[2].partition("#")[0].strip())
    return Advice(f"This can't be read: {raw[:1].lower()}{raw[1:]}.")


def _value(word: str, value: str) -> Advice:
    """What is wrong with a value that TOML doesn't know; `word` is where the trouble begins."""
    if not value:
        return Advice('There is no value after the "=".')
    if any(quote in value for quote in "“”„«»’"):
        return Advice(f"{value[0]} isn't a quotation mark here.", 'use straight quotation marks (") around text.')
    if value.lower() in ("yes", "no", "on", "off", "true", "false", "ja", "nei"):
        return Advice(f"This can't be {value}.", "write true or false, in small letters and without quotation marks.")
    if re.fullmatch(r"\d+,\d+", value):
        return _decimal(value)
    if re.fullmatch(r"\d{4}-\d\d-\d\d([ T].*)?", value):
        hint = "a day is written 2026-09-20, a time 2026-09-20T18:00:00 with seconds."
        return Advice(f"There is no such time: {value}.", hint)
    if value[0] not in "[{\"'" and (word[:1].isalpha() or re.match(r"\d", value)):
        return Advice("Text must be in quotation marks.", f'write "{value}".')
    return Advice(
        "There is something here that doesn't belong.",
        "write text in quotation marks, and each setting on its own line.",
    )


def _spot(text: str, offset: int) -> Spot:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
