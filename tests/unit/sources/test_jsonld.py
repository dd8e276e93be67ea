"""What web pages tell programs of their events: schema.org as JSON-LD and microdata."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from signage.config.models import Source
from signage.domain.model import Availability, Record, Status, Ticket, TicketKind
from signage.errors import SourceError
from signage.sources.base import FetchWindow, Parsed
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.schema_org.offers import price_of
from signage.sources.formats.schema_org.scripts import loads
from signage.sources.formats.schema_org.values import venue_of
from signage.sources.types.jsonld import JsonLd, JsonLdSource, matches, numbered
from tests.fixtures.make import oslo
from tests.fixtures.paths import shared_data
from tests.fixtures.source_cases.base import listed_events
from tests.fixtures.source_cases.jsonld import html, node

ZONE = ZoneInfo("Europe/Oslo")
WINDOW = FetchWindow(date(2000, 1, 1), date(2040, 1, 1))
SOURCE = JsonLdSource(id="x", type="jsonld", url="https://example.no/program/")


def read(text: str | bytes, source: Source = SOURCE) -> Parsed:
    return JsonLd().parse(text.encode() if isinstance(text, str) else text, source, WINDOW, ZONE)


def one(**more: Any) -> Record:
    """The record of a page with one event, some of whose properties are these."""
    usual = {"@type": "Event", "name": "Kor", "startDate": "2026-12-05T18:00"}
    (record,) = read(html(json.dumps({**usual, **more}))).records
    return record


FILES = {
    "Event.001.html": [("Miami Heat at Philadelphia 76ers - Game 3 (Home Game 1)", "2016-04-21T20:00:00+02:00")],
    "Event.001.json": [("Miami Heat at Philadelphia 76ers - Game 3 (Home Game 1)", "2016-04-21T20:00:00+02:00")],
    "Event.002.html": [("FedExForum", "2011-05-20"), ("Mid America Center", "2011-05-23")],
    "Event.002.json": [("FedExForum", "2011-05-20"), ("Mid America Center", "2011-05-23")],
    "Event.003.html": [("Typhoon with Radiation City", "2013-09-14T21:30:00+02:00")],
    "Event.003.json": [("Typhoon with Radiation City", "2013-09-14T21:30:00+02:00")],
    "Event.004.html": [("Typhoon with Radiation City", "2013-09-14T21:30:00+02:00")],
    "Event.004.json": [("Typhoon with Radiation City", "2013-09-14T21:30:00+02:00")],
    "Event.008.html": [("Julius Caesar at Shakespeare's Globe", "2014-10-01T19:30:00+02:00")],
    "Event.008.json": [("Julius Caesar at Shakespeare's Globe", "2014-10-01T19:30:00+02:00")],
    "JSONLD_with_JS_comment.html": [],
    "JSONLD_with_control_characters.html": [],
    "chi_ssa_19_detail.html": [("Howard Street SSA #19 Commissioners Meeting", "2019-11-20T08:30:00+01:00")],
    "cook_landbank_detail.html": [("CCLBA Land Transactions Committee", "2019-09-13T10:00:00+02:00")],
    "elysianfields.html": [
        ("Elysian Fields", "2017-06-11T01:30:00+02:00"),
        ("Elysian Fields", "2017-04-27T05:00:00+02:00"),
        ("Elysian Fields", "2016-10-29T21:00:00+02:00"),
        ("Elysian Fields", "2016-10-27T20:30:00+02:00"),
    ],
    "jsonld_empty_item_test.html": [],
    "tovestyrke.html": [("Tove Styrke", "2017-06-12T21:00:00+02:00")],
}
FILES |= {"elysianfields.json": FILES["elysianfields.html"], "tovestyrke.json": FILES["tovestyrke.html"]}


def test_every_page_of_the_collection_yields_what_it_should() -> None:
    found = {
        file.name: [(record.title, record.start.isoformat()) for record in read(file.read_bytes()).records]
        for file in sorted((shared_data() / "jsonld").iterdir())
    }
    assert found == FILES


def test_what_is_left_out_of_them_is_named() -> None:
    folder = shared_data() / "jsonld"
    assert read((folder / "chi_ssa_19_detail.html").read_bytes()).warnings == ("JSON-LD script 1 is empty.",)
    assert read((folder / "JSONLD_with_JS_comment.html").read_bytes()).warnings == (
        "The page describes no events. It describes: NewsArticle.",
    )


def test_details_of_the_collection() -> None:
    folder = shared_data() / "jsonld"
    (cancelled,) = read((folder / "Event.004.html").read_bytes()).records
    assert cancelled.status is Status.CANCELLED
    assert cancelled.venue == "The Hi-Dive, 7 S. Broadway, Denver"
    assert cancelled.ticket == Ticket(
        TicketKind.TICKETS, "http://www.ticketfly.com/purchase/309433", "13.00", "USD", price_to="13.00"
    )
    (meeting,) = read((folder / "chi_ssa_19_detail.html").read_bytes()).records
    assert meeting.end == datetime(2019, 11, 20, 10, tzinfo=ZONE)


@pytest.mark.parametrize(
    "script",
    [
        "<!-- {} -->",
        "/* <![CDATA[ */ {} /* ]]> */",
        "//<![CDATA[\n{}\n//]]>",
        "<![CDATA[{}]]>",
        "// the programme\n{} /* and that is all */",
        "{};",
    ],
)
def test_what_is_wrapped_around_a_script(script: str) -> None:
    event = json.dumps(node(listed_events(1)[0]))
    assert [record.title for record in read(html(script.replace("{}", event))).records] == ["Korøvelse nr. 0"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": [1, 2,],}', {"a": [1, 2]}),
        ('{"a": "x // y", /* b */ "c": "/* d */"} // e', {"a": "x // y", "c": "/* d */"}),
        ('{"a": "one\ntwo\tthree"}', {"a": "one\ntwo\tthree"}),
        ("{&quot;a&quot;: 1}", {"a": 1}),
        ('{"a": "\\"// no comment\\""}', {"a": '"// no comment"'}),
    ],
)
def test_json_as_web_sites_write_it(text: str, value: Any) -> None:
    assert loads(text) == value


def test_a_broken_script_costs_no_other() -> None:
    good = json.dumps(node(listed_events(1)[0]))
    parsed = read(html("", "{not json", good, "false"))
    assert len(parsed.records) == 1
    assert parsed.warnings == ("JSON-LD script 1 is empty.", "JSON-LD script 2 can't be read.")


@pytest.mark.parametrize(
    "shape",
    [
        lambda events: events,
        lambda events: {"@graph": [{"@type": "WebSite"}, *events]},
        lambda events: {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": e} for e in events]},
        lambda events: {"@type": "ItemList", "itemListElement": events},
        lambda events: {"@type": "MusicGroup", "event": events},
        lambda events: {"@type": "Festival", "name": "Uka", "startDate": "2026-12-01", "subEvent": events},
        lambda events: [[{"@type": "Organization"}], [events]],
    ],
)
def test_wherever_events_stand(shape: Any) -> None:
    events = [node(event) for event in listed_events(2)]
    assert [r.title for r in read(html(json.dumps(shape(events)))).records] == ["Korøvelse nr. 0", "Korøvelse nr. 1"]


@pytest.mark.parametrize(
    "kind",
    [
        "Event",
        "http://schema.org/Event",
        "https://schema.org/TheaterEvent",
        ["Thing", "schema:Festival"],
        "CourseInstance",
    ],
)
def test_every_kind_of_event(kind: Any) -> None:
    assert one(**{"@type": kind}).title == "Kor"


def test_what_an_event_only_refers_to_is_not_one() -> None:
    parent = {"@type": "Event", "name": "Hele uka", "startDate": "2026-12-01"}
    assert one(superEvent=parent).title == "Kor"


@pytest.mark.parametrize(
    ("start", "end", "begins", "ends"),
    [
        ("2026-12-05T18:00", "2026-12-05T20:00", oslo("2026-12-05 18:00"), oslo("2026-12-05 20:00")),
        ("2026-12-05T18:00:00+01:00", None, oslo("2026-12-05 18:00"), None),
        ("2026-12-05T17:00:00Z", None, oslo("2026-12-05 18:00"), None),
        ("2026-12-05T12:00:00-0500", None, oslo("2026-12-05 18:00"), None),
        ("2026-12-05 18:00", None, oslo("2026-12-05 18:00"), None),
        ("2026-12-05T18:00:00.000+01:00", None, oslo("2026-12-05 18:00"), None),
        ("2026-12-05T22:00", "2026-12-05T01:00", oslo("2026-12-05 22:00"), oslo("2026-12-06 01:00")),
        ("2026-12-05T18:00", "2026-12-05T18:00", oslo("2026-12-05 18:00"), None),
        ("2026-12-05T18:00", "2026-12-01T20:00", oslo("2026-12-05 18:00"), None),
        ("2026-12-05", None, date(2026, 12, 5), date(2026, 12, 6)),
        ("2026-12-05", "2026-12-07", date(2026, 12, 5), date(2026, 12, 8)),
        ("2026-03-29T02:30", "2026-03-29T03:30", oslo("2026-03-29 03:30"), oslo("2026-03-29 04:30")),
    ],
)
def test_when_it_is(start: str, end: str | None, begins: Any, ends: Any) -> None:
    record = one(startDate=start, endDate=end)
    assert (record.start, record.end) == (begins, ends)


def test_a_duration_is_an_end_where_there_is_none() -> None:
    assert one(duration="PT1H30M").end == oslo("2026-12-05 19:30")
    assert one(duration="en time").end is None


@pytest.mark.parametrize(
    ("status", "meant"),
    [
        ("https://schema.org/EventCancelled", Status.CANCELLED),
        ("EventCancelled", Status.CANCELLED),
        ("http://schema.org/EventPostponed", Status.POSTPONED),
        ("schema:EventRescheduled", Status.MOVED),
        ("EventMovedOnline", Status.MOVED),
        ("EventScheduled", Status.SCHEDULED),
        (None, Status.SCHEDULED),
    ],
)
def test_how_it_stands(status: str | None, meant: Status) -> None:
    assert one(eventStatus=status).status is meant


def test_a_title_may_say_so_too() -> None:
    record = one(name="AVLYST: Kor", eventStatus="EventScheduled")
    assert (record.title, record.status) == ("Kor", Status.CANCELLED)


@pytest.mark.parametrize(
    ("offers", "ticket"),
    [
        ({"price": "250", "priceCurrency": "NOK"}, Ticket(TicketKind.TICKETS, None, "250", "NOK", price_to="250")),
        (
            [{"price": 350, "priceCurrency": "NOK"}, {"price": 250, "priceCurrency": "NOK"}],
            Ticket(TicketKind.TICKETS, None, "250", "NOK", price_to="350"),
        ),
        ({"@type": "AggregateOffer", "lowPrice": "$35"}, Ticket(TicketKind.TICKETS, None, "35")),
        ({"price": "0"}, Ticket(TicketKind.FREE)),
        ({"price": "Gratis"}, Ticket(TicketKind.FREE)),
        ("/billett", Ticket(TicketKind.TICKETS, "https://example.no/billett")),
        ({"availability": "https://schema.org/SoldOut"}, Ticket(availability=Availability.SOLD_OUT)),
        ([{"availability": "SoldOut"}, {"availability": "InStock"}], Ticket(availability=Availability.AVAILABLE)),
        ({"availability": "LimitedAvailability"}, Ticket(availability=Availability.FEW_LEFT)),
        (None, Ticket()),
    ],
)
def test_what_it_costs(offers: Any, ticket: Ticket) -> None:
    assert one(offers=offers).ticket == ticket


def test_free_without_offers() -> None:
    assert one(isAccessibleForFree=True).ticket == Ticket(TicketKind.FREE)


@pytest.mark.parametrize(
    ("raw", "price"),
    [
        ("380.00", "380.00"),
        ("kr 1 380,-", "1380"),
        ("1.250,50", "1250.50"),
        ("1,250.50", "1250.50"),
        (99, "99"),
        ("ta med", None),
        (True, None),
    ],
)
def test_prices(raw: Any, price: str | None) -> None:
    assert price_of(raw) == price


@pytest.mark.parametrize(
    ("location", "venue"),
    [
        ("kulØr'n", "kulØr'n"),
        ({"name": "kulØr'n", "address": "Øragata, Kyrksæterøra"}, "kulØr'n, Øragata, Kyrksæterøra"),
        (
            {"name": "kulØr'n", "address": {"streetAddress": "Øragata", "addressLocality": "Kyrksæterøra"}},
            "kulØr'n, Øragata, Kyrksæterøra",
        ),
        ({"name": "Kyrksæterøra kirke", "address": {"addressLocality": "Kyrksæterøra"}}, "Kyrksæterøra kirke"),
        ([{"@type": "VirtualLocation", "url": "https://x.no"}, {"name": "Trudvang"}], "Trudvang"),
        (None, ""),
    ],
)
def test_where_it_is(location: Any, venue: str) -> None:
    assert venue_of(location) == venue


def test_addresses_are_seen_from_the_page() -> None:
    record = one(
        url="../arr/1", image=["", {"url": "/bilde.jpg"}], organizer={"name": "Koret", "url": "https://kor.no"}
    )
    assert record.url == "https://example.no/arr/1"
    assert record.picture_url == "https://example.no/bilde.jpg"
    assert (record.organizer, record.organizer_url) == ("Koret", "https://kor.no")
    assert one(url="javascript:alert(1)", image="file:///etc/passwd").picture_url is None


def test_the_id_stays_when_the_time_is_corrected() -> None:
    assert one().uid == one(startDate="2026-12-05T19:00").uid
    assert one(**{"@id": "#a7"}).uid == "https://example.no/program/#a7"
    assert one(url="https://example.no/a#b").uid == "https://example.no/a"


def test_ticketcos_z_is_not_true() -> None:
    """The digits are Oslo time, in its own shops and nowhere else."""
    shop = replace_url("https://kulturhus.ticketco.events/no/nb")
    text = html(json.dumps({"@type": "Event", "name": "Revy", "startDate": "2026-12-05T19:00:00.000Z"}))
    assert read(text, shop).records[0].start == oslo("2026-12-05 19:00")
    assert read(text).records[0].start == oslo("2026-12-05 20:00")


def replace_url(url: str, **more: Any) -> Source:
    return SOURCE.model_copy(update={"url": url, **more})


def test_a_page_without_anything_for_programs_is_a_failure() -> None:
    with pytest.raises(SourceError, match="has neither JSON-LD nor microdata"):
        read("<html><body><p>Lørdag: dans</p></body></html>")


def test_events_none_of_which_can_be_read_are_a_failure() -> None:
    with pytest.raises(
        SourceError, match=r'None of its 1 events can be read\. For example: "Kor" is left out: "snart" is not a time\.'
    ):
        one(startDate="snart")


def test_small_helpers() -> None:
    assert numbered("https://x.no/a?page=1&b=2#c", 3) == "https://x.no/a?b=2&page=3"
    assert matches("/arrangement/kor", "/arrangement/")
    assert not matches("/om", "/arrangement/*")


def test_a_page_with_events_offers_itself() -> None:
    page = HtmlPage("https://example.no/program", html(json.dumps(node(listed_events(1)[0]))).encode())
    assert list(JsonLd().addresses(page)) == ["https://example.no/program"]
    assert list(JsonLd().addresses(HtmlPage("https://example.no/", b"<html></html>"))) == []


def test_giant_nesting_is_no_crash() -> None:
    deep = "[" * 900 + json.dumps(node(listed_events(1)[0])) + "]" * 900
    assert read(html(deep)).records == ()


def test_an_address_that_is_none_costs_nothing_else() -> None:
    """Found by fuzzing: urljoin gives up at such a one."""
    text = (
        '<html><head><base href="http://["></head><body><div itemscope itemtype="https://schema.org/Event">'
        '<span itemprop="name">Kor</span><a itemprop="url" href="http://[">x</a><img itemprop="image" src="//[">'
        '<time itemprop="startDate" datetime="2026-12-05T18:00">lørdag</time></div></body></html>'
    )
    (record,) = read(text).records
    assert (record.title, record.start, record.url) == ("Kor", oslo("2026-12-05 18:00"), SOURCE.url)
