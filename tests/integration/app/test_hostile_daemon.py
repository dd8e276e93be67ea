"""`signage run` while a source sends what once brought it down: it serves, says what is wrong, and ends when told."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.fixtures.hostile_pictures import scans
from tests.fixtures.portal import ok
from tests.fixtures.site import Site
from tests.integration.app.test_daemon import PATIENCE, Running, running

pytestmark = pytest.mark.browser
# Honest series, but so many and so long that expanding them takes minutes: far longer than a response may take.
SERIES = "".join(
    f"BEGIN:VEVENT\r\nUID:{n}\r\nSUMMARY:Kor {n}\r\nDTSTART;TZID=Europe/Oslo:19000901T{n % 24:02}0000\r\n"
    "RRULE:FREQ=MONTHLY;BYDAY=1MO,2TU,3WE,-1FR;BYSETPOS=-1\r\nEND:VEVENT\r\n"
    for n in range(2000)
)
BLANK_LINES = "\r\n" * 40


def until(condition: Callable[[], Any], what: str) -> Any:
    """Ask the daemon again and again, as a watching system does."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return found


def with_calendar(site: Site, calendar: str) -> None:
    site.portal.paths["/vondt.ics"] = ok(f"BEGIN:VCALENDAR\r\n{calendar}END:VCALENDAR\r\n", "text/calendar")
    site.write(more=f'[[sources]]\nid = "vondt"\ntype = "ical"\nurl = "{site.portal.url}/vondt.ics"\n')


def source(daemon: Running, name: str) -> dict[str, Any] | None:
    return next((each for each in daemon.status()["sources"] if each["source"] == name), None)


def stops(daemon: Running) -> float:
    began = time.monotonic()
    daemon.process.send_signal(signal.SIGTERM)
    daemon.process.wait(PATIENCE)
    return time.monotonic() - began


def test_a_calendar_that_takes_for_ever_costs_only_its_source(site: Site) -> None:
    with_calendar(site, SERIES)
    with running(site) as daemon:
        daemon.says(r"1 screen published")
        assert daemon.manifest()["pages"]
        failed = source(daemon, "vondt")
        assert failed is not None
        assert re.fullmatch(r"Reading it took more than (25 s of processor time|75 s)\.", failed["problem"])
        status, fine = daemon.status(), source(daemon, "iheim")
        assert not status["ok"]
        assert any(str(problem).startswith("vondt: Reading it took more than") for problem in status["problems"])
        assert fine is not None
        assert fine["problem"] is None
        assert stops(daemon) < 5
        assert daemon.process.returncode == 0


def test_it_serves_and_ends_while_such_a_calendar_is_being_read(site: Site) -> None:
    with_calendar(site, SERIES)
    with running(site) as daemon:
        began = time.monotonic()
        assert daemon.status()["sources"] == []
        assert time.monotonic() - began < 5
        until(lambda: any(path.startswith("/vondt.ics") for path, _ in site.portal.asked), "it was never asked")
        assert stops(daemon) < 5
        assert daemon.process.returncode == 0


def test_blank_lines_in_a_calendar_are_read_like_any_other(site: Site) -> None:
    with_calendar(site, BLANK_LINES)
    with running(site) as daemon:
        daemon.says(r"1 screen published")
        found = source(daemon, "vondt")
        assert found is not None
        assert found["problem"] is None


def test_a_picture_of_very_many_scans_costs_only_the_picture(site: Site) -> None:
    site.portal.paths["/irisimage/7/7.jpg"] = ok(scans(1600), "image/jpeg")
    site.listings = [{**listing, "imageId": "7"} for listing in site.listings]
    site.write()
    with running(site) as daemon:
        daemon.says(r"1 screen published")
        found = source(daemon, "iheim")
        assert found is not None
        assert found["problem"] is None
        assert stops(daemon) < 5
