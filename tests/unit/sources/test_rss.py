"""RSS and Atom: which items are events and which are news, and what is never done with a stranger's XML."""

from __future__ import annotations

import socket
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.config.models import Source
from signage.domain.model import Record, Status
from signage.errors import SourceError
from signage.sources.base import FetchWindow, Parsed
from signage.sources.formats.feed.feed import MOST_BYTES
from signage.sources.formats.html_page import HtmlPage
from signage.sources.types.rss import MOST_NEWS, Rss, RssSource
from tests.fixtures.make import oslo
from tests.fixtures.paths import FIXTURES
from tests.fixtures.source_office import DECEMBER

FEEDS = FIXTURES / "feeds"
ZONE = ZoneInfo("Europe/Oslo")
SOURCE = RssSource(id="huset", type="rss", url="https://huset.no/feed/")
RSS = Rss()
NAMESPACES = (
    'xmlns:ev="http://purl.org/rss/1.0/modules/event/" xmlns:xcal="urn:ietf:params:xml:ns:xcal" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
)


def feed(*items: str) -> str:
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?><rss version="2.0" {NAMESPACES}><channel><title>T</title>{inner}</channel></rss>'


def parse(body: str | bytes, window: FetchWindow = DECEMBER, source: Source = SOURCE) -> Parsed:
    return RSS.parse(body.encode() if isinstance(body, str) else body, source, window, ZONE)


def one(inner: str, title: str = "Konsert") -> Record:
    (record,) = parse(feed(f"<title>{title}</title>{inner}")).records
    return record


def refused(body: str | bytes) -> str:
    with pytest.raises(SourceError) as caught:
        parse(body)
    return caught.value.reason


def fixture(name: str) -> bytes:
    return (FEEDS / name).read_bytes()


def test_the_event_module_in_rss_1_0() -> None:
    assert RSS.recognises(fixture("event-module.xml"))
    parsed = parse(fixture("event-module.xml"))
    assert (parsed.warnings, parsed.news) == ((), ())
    concert, seminar = parsed.records
    assert (concert.uid, concert.title) == ("https://koret.no/konsert", "Julekonsert i Hemne kirke")
    assert (concert.start, concert.end) == (oslo("2026-12-13 19:00"), oslo("2026-12-13 21:00"))
    assert (concert.venue, concert.organizer, concert.categories) == ("Hemne kirke", "Hemne Kantori", ("Konsert",))
    assert (concert.url, concert.description) == ("https://koret.no/konsert", "Fire kor og et trekkspill & mer")
    assert (seminar.title, seminar.status) == ("Korseminar", Status.CANCELLED)
    assert (seminar.start, seminar.end) == (date(2026, 12, 4), date(2026, 12, 7))
    assert (seminar.venue, seminar.organizer, seminar.organizer_url) == ("", "", "http://koret.no/")


def test_a_wordpress_feed_with_events_and_news() -> None:
    parsed = parse(fixture("wordpress.xml"))
    (quiz,) = parsed.records
    assert (quiz.uid, quiz.title) == ("https://huset.no/?p=41", "Quiz på kaféen – finale")
    assert (quiz.start, quiz.end, quiz.venue) == (oslo("2026-12-05 19:00"), oslo("2026-12-05 22:30"), "Kaféen")
    assert quiz.url == "https://huset.no/quiz/"
    assert quiz.picture_url == "https://huset.no/quiz.jpg"
    assert quiz.categories == ("Quiz & spill", "Kafé")
    assert quiz.description == "<p>Lag på fire & mer &hellip;</p>"
    assert [item.title for item in parsed.news] == ["Åpent hus 12. desember", "Ny vaktmester"]
    opened, caretaker = parsed.news
    assert (caretaker.source, caretaker.uid, caretaker.url) == (
        "huset",
        "https://huset.no/?p=42",
        "https://huset.no/nytt",
    )
    assert caretaker.published == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert (caretaker.text, opened.text) == ("<p>Han heter Ola.</p>", "Velkommen &lt;3")
    assert opened.uid == "https://huset.no/apent"
    assert parsed.warnings == (
        '"Uten noen dato" is left out: it has neither the date of an event nor a date of publication.',
    )


def test_atom_with_xcal() -> None:
    parsed = parse(fixture("atom.xml"))
    series, cup = parsed.records
    assert (series.start, series.end) == (oslo("2026-12-05 18:00"), oslo("2026-12-05 20:00"))
    assert (series.venue, series.url, series.description) == ("Hallen", "https://idrett.no/cup", "<b>Kamper</b>")
    assert (cup.start, cup.end) == (date(2026, 12, 12), date(2026, 12, 14))  # iCalendar's end is exclusive
    (meeting,) = parsed.news
    assert (meeting.title, meeting.published) == ("Årsmøtet er holdt", datetime(2026, 11, 22, 9, tzinfo=UTC))
    assert "Referat" in meeting.text


