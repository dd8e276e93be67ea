"""Emoji in what the screens show, and those of them that neither a layout nor this machine has a font for."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence, Set
from contextlib import suppress
from itertools import chain

from signage.config.lines import items_of
from signage.config.models import Config
from signage.config.positions import dotted
from signage.domain.model import Event, News
from signage.errors import SignageError
from signage.rendering.layouts import Layout

FIRST_PICTOGRAPH = 0x2300  # before it are letters and signs that the bundled fonts have
FIRST_EMOJI = 0x1F000  # from here on also what this Python knows no category of: Unicode adds some every year
MOST_NAMED = 3  # texts in a sentence
HINT = "leave it out, or sudo apt install fonts-noto-color-emoji fonts-symbola and restart the server."

# By the layouts' fingerprints and the character, once the browser has tried; fonts are found when a process starts.
_drawable: dict[tuple[tuple[str, ...], str], bool] = {}


Found = Sequence[tuple[str, Set[str]]]  # a text, with words that lead to it, and its emoji


def texts_with_emoji(config: Config, events: Iterable[Event], news: Iterable[News]) -> Found:
    """The texts that may be shown and have emoji."""
    return [(where, emoji) for where, text in _texts(config, events, news) if (emoji := emoji_in(text))]


def missing_emoji(texts: Found, layouts: Callable[[], Collection[Layout]]) -> list[str]:
    """A sentence that names the texts with emoji that would appear as empty boxes, if there are any. `layouts` gives
    those in use. Starts the browser for characters that it has not drawn before; where it doesn't start, nothing is
    known.
    """
    found = set(chain.from_iterable(emoji for _, emoji in texts))
    missing: set[str] = set()
    if found:
        with suppress(SignageError):
            missing = _missing(found, layouts())
    where = list(dict.fromkeys(where for where, emoji in texts if emoji & missing))
    if not where:
        return []
    more = f" and {len(where) - MOST_NAMED} more" if len(where) > MOST_NAMED else ""
    named = ", ".join(where[:MOST_NAMED]) + more
    return [f"No font has {' '.join(sorted(missing))}; an empty box appears in {named}. Hint: {HINT}"]


def emoji_in(text: str) -> set[str]:
    """The pictographs of a text, without what only joins or varies them."""
    return {
        c for c in text if ord(c) >= FIRST_PICTOGRAPH and (unicodedata.category(c) == "So" or ord(c) >= FIRST_EMOJI)
    }


def _missing(characters: set[str], layouts: Collection[Layout]) -> set[str]:
    from signage.rendering.glyphs import missing_glyphs  # the browser's driver is large

    known_by = tuple(sorted(layout.fingerprint for layout in layouts))
    unknown = [character for character in sorted(characters) if (known_by, character) not in _drawable]
    if unknown:
        missing = missing_glyphs(unknown, [layout.css for layout in layouts])
        _drawable.update({(known_by, character): character not in missing for character in unknown})
    return {character for character in characters if not _drawable[known_by, character]}


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
    for path, entry in items_of(config):
        words = (getattr(entry, key, "") for key in ("title", "text", "heading"))
        yield dotted(path), " ".join(word for word in words if isinstance(word, str))
    for event in events:
        yield f'the event "{event.title}"', f"{event.title} {event.summary} {event.venue} {event.organizer}"
    for item in news:
        yield f'the news "{item.title}"', f"{item.title} {item.text}"
