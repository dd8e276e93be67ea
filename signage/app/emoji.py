"""Emoji in what the screens show, and those of them that this machine has no font for."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain

from signage.config.models import Config
from signage.config.positions import dotted
from signage.config.warnings import entries_of
from signage.domain.model import Event, News
from signage.errors import SignageError

FIRST_PICTOGRAPH = 0x2300  # before it are letters and signs that the bundled fonts have
FIRST_EMOJI = 0x1F000  # from here on also what this Python knows no category of: Unicode adds some every year
MOST_NAMED = 3  # texts in a sentence
HINT = "sudo apt install fonts-noto-color-emoji, then restart the server."

_drawable: dict[str, bool] = {}  # by character, once the browser has tried; fonts are found when a process starts


def missing_emoji(config: Config, events: Iterable[Event], news: Iterable[News]) -> list[str]:
    """A sentence that names the texts with emoji that would appear as empty boxes, if there are any. Starts the browser
    for characters that it was not asked about before; where it doesn't start, nothing is known."""
    texts = [(where, text, emoji_in(text)) for where, text in _texts(config, events, news)]
    found = set(chain.from_iterable(emoji for _, _, emoji in texts))
    with suppress(SignageError):
        _try(sorted(found - _drawable.keys()))
    missing = {character for character in found if not _drawable.get(character, True)}
    where = list(dict.fromkeys(where for where, _, emoji in texts if emoji & missing))
    if not where:
        return []
    more = f" and {len(where) - MOST_NAMED} more" if len(where) > MOST_NAMED else ""
    named = ", ".join(where[:MOST_NAMED]) + more
    return [f"No font of this machine has {' '.join(sorted(missing))}; an empty box appears in {named}. Hint: {HINT}"]


def emoji_in(text: str) -> set[str]:
    """The pictographs of a text, without what only joins or varies them."""
    return {
        c for c in text if ord(c) >= FIRST_PICTOGRAPH and (unicodedata.category(c) == "So" or ord(c) >= FIRST_EMOJI)
    }


def _try(characters: list[str]) -> None:
    from signage.rendering.glyphs import missing_glyphs  # the browser's driver is large

    if characters:
        missing = missing_glyphs(characters)
        _drawable.update({character: character not in missing for character in characters})


def _texts(config: Config, events: Iterable[Event], news: Iterable[News]) -> Iterator[tuple[str, str]]:
    """Everything that may be shown, with words that lead to it."""
    site = config.site
    for key, text in {"name": site.name, "area": site.area, "motto": site.motto}.items():
        yield f"site.{key}", text
    for name, place in config.places.items():
        yield f"places.{name}", f"{place.name} {place.town}"
    for number, sponsor in enumerate(config.sponsors):
        yield f"sponsors[{number}]", f"{sponsor.name} {sponsor.text}"
    for name, screen in config.screens.items():
        yield f"screens.{name}.name", screen.name
        for path, entry in entries_of(("screens", name), screen):
            words = (getattr(entry, key, "") for key in ("title", "text", "heading"))
            yield dotted(path), " ".join(word for word in words if isinstance(word, str))
    for event in events:
        yield f'the event "{event.title}"', f"{event.title} {event.summary} {event.venue} {event.organizer}"
    for item in news:
        yield f'the news "{item.title}"', f"{item.title} {item.text}"
