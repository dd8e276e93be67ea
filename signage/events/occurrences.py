"""From a source's record to a clean occurrence that can be compared with others. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import groupby
from operator import itemgetter
from zoneinfo import ZoneInfo

from signage.config.models import Config
from signage.domain.model import EventDetails, Record
from signage.events import text, titles
from signage.events.places import ClaimedPlace, PlaceIndex
from signage.events.titles import TitleWords
from signage.events.words import words

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence(EventDetails):
    """A record with clean text and known instants (UTC). `where`, `by` and `said`: its venue,
    organiser and title, to be compared."""

    source: str
    uid: str
    day: date
    starts_at: datetime
    ends_at: datetime
    place: str | None
    organizer_url: str | None
    description: str
    held: str
    where: ClaimedPlace = field(
        repr=False, compare=False
    )  # read from the venue; sets have no order that a repr could show
    by: frozenset[str] = field(repr=False, compare=False)  # the words of the organiser and of the municipality
    said: TitleWords = field(repr=False, compare=False)  # read from the title

    @property
    def links(self) -> frozenset[str]:
        """The addresses that it leads to."""
        return frozenset(url.rstrip("/") for url in (self.url, self.ticket.url) if url)

    @property
    def key(self) -> tuple[str, tuple[int, int, str], datetime]:
        """Orders occurrences, whatever order they and their sources came in. Nothing in it before the uid may change
        from one day to the next: the first of a group gives the event its id.
        """
        return (self.source, _natural(self.uid), self.starts_at)


def in_order(occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """By key, and what is equal there by all that it says."""
    keyed = sorted(((o.key, o) for o in occurrences), key=itemgetter(0))
    runs = ([o for _, o in run] for _, run in groupby(keyed, key=itemgetter(0)))
    return [one for run in runs for one in (sorted(run, key=_all) if len(run) > 1 else run)]


def _all(occurrence: Occurrence) -> tuple[str, str, str]:
    return (occurrence.title, occurrence.venue, repr(occurrence))


class OccurrenceReader:
    """Makes occurrences of records, by the rules of a configuration."""

    def __init__(self, config: Config) -> None:
        self.zone = ZoneInfo(config.site.zone)
        # What many records have in common is read once: most events are in several calendars, or take place every week.
        self._title, self._venue = cache(text.clean_title), cache(text.clean_venue)
        self._line, self._text, self._words = cache(text.clean_line), cache(text.clean_text), cache(_clean_words)
        self._by: dict[str, frozenset[str]] = {}
        self._said: dict[tuple[str, str, str], TitleWords] = {}
        self._here = frozenset(words(f"{config.site.name} {config.site.area}"))
        self._places = PlaceIndex(config.places)
        usual = timedelta(hours=config.site.expiry_hours)
        self._usual = usual
        self._expiry = {
            source.id: timedelta(hours=source.expiry_hours) if source.expiry_hours is not None else usual
            for source in config.sources
        }

    def read(self, record: Record) -> Occurrence:
        """Clean one record. Its title may be empty then."""
        start, end = self._times(record)
        starts_at, ends_at = self._instants(start, end, self._expiry.get(record.source, self._usual))
        title, venue, organizer = self._title(record.title), self._venue(record.venue), self._line(record.organizer)
        where = self._places.where(venue)
        by = self._by.get(organizer)
        if by is None:
            by = self._by[organizer] = self._here.union(words(organizer))
        said = self._said.get((title, venue, organizer))
        if said is None:
            said = self._said[title, venue, organizer] = titles.read(title, where, by, self._places.towns)
        clean = {
            "title": title,
            "start": start,
            "end": end,
            "venue": venue,
            "organizer": organizer,
            "categories": self._words(record.categories),
            "audiences": self._words(record.audiences),
        }
        return Occurrence(
            **record.details() | clean,
            source=record.source,
            uid=record.uid,
            day=start.date() if isinstance(start, datetime) else start,
            starts_at=starts_at,
            ends_at=ends_at,
            place=where.place,
            organizer_url=record.organizer_url,
            description=self._text(record.description),
            held=record.held,
            where=where,
            by=by,
            said=said,
        )

    def _times(self, record: Record) -> tuple[datetime | date, datetime | date | None]:
        """Start and end in the site's zone. An end that is not after its start is none; an all-day event has one."""
        start, end = record.start, record.end
        if isinstance(start, datetime):
            start = start.astimezone(self.zone)
            if not isinstance(end, datetime) or end.astimezone(UTC) <= start.astimezone(UTC):
                return start, None
            return start, end.astimezone(self.zone)
        if end is None or isinstance(end, datetime) or end <= start:
            end = start + DAY
        return start, end

    def _instants(
        self, start: datetime | date, end: datetime | date | None, expiry: timedelta
    ) -> tuple[datetime, datetime]:
        """In UTC: two times in one zone compare by the clock in Python, which is wrong in the autumn night."""
        if not isinstance(start, datetime):
            assert end is not None
            return self._midnight(start), self._midnight(end)
        starts_at = start.astimezone(UTC)
        return starts_at, end.astimezone(UTC) if isinstance(end, datetime) else starts_at + expiry

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


def _clean_words(raw: Sequence[str]) -> tuple[str, ...]:
    """Each word once, in its first spelling."""
    found: dict[str, str] = {}
    for word in raw:
        clean = text.clean_line(word)
        if clean:
            found.setdefault(clean.casefold(), clean)
    return tuple(found.values())


def _natural(uid: str) -> tuple[int, int, str]:
    """Numbers in their order, before anything else: the older of two entries first."""
    return (0, int(uid), uid) if uid.isdecimal() and len(uid) < 20 else (1, 0, uid)
