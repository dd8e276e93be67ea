"""Times of entries and sponsors as people write them -> instants. Pure: the zone comes from the configuration."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from signage.config.playlist import ZONES
from signage.config.syntax import Table

DEFAULT_ZONE = "Europe/Oslo"


def place_moments(data: Table) -> Table:
    """The parsed file with the `from` and `until` of every entry and sponsor as an instant, and days in quotation marks
    as days; the rest as it was.

    Those that are written without an offset keep the zone, so that they can be moved to that of a screen. A time
    without an offset is local time in the site's zone. A bare date means the whole day: `from` its first moment,
    `until` its last, so `until = 2026-09-20` still shows the entry on the 20th. What isn't a time stays as it is, for
    the validation to complain about.
    """
    site = data.get("site")
    zone = _zone(site.get("zone", DEFAULT_ZONE) if isinstance(site, dict) else DEFAULT_ZONE)
    placed = dict(data)
    if isinstance(screens := data.get("screens"), dict):
        placed["screens"] = {name: _entries(screen, "playlist", zone) for name, screen in screens.items()}
    if isinstance(playlists := data.get("playlists"), dict):
        placed["playlists"] = {name: _entries(shared, "entries", zone) for name, shared in playlists.items()}
    if isinstance(sponsors := data.get("sponsors"), list):
        placed["sponsors"] = [_moments(s, zone) if isinstance(s, dict) else s for s in sponsors]
    return placed


def moments_of(table: Table, zone: ZoneInfo) -> Table:
    """The same for one table with `from`, `until` and `day`."""
    return _moments(table, zone)


def _entries(table: object, key: str, zone: ZoneInfo) -> object:
    if not isinstance(table, dict) or not isinstance(table.get(key), list):
        return table
    return {**table, key: [_entry(entry, zone) for entry in table[key]]}


def _entry(entry: object, zone: ZoneInfo) -> object:
    if not isinstance(entry, dict):
        return entry
    zones: Table = {part: _entry(entry[part], zone) for part in ZONES if part in entry}
    placed = _entries({**_moments(entry, zone), **zones}, "one_of", zone)
    if isinstance(placed, dict) and isinstance(dates := placed.get("dates"), list):
        placed["dates"] = [_day(each) for each in dates]
    return placed


def _moments(entry: Table, zone: ZoneInfo) -> Table:
    moments: Table = {key: _instant(entry[key], zone, key == "until") for key in ("from", "until") if key in entry}
    if "day" in entry:
        moments["day"] = _day(entry["day"])
    return {**entry, **moments}


def _day(value: object) -> object:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _instant(value: object, zone: ZoneInfo, ends: bool) -> object:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value) if len(value) == len("2026-09-20") else datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, date) and not isinstance(value, datetime):
        try:
            value = datetime.combine(value + timedelta(days=1) if ends else value, time(), zone)
        except OverflowError:
            return value
    if not isinstance(value, datetime):
        return value
    local = value if value.tzinfo else value.replace(tzinfo=zone)
    try:
        instant = local.astimezone(UTC)
        return local if isinstance(local.tzinfo, ZoneInfo) else instant
    except OverflowError:  # the first or the last day of the calendar
        return local.replace(tzinfo=UTC)


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(name if isinstance(name, str) else DEFAULT_ZONE)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # said where the zone itself is validated
        return ZoneInfo(DEFAULT_ZONE)