def test_when_an_item_was_published_is_not_when_an_event_is() -> None:
    parsed = parse(feed("<title>Konsert</title><pubDate>Sat, 05 Dec 2026 18:00:00 +0100</pubDate>"))
    assert parsed.records == ()
    assert parsed.news[0].published == oslo("2026-12-05 18:00")


@pytest.mark.parametrize(
    ("inner", "start", "end"),
    [
        ("<ev:startdate>2026-12-05T18:00:00+01:00</ev:startdate>", "2026-12-05 18:00", None),
        ("<ev:startdate>2026-12-05T17:00Z</ev:startdate>", "2026-12-05 18:00", None),
        ("<ev:startdate>2026-12-05 18:00:00</ev:startdate>", "2026-12-05 18:00", None),
        ("<ev:startdate>Sat, 05 Dec 2026 18:00:00 +0100</ev:startdate>", "2026-12-05 18:00", None),
        ("<ev:startdate>lørdag 5. desember 2026 kl. 18</ev:startdate>", "2026-12-05 18:00", None),
        ("<ev:startdate>05.12.2026 18:00</ev:startdate>", "2026-12-05 18:00", None),
        (
            "<startdate>2026-12-05T18:00</startdate><enddate>2026-12-05T20:00</enddate>",
            "2026-12-05 18:00",
            "2026-12-05 20:00",
        ),
        (
            "<startdate>2026-12-05T22:00</startdate><enddate>2026-12-05T01:00</enddate>",
            "2026-12-05 22:00",
            "2026-12-06 01:00",
        ),
        ("<startdate>2026-12-05T18:00</startdate><enddate>2026-12-05T18:00</enddate>", "2026-12-05 18:00", None),
        ("<startdate>2026-12-05T18:00</startdate><enddate>2026-12-05</enddate>", "2026-12-05 18:00", None),
        (
            "<startdate>2026-12-05T18:00</startdate><enddate>2026-12-06</enddate>",
            "2026-12-05 18:00",
            "2026-12-07 00:00",
        ),
        ("<start_date>2026-12-05</start_date><end_date>2026-12-05</end_date>", "2026-12-05", "2026-12-06"),
        (
            "<startdate>2026-12-05 00:00:00</startdate><enddate>2026-12-05 23:59:59</enddate>",
            "2026-12-05",
            "2026-12-06",
        ),
        ("<startdate>2026-12-05 00:00:00</startdate>", "2026-12-05", "2026-12-06"),
        ("<xcal:dtstart>20261205</xcal:dtstart><xcal:dtend>20261205</xcal:dtend>", "2026-12-05", "2026-12-06"),
        ("<xcal:dtstart>20261205T180000</xcal:dtstart>", "2026-12-05 18:00", None),
        ("<startdate>2026-12-01</startdate><ev:startdate>2026-12-05</ev:startdate>", "2026-12-05", "2026-12-06"),
    ],
)
def test_when_an_event_is(inner: str, start: str, end: str | None) -> None:
    record = one(inner)
    assert (record.start, record.end) == (moment(start), moment(end) if end else None)


def moment(text: str) -> date:
    return oslo(text) if len(text) > 10 else date.fromisoformat(text)


@pytest.mark.parametrize(
    ("inner", "reason"),
    [
        ("<ev:startdate>snart</ev:startdate>", 'the date "snart" is not understood'),
        ("<ev:startdate>2026-02-31</ev:startdate>", 'the date "2026-02-31" does not exist'),
        ("<ev:startdate>Fri, 05 Dec 2026 18:00:00 +0100</ev:startdate>", "is a Saturday"),
    ],
)
def test_one_bad_item_costs_that_item(inner: str, reason: str) -> None:
    good = "<title>Quiz</title><ev:startdate>2026-12-06</ev:startdate>"
    parsed = parse(feed(f"<title>Konsert</title>{inner}", good))
    assert [record.title for record in parsed.records] == ["Quiz"]
    assert parsed.warnings[0].startswith('"Konsert" is left out: ')
    assert reason in parsed.warnings[0]
    assert refused(feed(f"<title>Konsert</title>{inner}")).startswith("None of its 1 items can be read")


