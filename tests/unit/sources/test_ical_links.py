"""Where on a web page a calendar may be."""

from __future__ import annotations

import pytest

from signage.sources.formats.html_page import HtmlPage
from signage.sources.types.ical import ICal

GOOGLE = "https://calendar.google.com/calendar/ical/hemne%40group.calendar.google.com/public/basic.ics"


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<a href="/k.ics">Kalender</a>', ["https://example.no/k.ics"]),
        ('<a href="webcal://example.no/k">Abonner</a>', ["webcal://example.no/k"]),
        ('<link rel="alternate" type="text/calendar" href="k">', ["https://example.no/k"]),
        ('<a href="/kalender">Kalender</a><a href="http://[">x</a>', []),
        (
            '<iframe src="https://calendar.google.com/calendar/embed?src=hemne%40group.calendar.google.com&ctz=Europe/Oslo">',
            [GOOGLE],
        ),
        (
            '<iframe src="https://calendar.google.com/calendar/u/0/embed?src=aGVtbmVAZ3JvdXAuY2FsZW5kYXIuZ29vZ2xlLmNvbQ">',
            [GOOGLE],
        ),
        ('<iframe src="https://calendar.google.com/calendar/embed?src=%C3%A6%C3%A6">', []),
    ],
)
def test_calendars_that_a_page_offers(html: str, found: list[str]) -> None:
    page = HtmlPage("https://example.no/om", f"<html><body>{html}</body></html>".encode())
    assert list(ICal().addresses(page)) == found
