"""Text that came through a program which mistook its encoding, or encoded it for e-mail, made readable again. Pure."""

from __future__ import annotations

import re
from base64 import b64decode
from quopri import decodestring

LONGEST_WORD = 1000  # characters of an encoded word; RFC 2047 allows 75
_ENCODED = re.compile(r"=\?([\w-]{2,20})(?:\*[\w-]*)?\?([QqBb])\?([^?\s]{1,1000})\?=")
_BETWEEN = re.compile(r"(\?=)\s+(=\?[\w-]{2,20}\?[QqBb]\?)")
# UTF-8 that was read as Windows-1252: "Ã˜" for Ø, "â€“" for a dash, "ðŸŽ„" for a tree. No text has these for another
# reason; other letters (Å, É) may be followed by a quotation mark.
_REST = "[\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
_MISTAKEN = re.compile(rf"[ÃÂ]{_REST}|â{_REST}{{2}}|ðŸ{_REST}{{2}}")
_SIGNS = ("Ã", "Â", "â", "ðŸ")


def readable(text: str) -> str:
    """The text without encoded words (RFC 2047: "=?UTF-8?Q?J=C3=B8rgen?=") and with its letters as they were meant."""
    if "=?" in text:
        text = _ENCODED.sub(_decoded_word, _BETWEEN.sub(r"\1\2", text))
    if any(sign in text for sign in _SIGNS):
        text = _MISTAKEN.sub(_meant, text)
    return text


def _decoded_word(found: re.Match[str]) -> str:
    try:
        if found[2] in "Qq":
            body = decodestring(found[3].replace("_", " ").encode())
        else:
            body = b64decode(found[3] + "=" * (-len(found[3]) % 4))
        text = body.decode(found[1])
        text.encode()  # UTF-7 can write half a letter, which no file can hold
        return text
    except (ValueError, LookupError):
        return found[0]


def _meant(found: re.Match[str]) -> str:
    """The letter whose UTF-8 the characters are."""
    try:
        return b"".join(_byte(character) for character in found[0]).decode()
    except UnicodeError:
        return found[0]


def _byte(character: str) -> bytes:
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:  # five bytes that Windows-1252 has no letter for
        return character.encode("latin-1")
