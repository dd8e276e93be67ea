"""From bytes to the properties of each VEVENT, before any library sees them. Pure.

Done here and not by icalendar 7.3.0, because there one line that is no content line, before the events, loses the whole
file, and so do two TZIDs in a VTIMEZONE; bytes that are not UTF-8 become replacement characters; and a fold in the
middle of a UTF-8 letter breaks the letter.
"""

from __future__ import annotations

import quopri
import re
from dataclasses import dataclass, field

from signage.sources.base import UnusableAnswer
from signage.sources.formats import decoding

# RFC 5545 3.1: a line break and one space or tab. Old exporters end lines with a bare CR or LF.
# Some put an empty line before the fold. A run of line breaks is looked at once, from its beginning, and nothing in it
# is tried a second way: 40 blank lines of CRLF took minutes before, and 100,000 of LF took hours.
_FOLD = re.compile(rb"(?<![\r\n])[\r\n]++[ \t]")
_BREAK = re.compile(r"\r\n|\r|\n")
# Exchange writes a colon into a parameter without quotes: "TZID=tzone://Microsoft/Utc".
_BARE = r"(?:[^:;\"]|(?<=tzone):(?=//))*+"
_LINE = re.compile(rf"([A-Za-z0-9-]++)((?:;{_BARE}(?:\"[^\"]*+\"{_BARE})*+)*+):(.*)$", re.DOTALL | re.IGNORECASE)
_PARAMETER = re.compile(r";\s*+([A-Za-z0-9-]++)\s*+=((?:\"[^\"]*+\"|[^;\"]++)*+)")
LONGEST_HEAD = 200  # characters of a line in which its encoding is declared
_CARETS = {"n": "\n", "'": '"', "^": "^"}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CARET = re.compile(r"\^([n'^])")
MOST_NAMES = 10  # TZIDs of one VTIMEZONE; a plugin writes two, and each costs a copy of the definition
_QUOTED = "QUOTED-PRINTABLE"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Property:
    """One content line. `name` and the keys of `params` are upper case; `value` is as written, escapes and all."""

    name: str
    params: dict[str, str]
    value: str
    line: str


@dataclass(slots=True)
class Block:
    """A VEVENT: its own properties, without those of alarms inside it, and the lines that are no content lines."""

    named: dict[str, list[Property]] = field(default_factory=dict)
    garbage: int = 0
    zone: str | None = None  # the X-WR-TIMEZONE of its calendar
    cancelled: bool = False  # its calendar is a METHOD:CANCEL

    def add(self, found: Property) -> None:
        """Put a property behind the others."""
        self.named.setdefault(found.name, []).append(found)

    def first(self, name: str) -> Property | None:
        """The first property with this name."""
        found = self.named.get(name)
        return found[0] if found else None

    def every(self, name: str) -> list[Property]:
        """All properties with this name."""
        return self.named.get(name, [])

    @property
    def called_off(self) -> bool:
        """Whether it says that it does not take place (RFC 5545 3.8.1.11, RFC 5546 3.2.5)."""
        status = self.first("STATUS")
        return self.cancelled or (status is not None and status.value.strip().upper() == "CANCELLED")

    def lines(self) -> list[str]:
        """All content lines, without their order."""
        return sorted(each.line for found in self.named.values() for each in found)


@dataclass(slots=True)
class CalendarText:
    """What is in a file. `timezones`: TZID -> the text of its VTIMEZONE."""

    blocks: list[Block]
    timezones: dict[str, str]
    unclosed: int


class NotACalendar(UnusableAnswer):
    """The bytes aren't a calendar, or not a whole one."""


def read(body: bytes) -> CalendarText:
    """Split a file into its parts. Raises `NotACalendar`."""
    lines = _joined([line for line in _BREAK.split(decode(body)) if line.strip()])
    if not lines:
        raise NotACalendar("The answer is empty.", fault="empty")
    upper = [line.strip().upper() for line in lines]
    if upper[0].startswith("<"):
        raise NotACalendar("The answer is HTML instead of a calendar.", fault="web_page")
    if "BEGIN:VCALENDAR" not in upper:
        if upper[0] != "BEGIN:VEVENT":
            raise NotACalendar("The answer isn't a calendar.")
        if upper[-1] != "END:VEVENT":
            raise NotACalendar("The calendar stops in the middle.", fault="incomplete")
    elif upper.count("BEGIN:VCALENDAR") > upper.count("END:VCALENDAR"):
        raise NotACalendar("The calendar stops in the middle.", fault="incomplete")
    return _split(lines, upper)


