"""TOML text -> data, and every syntax error in plain words. Pure.

tomllib stops at the first error. To find the others too, the broken setting is blanked out and the rest read again.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from signage.config.base import LISTED, NAMED
from signage.config.positions import Spot, dotted, find_positions
from signage.config.syntax_advice import HEADINGS, looks_like_heading
from signage.config.syntax_faults import first_fault
from signage.config.words import listed_heading, named_heading

Table = dict[str, object]  # as the file has it, before the models have checked it
MAX_ERRORS = 20  # a file with more than this isn't TOML at all; the first ones say so
MAX_TRIES = 200  # of settings that can't be read

_WHERE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
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
    if "\n" not in text:
        text = text.replace("\r", "\n")  # as old programs end their lines
    faults: list[SyntaxFault] = []
    if text.lstrip().startswith("<"):
        return {}, "", [SyntaxFault((1, 1), "This is a web page, not a file with settings.", "check the file's name.")]
    if text.startswith("{\\rtf"):
        hint = "save it as plain text, with an editor for plain text."
        return {}, "", [SyntaxFault((1, 1), "This is a document of a word processor.", hint)]
    for _ in range(MAX_TRIES):
        if len(faults) == MAX_ERRORS:
            break
        try:
            return tomllib.loads(text), text, faults
        except tomllib.TOMLDecodeError as error:
            raw, offset = _locate(str(error), text)
        except RecursionError:
            return {}, "", [*faults, SyntaxFault((1, 1), "There are too many brackets inside each other.")]
        statement = _statement(text, offset)
        if not _follows(raw, text, statement):
            faults.append(_fault(raw, text, offset, statement))
        end = statement.end + _leftovers(text[statement.end :])
        text = text[: statement.start] + re.sub(r"[^\n]", " ", text[statement.start : end]) + text[end:]
    return {}, "", faults


def _follows(raw: str, text: str, statement: _Statement) -> bool:
    """Whether a heading is only wrong because an earlier one of its section is: [[sources]] after [sources.iheim]. The
    earlier one is named when the data is looked at.
    """
    heading = re.match(r"\s*\[\[\s*([\w-]+)\s*\]\]", text[statement.start : statement.end])
    if heading is None or heading[1] not in LISTED or not raw.startswith("Cannot"):
        return False
    return re.search(rf"^\s*\[\s*{heading[1]}\s*[.\]]", text[: statement.start], re.MULTILINE) is not None


def _leftovers(text: str) -> int:
    """How much of what follows a broken setting still belongs to it: lines like "{ ... }," and "]" begin nothing."""
    match = re.match(r"(\s*[{}\],)][^\n]*)+", text)
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
        # quotation marks that never come again are noticed at the end of the file: point at the first ones
        offset = next((token.start() for token in _TOKEN.finditer(text) if _is_open(token)), offset)
    return raw, min(offset, last)


def _is_open(token: re.Match[str]) -> bool:
    one_mark = token[0][0] in "\"'" and token[0][:3] not in ('"""', "'''")
    return bool(token["unclosed"]) or (one_mark and (len(token[0]) < 2 or token[0][-1] != token[0][0]))


@dataclass(frozen=True, slots=True)
class _Statement:
    """A setting or a heading with all its lines, as offsets."""

    start: int
    end: int


def _statement(text: str, offset: int) -> _Statement:
    """The whole lines of the statement that holds `offset`: from where no bracket is open until where none is again, or
    until the next heading. A broken heading takes its settings with it, or they would fall to the table before it."""
    start, stack = 0, list[int]()
    for position, mark in [*_marks(text), (len(text), "\n")]:
        if mark == "\n" and position < offset and not stack:
            start = position + 1  # a whole statement before the fault
        elif mark == "\n":
            next_is_heading = position == len(text) or bool(_HEADING.fullmatch(_line(text, position + 1)))
            if stack and not next_is_heading:
                continue
            if stack and position < offset <= position + 1 + len(_line(text, position + 1)):
                return _Statement(start, position)  # it was still open when this heading came
            stack.clear()
            first_line = _line(text, start)
            is_heading = bool(_OPENS.match(first_line)) or looks_like_heading(first_line.strip())
            if position < offset:
                start = position + 1
            elif next_is_heading or not is_heading:
                return _Statement(start, position)
        elif mark in "[{":
            stack.append(position)
        elif stack:
            stack.pop()
    return _Statement(start, len(text))


def _marks(text: str) -> Iterator[tuple[int, str]]:
    """Brackets and line ends outside of strings and comments, with their offsets."""
    return ((match.start(), match[0]) for match in _TOKEN.finditer(text) if match[0] in "[]{}\n")


def _line(text: str, offset: int) -> str:
    """The line that holds `offset`. No slice of the rest: this is called for every line of a file."""
    end = text.find("\n", offset)
    return text[text.rfind("\n", 0, offset) + 1 : len(text) if end < 0 else end]


def _fault(raw: str, text: str, offset: int, statement: _Statement) -> SyntaxFault:
    if raw.startswith(("Cannot", "Duplicate")):
        return _wrong_brackets(text, statement) or _twice(text, offset, statement)
    if first := first_fault(text, statement.start, statement.end):
        return SyntaxFault(_spot(text, first.offset), *first.advice)
    if _OPENS.match(_line(text, offset)):
        return SyntaxFault(_spot(text, offset), "This isn't a heading.", HEADINGS)
    if raw.startswith("Invalid statement") or "key part" in raw:
        hint = "write name = value, with the name in plain letters a-z."
        return SyntaxFault(_spot(text, offset), "This isn't a setting.", hint)
    return SyntaxFault(_spot(text, offset), f"This can't be read: {raw[:1].lower()}{raw[1:]}.")


def _twice(text: str, offset: int, statement: _Statement) -> SyntaxFault:
    positions = find_positions(text[: statement.end])
    first_line = _spot(text, statement.start)[0]
    for path, point in positions.repeats:
        spot, known = positions.spot(point), positions.spot(positions.keys[path])
        if spot[0] >= first_line:
            hint = "keep one of the two."
            if heading := re.match(r"\s*(\[[^\n\[\]]+\])", text[statement.end :]):
                hint = f"keep one of the two, or move this line below {heading[1]}."
            elif text[statement.start : statement.end].lstrip().startswith("["):
                hint = "keep one of the two, or give this one another name."
            return SyntaxFault(spot, f'"{dotted(path)}" is already set on line {known[0]}.', hint)
    return SyntaxFault(_spot(text, offset), "This is already set further up.", "keep one of the two.")


def _wrong_brackets(text: str, statement: _Statement) -> SyntaxFault | None:
    """[sources] a second time, or [[screens]] where others are [screens.library]."""
    line = text[statement.start :].lstrip("\n")
    heading = re.match(r"\s*(\[\[?)\s*([\w-]+)\s*(?:\.\s*([\w-]+)\s*)?\]", line)
    if heading is None:
        return None
    brackets, section, name = heading.groups()
    spot = _spot(text, text.index("[", statement.start))
    if section in LISTED and brackets == "[":
        return SyntaxFault(spot, *listed_heading(section, {name: {}} if name else {}))
    if section in NAMED and brackets == "[[" and not name:
        settings = line[heading.end() :].partition("\n[")[0]
        below = dict(re.findall(r'^\s*(\w+)\s*=\s*"([^"\n]*)"', settings, re.MULTILINE))
        return SyntaxFault(spot, *named_heading(section, [below]))
    return None


def _spot(text: str, offset: int) -> Spot:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
