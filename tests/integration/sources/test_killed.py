"""A source whose answer hits a limit loses only this update; a picture that does, only itself; and all go on."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from signage.runtime.activity import Activity
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.workers import TaskLimits
from signage.sources.collect import Collected
from signage.sources.images import album
from signage.sources.net import caching_fetcher
from signage.sources.net.fetch_limits import FetchLimits
from signage.storage.store import Store
from tests.fixtures import portal as answers
from tests.fixtures import source_office
from tests.fixtures.hostile_pictures import blank
from tests.fixtures.portal import Handler, Portal, picture
from tests.fixtures.source_office import NOON, items

MINUTE = timedelta(minutes=1)
TIGHT = TaskLimits(cpu_seconds=1, wall_seconds=60.0, memory_bytes=10**9)
EVENT = "BEGIN:VEVENT\r\nUID:a\r\nSUMMARY:Kor\r\nDTSTART:20260915T160000Z\r\nEND:VEVENT\r\n"
CALENDAR = "BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n"
# Honest rules, but so many that reading them takes long: nothing that a parser could be blamed for.
LONG = CALENDAR.format(
    "".join(
        f"BEGIN:VEVENT\r\nUID:{n}\r\nSUMMARY:Kor {n}\r\nDTSTART;TZID=Europe/Oslo:20200901T{n % 24:02}0000\r\n"
        f"RRULE:FREQ=DAILY;INTERVAL={1 + n % 7}\r\nEND:VEVENT\r\n"
        for n in range(4000)
    )
)


class Office(source_office.Office):
    """The three sources of `tests.fixtures.make_records.config`: a portal and two calendars."""

    sources = 3
    limits = FetchLimits(connect_seconds=1, read_seconds=30, total_seconds=120, backoff_seconds=0.001)

    def __init__(self, portal: Portal, folder: Path) -> None:
        super().__init__(portal, folder)
        portal.wis(answers.ok(items()))
        self.calendars()

    def calendars(self, kultur: str = CALENDAR.format(EVENT), frivillig: str = CALENDAR.format(EVENT)) -> None:
        self.portal.paths["/kultur.ics"] = answers.tagged(kultur, "text/calendar")
        self.portal.paths["/frivillig.ics"] = answers.tagged(frivillig, "text/calendar")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Office.opened(tmp_path) as made:
        yield made


def sources(found: Collected) -> list[str]:
    return sorted({record.source for record in found.records})


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching_fetcher, "RESPONSE", TIGHT)


def test_an_answer_that_takes_too_long_to_read_costs_only_this_update(office: Office, tight: None) -> None:
    good = office.collect()
    assert sources(good) == ["frivillig", "iheim", "kultur"]
    office.calendars(kultur=LONG)
    found = office.collect(now=NOON + 10 * MINUTE)
    status = next(status for status in found.statuses if status.id == "kultur")
    assert status.problem == "Reading it took more than 1 s of processor time."
    assert (status.ok, status.outcome, status.last_good_at) == (False, "kept", NOON)
    assert found.records == good.records
    assert all(other.ok for other in found.statuses if other.id != "kultur")
    office.calendars()
    mended = office.collect(now=NOON + 20 * MINUTE)
    assert all(each.ok for each in mended.statuses)


def test_it_is_not_taken_for_unchanged_afterwards_and_a_restart_does_not_read_it_again(
    office: Office, tight: None
) -> None:
    office.collect()
    office.calendars(kultur=LONG)
    for minutes in (10, 20):
        office.collect(now=NOON + minutes * MINUTE, patient=True)
    office.store.close()
    office.store = Store(office.folder / "state.sqlite")
    office.portal.asked.clear()
    rests = office.collect(now=NOON + 30 * MINUTE, patient=True)
    assert not [path for path, _ in office.portal.asked if path == "/kultur.ics"]
    status = next(status for status in rests.statuses if status.id == "kultur")
    assert status.problem == "Reading it took more than 1 s of processor time."
    asked = office.collect(now=NOON + 40 * MINUTE, patient=True)
    assert next(status for status in asked.statuses if status.id == "kultur").outcome == "kept"


def test_an_answer_that_needs_too_much_memory_costs_only_this_update(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = office.collect()
    monkeypatch.setattr(caching_fetcher, "RESPONSE", TaskLimits(60, 600, 8_000_000))
    office.calendars(kultur=LONG)
    found = office.collect(now=NOON + 10 * MINUTE)
    assert {s.id: s.problem for s in found.statuses if s.problem} == {
        "kultur": "Reading it needed more than 8 MB of memory."
    }
    assert found.records == good.records


def test_a_picture_that_takes_too_much_costs_only_itself_and_is_not_decoded_at_each_refresh(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(album, "PICTURE", TaskLimits(60, 600, 60_000_000))
    office.portal.paths["/irisimage/7/7.jpg"] = answers.ok(blank("RGBA", "PNG"), "image/png")
    office.portal.paths["/irisimage/8/8.jpg"] = answers.ok(picture(), "image/jpeg")
    rows = json.loads(items(2, location="Trudvang"))
    rows[0] |= {"imageId": "7"}
    rows[1] |= {"imageId": "8"}
    office.portal.wis(answers.ok(json.dumps(rows)))
    found = office.collect()
    mine = {record.uid: record.picture for record in found.records if record.source == "iheim"}
    assert mine["0"] is None
    assert mine["1"] is not None
    (status,) = (status for status in found.statuses if status.id == "iheim")
    assert status.ok
    reason = 'The picture of "Kor 0" is left out. Reading it needed more than 60 MB of memory. Its address is http'
    assert any(said.startswith(reason) for said in status.warnings)
    office.portal.asked.clear()
    again = office.collect(now=NOON + 10 * MINUTE)
    assert not [path for path, _ in office.portal.asked if "irisimage/7" in path]
    assert any('The picture of "Kor 0"' in said for status in again.statuses for said in status.warnings)


def drip(handler: Handler) -> None:
    """Bytes that come so slowly that they never end."""
    handler.head(200, {"Content-Type": "application/json"})
    while not handler.server.portal.closing.wait(0.05):
        handler.wfile.write(b" ")
        handler.wfile.flush()


@pytest.mark.parametrize("slow", [drip, answers.silent], ids=["drips", "silent"])
def test_cancelling_ends_it_at_once_and_keeps_what_has_come(slow: answers.Answer, office: Office) -> None:
    office.portal.wis(slow)
    token, told = CancelToken(), list[tuple[str, int, int]]()
    times: list[float] = []

    def progress(source: str, done: int, total: int) -> None:
        told.append((source, done, total))
        if done == 2:
            times.append(time.monotonic())
            threading.Thread(target=token.cancel).start()

    with pytest.raises(Cancelled):
        office.collect(cancel=token, progress=progress)
    assert time.monotonic() - times[0] < 2
    assert office.store.source_get("kultur").last_good_at == NOON
    assert office.store.source_get("iheim").last_tried_at is None
    office.portal.asked.clear()
    office.portal.wis(answers.ok(items(location="Trudvang")))
    assert sources(office.collect(now=NOON + MINUTE)) == ["frivillig", "iheim", "kultur"]
    conditional = [headers for path, headers in office.portal.asked if path == "/kultur.ics"]
    assert all("If-None-Match" in headers for headers in conditional)


def test_cancelling_ends_a_wait_between_attempts(office: Office) -> None:
    """The server asks for a pause of 50 s; the thread that waits for it ends with the token."""
    office.portal.wis(answers.status(503, retry_after="50"))
    token = CancelToken()

    def progress(source: str, done: int, total: int) -> None:
        if done == 2:
            threading.Thread(target=token.cancel).start()

    before = set(threading.enumerate())
    started = time.monotonic()
    with pytest.raises(Cancelled):
        office.collect(cancel=token, progress=progress)
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith("source"):
            thread.join(20)
            assert not thread.is_alive()
    assert time.monotonic() - started < 45


def test_what_is_being_asked_is_in_progress(office: Office) -> None:
    activity, seen = Activity(), list[str]()
    office.portal.wis(answers.silent)
    token = CancelToken()

    def progress(source: str, done: int, total: int) -> None:
        if done == 2:
            seen.extend(f"{work.unit} {work.stage}" for work in activity.current())
            threading.Thread(target=token.cancel).start()

    with pytest.raises(Cancelled):
        office.collect(cancel=token, progress=progress, activity=activity)
    assert "iheim fetching" in seen
