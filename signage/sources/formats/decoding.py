"""Text out of bytes whose encoding nobody can be trusted to know: what people save and what servers declare. Pure."""

from __future__ import annotations

import codecs
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WINDOWS = frozenset({"iso8859-1", "ascii", "cp1252"})  # read as Windows-1252, as browsers do (WHATWG Encoding 4.2)
_OTHERS = re.compile(r"iso8859-\d+|cp\d+|mac-\w+|koi8-\w|big5|gbk|gb18030|shift_jis|euc_\w+")
_BYTE = "signage-windows-1252"


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """An error handler: the bytes that are no UTF-8, as Windows-1252 has them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _windows(error.object[error.start : error.end]), error.end


codecs.register_error(_BYTE, _as_windows)


def decode(body: bytes, declared: str | None = None) -> str:
    """The text of a body. A byte order mark decides; else `declared`; else UTF-8, and Windows-1252 where it is none.

    Text that is declared to be UTF-8 and has Windows-1252 in it (a sheet of two programs) keeps the letters of both.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    for name, zeros in (("utf-16-le", body[1:400:2]), ("utf-16-be", body[0:400:2])):
        if len(zeros) > 1 and zeros.count(0) > len(zeros) * 0.7:
            return body.decode(name, "replace")
    known = codec(declared)
    if known in _WINDOWS and not _is_utf8(body):
        return _windows(body)
    if known is not None and _OTHERS.fullmatch(known) and known not in _WINDOWS:
        return body.decode(known, "replace")
    return body.decode("utf-8", _BYTE)


def codec(declared: str | None) -> str | None:
    """The codec's name in Python; None for one that is unknown, or that pages, feeds and sheets are not written in.

    Python knows codecs that are none of text ("zip", "rot13"), and some that take the square of it ("punycode").
    UTF-16 is not taken at its word, either: with neither mark nor zeros, the text is something else.
    """
    try:
        name = codecs.lookup((declared or "").strip()).name
    except (LookupError, ValueError):
        return None
    return name if name in _WINDOWS or name == "utf-8" or _OTHERS.fullmatch(name) else None


def _is_utf8(body: bytes) -> bool:
    """Whether letters beyond ASCII are there, and all of them are UTF-8: then a declaration of Latin-1 is wrong."""
    if body.isascii():
        return False
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _windows(body: bytes) -> str:
    # five bytes mean nothing in Windows-1252; they are control characters in Latin-1
    return "".join(_LETTERS[byte] for byte in body)


_LETTERS = [
    bytes([byte]).decode("latin-1" if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else "cp1252") for byte in range(256)
]
