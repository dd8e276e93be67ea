"""Who took a picture: as the source says it, or as the file itself does. Kept in the file, so that it never gets lost.

The law asks for the name wherever a picture is shown (åndsverkloven § 5; lovdata.no/lov/2018-06-15-40).
"""

from __future__ import annotations

import re

from PIL import Image, ImageFile, IptcImagePlugin

from signage.domain.markup import unescape

LONGEST = 60  # characters: it is small, in a corner
_ARTIST, _COPYRIGHT = 0x013B, 0x8298  # Exif 2.32, table 4
_CREDIT, _BY_LINE, _NOTICE = (2, 110), (2, 80), (2, 116)  # IPTC IIM 4.2, record 2
_SAID = re.compile(r"^\W*(?:foto|photo|bilde|illustrasjon|fotograf)\b|©|\(c\)", re.IGNORECASE)
_NOBODY = frozenset(
    ["unknown", "ukjent", "picasa", "user", "admin", "administrator", "owner", "artist", "photographer"]
)


def credit_line(said: str) -> str:
    """ "Foto: Ola Nordmann" of what a source or a file says; "" when that names nobody."""
    text = " ".join("".join(c if c.isprintable() else " " for c in unescape(said)).split())
    if text.casefold().strip(" .:") in _NOBODY or not any(map(str.isalpha, text)) or re.search("://|[@<>]", text):
        return ""
    if len(text) > LONGEST:
        text = text[:LONGEST].rsplit(" ", 1)[0] + "…"
    return text if _SAID.search(text) else f"Foto: {text}"


def credit_in(picture: Image.Image) -> str:
    """The credit in a picture's IPTC or Exif fields, or in a PNG's text; "" without one."""
    iptc = (IptcImagePlugin.getiptcinfo(picture) if isinstance(picture, ImageFile.ImageFile) else None) or {}
    exif = picture.getexif()
    candidates = (
        *(iptc.get(field) for field in (_CREDIT, _BY_LINE)),
        *(exif.get(_ARTIST), picture.info.get("Author")),
        *(iptc.get(_NOTICE), exif.get(_COPYRIGHT), picture.info.get("Copyright")),
    )
    return next((line for found in candidates if (line := credit_line(_text(found)))), "")


def kept_in(picture: Image.Image) -> str:
    """The credit in a file that we have encoded: its comment."""
    comment = picture.info.get("comment", b"")
    return comment.decode("utf-8", "replace") if isinstance(comment, bytes) else str(comment)


def _text(found: object) -> str:
    """Text of a field: bytes, or bytes that were taken for Latin-1 on the way."""
    if isinstance(found, list):
        found = found[0] if found else ""
    if isinstance(found, str):
        try:
            return found.encode("latin-1").decode("utf-8").replace("\0", " ")
        except UnicodeError:
            return found.replace("\0", " ")
    return found.decode("utf-8", "replace").replace("\0", " ") if isinstance(found, bytes) else ""
