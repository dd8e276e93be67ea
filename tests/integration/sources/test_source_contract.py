"""One suite that every source type passes: what a municipality may rely on, whatever kind of address it names."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from signage.config.models import Config
from signage.runtime.workers import WorkerPool
from signage.sources.base import SourceType
from signage.sources.collect import Collected, Refresh, collect
from signage.sources.net.fetch_limits import FetchLimits
from signage.sources.registry import SOURCE_TYPES, source_type
from signage.storage.store import Store
from tests.fixtures import portal as answers
from tests.fixtures.make import oslo
from tests.fixtures.portal import Answer, Portal
from tests.fixtures.source_cases import CASES
from tests.fixtures.source_cases.base import Case, ListedEvent, listed_events

NOON = datetime(2026, 11, 30, 11, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
QUICK = FetchLimits(
    connect_seconds=1,
    read_seconds=0.6,
    total_seconds=3,
    backoff_seconds=0.001,
    feed_bytes=1_000_000,
    pause_seconds=0,
    page_pause_seconds=0,
)


@dataclass
class Office:
    """One source of a type at a server, and what is kept of it."""

    case: Case
    portal: Portal
    folder: Path
    store: Store

    @property
    def config(self) -> Config:
        source = {"id": "it", "type": self.case.type, "url": self.portal.url + self.case.url, **self.case.source}
        return Config.model_validate(
            {
                "site": {"name": "Heim", "calendar": "https://iheim.no"},
                "sources": [source],
                "places": {"b": {"name": "Hemne bibliotek"}},
                "screens": {"b": {"place": "b", "playlist": [{"show": "today"}]}},
            }
        )

    def serve(self, events: list[ListedEvent]) -> None:
        self.portal.paths.update(self.case.serve(events, self.portal))

    def collect(self, now: datetime = NOON, answer: Answer | None = None, **more: Any) -> Collected:
        if answer is not None:
            self.portal.paths[self.case.main] = answer
        return collect(
            self.config, Refresh(store=self.store, images=self.folder / "images", now=now, limits=QUICK, **more)
        )

    def titles(self, **more: Any) -> list[str]:
        return sorted(record.title for record in self.collect(**more).records)


@pytest.fixture(params=sorted(CASES))
def office(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    case = CASES[request.param]
    for name, value in case.environment.items():
        monkeypatch.setenv(name, value)
    with Portal() as portal:
        store = Store(tmp_path / "state.sqlite")
        yield Office(case, portal, tmp_path, store)
        store.close()


def test_every_type_has_a_case() -> None:
    assert set(CASES) == set(SOURCE_TYPES)
    assert all(isinstance(source_type(name), SourceType) for name in SOURCE_TYPES)


def test_it_gives_what_the_server_lists(office: Office) -> None:
    events = listed_events(3)
    office.serve(events)
    found = office.collect()
    assert found.statuses[0].problem is None
    records = sorted(found.records, key=lambda record: record.title)
    for record, event in zip(records, events, strict=True):
        assert record.title == event.title
        assert isinstance(record.start, datetime)
        assert record.start == event.start
        assert record.end == (event.end if office.case.knows_end else None)
        assert record.start.utcoffset() == event.start.utcoffset()
        assert event.venue in record.venue
        if office.case.knows_uid:
            assert event.uid in record.uid
        assert record.source == "it"


def test_only_the_window_is_told_of(office: Office) -> None:
    events = [*listed_events(2), *listed_events(2, "2026-11-20 18:00"), *listed_events(1, "2027-05-01 18:00")]
    unique = [ListedEvent(str(n), f"{event.title} ({n})", event.start, event.end) for n, event in enumerate(events)]
    office.serve(unique)
    assert office.titles() == sorted(event.title for event in unique[:2])


def test_what_goes_on_over_midnight_is_still_told_of_the_next_day(office: Office) -> None:
    late = ListedEvent(
        "1", "Nattkino", listed_events(1, "2026-11-29 23:00")[0].start, listed_events(1, "2026-11-29 23:00")[0].end
    )
    office.serve([late, *listed_events(1)])
    assert "Nattkino" in office.titles()


def test_an_end_before_the_start_is_on_the_next_day_or_a_typing_error(office: Office) -> None:
    """22-01 is a night, 20-08 just so; 18-17 and 12.00-11.30 are typing errors, of which only the start is used."""
    if not office.case.knows_end:
        return
    written = {
        "Nattkino": ("22:00", "01:00"),
        "Lan hele natta": ("20:00", "08:00"),
        "Skrivefeil": ("18:00", "17:00"),
        "Halv time feil": ("12:00", "11:30"),
    }
    events = [
        ListedEvent(str(1000 + n), title, oslo(f"2026-12-05 {start}"), oslo(f"2026-12-05 {end}"))
        for n, (title, (start, end)) in enumerate(written.items())
    ]
    office.serve(events)
    found = office.collect()
    assert {record.title: (record.start, record.end) for record in found.records} == {
        "Nattkino": (oslo("2026-12-05 22:00"), oslo("2026-12-06 01:00")),
        "Lan hele natta": (oslo("2026-12-05 20:00"), oslo("2026-12-06 08:00")),
        "Skrivefeil": (oslo("2026-12-05 18:00"), None),
        "Halv time feil": (oslo("2026-12-05 12:00"), None),
    }
    reported = [warning for warning in found.statuses[0].warnings if "it ends before it starts" in warning]
    assert len(reported) == 2


def test_one_id_of_several_events_loses_none_of_them(office: Office) -> None:
    at = (oslo("2026-12-05 18:00"), oslo("2026-12-05 20:00"))
    events = [
        ListedEvent("1000", "Håndball J12", *at, venue="Hall A"),
        ListedEvent("1000", "Håndball J14", *at, venue="Hall A"),
        ListedEvent("1000", "Håndball J12", *at, venue="Kyrksæterøra skole"),
        ListedEvent("1000", "Håndball J12", *at, venue="Hall A"),
    ]
    office.serve(events)
    found = office.collect().records
    assert len(found) == 3
    assert {record.title for record in found} == {"Håndball J12", "Håndball J14"}


def test_all_pages_are_asked_for(office: Office) -> None:
    events = listed_events(office.case.pages, every=timedelta(hours=3))
    office.serve(events)
    assert len(office.collect().records) == office.case.pages


class Recording(WorkerPool):
    """Does the work here, and remembers which functions it was asked to run."""

    def __init__(self) -> None:
        super().__init__()
        self.called: list[str] = []

    def call(self, function: Callable[..., Any], *arguments: Any, limits: Any, cancel: Any) -> Any:
        self.called.append(function.__qualname__)
        return function(*arguments)


def test_an_answer_that_has_not_changed_is_not_read_again(office: Office) -> None:
    office.serve(listed_events(3))
    workers = Recording()
    first = office.collect(workers=workers)
    assert set(workers.called) - {"rules_for"}
    workers.called.clear()
    again = office.collect(NOON + 10 * MINUTE, workers=workers)
    assert again.records == first.records
    assert again.statuses[0].outcome == "unchanged"
    assert set(workers.called) <= {"rules_for"}, "only robots.txt may be looked into again"


def test_it_is_asked_conditionally_with_our_name(office: Office) -> None:
    office.serve(listed_events(3))
    office.collect()
    office.portal.asked.clear()
    office.collect(NOON + 10 * MINUTE)
    headers = [headers for path, headers in office.portal.asked if not path.startswith("/robots.txt")]
    assert headers
    assert all(each["User-Agent"].startswith("heim-signage/") for each in headers)
    if not office.case.posts:
        assert all("If-None-Match" in each or "If-Modified-Since" in each for each in headers)


def test_a_change_is_seen(office: Office) -> None:
    office.serve(listed_events(3))
    office.collect()
    office.serve(listed_events(4))
    changed = office.collect(NOON + 10 * MINUTE)
    assert len(changed.records) == 4
    assert changed.statuses[0].changed_at == NOON + 10 * MINUTE


def test_another_day_is_told_of_though_nothing_has_changed(office: Office) -> None:
    """What is kept of an unchanged answer must not end where the first day's window ended."""
    office.serve(listed_events(80))
    first = {record.title for record in office.collect().records}
    for days in (1, 5, 9, 14):
        found = {record.title for record in office.collect(NOON + timedelta(days=days)).records}
        assert f"Korøvelse nr. {59 + days}" in found
        assert "Korøvelse nr. 62" not in first


