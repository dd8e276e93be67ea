"""Pages for telephones: they say what the wall says, work for everybody, and telephones read the calendar."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from icalendar import Calendar
from playwright.sync_api import Browser

from signage.config.models import Config
from signage.domain.model import Availability, Event, Picture, Status, Ticket, TicketKind
from signage.publishing.phone_pages import PhonePicture, address_of, code_of, pocket_files
from signage.web import make_app
from signage.web.loopback import Threaded
from signage.wording.languages import load as load_words
from tests.fixtures import portal as answers
from tests.fixtures.make import OSLO, event, oslo
from tests.fixtures.paths import FIXTURES
from tests.fixtures.shots import one_screen
from tests.fixtures.site import Site
from tests.fixtures.well import all_well

AXE = FIXTURES / "axe" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
NOW = oslo("2026-11-23 12:00")
MARKET = event(
    "Julemarked <b>& bod</b>",
    "2026-11-28 11:00",
    "2026-11-28 16:00",
    venue="Øra torg",
    organizer="Heim næringsforening",
    summary="Over tretti boder.",
    url="https://iheim.no/e/1",
    ticket=Ticket(TicketKind.TICKETS, "https://tickets.example.org/1", "100", "NOK", Availability.FEW_LEFT),
)
EVENTS = [
    MARKET,
    event("Utstilling", "2026-11-24", "2026-11-27", venue="kulØr'n"),
    event("Quiz", "2026-11-24 19:00", "2026-11-24 21:00", status=Status.CANCELLED),
    event("Kaffe", "2026-11-23 13:00"),
    event("Over", "2026-11-23 09:00", "2026-11-23 10:00"),
    event(
        "Hostile", "2026-11-25 18:00", url="javascript:alert(1)", ticket=Ticket(TicketKind.TICKETS, "data:text/html,x")
    ),
]


def config_of(language: str = "nb", address: str | None = "https://skjerm.example.org") -> Config:
    config = one_screen(language=language)
    return Config.model_validate(
        {
            **config.model_dump(mode="json", by_alias=True),
            "site": {**config.site.model_dump(mode="json"), "address": address},
        }
    )


def files(
    events: list[Event] | None = None, now: datetime = NOW, language: str = "nb", **more: Any
) -> dict[str, bytes]:
    return pocket_files(
        config_of(language, **more), "s", load_words(language), EVENTS if events is None else events, now
    )


def text(name: str, **more: Any) -> str:
    return files(**more)[name].decode()


def test_every_event_that_is_not_over_has_a_page_and_a_place_in_the_list() -> None:
    made = files()
    listed = made["events.html"].decode()
    for one in EVENTS:
        shown = one.title != "Over"
        assert (f"e/{code_of(one.id)}.html" in made) is shown
        assert (code_of(one.id) in listed) is shown


def test_a_page_says_when_where_who_and_leads_on() -> None:
    page = text(f"e/{code_of(MARKET.id)}.html")
    for said in (
        "lørdag 28. november",
        "11.00–16.00",
        "Øra torg",
        "Heim næringsforening",
        "Over tretti boder.",
        "Få plasser igjen",
    ):
        assert said in page.replace("\u00a0", " ").replace("\u2060", ""), said
    for link in (
        "https://tickets.example.org/1",
        "https://iheim.no/e/1",
        "openstreetmap.org/search?query=%C3%98ra",
        ".ics",
    ):
        assert link in page


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ("2026-11-25 12:00", "27. november kl. 18.00 – 29. november kl. 15.00"),
        ("2026-11-27 12:00", "27. november kl. 18.00 – 29. november kl. 15.00"),
        ("2026-11-28 12:00", "til søndag"),
        ("2026-11-29 12:00", "til 15.00"),
    ],
)
def test_a_festival_says_until_when(now: str, said: str) -> None:
    festival = event("Festival", "2026-11-27 18:00", "2026-11-29 15:00")
    listed = text("events.html", now=oslo(now), events=[festival]).replace("\u00a0", " ")
    assert re.findall(r'<time datetime="[^"]*T[^"]*">([^<]*)</time>', listed) == [said]
    page = text(f"e/{code_of(festival.id)}.html", now=oslo(now), events=[festival]).replace("\u00a0", " ")
    assert f"<br>{said}</time>" in page


def test_what_comes_from_outside_is_text_and_links_lead_to_the_web() -> None:
    everything = "".join(content.decode() for name, content in files().items() if name.endswith(".html"))
    assert "<b>&" not in everything
    assert "javascript:" not in everything
    icon = '<link rel="icon" href="data:,">'  # or browsers ask for /favicon.ico, in vain
    assert everything.count(icon) == everything.count("</head>")
    assert "data:" not in everything.replace(icon, "").replace("img-src 'self' data:;", "")
    scripts = re.findall("<script[^>]*>", everything)
    assert len(scripts) == len([name for name in files() if name.endswith(".html")])
    assert set(scripts) == {'<script src="../../phone.js">', '<script src="../../../phone.js">'}


def test_subscribing_needs_an_address_that_people_can_reach() -> None:
    assert "webcal://skjerm.example.org/screens/s/calendar.ics" in text("events.html")
    alone = text("events.html", address=None)
    assert "webcal" not in alone
    assert "Abonner" not in alone
    assert 'href="calendar.ics"' in alone


def test_the_heading_is_about_the_municipality_and_not_about_the_screens_house() -> None:
    page = text("events.html")
    assert "<h1>Dette skjer i Heim</h1>" in page
    assert "Fra skjermen «" in page


def test_a_list_of_several_days_leads_to_each_and_to_the_weekend() -> None:
    page = text("events.html")
    links = re.findall(r'<a href="#d([\d-]+)">([^<]+)</a>', page)
    assert links[:2] == [("2026-11-23", "I dag"), ("2026-11-28", "Helga")]
    assert [day for day, _ in links[2:]] == ["2026-11-24", "2026-11-25", "2026-11-28"]
    assert all(f'id="d{day}"' in page for day, _ in links)
    assert "jumps" not in text("events.html", events=EVENTS[:1])
    monday = text("events.html", events=[event(f"e{n}", f"2026-11-{24 + n} 18:00") for n in range(3)])
    assert re.findall(r'href="#d[\d-]+">([^<]+)<', monday)[0] == "tir.\u00a024.\u00a0nov."
    sunday = text(
        "events.html",
        now=oslo("2026-11-22 12:00"),
        events=[event(f"e{n}", f"2026-11-{22 + n} 18:00") for n in range(3)],
    )
    assert re.findall(r'href="#d([\d-]+)">', sunday) == ["2026-11-22", "2026-11-23", "2026-11-24"], (
        "the weekend is today"
    )


POSTER = Picture("a" * 64, 1200, 1600, "Foto: <b>Kari</b>", (0.9, 0.1))
SMALL = PhonePicture("b" * 64, 20_000, 480, 640)


def test_events_show_their_pictures_around_what_matters() -> None:
    shown = [replace(MARKET, picture=POSTER), *EVENTS[1:]]
    made = pocket_files(config_of(), "s", load_words("nb"), shown, NOW, {POSTER.sha256: SMALL})
    listed, page = made["events.html"].decode(), made[f"e/{code_of(MARKET.id)}.html"].decode()
    assert re.findall(r"<img[^>]*>", listed) == [
        f'<img class="x100 y0" src="../../assets/{SMALL.sha256}.webp" width="480" height="640" alt="" loading="lazy">'
    ]
    assert f'src="../../../assets/{SMALL.sha256}.webp"' in page
    assert "<figcaption>Foto: &lt;b&gt;Kari&lt;/b&gt;</figcaption>" in page
    assert all(f".{way}{part} {{" in made["pocket.css"].decode() for way in "xy" for part in (0, 25, 50, 75, 100))
    for without in (files([replace(MARKET, picture=POSTER)]), files()):  # a copy that isn't made yet; no picture
        assert "<img" not in "".join(content.decode() for name, content in without.items() if name.endswith("html"))


def entries(content: bytes) -> dict[str, Any]:
    return {str(entry["summary"]): entry for entry in Calendar.from_ical(content).walk("VEVENT")}


def test_the_calendar_is_read_back_as_it_was_meant() -> None:
    made = files()
    found = entries(made["calendar.ics"])
    assert set(found) == {e.title for e in EVENTS if e.title != "Over"}
    market = found[MARKET.title]
    assert market.start == MARKET.start
    assert market.end == MARKET.end
    assert market["dtstart"].params["TZID"] == "Europe/Oslo"
    assert [alarm["trigger"].dt for alarm in market.walk("VALARM")] == [-timedelta(hours=2)]
    exhibition = found["Utstilling"]
    assert (exhibition.start, exhibition.end) == (date(2026, 11, 24), date(2026, 11, 27))
    assert [alarm["trigger"].dt for alarm in exhibition.walk("VALARM")] == [-timedelta(hours=6)]
    assert found["Quiz"]["status"] == "CANCELLED"
    assert found["Quiz"].walk("VALARM") == []
    assert b"BEGIN:VTIMEZONE" in made["calendar.ics"]
    assert max(len(line) for line in made["calendar.ics"].split(b"\r\n")) <= 75


def test_nothing_changes_when_nothing_has_changed() -> None:
    assert files() == files(now=NOW + timedelta(minutes=50))
    later = replace(MARKET, ends_at=MARKET.ends_at + timedelta(hours=1), end=oslo("2026-11-28 17:00"))
    one, other = (entries(files([e])["calendar.ics"])[MARKET.title] for e in (MARKET, later))
    assert one["uid"] == other["uid"]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_hours_of_the_days_with_a_time_change_stay_what_they_are(day: str) -> None:
    night = event("Natt", f"{day} 01:30", f"{day} 04:30")
    found = entries(files([night], now=oslo("2026-01-01 12:00"))["calendar.ics"])["Natt"]
    assert found.start.astimezone(OSLO) == night.start
    assert found.end.astimezone(OSLO) == night.end


def test_an_address_is_short() -> None:
    address = address_of("https://skjerm.example.org/", "hemne-bibliotek", MARKET.id)
    assert address == f"https://skjerm.example.org/screens/hemne-bibliotek/e/{code_of(MARKET.id)}.html"
    assert len(address) < 80


@pytest.mark.browser
def test_a_build_publishes_them_with_the_screen_and_serves_them(site: Site, chromium: Browser) -> None:
    site.portal.paths["/irisimage/7/7.jpg"] = answers.ok(answers.picture(1600, 1200), "image/jpeg")
    site.listings[1]["imageId"] = 7
    site.build()
    folder = site.folder / "var" / "published"
    extras = site.manifest()["extras"]
    with Threaded(make_app(folder, all_well, lambda: "")) as server:

        def get(path: str) -> requests.Response:
            address = f"http://127.0.0.1:{server.port}/screens/bibliotek/{path}"
            return requests.get(address, timeout=5, allow_redirects=False)

        assert "Kino: Vaiana" in get("events.html").text
        page = sorted(path.name for path in (folder / "screens" / "bibliotek" / "e").glob("*.html"))[0]
        assert get(f"e/{page}").headers["content-type"].startswith("text/html")
        assert get("calendar.ics").headers["content-type"].startswith("text/calendar")
        (asset,) = site.manifest()["phone_assets"]
        assert asset not in site.manifest()["assets"], "players fetch none of it"
        view = chromium.new_page(viewport={"width": 390, "height": 844})
        (cinema,) = re.findall(r'<a href="(e/[a-z0-9]+\.html)">Kino: Vaiana<', get("events.html").text)
        for path in ("events.html", cinema):
            view.goto(f"http://127.0.0.1:{server.port}/screens/bibliotek/{path}")
            shown = view.locator("img").evaluate_all(
                "async (all) => { await Promise.all(all.map((each) => each.decode()));"
                " return all.map((each) => [each.naturalWidth, each.naturalHeight, each.src.split('/').pop()]); }"
            )
            assert shown == [[640, 480, f"{asset}.webp"]]
        view.close()
        gone = get("e/aaaaaaa.html")
        assert (gone.status_code, gone.headers["location"]) == (302, "../events.html")
        for strange in ("..%2F..%2Fsignage.pub", "e/..%2Fmanifest.json.html", "x.js"):
            assert get(strange).status_code == 404
    site.listings[0]["title"] = "Kaffe og vafler"
    site.build()
    assert site.manifest()["extras"] != extras


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages of two languages under an address."""
    folder = tmp_path_factory.mktemp("pocket")
    for language in ("nb", "uk"):
        for name, content in files(language=language).items():
            path = folder / language / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.browser
@pytest.mark.skipif(not AXE.exists() and not os.environ.get("SIGNAGE_CI"), reason="needs npm, for axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("language", ["nb", "uk"])
def test_axe_finds_nothing(published: str, chromium: Browser, language: str, width: int, scheme: Any) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = context.new_page()
    for name in ("events.html", f"e/{code_of(MARKET.id)}.html", f"e/{code_of(EVENTS[2].id)}.html"):
        page.goto(f"{published}/{language}/{name}")
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate(
            "async (rules) => (await axe.run({runOnly: rules})).violations.map((v) => [v.id, v.nodes[0].html])", RULES
        )
        assert found == [], (name, found)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
