"""Read an answer that should be JSON, and the plain fields in it. Pure.

Fields are read leniently where sources are lenient (null for an empty text, a number for its digits) and strictly
where a guess would put an event at a wrong time.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from urllib.parse import quote, urljoin, urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from signage.config.models import Source
from signage.errors import SourceError
from signage.sources.base import UnusableAnswer
from signage.sources.formats.times import TYPING_ERROR, in_zone, later, overnight, read_moment

LONGEST_ID = 300  # characters
LONGEST_LINK = 8000  # characters; to escape millions of odd ones takes longer than a source may
LONGEST_NUMBER = 100  # digits of a number without a fraction; Python reads none of more than 4,300
_SURROGATE = re.compile("[\ud800-\udfff]")
_HALF_LETTER = re.compile(rb"\\u[dD][89a-fA-F]")
_MONEY = re.compile(r"\d{1,9}(?:[.,]\d{1,2})?$")
_UNSAFE = re.compile(r"[\x00-\x20<>\"\\^`{|}\x7f-\U0010ffff]")


class JsonRow(BaseModel):
    """A record of an answer: the fields that are used, in the source's own names. Others are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


def read_json(body: bytes, source: Source) -> Any:
    """The value that a body holds. Raises SourceError for anything else."""
    try:
        return json_value(body)
    except UnusableAnswer as error:
        raise error.of(source) from None


def json_value(body: bytes) -> Any:
    """The value that a body holds. Raises UnusableAnswer, which says what it is instead.

    Half a letter ("\\ud83d" alone), which no file can hold, becomes U+FFFD.
    """
    text = body.strip()
    if not text:
        raise UnusableAnswer("The answer is empty.", fault="empty")
    if text.startswith((b"<", b"\xef\xbb\xbf<")):
        raise UnusableAnswer("The answer is HTML instead of JSON.", fault="web_page")
    try:
        value = loads(text.decode("utf-8-sig"))
        return _whole_letters(value) if _HALF_LETTER.search(text) else value
    except UnicodeDecodeError:
        raise UnusableAnswer("The answer isn't UTF-8.") from None
    except json.JSONDecodeError as error:
        # The end is where the fault is: the rest did not come.
        cut = error.pos >= len(error.doc) - 1 or error.msg.startswith("Unterminated")
        if cut:
            raise UnusableAnswer("The JSON stops in the middle.", fault="incomplete") from None
        raise UnusableAnswer("The answer isn't JSON.") from None
    except (ValueError, RecursionError):
        raise UnusableAnswer("The JSON can't be read.") from None


def loads(text: str, strict: bool = True) -> Any:
    """Read JSON (RFC 8259). A number that can't be calculated with becomes null.

    "NaN" and "Infinity", which Python writes and reads, aren't JSON. 1e999 and numbers of thousands of digits are, but
    aren't a date, a price or an id. `strict`: refuse line breaks within texts. Raises ValueError or RecursionError.
    """
    return json.loads(text, strict=strict, parse_int=_whole, parse_float=_broken, parse_constant=_no_number)


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= LONGEST_NUMBER else None


def _broken(written: str) -> float | None:
    number = float(written)
    return number if math.isfinite(number) else None


def _no_number(_: str) -> None:
    """Infinity, -Infinity or NaN."""


def _whole_letters(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_whole_letters(each) for each in value]
    if isinstance(value, dict):
        return {_whole_letters(key): _whole_letters(each) for key, each in value.items()}
    return value


def rows_under(body: bytes, source: Source, key: str) -> list[Any]:
    """The list that an answer has under a key. Raises SourceError for anything else."""
    answer = read_json(body, source)
    if not isinstance(answer, dict):
        raise SourceError(source.id, source.url, f"The answer is {kind(answer)} instead of an object.", fault="format")
    rows = answer.get(key)
    if not isinstance(rows, list):
        raise SourceError(source.id, source.url, f'The answer has no list called "{key}".', fault="format")
    return rows


