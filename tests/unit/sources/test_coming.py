"""What has ended is counted out of what is in the window, as if all were looked at again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from signage.domain.model import Record, Ticket, TicketKind
from signage.sources.base import FetchWindow
from signage.sources.formats.times import instant
from signage.sources.trust.coming import RecordsInWindow
from signage.sources.trust.freshness import fields_of, shape_of
from tests.fixtures.make import OSLO

WINDOW = FetchWindow(date(2026, 10, 24), date(2026, 10, 27))  # with the night that has 25 hours
FIRST = datetime(2026, 10, 23, tzinfo=UTC)
moments = st.integers(0, 6 * 48).map(lambda halves: FIRST + timedelta(minutes=30 * halves))


@st.composite
def records(draw: st.DrawFn) -> Record:
    start, end = draw(moments), draw(st.none() | moments)
    zone = draw(st.sampled_from([UTC, OSLO]))
    some = draw(st.sampled_from(["", "x"]))
    kind = draw(st.sampled_from(TicketKind))
    if draw(st.booleans()):
        return Record("a", some, title="", start=start.date(), end=end and end.date(), venue=some, ticket=Ticket(kind))
    times = {"start": start.astimezone(zone), "end": end and end.astimezone(zone)}
    return Record("a", some, title="t", **times, description=some, picture_url=some or None, ticket=Ticket(kind))


@settings(max_examples=40)
@given(st.lists(records(), max_size=12), moments)
def test_as_if_all_were_looked_at_again(given: list[Record], now: datetime) -> None:
    found = RecordsInWindow(given, WINDOW, OSLO)
    shown = [record for record in given if WINDOW.holds(record, OSLO)]
    ended = [r for r in shown if isinstance(r.end, datetime) and r.end.astimezone(UTC) <= now]
    coming = [record for record in shown if not any(record is one for one in ended)]
    assert found.records == tuple(shown)
    assert found.coming(now) == coming
    assert found.count(now) == len(coming)
    assert found.week(now) == sum(instant(record.start, OSLO) < now + timedelta(days=7) for record in coming)
    counts = {
        name: sum(name in fields_of(record) for record in coming) for record in coming for name in fields_of(record)
    }
    assert found.shape(now) == shape_of(counts, len(coming))
    assert [url for _, url in found.pictures] == list(dict.fromkeys(r.picture_url for r in shown if r.picture_url))


def test_an_end_beyond_the_years_is_yet_to_come() -> None:
    last = datetime.fromisoformat("9999-12-31T23:00-05:00")
    found = RecordsInWindow([Record("a", "1", title="t", start=FIRST + timedelta(days=2), end=last)], WINDOW, OSLO)
    assert found.count(FIRST) == 1
