"""`signage sources probe`: any address, or a file, and what can be read there."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from signage.app.probe import NothingToRead, Probed, block, probe, short_name, whole
from signage.cli.main import main
from signage.config.models import Config, Source
from signage.errors import EXIT_UNAVAILABLE, SourceError
from signage.sources.base import FetchWindow
from signage.sources.formats.html_page import HtmlPage
from signage.sources.net.caching_fetcher import is_file
from signage.sources.registry import SOURCE_TYPES, source_type
from tests.fixtures import portal as answers
from tests.fixtures.make_records import config
from tests.fixtures.paths import ROOT, shared_data
from tests.fixtures.portal import Portal
from tests.fixtures.source_cases import CASES, ical, jsonld, wis
from tests.fixtures.source_cases.base import listed_events
from tests.integration.sources.test_source_contract import QUICK

NOW = datetime(2026, 11, 30, 11, tzinfo=UTC)
WINDOW = FetchWindow(date(2026, 11, 30), date(2027, 1, 29))
PAGE = "<!doctype html><html><head><title>Koret</title>{}</head><body>{}</body></html>"


@pytest.fixture
def portal() -> Iterator[Portal]:
    with Portal() as made:
        yield made


def find(address: str, window: FetchWindow = WINDOW, site: Config | None = None) -> Probed:
    return probe(address, site or config(), window, NOW, QUICK)


def page(portal: Portal, head: str = "", body: str = "", path: str = "/") -> None:
    portal.paths[path] = answers.ok(PAGE.format(head, body), "text/html; charset=utf-8")


def test_a_portal_is_found_from_its_front_page(portal: Portal) -> None:
    page(portal, body='<img src="/irisimage/1/1.jpg">')
    portal.paths.update(wis.serve(listed_events(3), portal))
    best = find(portal.url).found[0]
    assert (best.source.type, best.source.url) == ("wis", portal.url)
    assert len(best.merged.events) == 3


def test_a_portal_is_found_without_any_mark_of_it(portal: Portal) -> None:
    page(portal)
    portal.paths.update(wis.serve(listed_events(3), portal))
    assert find(f"{portal.url}/").found[0].source.type == "wis"


@pytest.mark.parametrize(
    "offer",
    [
        '<link rel="alternate" type="text/calendar" href="/kalender.ics">',
        '<a href="kalender.ics">Abonner</a>',
        '<a href="/om">Om</a><a href="{url}/kalender.ics?x=1">Kalender</a>',
    ],
)
def test_a_calendar_that_a_page_links_to(offer: str, portal: Portal) -> None:
    page(portal, body=offer.replace("{url}", portal.url))
    portal.paths.update(ical.serve(listed_events(3), portal))
    best = find(portal.url).found[0]
    assert best.source.type == "ical"
    assert best.source.url.startswith(f"{portal.url}/kalender.ics")
    assert len(best.merged.events) == 3


def test_a_wordpress_site_with_the_events_calendar(portal: Portal) -> None:
    page(portal, '<link rel="https://api.w.org/" href="/wp-json/">')
    portal.paths.update(CASES["tec"].serve(listed_events(4), portal))
    best = find(portal.url).found[0]
    assert (best.source.type, len(best.merged.events)) == ("tec", 4)


def test_a_list_of_pages_that_tell_of_their_event(portal: Portal) -> None:
    """A former portal: the programme page says nothing to programs, the pages behind its links do."""
    events = listed_events(3)
    links = "".join(f'<a href="/arrangement/{event.uid}">{event.title}</a>' for event in events)
    page(portal, body=f'<a href="/om/oss">Om</a><a href="/om/styret">Styret</a>{links}', path="/program")
    for event in events:
        script = json.dumps(jsonld.node(event))
        portal.paths[f"/arrangement/{event.uid}"] = answers.ok(jsonld.html(script), "text/html; charset=utf-8")
    best = find(f"{portal.url}/program").found[0]
    assert (best.source.type, best.source.links, len(best.merged.events)) == ("jsonld", "/arrangement/*", 3)
    pasted = tomllib.loads(block(best.source, {}))["sources"][0]
    assert type(best.source).model_validate(pasted) == best.source


def test_a_feed_that_a_page_names(portal: Portal) -> None:
    case = CASES["rss"]
    page(portal, f'<link rel="alternate" type="application/rss+xml" href="{case.main}">')
    portal.paths.update(case.serve(listed_events(3), portal))
    best = find(portal.url).found[0]
    assert (best.source.type, len(best.merged.events)) == ("rss", 3)


def test_the_offer_with_most_events_comes_first_and_the_others_are_named(portal: Portal) -> None:
    page(portal, body='<a href="/kalender.ics">Kalender</a><a href="/gammel.ics">Gammel</a>')
    portal.paths.update(ical.serve(listed_events(3), portal))
    portal.paths["/gammel.ics"] = answers.ok(ical.text(listed_events(1)), "text/calendar")
    result = find(portal.url)
    assert [len(each.merged.events) for each in result.found] == [3, 1]


@pytest.mark.parametrize("name", sorted(set(CASES) - {"checkin", "facebook"}))
def test_the_answer_of_every_type_is_recognised_in_a_file(name: str, portal: Portal, tmp_path: Path) -> None:
    case = CASES[name]
    file = tmp_path / "answer"
    file.write_bytes(body_of(case.serve(listed_events(2), portal)[case.main]))
    best = find(str(file)).found[0]
    assert best.source.type == name
    assert [event.title for event in best.merged.events] == ["Korøvelse nr. 0", "Korøvelse nr. 1"]


def body_of(answer: Any) -> bytes:
    """What an answer of the test server holds."""
    import requests

    with Portal(x=answer) as portal:
        return requests.get(f"{portal.url}/x", timeout=5).content


def test_a_page_can_not_make_us_ask_in_a_private_network(portal: Portal) -> None:
    with Portal() as inside:
        inside.paths.update(ical.serve(listed_events(3), inside))
        page(portal, body=f'<a href="{inside.url}/kalender.ics">Kalender</a>')
        with pytest.raises(NothingToRead, match="The address leads to a private network"):
            find(portal.url)
        assert inside.asked == []


def test_nothing_to_read_says_what_was_tried(portal: Portal) -> None:
    page(portal)
    with pytest.raises(NothingToRead) as nothing:
        find(portal.url)
    assert "can be read as a source" in str(nothing.value)
    assert "wis" in str(nothing.value)
    assert "The server answered with status 404." in str(nothing.value)


@pytest.mark.parametrize(
    ("name", "body", "seen"),
    [
        (
            "side.html",
            '<title>Heim</title><a href="/a">a</a><script type="application/ld+json">{"@type": "WebSite"}</script>',
            'a web page called "Heim" with 1 links and 1 scripts, and its structured data describes WebSite',
        ),
        ("data.json", '{"@type": "Thing", "result": {}}', 'JSON: an object with "@type", "result"'),
        ("k.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", "a calendar with 0 entries"),
    ],
)
def test_an_answer_that_yields_nothing_is_no_success(
    name: str, body: str, seen: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / name
    file.write_text(body)
    assert main(["sources", "probe", str(file)]) == EXIT_UNAVAILABLE
    printed = capsys.readouterr()
    assert seen in " ".join((printed.out + printed.err).split())


def test_a_facebook_page_is_known_by_its_address() -> None:
    kind = source_type("facebook")
    assert list(kind.addresses(HtmlPage("https://www.facebook.com/heim", b""))) == ["https://www.facebook.com/heim"]
    assert list(kind.addresses(HtmlPage("https://example.no/facebook", b""))) == []


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("dugnader.csv", b"<html>Logg inn</html>", "The answer is HTML instead of a sheet"),
        ("dugnader.csv", b"Oppgave;Ansvar\nRydde;Kari\n", "Oppgave"),
        ("kalender.ics", b"Hei p\xc3\xa5 deg", "The answer isn't a calendar."),
        ("feed.xml", b'<!DOCTYPE r [<!ENTITY a "b">]><rss version="2.0"><channel></channel></rss>', "entities"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_told_why(name: str, body: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(body)
    with pytest.raises(NothingToRead, match=why):
        find(str(tmp_path / name))


def test_every_type_is_called_something() -> None:
    assert all(source_type(name).about for name in SOURCE_TYPES)


def test_a_mistyped_file_is_no_site() -> None:
    assert is_file(whole("finnes-ikke.ics"))


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(SourceError, match="There is no such file"):
        find("/nowhere/kalender.ics")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("iheim.no", "https://iheim.no"),
        ("www.iheim.no/kalender", "https://www.iheim.no/kalender"),
        (" https://iheim.no ", "https://iheim.no"),
        ("webcal://x.no/k.ics", "webcal://x.no/k.ics"),
    ],
)
def test_addresses_as_people_type_them(typed: str, meant: str) -> None:
    assert whole(typed) == meant


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://www.kulturskolen.no/kalender.ics", "kulturskolen"),
        ("https://hemne.frivilligsentral.no/kalender", "hemne-frivilligsentral"),
        ("/srv/Dugnader 2026.csv", "dugnader-2026"),
        ("http://127.0.0.1:8080/x", "127-0-0-1"),
        ("https://æøå.no/", "kilde"),
    ],
)
def test_a_short_name_is_made_of_the_address(url: str, name: str) -> None:
    assert short_name(url) == name


def test_the_block_can_be_pasted(portal: Portal, capsys: pytest.CaptureFixture[str]) -> None:
    page(portal, body='<a href="/kalender.ics">Kalender</a>')
    portal.paths.update(ical.serve(listed_events(7), portal))
    assert main(["sources", "probe", portal.url, "--from", "2026-11-30"]) == 0
    out = capsys.readouterr().out
    (pasted,) = tomllib.loads(out)["sources"]
    assert Source.model_validate(pasted).url == f"{portal.url}/kalender.ics"
    assert [line for line in out.splitlines() if line.startswith("# 2026-12-")] == [
        f"# 2026-12-0{n + 1} 18.00  Korøvelse nr. {n}  (kulØr'n)" for n in range(5)
    ]


def test_strange_addresses_stay_text_in_the_block() -> None:
    source = Source.model_construct(id="x", type="csv", url='C:\\a "b".csv')
    assert tomllib.loads(block(source, {"customer": 1}))["sources"] == [
        {"id": "x", "type": "csv", "url": 'C:\\a "b".csv', "customer": 1}
    ]


def test_json_gives_every_occurrence_of_the_window(tmp_path: Path) -> None:
    file = tmp_path / "daily.ics"
    file.write_text(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Morgensang\r\nDTSTART;TZID=Europe/Oslo:20200101T080000\r\n"
        "DURATION:PT30M\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "signage",
            "sources",
            "probe",
            str(file),
            "--json",
            "--from",
            "2020-01-01",
            "--to",
            "2029-12-31",
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(lines) == 3653
    assert lines[0] | {"start": "2020-01-01T08:00:00+01:00", "end": "2020-01-01T08:30:00+01:00"} == lines[0]
    assert lines[-1]["start"] == "2029-12-31T08:00:00+01:00"


def test_a_window_that_ends_before_it_begins(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sources", "probe", "x.ics", "--from", "2026-12-02", "--to", "2026-12-01"]) == 2
    assert "--to 2026-12-01 is before --from 2026-12-02" in capsys.readouterr().err


def test_every_file_of_the_shared_data_is_read_or_refused_with_a_reason() -> None:
    """Ten years either way. No exception but one with a sentence; what can't be read is listed here."""
    refused = {}
    window = FetchWindow(date(2000, 1, 1), date(2029, 12, 31))
    for file in sorted(shared_data().rglob("*")):
        if not file.is_file() or file.name == "README.md":
            continue
        try:
            find(str(file), window)
        except (NothingToRead, SourceError) as error:
            refused[file.name] = str(error)
    assert all(refused.values())
    assert not {name for name in refused if name.startswith(("Event.", "page", "heim", "edge"))}
