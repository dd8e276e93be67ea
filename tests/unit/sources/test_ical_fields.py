"""What an event of a calendar tells besides its times."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from benchmarks import sources
from signage.domain.model import Availability, Record, Status, Ticket, TicketKind
from signage.sources.base import FetchWindow, Parsed
from signage.sources.types.ical import ICal, ICalSource

ZONE = ZoneInfo("Europe/Oslo")
SOURCE = ICalSource(id="k", type="ical", url="https://example.org/k.ics")
TEN_YEARS = FetchWindow(date(2020, 1, 1), date(2029, 12, 31))


def read(*lines: str, window: FetchWindow = TEN_YEARS) -> Parsed:
    event = ["UID:a", "DTSTART;TZID=Europe/Oslo:20261010T180000", "SUMMARY:Kor", *lines]
    text = ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", *event, "END:VEVENT", "END:VCALENDAR", ""]
    return ICal().parse("\r\n".join(text).encode(), SOURCE, window, ZONE)


def record(*lines: str) -> Record:
    (found,) = read(*lines).records
    return found


@pytest.mark.parametrize(
    ("lines", "ticket"),
    [
        ([], Ticket()),
        (["X-COST:Gratis"], Ticket(TicketKind.FREE)),
        (["X-COST:Free"], Ticket(TicketKind.FREE)),
        (["X-COST:0"], Ticket(TicketKind.FREE)),
        (["X-COST:150"], Ticket(TicketKind.TICKETS, None, "150.00", "NOK", price_to="150.00")),
        (["X-COST:kr 1 250\\,50"], Ticket(TicketKind.TICKETS, None, "1250.50", "NOK", price_to="1250.50")),
        (["X-COST:kr 100 – 150"], Ticket(TicketKind.TICKETS, None, "100.00", "NOK")),
        (["X-COST:Se nettsida"], Ticket()),
        (["X-TICKETS-URL:https://example.org/billett"], Ticket(TicketKind.TICKETS, "https://example.org/billett")),
        (["X-TICKETS-URL:javascript:alert(1)"], Ticket()),
        (
            ["X-COST:Gratis", "X-TICKETS-URL;VALUE=URI:https://example.org/b"],
            Ticket(TicketKind.FREE, "https://example.org/b"),
        ),
        (["X-COST:200", "SUMMARY:Kor"], Ticket(TicketKind.TICKETS, None, "200.00", "NOK", price_to="200.00")),
    ],
)
def test_what_it_costs(lines: list[str], ticket: Ticket) -> None:
    assert record(*lines).ticket == ticket


def test_a_price_and_a_mark_in_the_title() -> None:
    body = "BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261010T180000Z\r\nSUMMARY:UTSOLGT: Kor\r\nX-COST:200\r\nEND:VEVENT\r\n"
    (found,) = ICal().parse(body.encode(), SOURCE, TEN_YEARS, ZONE).records
    assert (found.title, found.ticket.availability, found.ticket.price_from) == ("Kor", Availability.SOLD_OUT, "200.00")


@pytest.mark.parametrize(
    ("lines", "venue"),
    [
        (["LOCATION:Halsahallen\\, Liabøen"], "Halsahallen, Liabøen"),
        (["X-APPLE-STRUCTURED-LOCATION;VALUE=URI;X-TITLE=Hemne bibliotek:geo:63.29,9.09"], "Hemne bibliotek"),
        (["LOCATION:", 'X-APPLE-STRUCTURED-LOCATION;X-TITLE="Hallen; sal 2":geo:63.29,9.09'], "Hallen; sal 2"),
        (["LOCATION:Hallen", "X-APPLE-STRUCTURED-LOCATION;X-TITLE=Hemne bibliotek:geo:63.29,9.09"], "Hallen"),
        (["X-APPLE-STRUCTURED-LOCATION:geo:63.29,9.09", "GEO:63.29;9.09"], ""),
    ],
)
def test_where_it_is(lines: list[str], venue: str) -> None:
    assert record(*lines).venue == venue


@pytest.mark.parametrize(
    ("line", "organizer"),
    [
        ('ORGANIZER;CN="Heim kulturskole":mailto:post@example.org', "Heim kulturskole"),
        ("ORGANIZER;CN=Kyrksæterøra IL^, ^'Kil^':mailto:post@example.org", 'Kyrksæterøra IL^, "Kil"'),
        ("ORGANIZER;CN=ola.nordmann@example.org:mailto:ola.nordmann@example.org", ""),
        ("ORGANIZER:mailto:ola.nordmann@example.org", ""),
    ],
)
def test_who_arranges_it(line: str, organizer: str) -> None:
    """RFC 6868 for quotation marks. An e-mail address is no name, and nothing for a screen."""
    assert record(line).organizer == organizer


def test_the_name_of_the_calendar_is_no_organiser() -> None:
    event = "BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261010T180000Z\r\nEND:VEVENT\r\n"
    body = f"BEGIN:VCALENDAR\r\nX-WR-CALNAME:Kalender\r\n{event}END:VCALENDAR\r\n".encode()
    (found,) = ICal().parse(body, SOURCE, TEN_YEARS, ZONE).records
    assert found.organizer == ""


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["STATUS:TENTATIVE"], Status.SCHEDULED),
        (["STATUS:CONFIRMED"], Status.SCHEDULED),
        (["STATUS:cancelled"], Status.CANCELLED),
        (["X-MICROSOFT-CDO-BUSYSTATUS:FREE", "X-MICROSOFT-CDO-INTENDEDSTATUS:TENTATIVE"], Status.SCHEDULED),
        (["TRANSP:TRANSPARENT"], Status.SCHEDULED),
    ],
)
def test_which_states_change_what_is_shown(lines: list[str], status: Status) -> None:
    found = record(*lines)
    assert (found.status, found.held) == (status, "")


def test_a_daily_event_is_complete_over_ten_years() -> None:
    parsed = read("RRULE:FREQ=DAILY;COUNT=3650", window=FetchWindow(date(2026, 10, 10), date(2036, 10, 9)))
    assert len(parsed.records) == 3650
    assert parsed.warnings == ()


@pytest.mark.slow
def test_a_large_calendar_is_not_cut() -> None:
    """5 000 events, every tenth repeating, are the occurrences that the libraries find."""
    body = sources.calendar()
    parsed = sources.ours(body)
    assert len(parsed.records) == len(sources.theirs(body))
    assert parsed.warnings == ()


def test_more_than_a_county_has_is_cut_and_said() -> None:
    event = "BEGIN:VEVENT\r\nUID:{}\r\nDTSTART:20261010T{:02}0000Z\r\nSUMMARY:Kor\r\nEND:VEVENT\r\n"
    events = "".join(event.format(number, number % 24) for number in range(5100))
    body = f"BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n".encode()
    parsed = ICal().parse(body, SOURCE, FetchWindow(date(2026, 10, 10), date(2026, 10, 11)), ZONE)
    assert len(parsed.records) == 5000
    assert parsed.warnings == ("The calendar has 5100 occurrences. Only the first 5000 are used.",)
    starts = [record.start for record in parsed.records]
    assert starts == sorted(starts, key=str)
    wide = ICal().parse(body, SOURCE, FetchWindow(date(2026, 10, 10), date(2026, 10, 15)), ZONE)
    assert len(wide.records) == 5100


def test_a_picture_whose_host_programs_read_differently_is_none() -> None:
    assert record("IMAGE;VALUE=URI:https://evil.example/x.png").picture_url == "https://evil.example/x.png"
    found = record(
        r"IMAGE;VALUE=URI:https://evil.example\@kalender.no/x.png", r"URL:https://evil.example\@kalender.no/"
    )
    assert (found.picture_url, found.url) == (None, None)
