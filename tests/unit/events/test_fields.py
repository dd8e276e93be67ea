"""Each field of an event comes from the best source, whatever order they stand in."""

from __future__ import annotations

from typing import Any

import pytest

from signage.config.models import Config
from signage.domain.model import Availability, Event, Picture, Record, Status, Ticket, TicketKind
from signage.events import merge_events, sort_out
from signage.events.fields import Ranks, choose
from signage.events.merging import merged
from tests.fixtures.make import oslo
from tests.fixtures.make_records import config, record

START = "2026-09-15 18:00"
LINK = "https://checkin.no/event/1"


def best(**best_for: list[str]) -> Config:
    """The usual three sources (iheim, kultur, frivillig), each best for what is given."""
    data = config().model_dump(mode="json", by_alias=True)
    for source in data["sources"]:
        source["best_for"] = best_for.get(source["id"], [])
    return Config.model_validate(data)


def one(*records: Record, **best_for: list[str]) -> Event:
    (event,) = merge_events(records, best(**best_for)).events
    return event


def told(source: str, **more: Any) -> Record:
    return record(source=source, **{"title": "Kor", "start": START, "venue": "Trudvang", **more})


def picture(letter: str, width: int, height: int) -> Picture:
    return Picture(letter * 64, width, height)


# --- what a source is best for ---


@pytest.mark.parametrize(
    ("thing", "field", "ours", "theirs"),
    [
        ("title", "title", "Kor", "KOR!"),
        ("venue", "venue", "Trudvang", "Trudvang, sal 2"),
        ("organizer", "organizer", "Koret", "Bygdekoret"),
        ("url", "url", "https://iheim.no/1", "https://kultur.no/1"),
        ("text", "description", "En tekst som er den lengste av de to.", "Kort."),
        ("picture", "picture", picture("a", 400, 300), picture("b", 100, 100)),
    ],
)
def test_best_for(thing: str, field: str, ours: object, theirs: object) -> None:
    first, second = told("iheim", **{field: ours}), told("kultur", **{field: theirs})
    read = "summary" if field == "description" else field
    assert getattr(one(first, second), read) == ours
    assert getattr(one(first, second, kultur=[thing]), read) == theirs
    assert getattr(one(first, second, iheim=[thing], kultur=[thing]), read) == ours


def test_best_for_what_it_does_not_have() -> None:
    first, second = told("iheim", url="https://iheim.no/1", picture=picture("a", 1, 1)), told("kultur", venue="")
    assert one(first, second, kultur=["venue", "url", "picture", "organizer"]) == one(first, second)


def test_best_for_time() -> None:
    first = record("Kor", START, "2026-09-15 20:00")
    second = record("Kor", "2026-09-15 18:30", source="kultur")
    assert one(first, second).start == oslo(START)
    event = one(first, second, kultur=["time"])
    assert event.start == oslo("2026-09-15 18:30")
    assert event.end is None  # the end belonged to the other start
    assert event.ends_at == oslo("2026-09-15 20:30")
    assert event.id == one(first, second).id


def test_a_source_that_knows_no_time_of_day_is_not_best_for_it() -> None:
    event = one(record("Kor", "2026-09-15"), record("Kor", START, source="kultur"), iheim=["time"])
    assert event.start == oslo(START)


def test_the_end_may_come_from_another_with_the_same_start() -> None:
    event = one(told("iheim"), record("Kor", START, "2026-09-15 21:00", source="kultur", venue="Trudvang"))
    assert event.end == oslo("2026-09-15 21:00")


# --- richer text and picture ---


def test_the_longest_text() -> None:
    assert one(told("iheim", description="Kort."), told("kultur", description="En lengre.")).summary == "En lengre."


def test_text_of_the_source_that_is_best_for_it_if_it_has_any() -> None:
    long, short = told("iheim", description="En lengre."), told("kultur", description="Kort.")
    assert one(long, short, kultur=["text"]).summary == "Kort."
    assert one(long, short, frivillig=["text"]).summary == "En lengre."
    assert one(long, told("kultur"), kultur=["text"]).summary == "En lengre."


def test_the_largest_picture() -> None:
    small, large = picture("a", 400, 300), picture("b", 300, 900)
    assert one(told("iheim", picture=small), told("kultur", picture=large)).picture == large
    assert one(told("iheim", picture=small), told("kultur", picture=picture("c", 300, 400))).picture == small
    assert one(told("iheim", picture=small), told("kultur", picture=large), iheim=["picture"]).picture == small


