"""Which time zone a TZID means. Pure.

Done here, because icalendar 7.3.0 keeps the VTIMEZONEs of all files in one table for the whole process (two calendars
that call different zones the same would depend on who was read first), and leaves times with an unknown TZID naive.
"""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from signage.sources.base import Warnings
from signage.sources.formats.ical.text import unescaped
from signage.sources.formats.ical.vtimezone import zone_of

MOST_ZONES = 100  # of one file: a quarter of all that there are; to work out one may take a quarter of a second
MOST_RULES = 1000  # RRULEs in the definitions of one file, 5 ms of work each; a zone's whole history has 60
LONGEST_TZID = 200  # characters that are looked at: a vendor's path, and the name behind it
LONGEST_NAME = 64  # characters of an IANA name; the longest has 32. The rest is a path that nobody has
MOST_PARTS = 3  # of an IANA name: "America/Argentina/Buenos_Aires"
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?$", re.IGNORECASE)


class Zones:
    """Finds the zones of one file. `timezones`: TZID -> VTIMEZONE text; `default` is the site's zone."""

    def __init__(self, timezones: dict[str, str], default: ZoneInfo, warnings: Warnings) -> None:
        self._timezones = timezones
        self._default = default
        self._warnings = warnings
        self._found: dict[str, tzinfo] = {}
        self._rules_left = MOST_RULES

    def named(self, tzid: str) -> tzinfo:
        """The zone of a TZID: by its name, else by the file's own definition, else the site's, with a warning."""
        tzid = unescaped(tzid)
        if tzid not in self._found:
            self._found[tzid] = self._look_up(tzid)
        return self._found[tzid]

    def floating(self, calendar_zone: str | None) -> tzinfo:
        """The zone of times that name none: that of X-WR-TIMEZONE, else the site's."""
        return self.named(calendar_zone) if calendar_zone else self._default

    def _look_up(self, tzid: str) -> tzinfo:
        zone = by_name(tzid) or self._defined(tzid) or _fixed(tzid)
        if zone is None:
            self._warnings.add(f'the time zone "{tzid[:60]}" is unknown. {self._default.key} is used instead.')
            return self._default
        return zone

    def _defined(self, tzid: str) -> tzinfo | None:
        text = self._timezones.get(tzid)
        if text is None or len(self._found) >= MOST_ZONES:
            return None
        location = re.search(r"^X-LIC-LOCATION:(.+)$", text, re.MULTILINE | re.IGNORECASE)
        if location and (known := by_name(location[1])):
            return known
        self._rules_left -= text.upper().count("\nRRULE")
        if self._rules_left < 0:
            return None
        try:
            return zone_of(tzid, text)
        except ValueError as error:
            self._warnings.add(f'the time zone "{tzid[:60]}" has an invalid definition: {error}.')
            return None


def by_name(tzid: str) -> tzinfo | None:
    """An IANA name, also with a vendor's path before it; a Windows name. None when it is none."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    name = tzid[-LONGEST_TZID:].strip().strip('"')
    if name.lower().startswith("tzone://"):  # "tzone://Microsoft/Utc"
        name = name.rpartition("/")[2]
    if name.upper() in ("UTC", "GMT", "Z", "ETC/UTC"):
        return UTC
    parts = name.strip("/").split("/")
    # "/mozilla.org/20070129_1/America/Argentina/Buenos_Aires": the longest end that is a name
    candidates = ["/".join(parts[i:]) for i in range(max(0, len(parts) - MOST_PARTS), len(parts))]
    for candidate in [*candidates, WINDOWS_TO_OLSON.get(name, "")]:
        zone = _iana(candidate)
        if zone is not None:
            return zone
    return None


def _fixed(tzid: str) -> tzinfo | None:
    """ "UTC+2", "GMT +01:00", "+0200": so much before UTC."""
    found = _OFFSET.match("".join(tzid[:LONGEST_TZID].split()))
    if found is None or int(found[2]) > 14 or int(found[3] or 0) > 59:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-offset if found[1] == "-" else offset)


def _iana(name: str) -> ZoneInfo | None:
    if not name or len(name) > LONGEST_NAME:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # unknown; a path; a folder ("Europe")
        return None