def test_the_window_is_for_events_and_not_for_news() -> None:
    old = "<pubDate>Sat, 05 Jan 2019 18:00:00 +0100</pubDate>"
    parsed = parse(
        feed(f"<title>Gammelt</title>{old}", f"<title>K</title><ev:startdate>2027-01-05</ev:startdate>{old}")
    )
    assert parsed.records == ()
    assert [item.title for item in parsed.news] == ["Gammelt"]


def test_news_are_the_newest_ones_newest_first() -> None:
    times = [datetime(2026, 1, 1 + n % 28, n % 24, tzinfo=UTC) for n in range(MOST_NEWS + 20)]
    items = [
        f"<title>Nr. {n}</title><guid>{n}</guid><pubDate>{at:%d %b %Y %H:%M:%S} GMT</pubDate>"
        for n, at in enumerate(times)
    ]
    news = parse(feed(*items)).news
    assert len(news) == MOST_NEWS
    assert [item.published for item in news] == sorted(times, reverse=True)[:MOST_NEWS]


def test_an_id_is_the_guid_else_the_link_else_what_is_said() -> None:
    date_ = "<ev:startdate>2026-12-05T18:00</ev:startdate>"
    assert one(f"<guid>a</guid><link>https://huset.no/1</link>{date_}").uid == "a"
    assert one(f"<link>https://huset.no/1</link>{date_}").uid == "https://huset.no/1"
    assert one(date_).uid == one(date_.replace("18", "19")).uid != one(date_, "Quiz").uid


@pytest.mark.parametrize(
    ("inner", "picture"),
    [
        ('<media:content url="https://huset.no/a" medium="image"/>', "https://huset.no/a"),
        ('<media:content url="https://huset.no/a.mp4" type="video/mp4"/>', None),
        ('<media:thumbnail url="/a.jpg"/>', "https://huset.no/a.jpg"),
        ('<enclosure url="https://huset.no/a.png?w=1" length="1"/>', "https://huset.no/a.png?w=1"),
        ('<enclosure url="https://huset.no/a.pdf" length="1"/>', None),
        ('<enclosure url="file:///etc/passwd.png" type="image/png"/>', None),
    ],
)
def test_pictures(inner: str, picture: str | None) -> None:
    assert one(f"<ev:startdate>2026-12-05</ev:startdate>{inner}").picture_url == picture


@pytest.mark.parametrize("name", ["latin-1", "windows-1252", "utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings_as_the_document_declares_them(name: str) -> None:
    text = feed("<title>Blåbærtur på Øra</title><ev:startdate>2026-12-05</ev:startdate>")
    body = text.replace('"1.0"?', f'"1.0" encoding="{name}"?').encode(name)
    assert [record.title for record in parse(body).records] == ["Blåbærtur på Øra"]


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("utf-8", "cp1252"),
        ("iso-8859-1", "utf-8"),
        ("utf-16", "utf-8"),
        ("nonsense", "utf-8"),
        ("utf-7", "utf-8"),
        ("us-ascii", "cp1252"),
    ],
)
def test_encodings_that_are_declared_wrongly(declared: str, written: str) -> None:
    text = feed("<title>Blåbærtur på Øra – «ja»</title><ev:startdate>2026-12-05</ev:startdate>")
    body = text.replace('"1.0"?', f'"1.0" encoding="{declared}"?').encode(written)
    assert [record.title for record in parse(body).records] == ["Blåbærtur på Øra – «ja»"]


def test_what_is_not_well_formed_is_mended_or_said() -> None:
    date_ = "<ev:startdate>2026-12-05</ev:startdate>"
    mended = parse(feed(f"<title>Fl&oslash;te & kaffe \x0b<![CDATA[&aring; & sånt]]></title>{date_}"))
    assert [record.title for record in mended.records] == ["Fløte & kaffe  &aring; & sånt"]
    assert mended.warnings == ()
    broken = parse(feed(f"<title>Quiz</title>{date_}<b>x", f"<title>Bingo</title>{date_}"))
    assert {record.title for record in broken.records} >= {"Bingo"}
    assert "not well-formed XML" in broken.warnings[0]


def test_entities_of_a_documents_own_are_refused() -> None:
    reason = "The answer is XML that declares its own entities, which aren't supported."
    assert refused(fixture("laughs.xml")) == reason
    assert refused(fixture("external-entity.xml")) == reason
    assert refused(fixture("laughs.xml").decode().encode("utf-16")) == reason
    assert refused(b"<!DOCTYPE rss><!DOCTYPE rss [<!ENTITY a 'b'>]><rss></rss>") == reason
    assert refused(b"<!doctype rss SYSTEM 'x' '[' [<!ENTITY a 'b'>]><rss></rss>") == reason


