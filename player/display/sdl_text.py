"""Text that SDL_ttf can be given: it refuses NUL, and in Debian 12 everything beyond the basic plane."""

from __future__ import annotations


def printable(text: str) -> str:
    """The same text, with a blank for each character that can't be drawn."""
    return "".join(letter if letter.isprintable() and letter <= "\uffff" else " " for letter in text)
