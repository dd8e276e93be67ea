"""Where a calendar comes from: a file of the administrator's, an address that leads on, webcal:."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from signage.errors import SourceError
from signage.sources.base import Fetched, FetchWindow
from signage.sources.net.caching_fetcher import CachingFetcher, FetchSession
from signage.sources.net.fetch_limits import FetchLimits
from signage.sources.types.ical import ICal, ICalSource
from signage.storage.store import Store
from tests.fixtures import portal as answers
from tests.fixtures.paths import FIXTURES
from tests.fixtures.portal import Portal

ZONE = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)
QUICK = FetchLimits(
    connect_seconds=1, read_seconds=0.5, total_seconds=2, attempts=1, feed_bytes=20_000, pause_seconds=0
)
WINDOW = FetchWindow(date(2026, 10, 1), date(2026, 10, 31))
OWN = FIXTURES / "calendars"
SAMPLE = (OWN / "same-uid.ics").read_bytes()


def fetch(address: str, store: Store) -> Fetched:
    source, kind = ICalSource(id="kor", type="ical", url=address), ICal()
    fetcher = CachingFetcher(source.id, source.url, FetchSession(store, NOW, "post@example.org", QUICK))
    fetched = kind.fetch(source, fetcher, WINDOW, ZONE)
    fetcher.remember()
    return fetched


def titles(fetched: Fetched) -> list[str]:
    return [record.title for record in fetched.records]


@pytest.mark.parametrize("as_address", [False, True])
def test_a_file_is_read_and_read_again_when_it_has_changed(as_address: bool, tmp_path: Path, store: Store) -> None:
    file = tmp_path / "lagets kalender æøå.ics"
    file.write_bytes(SAMPLE)
    address = file.as_uri() if as_address else str(file)
    first, second = fetch(address, store), fetch(address, store)
    assert titles(first) == titles(second) == ["Strikkekafé", "Språkkafé"]
    assert (first.unchanged, second.unchanged) == (False, True)
    file.write_bytes(SAMPLE.replace("Strikkekafé".encode(), b"Quiz"))
    third = fetch(address, store)
    assert titles(third) == ["Quiz", "Språkkafé"]
    assert not third.unchanged


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (None, "There is no such file."),
        (b"", "The answer is empty."),
        (SAMPLE[:-20], "The calendar stops in the middle."),
        (b"%PDF-1.7", "The answer isn't a calendar."),
        (SAMPLE + b" " * 20_000, "The file is larger than 0.02 MB."),
    ],
)
def test_a_file_that_cannot_be_read_is_a_failure(body: bytes | None, reason: str, tmp_path: Path, store: Store) -> None:
    file = tmp_path / "kalender.ics"
    if body is not None:
        file.write_bytes(body)
    with pytest.raises(SourceError) as caught:
        fetch(str(file), store)
    assert caught.value.reason == reason


def test_an_address_that_leads_on_is_followed(store: Store) -> None:
    with Portal() as portal:
        portal.paths["/kalender"] = answers.redirect("/public/basic.ics")
        portal.paths["/public/basic.ics"] = answers.tagged(SAMPLE, "text/calendar")
        first, second = fetch(f"{portal.url}/kalender", store), fetch(f"{portal.url}/kalender", store)
    assert titles(first) == titles(second) == ["Strikkekafé", "Språkkafé"]
    assert (first.unchanged, second.unchanged) == (False, True)


@pytest.mark.parametrize("leads", [False, True])
def test_webcal_means_https(leads: bool, store: Store) -> None:
    """The server here speaks HTTP without TLS, so that the attempt shows."""
    with Portal() as portal:
        webcal = portal.url.replace("http:", "webcal:") + "/kalender.ics"
        portal.paths["/kalender.ics"] = answers.ok(SAMPLE, "text/calendar")
        portal.paths["/start"] = answers.redirect(webcal)
        with pytest.raises(SourceError) as caught:
            fetch(f"{portal.url}/start" if leads else webcal, store)
    assert caught.value.message == (
        "The address leads to a private network." if leads else "The server doesn't speak TLS there."
    )


def test_an_answer_in_another_language_of_the_web(store: Store) -> None:
    """Outlook's addresses answer text/html to a calendar that is no longer published."""
    page = answers.ok("<!DOCTYPE html><title>Kalender</title>", "text/html")
    with Portal(x=page) as portal, pytest.raises(SourceError) as caught:
        fetch(f"{portal.url}/x", store)
    assert caught.value.reason == "The answer is HTML instead of a calendar."