def peek(body: bytes) -> Any:
    """The value that a body holds, for recognising it; None when it isn't JSON. Never raises."""
    try:
        return loads(body.strip().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def kind(value: Any) -> str:
    """What JSON calls a value: "an object", "a list", "null"."""
    names: dict[type, str] = {dict: "an object", list: "a list", str: "a text", bool: "a yes or no"}
    return names.get(type(value)) or ("a number" if isinstance(value, int | float) else "null")


def name(row: Any, *titles: str) -> str:
    """What to call a record in a warning: its title under one of these keys, else its id."""
    if isinstance(row, dict):
        for key in titles:
            if isinstance(row.get(key), str) and row[key].strip():
                return f'"{" ".join(row[key].split())[:80]}"'
        if row.get("id") is not None:
            return f"event {str(row['id'])[:40]}"
    return "an event without an id"


def first_reason(error: ValidationError) -> str:
    """The first thing that is wrong with a record, in a few words."""
    first = error.errors(include_url=False, include_context=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return f"{key}: {message}" if key else "it is not an object"


def plain_text(value: Any) -> str:
    """Text; null and missing are empty, a number is its digits. Raises ValueError."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"is {kind(value)}, not text")


def some_text(value: Any) -> str:
    """Text that isn't empty. Raises ValueError."""
    found = plain_text(value).strip()
    if not found:
        raise ValueError("is empty")
    return found


def any_text(value: Any) -> str:
    """Text of a field that nothing depends on; empty for anything else."""
    return value.strip() if isinstance(value, str) else str(value) if type(value) in (int, float) else ""


def any_object(value: Any) -> dict[str, object]:
    """An object of which nothing is needed; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def timestamp(value: Any) -> datetime:
    """ "2026-12-13T19:00:00+01:00"; without an offset it stays without a zone. Raises ValueError."""
    written = some_text(value)
    at = read_moment(written)
    if not isinstance(at, datetime):
        raise ValueError(f'"{written[:30]}" is not a date and a time')
    return at


def maybe_timestamp(value: Any) -> datetime | None:
    """The same, or None where nothing is written. Raises ValueError."""
    return timestamp(value) if any_text(value) else None


def yes(value: Any) -> bool:
    """Whether a field says yes: true, 1, "1", "true", "yes"."""
    return value is True or value == 1 or (isinstance(value, str) and value.strip().lower() in ("1", "true", "yes"))


def web_link(value: Any, base: str = "") -> str | None:
    """An absolute http or https address, seen from `base`; None for anything else. Odd letters are escaped."""
    written = any_text(value)
    if not written or len(written) > LONGEST_LINK:
        return None
    try:
        parts = urlsplit(urljoin(base, written))
        whole = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
        whole = whole and "\\" not in parts.netloc  # for browsers the host ends there, for others it doesn't
    except ValueError:
        return None
    return _UNSAFE.sub(lambda odd: quote(odd[0]), parts.geturl()) if whole else None


# "fra kr 150", "Gratis – 100 kr": the amounts in it don't say what the dearest ticket costs. "Fra 15 år" is an age.
OPEN_PRICE = re.compile(
    r"\b(?:fra|frå|from|ab)\W*(?:kr|nok)?\W*\d[\d .,]*(?!\d|\s*(?:år|-?åring))|\b(?:gratis|free)\b", re.IGNORECASE
)


def price(value: Any) -> str | None:
    """ "380.00" for 380, "380", "380,00"; None for anything else."""
    written = any_text(value).replace("\u00a0", "").replace(" ", "")
    if not _MONEY.match(written):
        return None
    try:
        return f"{Decimal(written.replace(',', '.')):.2f}"
    except InvalidOperation:
        return None


def end_after(start: datetime, end: datetime | None, warn: Callable[[str], None]) -> datetime | None:
    """When it ends, where the source may have an end that isn't one.

    The start repeated means that no end is known. Before the start, on the same date: the next day (22:00-01:00 written
    on one date), or a typing error. `warn` gets a sentence about that, and about an end on an earlier date.
    """
    if end is None:
        return None
    # as instants: two times of one zone are compared by what their clocks show
    length = end.astimezone(UTC) - start.astimezone(UTC)
    if length > timedelta(0):
        return end
    if not length:
        return None
    if end.date() < start.date() or overnight(start, end) is None:
        warn(TYPING_ERROR)
        return None
    return later(end, timedelta(days=1))


def local_span(
    start: datetime, end: datetime | None, zone: ZoneInfo, warn: Callable[[str], None]
) -> tuple[datetime, datetime | None]:
    """From when to when, as the zone's clocks show it; the end as by `end_after`."""
    begins = in_zone(start, zone)
    return begins, end_after(begins, in_zone(end, zone) if end else None, warn)


def short_id(name: str) -> str:
    """A name that is not too long for an id, and another one for every other name."""
    if len(name) <= LONGEST_ID:
        return name
    return f"{name[:200]}~{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:16]}"


def place_line(*parts: Any) -> str:
    """Name, street and town, as people write it: "Wesselgården, Øragata, Kyrksæterøra". Nothing is repeated."""
    line: list[str] = []
    for part in map(any_text, parts):
        if part and not any(part.casefold() in before.casefold() for before in line):
            line.append(part)
    return ", ".join(line)


Text = Annotated[str, BeforeValidator(plain_text)]
SomeText = Annotated[str, BeforeValidator(some_text)]
AnyText = Annotated[str, BeforeValidator(any_text)]
AnyObject = Annotated[dict[str, object], BeforeValidator(any_object)]
Yes = Annotated[bool, BeforeValidator(yes)]
