"""Recognise a cancellation that is written into the title. Pure."""

from __future__ import annotations

import re

from signage.model import Status

# "AVLYST: X", "Avlyst - X", "X (avlyst)", "X – AVLYST"; Outlook's "Canceled: X". "Den avlyste konserten" is a title.
_EDGE = r"[\s:!.,;*\-–—|/]*"
_PATTERNS = (
    re.compile(rf"^{_EDGE}[(\[]?avlyst\b[)\]]?{_EDGE}", re.IGNORECASE),
    re.compile(rf"^{_EDGE}cancell?ed\s*[:\-–]{_EDGE}", re.IGNORECASE),
    re.compile(r"\s*[(\[]\s*avlyst\s*[!.]*\s*[)\]]\s*", re.IGNORECASE),
    re.compile(r"(\s+er|[\s:,\-–—|/])\s*avlyst[\s!.*]*$", re.IGNORECASE),
    re.compile(rf"{_EDGE}\bAVLYST\b{_EDGE}"),
)


LONGEST = 1000  # characters that are looked at; a title ends up shorter, and the patterns take the square of it


def split_cancelled(title: str) -> tuple[str, Status]:
    """The title without the word that says it is cancelled, and the status. A title that is nothing else is kept."""
    title = title[:LONGEST]
    for pattern in _PATTERNS:
        found = pattern.search(title)
        if found:
            before, after = title[: found.start()].rstrip(), title[found.end() :].lstrip()
            rest = " ".join(filter(None, (before, after))).strip()
            return rest or title.strip(), Status.CANCELLED
    return title, Status.SCHEDULED
