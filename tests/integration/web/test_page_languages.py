"""In which language people read the server's pages, and that a Norwegian reader meets no English sentence."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import get_args

import pytest
import requests

from signage.app.alarms import Kind, raised
from signage.app.build_report import BuildReport, ScreenReport, SourceReport
from signage.app.clock_watch import ClockProblem
from signage.app.clock_watch import Kind as ClockKind
from signage.domain.server_status import Message, RaisedAlarm, ServerProblem, ServerStatus
from signage.errors import SourceFault
from signage.sources.trust.freshness import Alarm, AlarmKind
from signage.wording.languages.messages import load_messages
from tests.fixtures import bundles
from tests.fixtures.desk import NOON, OSLO, Desk
from tests.fixtures.players import PATIENCE, Player
from tests.integration.fleet.test_status import every_state

NORWEGIAN = {"Accept": "text/html", "Accept-Language": "nb-NO,nb;q=0.9,en-US;q=0.5"}
ENGLISH = {"Accept": "text/html", "Accept-Language": "en-GB,en;q=0.9"}
REFUSED = "The server answered with status 503."
VALUES = {"status": "404", "count": "3"}
AWAY = "the server is away: screens/radhuset/manifest.json answered 404"
DETAIL = "2 events, where 9 are usual"
SOURCE_ALARMS = [kind for kind in get_args(AlarmKind) if kind != "failing"]
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
    screen = ScreenReport("hallen", problems=("its fallback page is a plain one",))
    sources = [
        SourceReport("choir", 0, None, REFUSED, fault="status", fault_values={"status": "503"}),
        *(SourceReport(fault, 0, None, "x", fault=fault, fault_values=VALUES) for fault in get_args(SourceFault)),
        SourceReport("band", 0, None, "Of another version.", fault="a-word-of-tomorrow"),
        SourceReport(
            "MET Norway (63.3,9.1)", 0, None, REFUSED, fault="status", fault_values={"status": "503"}, live=True
        ),
        *(SourceReport("club", 2, 60.0, None, alarms=(Alarm(kind, DETAIL, None),)) for kind in SOURCE_ALARMS),
    ]
    build = BuildReport(NOON, 1.0, (screen,), (), problems=("the record x is left out",))
    problems = (
        ServerProblem(Message("problems.config"), "screens.toml:14:1: screens.a: no layout"),
        ServerProblem(Message("problems.server"), "a refresh failed: no answer"),
        ServerProblem(Message("problems.disk"), "The disk is full."),
        *(problem for source in sources for problem in source.found_problems()),
        *build.found_problems(),
    )
    desk.status = ServerStatus(NOON, OSLO, tuple(every_alarm()), problems)


def every_alarm() -> Iterator[RaisedAlarm]:
    """One of each kind."""
    since = NOON - timedelta(minutes=25)
    for kind in get_args(Kind):
        yield raised(kind, "choir", since)
    yield raised("not_published", "", since)
    for clock in get_args(ClockKind):
        for hours in (-2, 2):
            yield ClockProblem(clock, timedelta(hours=hours), since).alarm()


def english_sentences() -> list[re.Pattern[str]]:
    """The sentences of the English catalogue, with anything in the place of the {names}."""
    english, norwegian = (load_messages(language).sentences for language in ("en", "nb"))
    parts = [re.split(r"\{\w+\}", text) for key, text in english.items() if text != norwegian[key]]
    sentences = [each for each in parts if len("".join(each).split()) > 1]
    return [re.compile(".*?".join(map(re.escape, each))) for each in sentences]


@pytest.mark.parametrize("path", ["/", "/status", "/nowhere", "/screen/nothing", "/status?done=revoke&screen=hallen"])
def test_a_norwegian_reader_meets_no_english_sentence(desk: Desk, path: str) -> None:
    in_trouble(desk)
    answer = read(desk, path, NORWEGIAN)
    assert '<html lang="nb">' in answer.text
    assert (answer.headers["Content-Language"], answer.headers["Vary"]) == ("nb", "Accept-Language")
    text = html.unescape(visible(answer.text))
    assert _ENGLISH.findall(text) == []
    assert [sentence.pattern for sentence in english_sentences() if sentence.search(text)] == []


def test_every_kind_of_problem_and_alarm_is_on_the_pages_in_both_languages(desk: Desk) -> None:
    in_trouble(desk)
    desk.registry.path.unlink()  # while the server is running, which is a problem, too
    desk.get("/status")  # where it is noticed
    for headers, language in ((NORWEGIAN, "nb"), (ENGLISH, "en")):
        messages = load_messages(language)
        start, status = (html.unescape(read(desk, path, headers).text) for path in ("/", "/status"))
        alarms = [messages.word(alarm.message, OSLO, NOON) for alarm in desk.status.alarms]
        assert [sentence for sentence in alarms if sentence not in start or sentence not in status] == []
        problems = [messages.word(problem.message, OSLO, NOON) for problem in desk.status.problems]
        assert [
            sentence
            for sentence in [*problems, messages("problems.players_lost")]
            if sentence not in start or sentence not in status
        ] == []
    worded = {each.message.key for each in (*desk.status.alarms, *desk.status.problems)}
    catalogue = {key for key in messages.sentences if key.startswith(("alarms.", "problems."))}
    assert catalogue - worded == {"problems.players_lost", "problems.details"}


def test_each_problem_has_a_sentence_and_its_details(desk: Desk) -> None:
    in_trouble(desk)
    norwegian = read(desk, "/", NORWEGIAN).text
    for sentence in (
        "Det er feil i screens.toml.",
        "Det oppsto en feil på serveren.",
        "Kilden «choir» kan ikke hentes nå. Serveren svarer med en feil (HTTP 503).",
        "Kilden «band» kan ikke hentes nå. Detaljene står i loggen.",
        "Kilden «club» har langt færre arrangementer enn vanlig",
        "Noe innhold kunne ikke brukes og er utelatt.",
        "Noe mangler på skjermen «hallen».",
        f"<li>choir: {REFUSED}</li>",
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
