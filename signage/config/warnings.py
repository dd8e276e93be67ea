"""What a valid screens.toml has that was hardly meant, or shows nothing. Pure; the instant is an argument."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from signage.config.explain import Finding
from signage.config.hours_text import AS_USUAL, Span, parse_spans
from signage.config.lines import items_of
from signage.config.models import Config, Screen
from signage.config.place_positions import unlikely_positions
from signage.config.playlist import ENTRIES, ZONES, Timed
from signage.config.positions import Path, dotted
from signage.config.shown import all_hold, shown_spans
from signage.config.sources import has_login, source_models
from signage.config.words import did_you_mean, one_of, written

LONGEST_NIGHT = timedelta(
    hours=12
)  # of a place that closes after midnight; longer is rather two times that are swapped
FORESEEN = timedelta(days=21)  # by then every weekday has come that is no holiday
EARLY = time(5)  # a bar that opens at noon may still close by then


def doubtful(config: Config, now: datetime, environment: Mapping[str, str]) -> Iterator[Finding]:
    """A finding for each setting that is accepted and should be looked at again. `now` decides what is over."""
    yield from _secrets(config, environment)
    yield from unlikely_positions(config)
    zone = ZoneInfo(config.site.zone)
    news = {source.id: source for source in config.sources}
    for name, screen in config.screens.items():
        path: Path = ("screens", name)
        yield from _hours(path, screen)
        yield from _languages(path, screen, config)
        yield from _never(name, config, now)
        for line in screen.lines:
            if line.entry.show == "sponsor" and config.sponsors and not any(s.is_on(name) for s in config.sponsors):
                hint = f'add "{name}" to the screens of a sponsor, or delete this entry.'
                yield Finding((*line.path, "show"), f"No sponsor is shown on the screen {written(name)}.", hint)
        for number, group in enumerate(screen.groups):
            known = [other for other in config.members if other != group]
            if group not in config.groups and config.members[group] == (name,) and (hint := did_you_mean(group, known)):
                message = f"No other screen is in the group {written(group)}."
                yield Finding((*path, "groups", number), message, hint)
    for where, item in items_of(config):
        if where[-1] in ZONES:
            yield from _of_whole_pages(where, item)
        yield from _addresses(where, item)
        yield from _over(where, item.until, now, zone)
        yield from _times(where, item, config, now, zone)
        source = news.get(getattr(item, "source", ""))
        if source is not None and not source.has_news and getattr(item, "show", "") != "table":
            with_news = [each for each, model in source_models().items() if model.has_news]
            message = f"There is never any news from {written(source.id)}: its type is {written(source.type)}."
            hint = f"name a source with type = {one_of(with_news)}, or delete this entry."
            yield Finding((*where, "source"), message, hint)
    shown = {getattr(item, "source", "") for _, item in items_of(config)}
    for index, each in enumerate(config.sources):
        if each.is_table and each.id not in shown:
            hint = f'add {{ show = "table", source = "{each.id}" }} to a playlist, or delete this section.'
            yield Finding(("sources", index, "table"), "No playlist shows this table.", hint)
    for index, sponsor in enumerate(config.sponsors):
        yield from _over(("sponsors", index), sponsor.until, now, zone)


def _secrets(config: Config, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Passwords in addresses, and variables that are to hold one and don't."""
    if has_login(config.site.proxy):
        hint = "take this line out, and set HTTPS_PROXY and HTTP_PROXY where the service gets its environment."
        yield Finding(("site", "proxy"), "There is a login in this address, and many can read this file.", hint)
    for index, source in enumerate(config.sources):
        path: Path = ("sources", index)
        if has_login(source.url):
            hint = "take it out of the address, and write user_env and password_env (docs/sources.md)."
            yield Finding((*path, "url"), "There is a login in this address, and many can read this file.", hint)
        for key in type(source).model_fields:
            name = getattr(source, key) if key.endswith("_env") else ""
            if name and not environment.get(name):
                message = f"The environment variable {name} isn't set here, or is empty."
                yield Finding((*path, key), message, "set it where the service gets its environment (docs/sources.md).")


def _over(path: Path, until: datetime | None, now: datetime, zone: ZoneInfo) -> Iterator[Finding]:
    if until is not None and until <= now:
        last = (until - timedelta(seconds=1)).astimezone(zone).date()
        yield Finding((*path, "until"), f"This is over: its last day was {last}.", "write a later day, or delete it.")


