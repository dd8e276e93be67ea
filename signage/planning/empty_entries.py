"""Which lines of a playlist can't show anything, by what the sources have. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from signage.config.lines import items_of
from signage.config.models import Config, Filter
from signage.config.positions import dotted
from signage.config.words import did_you_mean, one_of
from signage.domain.model import Event


def entries_without_events(config: Config, events: Sequence[Event]) -> list[str]:
    """A sentence for each filter whose categories or audiences no event has, and that no source gives to its events.

    `events`: those of all sources for as long as they list them. Of several words in a filter one is enough, so nothing
    is reported while one of them is known. Unknown organisers: `signage.events.organisations.unknown_organisers`.
    """
    given = [word for source in config.sources for word in source.categories]
    known = {
        "categories": _words([*given, *(word for event in events for word in event.categories)]),
        "audiences": _words(word for event in events for word in event.audiences),
    }
    found = []
    for path, entry in items_of(config):
        for key, words in known.items():
            wanted = getattr(entry, key) if isinstance(entry, Filter) else []
            if not wanted or set(_words(wanted)) & set(words):
                continue
            what = "category" if key == "categories" else "audience"
            hint = next((hint for word in wanted if (hint := did_you_mean(word, sorted(words.values())))), "")
            found.append(
                f"{dotted((*path, key))}: No event has the {what} {one_of(wanted)}, so this entry shows nothing."
                f"{hint and f' Hint: {hint}'}"
            )
    return found


def _words(words: Iterable[str]) -> dict[str, str]:
    return {word.strip().casefold(): word.strip() for word in words}