# --- status ---


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("scheduled moved", "moved"), ("moved postponed", "postponed"), ("postponed cancelled", "cancelled"),
        ("cancelled scheduled", "cancelled"), ("scheduled scheduled", "scheduled"),
    ],
)  # fmt: skip
def test_the_worst_status_wins(said: str, status: str) -> None:
    first, second = said.split()
    assert one(told("iheim", status=Status(first)), told("kultur", status=Status(second))).status.value == status
    assert one(told("iheim", status=Status(second)), told("kultur", status=Status(first))).status.value == status


# --- tickets ---


def ticket(first: Ticket, second: Ticket, **best_for: list[str]) -> Ticket:
    return one(told("iheim", ticket=first), told("kultur", ticket=second), **best_for).ticket


def test_a_link_from_any_source_is_kept() -> None:
    bare, linked = Ticket(TicketKind.TICKETS), Ticket(TicketKind.UNKNOWN, LINK)
    assert ticket(bare, linked).url == ticket(linked, bare).url == LINK
    assert ticket(bare, linked, iheim=["ticket"]).url == LINK
    assert ticket(Ticket(TicketKind.FREE), linked, iheim=["ticket"]) == Ticket(TicketKind.FREE, LINK)


def test_what_the_chosen_ticket_does_not_say_is_filled_up() -> None:
    seller = Ticket(TicketKind.UNKNOWN, LINK)
    portal = Ticket(TicketKind.TICKETS, None, "250.00", "NOK", Availability.FEW_LEFT)
    filled = Ticket(TicketKind.TICKETS, LINK, "250.00", "NOK", Availability.FEW_LEFT)
    assert ticket(portal, seller) == ticket(seller, portal) == filled


def test_the_price_stays_with_its_currency() -> None:
    one_price = Ticket(TicketKind.TICKETS, LINK, "250.00", "NOK")
    other = Ticket(TicketKind.TICKETS, None, "25.00", "EUR")
    assert ticket(other, one_price) == one_price
    assert ticket(other, one_price, iheim=["ticket"]) == Ticket(TicketKind.TICKETS, LINK, "25.00", "EUR")


def test_what_is_free_gets_no_price() -> None:
    free = ticket(Ticket(TicketKind.FREE), Ticket(TicketKind.TICKETS, None, "50", "NOK"), iheim=["ticket"])
    assert free == Ticket(TicketKind.FREE)


@pytest.mark.parametrize("bad", [Availability.SOLD_OUT, Availability.CLOSED, Availability.FEW_LEFT])
def test_bad_news_from_anyone_is_believed(bad: Availability) -> None:
    good = Ticket(TicketKind.TICKETS, LINK, availability=Availability.AVAILABLE)
    assert ticket(good, Ticket(availability=bad)).availability is bad
    assert ticket(Ticket(availability=bad), good, kultur=["ticket"]).availability is bad


def test_sold_out_by_one_and_few_left_by_another() -> None:
    few, out = Ticket(availability=Availability.FEW_LEFT), Ticket(availability=Availability.SOLD_OUT)
    assert ticket(few, out).availability is ticket(out, few).availability is Availability.SOLD_OUT


def test_available_is_more_than_nothing_known() -> None:
    assert ticket(Ticket(TicketKind.TICKETS), Ticket(availability=Availability.AVAILABLE)) == Ticket(
        TicketKind.TICKETS, availability=Availability.AVAILABLE
    )


# --- the short way for what one source tells ---


def test_an_event_of_one_source_is_what_choosing_would_give() -> None:
    full = told(
        "iheim",
        description="En tekst.",
        picture=picture("a", 10, 10),
        organizer="Koret",
        organizer_id="7",
        categories=("Sang", "sang", "Kor"),
        audiences=("Voksne",),
        status=Status.MOVED,
        ticket=Ticket(TicketKind.FREE, LINK),
        url="https://iheim.no/1",
    )
    (occurrence,) = sort_out([full], config()).kept
    ranks = Ranks(config())
    event, fields = merged((occurrence,), ranks, "x"), choose((occurrence,), ranks)
    for name in ("title", "venue", "place", "organizer", "organizer_id", "categories", "audiences", "status", "ticket"):
        assert getattr(event, name) == getattr(fields, name).value, name
    assert (event.url, event.picture) == (fields.url.value, fields.picture.value)
    assert event.summary == fields.summary.value == "En tekst."
    assert event.categories == ("Sang", "Kor")
    assert (event.start, event.end) == (fields.start.value.start, fields.end.value.end)
