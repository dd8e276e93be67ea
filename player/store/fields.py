"""Fields of a JSON object that a server sent, each checked as it is read. Pure.

All raise ValueError with a sentence, or KeyError for a field that isn't there.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import TypeVar

T = TypeVar("T")
Fields = dict[str, object]  # of a JSON object; nothing in it is checked yet

SHA256 = re.compile(r"[0-9a-f]{64}")
_COLOR = re.compile(r"#[0-9a-f]{6}")


def fields(value: object, what: str) -> Fields:
    if not isinstance(value, dict):
        raise ValueError(f"{what} is not an object")
    return value


def text(raw: Fields, key: str) -> str:
    value = raw[key]
    if not isinstance(value, str):
        raise ValueError(f"{key} is not a text")
    return value


def whole(raw: Fields, key: str, lowest: int, highest: int) -> int:
    value = raw[key]
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        raise ValueError(f"{key} is {value!r}, not a whole number from {lowest} to {highest}")
    return value


def number(raw: Fields, key: str, lowest: float, highest: float) -> float:
    value = raw[key]
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"{key} is {value!r}, not a number")
    if not lowest <= value <= highest:
        raise ValueError(f"{key} is {value!r}, not from {lowest} to {highest}")
    return float(value)


def one_of(raw: Fields, key: str, allowed: tuple[T, ...]) -> T:
    value = raw[key]
    for one in allowed:
        if value == one and type(value) is type(one):
            return one
    raise ValueError(f"{key} is {value!r}, not one of {allowed}")


def instant(raw: Fields, key: str) -> datetime:
    """RFC 3339 with an offset."""
    at = datetime.fromisoformat(text(raw, key))
    if at.tzinfo is None:
        raise ValueError(f"{key} has no offset")
    return at.astimezone(UTC)


def color(raw: Fields, key: str) -> tuple[int, int, int]:
    if not _COLOR.fullmatch(value := text(raw, key)):
        raise ValueError(f"{key} is {value!r}, not a colour like #f2b84b")
    red, green, blue = bytes.fromhex(value[1:])
    return red, green, blue


def public_key(digits: object, name: str) -> bytes:
    if not isinstance(digits, str) or not SHA256.fullmatch(digits):  # as many digits as a hash has
        raise ValueError(f"{name} is not a public key")
    return bytes.fromhex(digits)
