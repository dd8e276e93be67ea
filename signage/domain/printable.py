"""Text that a terminal shows and does not obey: what strangers wrote, on its way to a log, a status or a terminal.

A terminal takes orders in the text that it is given (ECMA-48): the control characters C0 and C1 set its title, its
colours and its clipboard, and those for writing directions (Unicode's "Trojan source" characters) show a line in
another order than it is written in.
"""

from __future__ import annotations

import json
import re
from typing import Any

_SIGN = "\ufffd"
_ORDERS = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
_LOGIN = re.compile(r"//[^/\s\"]*@")
_ORDER = re.compile(f"[{_ORDERS}]")


def printable(text: str) -> str:
    """Text without orders to a terminal: U+FFFD replaces each. Line breaks and tabs stay."""
    return _ORDER.sub(_SIGN, text)


def printable_line(text: str) -> str:
    """The same in one line: nobody can make up a further line of a log."""
    return _ORDER.sub(_SIGN, text.replace("\r\n", " ").replace("\n", " ").replace("\r", " ").replace("\t", " "))


def without_login(text: str) -> str:
    """Text whose web addresses have no user name and no password: "https://kari:1234@heim.no" -> "https://…@heim.no"."""
    return _LOGIN.sub("//…@", text)


def printable_json(value: Any, indent: int | None = None) -> str:
    """JSON with letters as they are and with orders to a terminal escaped, so that who reads it gets the same value."""
    written = json.dumps(value, ensure_ascii=False, indent=indent)
    return _ORDER.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def counted(number: int, noun: str) -> str:
    """ "1 page", "3 pages"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