def test_one_bad_record_costs_that_record_and_is_said(office: Office) -> None:
    events = listed_events(3)
    office.portal.paths.update(office.case.broken(events, office.portal))
    found = office.collect()
    assert sorted(record.title for record in found.records) == [event.title for event in events]
    assert found.statuses[0].ok
    assert found.statuses[0].warnings


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (answers.status(500), "The server answered with status 500."),
        (answers.silent, "No answer came within 0.6 s."),
        (answers.endless, "The answer is larger than 1 MB."),
        (answers.bomb, "The answer is larger than 1 MB."),
        (answers.ok(""), ""),
        (answers.ok(b"\x00\xff not this \x80"), ""),
        (answers.cut("[{" * 500), "The answer stopped in the middle."),
        (answers.redirect("http://127.0.0.1:9/"), "The address leads to a private network."),
    ],
    ids=["500", "silent", "endless", "bomb", "nothing", "garbage", "cut", "private"],
)
def test_a_bad_answer_keeps_the_last_good_events(bad: Answer, words: str, office: Office) -> None:
    office.serve(listed_events(3))
    good = office.collect()
    found = office.collect(NOON + 10 * MINUTE, bad)
    status = found.statuses[0]
    assert status.problem is not None
    if office.case.posts and "private" in words:
        words = "which can't be followed"
    assert words in status.problem
    assert found.records == good.records
    assert (status.outcome, status.last_good_at) == ("kept", NOON)
    assert [alarm.kind for alarm in status.alarms] == ["failing"]


