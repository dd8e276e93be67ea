"""TOML text -> data, and every syntax error in plain words. Pure.

tomllib stops at the first error. To find the others too, the broken setting is blanked out and the rest read again.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from signage.config.positions import Spot, dotted, find_positions

MAX_ERRORS = 20  # a file with more than this isn't TOML at all; the first ones say so

_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_HEADINGS = "write it like [screens.library], or with two of each like [[sources]]"
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
    """One syntax error: where, and a sentence."""

    spot: Spot
    message: str


def parse(text: str) -> tuple[dict[str, Any], str, list[SyntaxFault]]:
    """The data of everything that could be read, the text that it was read from (broken settings blanked out, all
    lines where they were), and the faults."""
    text = text.replace("\r\n", "\n")
    faults: list[SyntaxFault] = []
    if text.lstrip().startswith("<"):
        return {}, "", [SyntaxFault((1, 1), "this is a web page, not a file with settings; is it the right one?")]
    while len(faults) < MAX_ERRORS:
        try:
            return tomllib.loads(text), text, faults
        except tomllib.TOMLDecodeError as error:
            raw, offset = _locate(str(error), text)
        except RecursionError:
            return {}, "", [*faults, SyntaxFault((1, 1), "there are too many brackets inside each other")]
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
            return SyntaxFault(_spot(text, offset), "a comma is missing before this")
        return SyntaxFault(_spot(text, bracket), 'this list isn\'t closed: a "]" or a comma is missing')
    if bracket is not None and "key" in raw and text[offset].isalpha() and not text[offset].isascii():
        message = f'"{text[offset]}" may not stand in a name; names have plain letters a-z, and weekdays are mon to sun'
        return SyntaxFault(_spot(text, offset), message)
    if bracket is not None and text[bracket] == "{" and (never_closed or not raw.startswith(_ABOUT_VALUES)):
        return SyntaxFault(_spot(text, bracket), _in_braces(_line(text, bracket)))
    if raw.startswith(("Cannot", "Duplicate")):
        return _twice(text, offset, statement)
    return SyntaxFault(_spot(text, offset), _plain(raw, text, offset, bracket is not None))


def _in_braces(line: str) -> str:
    if decimal := re.search(r"=\s*(\d+,\d+)\b", line):
        return f"write {decimal[1].replace(',', '.')} with a point, not {decimal[1]}"
    if moment := re.search(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?!\d|:)", line):
        return f"a time is written with seconds: {moment[0]}:00"
    return "everything in { } must stand on one line, with commas between the settings and none after the last"


def _twice(text: str, offset: int, statement: _Statement) -> SyntaxFault:
    positions = find_positions(text[: statement.end])
    first_line = _spot(text, statement.start)[0]
    for path, point in positions.repeats:
        spot, known = positions.spot(point), positions.spot(positions.keys[path])
        if spot[0] >= first_line:
            return SyntaxFault(spot, f'"{dotted(path)}" is already there on line {known[0]}; keep one of the two')
    return SyntaxFault(_spot(text, offset), "this is already there further up; keep one of the two")


def _plain(raw: str, text: str, offset: int, in_brackets: bool) -> str:
    """tomllib's message (Python 3.11 to 3.14) as a sentence for people."""
    if raw.startswith(("Unterminated string", "Expected \"'", 'Expected \'"""\'')) or "character '\\n'" in raw:
        return "the text isn't closed: a quotation mark is missing at its end"
    if raw.startswith(("Unescaped '\\'", "Invalid hex")):
        return "a backslash must be written twice: \\\\"
    if raw.startswith(("Illegal character", "Found invalid")):
        return "there is a character here that may not stand in the file; delete it and write it again"
    if raw.startswith(("Expected ']'", "Expected ']]'")):
        return f"this heading isn't closed; {_HEADINGS}"
    if _OPENS.match(_line(text, offset)):
        return f"this isn't a heading; {_HEADINGS}"
    if raw.startswith("Expected '='"):
        return 'a "=" is missing; a setting is written: name = value'
    if raw.startswith("Invalid statement") or "key part" in raw:
        return "this isn't a setting; write name = value, with the name in plain letters a-z"
    if raw == "Invalid value" or raw.startswith("Expected newline"):
        rest = re.match(r"[^\s,\]}#]*", text[offset:])
        word = rest[0] if rest else ""
        return _value(word, word if in_brackets else _line(text, offset).partition("=")[2].partition("#")[0].strip())
    return f"this isn't right: {raw[:1].lower()}{raw[1:]}"


def _value(word: str, value: str) -> str:
    """What is wrong with a value that TOML doesn't know; `word` is where the trouble begins."""
    if not value:
        return 'there is no value after the "="'
    if any(quote in value for quote in "“”„«»’"):
        return f'use straight quotation marks (") around text, not {value[0]}'
    if value.lower() in ("yes", "no", "on", "off", "true", "false", "ja", "nei"):
        return f"write true or false in small letters and without quotation marks, not {value}"
    if re.fullmatch(r"\d+,\d+", value):
        return f"write {value.replace(',', '.')} with a point, not {value}"
    if re.fullmatch(r"\d{4}-\d\d-\d\d([ T].*)?", value):
        return f"there is no such time: {value}; a day is written 2026-09-20, a time 2026-09-20T18:00:00 with seconds"
    if value[0] not in "[{\"'" and (word[:1].isalpha() or re.match(r"\d", value)):
        return f'this must stand in quotation marks: "{value}"'
    return (
        "there is something here that doesn't belong; text stands in quotation marks, and each setting on its own line"
    )


def _spot(text: str, offset: int) -> Spot:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
