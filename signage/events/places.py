"""Which place of screens.toml a venue text means. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from signage.config.models import Place
from signage.events.text import fold


def begins_like(text: str, beginning: str) -> bool:
    """Whether a folded text begins with a folded beginning, and a word ends there."""
    return text.startswith(beginning) and not text[len(beginning) : len(beginning) + 1].isalnum()


class Places:
    """Finds places by the beginning of a venue text: their name, or one of their `match`."""

    def __init__(self, places: Mapping[str, Place]) -> None:
        beginnings = [
            (fold(text), place_id)
            for place_id, place in places.items()
            for text in (place.name, *place.match)
            if fold(text)
        ]
        # the longest wins: "Heim bibliotek, barneavdelingen" before "Heim bibliotek"; then the first in the file
        self._beginnings = sorted(beginnings, key=lambda pair: -len(pair[0]))

    def find(self, venue: str) -> str | None:
        """The id of the place, or None."""
        text = fold(venue)
        return next((place for beginning, place in self._beginnings if begins_like(text, beginning)), None)
