"""In which language people read the server's pages, and that a Norwegian reader meets no English sentence."""

from __future__ import annotations

import re

import pytest
import requests

from tests.fixtures import bundles
from tests.fixtures.desk import Desk
from tests.fixtures.players import PATIENCE, Player
from tests.integration.fleet.test_status import every_state

NORWEGIAN = {"Accept": "text/html", "Accept-Language": "nb-NO,nb;q=0.9,en-US;q=0.5"}
ENGLISH = {"Accept": "text/html", "Accept-Language": "en-GB,en;q=0.9"}
AWAY = "the server is away: screens/radhuset/manifest.json answered 404"
_MARKED = re.compile(r"<ul[^>]* lang=\"en\">.*?</ul>", re.DOTALL)
_ENGLISH = re.compile(r"\b(the|is|was|has|not|its|this|can't|answered|with)\b")


def read(desk: Desk, path: str, headers: dict[str, str]) -> requests.Response:
    return requests.get(desk.url + path, headers=headers, timeout=PATIENCE)


def visible(page: str) -> str:
    """What is read without opening the technical details, which are marked as English."""
    return re.sub(r"<[^>]+>", " ", _MARKED.sub("", page))


def in_trouble(desk: Desk) -> None:
    every_state(desk)
    manifest = desk.publish(2, screen="kulorn")
    player = desk.paired("kulorn", seed="away", code="MNPQ2345HB")
    network = {"failing_since": None, "problem": AWAY, "kind": "a-word-of-tomorrow"}
    clock = {"trusted": False, "why": "nobody has set it", "kind": "a-word-of-tomorrow"}
    desk.well(player, manifest, network=network, clock=clock, errors=[AWAY])
    screens = [{"screen": "hallen", "problems": ["its fallback page is drawn plainly"]}]
    sources = [
        {"source": "choir", "problem": "answered 503", "alarms": []},
        {"source": "club", "problem": None, "alarms": [{"kind": "dropped", "text": "2 events, where 9 are usual"}]},
    ]
    problems = [
        "screens.toml:14:1: screens.a: no layout",
        "a refresh failed: the disk is full",
        "choir: answered 503",
        "club: 2 events, where 9 are usual",
        "the record x is left out",
        "hallen: its fallback page is drawn plainly",
    ]
    desk.said = {
        "ok": False,
        "problems": problems,
        "alarms": [],
        "sources": sources,
        "screens": screens,
        "left_out": ["the record x is left out"],
    }


@pytest.mark.parametrize("path", ["/", "/status", "/nowhere", "/screen/nothing", "/status?done=revoke&screen=hallen"])
def test_a_norwegian_reader_meets_no_english_sentence(desk: Desk, path: str) -> None:
    in_trouble(desk)
    answer = read(desk, path, NORWEGIAN)
    assert '<html lang="nb">' in answer.text
    assert (answer.headers["Content-Language"], answer.headers["Vary"]) == ("nb", "Accept-Language")
    assert _ENGLISH.findall(visible(answer.text)) == []


def test_each_problem_has_a_sentence_and_its_details(desk: Desk) -> None:
    in_trouble(desk)
    norwegian = read(desk, "/", NORWEGIAN).text
    for sentence in (
        "Det er feil i screens.toml.",
        "Det oppsto en feil på serveren.",
        "Kilden «choir» kan ikke hentes nå.",
        "Kilden «club» har langt færre arrangementer enn vanlig",
        "Noe innhold kunne ikke brukes og er utelatt.",
        "Noe mangler på skjermen «hallen».",
        "<li>choir: answered 503</li>",
    ):
        assert sentence in norwegian
    status = read(desk, "/status", NORWEGIAN).text
    assert "Nettverket: Spilleren får ikke hentet det den trenger fra serveren." in status
    assert AWAY in status
    assert "ikke til å stole på (årsaken er ukjent)" in status


def test_an_english_reader_gets_english(desk: Desk) -> None:
    in_trouble(desk)
    for path, sentence in (
        ("/", "Something needs checking."),
        ("/status", "The player last reported at 12:00. Check its power and network."),
        ("/nowhere", "Page not found"),
        (f"/status/{desk.registry.players()[0].id}", "The last 14 days."),
    ):
        page = read(desk, path, ENGLISH).text
        assert '<html lang="en">' in page
        assert sentence in page
        assert not re.search(r"[æå]|\bikke\b", visible(page).replace("Rådhuset", "")), path


def test_the_page_that_plays_a_screen_follows_too(desk: Desk) -> None:
    bundles.publish(desk.published, 1)
    assert "<title>Infoskjerm</title>" in read(desk, "/screen/library", NORWEGIAN).text
    answer = read(desk, "/screen/library", ENGLISH)
    assert "<title>Info screen</title>" in answer.text
    assert "'sha256-" in answer.headers["Content-Security-Policy"]


def test_a_refusal_is_a_page_for_people_and_text_for_programs(desk: Desk) -> None:
    form = {"do": "pair", "code": "K7M4P-X2QHC", "screen": "library", "key": desk.admin.load_or_make()}
    Player(desk.url).ask()
    refused = requests.post(f"{desk.url}/status", form, headers=NORWEGIAN, timeout=PATIENCE)
    assert (refused.status_code, "Ingen spiller viser K7M4P-X2QHC." in refused.text) == (422, True)
    refused = requests.post(f"{desk.url}/status", form, headers=ENGLISH, timeout=PATIENCE)
    assert "No player shows K7M4P-X2QHC." in refused.text
    bad = requests.post(f"{desk.url}/status", {**form, "do": "dance"}, headers=NORWEGIAN, timeout=PATIENCE)
    assert (bad.status_code, "Serveren forsto ikke det nettleseren sendte." in bad.text) == (400, True)
    foreign = requests.post(f"{desk.url}/status", form, headers={"Origin": "http://evil.example"}, timeout=PATIENCE)
    assert foreign.status_code == 403
    assert foreign.headers["Content-Type"].startswith("text/plain")
    assert "Skjemaet ble sendt fra et annet nettsted" in foreign.text
    assert "The form was sent from another website" in foreign.text
