"""What may stand after the colon of a benchmark's row."""

from __future__ import annotations


class BadAmount(ValueError):
    """It can't be understood; the text says what can."""


def whole(text: str) -> int:
    """A whole number above 0. Raises BadAmount."""
    if not text.isdecimal() or int(text) == 0:
        raise BadAmount(f'"{text}" is not a whole number above 0.')
    return int(text)


def wholes(text: str) -> list[int]:
    """Such numbers with commas between them. Raises BadAmount."""
    return [whole(part) for part in text.split(",")]
