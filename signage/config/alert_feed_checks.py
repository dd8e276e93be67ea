"""Feeds of official alerts: does each have what it needs, and which municipalities are asked about? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from signage.config.alert_feeds import OWN, AlertFeed
from signage.config.explain import Finding
from signage.config.models import Config
from signage.config.positions import Path
from signage.config.words import one_of, written


def municipality_of(config: Config, place: str) -> str:
    """The number of the municipality that a place is in; "" when it isn't given."""
    return config.places[place].municipality or config.site.municipality


def municipalities(config: Config) -> tuple[str, ...]:
    """The numbers of all places' municipalities, each once, in the order of the file."""
    return tuple(dict.fromkeys(number for place in config.places if (number := municipality_of(config, place))))


def check_alert_feeds(config: Config) -> Iterator[Finding]:
    """What is wrong with a feed, or lacks for it elsewhere in the file."""
    seen: set[str] = set()
    for index, feed in enumerate(config.alert_feeds):
        path: Path = ("alert_feeds", index)
        if feed.feed_id in seen:
            where = (*path, "id") if feed.id else path
            hint = "give each its own id." if feed.id else 'write an id of its own, like id = "met-red".'
            yield Finding(where, f"Another alert feed has the id {written(feed.feed_id)}.", hint)
        seen.add(feed.feed_id)
        yield from _of_other_types(path, feed)
        yield from _needs(path, feed, config)


def _of_other_types(path: Path, feed: AlertFeed) -> Iterator[Finding]:
    for kind, settings in OWN.items():
        for setting in settings:
            if kind != feed.type and setting in feed.model_fields_set:
                message = f'"{setting}" can\'t be used with type = {written(feed.type)}.'
                yield Finding((*path, setting), message, f"it belongs to {one_of([kind])}.", at="key")


def _needs(path: Path, feed: AlertFeed, config: Config) -> Iterator[Finding]:
    numbers, positions = municipalities(config), [place.position for place in config.places.values() if place.position]
    if feed.type == "cap":
        for setting, example in (("url", "https://example.org/cap.atom"), ("name", "Politiet")):
            if not getattr(feed, setting):
                what = "Where the feed is isn't known." if setting == "url" else "Whom the alerts are from isn't known."
                yield Finding(path, what, f'write {setting} = "{example}" here.')
    if feed.type == "met" and not config.site.contact.strip():
        message = "MET Norway gives alerts only to those whom it can reach."
        hint = 'write contact = "name@example.org", your own address, under [site].'
        yield Finding(path, message, hint, needs_whole_file=True)
    if not numbers and not positions:
        message = "The position of no place is known, and no municipality, so no alert can be shown."
        hint = 'write position = [63.3, 9.1] under each [places.…], or municipality = "5055" under [site].'
        yield Finding(path, message, hint, needs_whole_file=True)
    elif feed.type == "nve":
        yield from _needs_of_nve(path, feed.dangers, bool(numbers), bool(positions))


def _needs_of_nve(path: Path, dangers: Sequence[str], numbers: bool, positions: bool) -> Iterator[Finding]:
    by_number = [danger for danger in dangers if danger != "avalanche"]
    if by_number and not numbers:
        message = "NVE warns of floods and landslides by municipality, and none is given."
        hint = 'write municipality = "5055", your own number, under [site].'
        yield Finding(path, message, hint, needs_whole_file=True)
    if "avalanche" in dangers and not positions:
        message = "NVE warns of avalanches by position, and that of no place is given."
        hint = "write position = [63.3, 9.1] under each [places.…]"
        rest = ", ".join(f'"{danger}"' for danger in by_number)
        hint += f", or dangers = [{rest}] here." if rest else "."
        yield Finding(path, message, hint, needs_whole_file=True)