def _joined(lines: list[str]) -> list[str]:
    """With the soft line breaks of quoted-printable taken out: a line that ends in "=" goes on."""
    joined: list[str] = []
    parts: list[str] = []  # of a line that goes on
    for line in lines:
        if line.endswith("=") and (parts or _QUOTED in line[:LONGEST_HEAD].upper()):
            parts.append(line[:-1])
        else:
            joined.append("".join([*parts, line]))
            parts = []
    return [*joined, "".join(parts)] if parts else joined


def decode(body: bytes) -> str:
    """Unfold, then decode: UTF-8 line by line, and what is not that is Windows-1252, which holds all of Latin-1."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        body = body.decode("utf-16", "replace").encode()
    unfolded = _FOLD.sub(b"", body.removeprefix(b"\xef\xbb\xbf"))
    try:
        text = unfolded.decode()
    except UnicodeDecodeError:
        text = "".join(_decode_line(line) for line in unfolded.splitlines(keepends=True))
    return _CONTROL.sub("", text)


def _decode_line(line: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


def unescaped(written: str) -> str:
    """A TEXT value (RFC 5545 3.3.11) without its escapes."""
    return _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], written).strip()


def parse_line(line: str) -> Property | None:
    """A content line's parts; None when it is none."""
    found = _LINE.match(line.strip())
    if found is None:
        return None
    params = {p[1].upper(): _parameter(p[2]) for p in _PARAMETER.finditer(found[2])} if found[2] else {}
    value = _from_quoted_printable(found[3], params) if params.get("ENCODING", "").upper() == _QUOTED else found[3]
    return Property(found[1].upper(), params, value, line.strip())


def _from_quoted_printable(value: str, params: dict[str, str]) -> str:
    """A value as vCalendar 1.0 encodes it."""
    return _CONTROL.sub("", decoding.decode(quopri.decodestring(value.encode()), params.get("CHARSET")))


def _parameter(written: str) -> str:
    """A parameter's value, without quotes and the escapes of RFC 6868."""
    value = written.strip().strip('"')
    return _CARET.sub(lambda found: _CARETS[found[1]], value) if "^" in value else value


def _split(lines: list[str], upper: list[str]) -> CalendarText:
    document = CalendarText([], {}, 0)
    block: Block | None = None
    inside = 0  # components within the event, such as alarms
    timezone: list[str] | None = None
    zone: str | None = None
    cancelled = False
    for line, word in zip(lines, upper, strict=True):
        if word in ("BEGIN:VEVENT", "END:VCALENDAR", "BEGIN:VCALENDAR"):
            if block is not None:
                document.unclosed += 1
            block, inside = (Block() if word == "BEGIN:VEVENT" else None), 0
            if word == "BEGIN:VCALENDAR":
                zone, cancelled = None, False
        elif word == "END:VEVENT":
            if block is not None:
                block.zone, block.cancelled = zone, cancelled
                document.blocks.append(block)
            block = None
        elif block is not None:
            if word.startswith("BEGIN:"):
                inside += 1
            elif word.startswith("END:"):
                inside = max(0, inside - 1)
            elif not inside:
                found = parse_line(line)
                if found is None:
                    block.garbage += 1
                else:
                    block.add(found)
        elif word == "BEGIN:VTIMEZONE":
            timezone = [line]
        elif timezone is not None:
            timezone.append(line)
            if word == "END:VTIMEZONE":
                _keep_timezone(document, timezone)
                timezone = None
        elif word.startswith("X-WR-TIMEZONE"):
            named = parse_line(line)
            zone = named.value.strip() if named else zone
        elif word == "METHOD:CANCEL":
            cancelled = True
    return document


def _keep_timezone(document: CalendarText, lines: list[str]) -> None:
    # The Events Calendar 6.4 writes two TZIDs into one VTIMEZONE; both mean it.
    names = [unescaped(found.value) for found in map(parse_line, lines) if found and found.name == "TZID"][:MOST_NAMES]
    rest = [line for line in lines if not line.upper().startswith("TZID")]
    for name in names:
        document.timezones.setdefault(name, "\r\n".join([rest[0], f"TZID:{name}", *rest[1:], ""]))