def test_a_site_that_was_replaced_by_another_is_a_failure(office: Office) -> None:
    """The address answers with a page like any other: that is not an empty calendar."""
    office.serve(listed_events(3))
    good = office.collect()
    found = office.collect(NOON + 10 * MINUTE, answers.html)
    assert found.statuses[0].problem is not None
    assert found.records == good.records


def test_an_empty_answer_is_valid(office: Office) -> None:
    office.serve([])
    found = office.collect()
    assert found.statuses[0].problem is None
    assert found.records == ()


def test_a_redirect_is_followed(office: Office) -> None:
    office.serve(listed_events(2))
    if office.case.posts:
        pytest.skip("a question is not sent on")
    office.portal.paths["/moved"] = office.portal.paths[office.case.main]
    office.collect(answer=answers.redirect("/moved"))
    assert len(office.collect().records) == 2


def test_norwegian_letters_and_more(office: Office) -> None:
    first = listed_events(1)[0]
    office.serve([ListedEvent("1", "Blåbærtur på Øra – «ålreit» 🎉 שלום", first.start, first.end, "kulØr'n")])
    record = office.collect().records[0]
    assert record.title == "Blåbærtur på Øra – «ålreit» 🎉 שלום"
    assert "kulØr'n" in record.venue


def test_other_encodings_of_the_format(office: Office) -> None:
    if office.case.encoded is None:
        pytest.skip("the format has one encoding")
    first = listed_events(1)[0]
    event = ListedEvent("1", "Blåbærtur på Øra", first.start, first.end)
    for name in office.case.encodings:
        office.portal.paths.update(office.case.encoded([event], office.portal, name))
        assert office.titles() == ["Blåbærtur på Øra"], name


def test_a_server_that_is_not_there(office: Office) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        office.portal.url = f"http://127.0.0.1:{port}"
        assert office.collect().statuses[0].problem == "Could not connect to the server."


def test_a_server_that_asks_to_be_left_alone_is(office: Office) -> None:
    office.serve(listed_events(2))
    office.collect()
    office.collect(NOON + MINUTE, answers.status(429, retry_after="3600"))
    office.portal.asked.clear()
    waiting = office.collect(NOON + 30 * MINUTE)
    assert office.portal.asked == []
    assert (waiting.statuses[0].outcome, len(waiting.records)) == ("waiting", 2)
    office.serve(listed_events(3))
    assert len(office.collect(NOON + 62 * MINUTE).records) == 3


def test_parsing_is_pure(office: Office) -> None:
    """The day of the records is not that of the machine's clock."""
    assert date.today() != date(2027, 12, 1)  # noqa: DTZ011 what the machine says is the point
    office.serve(listed_events(2, "2027-12-01 18:00"))
    now = datetime(2027, 11, 30, 11, tzinfo=UTC)
    assert len(office.collect(now).records) == 2