def _of_whole_pages(path: Path, zone: Timed) -> Iterator[Finding]:
    """Settings of a split page that are given to one of its zones, where they change nothing."""
    for setting, given in (("every", zone.every > 1), ("seconds", getattr(zone, "seconds", None) is not None)):
        if given:
            message = f"{setting} counts for the whole page: in a zone it changes nothing."
            yield Finding((*path, setting), message, 'write it beside show = "split".', at="key")


def _addresses(path: Path, item: Timed) -> Iterator[Finding]:
    """Addresses of the web where files are meant."""
    kind = ENTRIES.get(getattr(item, "show", ""))
    for setting in kind.paths if kind else ():
        if re.search(r"(^|/)(https?|ftp):/", str(getattr(item, setting))):
            meant = "folder" if setting == "folder" else "file"
            message = f"This is an address of the web, and a {meant} on this machine is meant."
            yield Finding((*path, setting), message, "download it, and write its name, seen from this file's folder.")


def _never(screen_id: str, config: Config, now: datetime) -> Iterator[Finding]:
    """Entries of a screen that are never shown again, since what says when they are excludes each other."""
    zone, seen = config.zone_of(screen_id), set[tuple[Path, ...]]()
    for line in config.screens[screen_id].lines:
        where = (line.path, *line.around_paths)
        if where in seen or any(timed.until and timed.until <= now for timed in line.times):
            continue
        seen.add(where)
        start = max([now, *(timed.from_ for timed in line.times if timed.from_)])
        end = min([start + FORESEEN, *(timed.until for timed in line.times if timed.until)])
        simple = len(line.times) < 2 and end == start + FORESEEN  # one condition alone is met by then
        if simple or any(timed.dates for timed in line.times):  # days of an entry: `_times` looks at them
            continue
        if not all_hold(line.times, zone, config.site.country, start, end):
            inside = f", as part of {dotted(line.around_paths[-1])}" if line.around_paths else ""
            message = f"This is never shown{inside}: its times exclude each other."
            yield Finding(line.path, message, "all that an entry says about its times must hold.")


def _times(path: Path, item: Timed, config: Config, now: datetime, zone: ZoneInfo) -> Iterator[Finding]:
    """Times that are swapped, or at which an entry is never shown again."""
    if item.hours:
        yield from _swapped((*path, "hours"), item.hours, "shown")
    if item.dates and (item.until is None or item.until > now):
        today = now.astimezone(zone).date()
        if max(item.dates) < today:
            message = f"This is over: its last day was {max(item.dates)}."
            yield Finding((*path, "dates"), message, "write a later day, or delete it.")
        elif not any(
            shown_spans(item, zone, config.site.country, midday - timedelta(days=2), midday + timedelta(days=2))
            for day in item.dates
            if day >= today
            for midday in [datetime.combine(day, time(12), zone)]
        ):
            message = "This is never shown: its other conditions exclude all of these days."
            yield Finding((*path, "dates"), message, "all that an entry says about its times must hold.")


def _swapped(path: Path, text: str, what: str) -> Iterator[Finding]:
    for opening, closing in parse_spans(text):
        if _is_swapped((opening, closing)):
            message = f"{_clock(opening)}-{_clock(closing)} is {what} all night, until the next day."
            hint = f'write "{_clock(closing)}-{_clock(opening)}" if the two times are swapped.'
            yield Finding(path, message, hint)


def _hours(path: Path, screen: Screen) -> Iterator[Finding]:
    for days, text in (screen.hours or {}).items():
        if text.strip().lower() == AS_USUAL:
            continue
        yield from _swapped((*path, "hours", days), text, "open")


def _is_swapped(span: Span) -> bool:
    opening, closing = (timedelta(hours=t.hour, minutes=t.minute) for t in span)
    if span[0] == span[1] or closing > opening or span[1] <= EARLY:
        return False
    return closing + timedelta(days=1) - opening > LONGEST_NIGHT


def _clock(clock: time) -> str:
    return f"{clock:%H:%M}"


def _languages(path: Path, screen: Screen, config: Config) -> Iterator[Finding]:
    listed = config.site.languages
    places: list[tuple[Path, str]] = [((*path, "languages", n), each) for n, each in enumerate(screen.languages)]
    if screen.language:
        places.append(((*path, "language"), screen.language))
    for where, language in places:
        if language not in listed:
            message = f"The site doesn't list the language {written(language)}."
            together = ", ".join(f'"{each}"' for each in [*listed, language])
            yield Finding(where, message, f"write languages = [{together}] under [site].")