def test_text_about_entities_is_text() -> None:
    title = "<title><![CDATA[<!DOCTYPE x [<!ENTITY a 'b'>]>]]></title><ev:startdate>2026-12-05</ev:startdate>"
    assert parse(feed(title)).records[0].title == "<!DOCTYPE x [<!ENTITY a 'b'>]>"


def test_nothing_is_opened_or_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """feedparser takes bytes that name a file, or a text that is an address, for what it should open."""

    def asked(*_: object) -> None:
        raise AssertionError("it connected")

    secret = tmp_path / "secret.xml"
    secret.write_text(feed("<title>Hemmelig</title><ev:startdate>2026-12-05</ev:startdate>"))
    monkeypatch.setattr(socket.socket, "connect", asked)
    for body in (str(secret), secret.as_uri(), "http://127.0.0.1:1/feed"):
        assert refused(body) == "The answer isn't a feed."
    external = '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/x.dtd">' + feed(
        "<title>K</title><ev:startdate>2026-12-05</ev:startdate>"
    ).removeprefix('<?xml version="1.0"?>')
    assert len(parse(external).records) == 1


def test_a_feed_that_is_the_name_of_a_file_is_a_feed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "<rss ").mkdir()
    (tmp_path / "<rss " / ">").write_text(feed("<title>Hemmelig</title><ev:startdate>2026-12-05</ev:startdate>"))
    monkeypatch.chdir(tmp_path)
    assert parse("<rss />") == Parsed(())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "The answer is empty."),
        ("<!DOCTYPE html><html></html>", "The answer is HTML instead of a feed."),
        ("<br />\n<b>Warning</b>: PHP", "The answer is HTML instead of a feed."),
        ("{}", "The answer isn't a feed."),
        ("<urlset><url/></urlset>", "The answer isn't a feed."),
        ("<rssx></rssx>", "The answer isn't a feed."),
        ("<rdf:RDF xmlns:rdf='x'><foaf>x</foaf></rdf:RDF>", "The answer is RDF, but not a feed."),
        (feed("<title>K</title>")[:-20], "The feed stops in the middle."),
        ("<?xml version='1.0'", "The feed stops in the middle."),
        ("<!-- <rss></rss>", "The feed stops in the middle."),
        ("<rss><channel>" + " " * MOST_BYTES + "</channel></rss>", "The feed is larger than 3 MB."),
    ],
)
def test_what_is_no_feed_is_refused_in_words(body: str, reason: str) -> None:
    assert refused(body) == reason


def test_a_feed_without_items_is_empty() -> None:
    for body in (feed(), "<rss version='2.0'/>", '<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>'):
        assert parse(f"\ufeff\n{body}\n<!-- cached -->") == Parsed(())


def test_feeds_are_found_on_a_page() -> None:
    page = HtmlPage(
        "https://huset.no/",
        b'<link rel="alternate" type="application/rss+xml" href="/comments/feed/"><link rel="alternate" '
        b'type="application/rss+xml" href="/feed/"><link rel="ALTERNATE" type="application/atom+xml" href="atom.xml">'
        b'<link rel="alternate" hreflang="en" href="/en/"><a href="/nyheter.rss">RSS</a><a href="/om">Om</a>',
    )
    assert list(RSS.addresses(page)) == [
        "https://huset.no/feed/",
        "https://huset.no/atom.xml",
        "https://huset.no/nyheter.rss",
        "https://huset.no/comments/feed/",
    ]


def test_what_is_recognised() -> None:
    for name in ("event-module.xml", "wordpress.xml", "atom.xml"):
        assert RSS.recognises(fixture(name))
    for body in (b"", b"<html><rss></html>", b"{}", b"<rsscloud/>", fixture("laughs.xml")):
        assert not RSS.recognises(body)


def test_what_once_broke_the_parser() -> None:
    """feedparser's own dictionaries warn when "updated" is asked for and only "published" is there."""
    assert parse(fixture("published-and-not-updated.xml").replace(b"5.12.2026</pub", b"1 Dec 2026 10:00 GMT</pub")).news
    assert "neither" in refused(fixture("published-and-not-updated.xml"))


@given(st.binary(max_size=300), st.text(alphabet="<>/&;![]-?=\"' abcitemrs:xdatléø0", max_size=80))
def test_nothing_but_a_source_error_comes_of_any_bytes(body: bytes, text: str) -> None:
    for each in (body, b"<rss><item>" + body + b"</rss>", b"<rss>" + text.encode() + b"</rss>", b"<" + body):
        RSS.recognises(each)
        with suppress(SourceError):
            parse(each)
