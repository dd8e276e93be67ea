"""What is not for the public stays off the screens, and nothing else."""

from __future__ import annotations

import pytest

from signage.config.models import Config
from signage.domain.model import Record
from signage.events import merge_events
from signage.events.hold_back import why_held
from tests.fixtures.make_records import config, record

START = "2026-09-15 18:00"


def ruled(*rules: dict[str, str]) -> Config:
    return Config.model_validate(config().model_dump(mode="json", by_alias=True) | {"hold_back": list(rules)})


def reasons(told: Record, *rules: dict[str, str]) -> list[str]:
    return [held.reason for held in merge_events([told], ruled(*rules)).held_back]


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("Utleid", "a booking"), ("UTLEID til Hemne IL", "a booking"), ("Hallen er utleid!", "a booking"),
        ("Utleigd: grendahuset", "a booking"), ("Trudvang (utleid)", "a booking"), ("Bortleid", "a booking"),
        ("Booket av Hemne IL", "a booking"), ("Booket: bryllup", "a booking"), ("Salen er reservert", "a booking"),
        ("Reservert for Bygdekoret", "a booking"), ("Opptatt", "a booking"), ("Opptatt hele dagen", "a booking"),
        ("Ikke ledig", "a booking"), ("Opptatt 10-14", "a booking"), ("Utleige: Bergtun", "a booking"),
        ("Stengt: Svømmehallen Liabø", "a closure"), ("Stengt", "a closure"), ("STENGT pga. vask", "a closure"),
        ("Svømmehallen er stengt", "a closure"), ("Svømmehallen stengt", "a closure"), ("Stengd i dag", "a closure"),
        ("Biblioteket holder stengt hele uka", "a closure"), ("Sommerstengt: biblioteket", "a closure"),
        ("Biblioteket held stengt", "a closure"), ("Kafeen er ferielukket", "a closure"),
        ("Ferielukket", "a closure"), ("Biblioteket er stengt for opptelling", "a closure"),
        ("Privat", "private"), ("Privat arrangement", "private"), ("Privat: 50-årsdag", "private"),
        ("Lukket selskap", "private"), ("Lukka arrangement", "private"), ("Slutta lag", "private"),
        ("Internt møte", "private"), ("Intern: personalmøte", "private"), ("Konfirmasjon (privat)", "private"),
        ("Busy", "availability"), ("(Uten tittel)", "availability"), ("HJEMMEKONTOR", "availability"),
        ("Gravferd", "a family's ceremony"), ("Bisettelse Ola Nordmann", "a family's ceremony"),
        ("Vielse i Hemne kirke", "a family's ceremony"), ("Ola Nordmann – gravferd", "a family's ceremony"),
        ("Ola og Kari, vigsel", "a family's ceremony"), ("Hemne Kirke – dåp", "a family's ceremony"),
        ("Dåp: Lille Kari", "a family's ceremony"), ("Minnestund for Ola Nordmann", "a family's ceremony"),
        ("Utkast: Julemarked", "a draft"), ("[kladd] Julemarked", "a draft"), ("DRAFT: Christmas fair", "a draft"),
        ("Julemarked (utkast)", "a draft"), ("Utkast", "a draft"), ("test", "a draft"), ("Test 2", "a draft"),
    ],
)  # fmt: skip
def test_titles_that_hold_an_event_back(title: str, reason: str) -> None:
    (found,) = reasons(record(title, START))
    assert found == f"built-in rule ({reason})"


@pytest.mark.parametrize(
    "title",
    [
        "Privatøkonomi for unge", "Private hager åpner portene", "Stengt avdeling", "Stengte dører – teater",
        "Bak stengte dører", "Hvorfor er biblioteket stengt?", "Opptatt av fugler? Foredrag", "Opptatt av natur",
        "Utleide hjem: film", "Utleiere og leietakere: juss på biblioteket", "Reservert plass: en bok om bussen",
        "Lukkede rom", "Lukket avdeling: teater", "Internett for seniorer", "Internasjonal kafé",
        "Gudstjeneste – dåp", "Gudsteneste (dåp)", "Høymesse, dåp", "Konsert - Bryllup", "Minnestund 22. juli",
        "Minnestund ved Krigsminnesmerket", "Minnesamvær for Utøya-ofrene", "Utleige av ski",
        "Gudstjeneste med dåp", "Gravferdsskikker i Heim – foredrag", "Begravelse på landet", "Dåpskurs",
        "Bryllupsmesse", "Minnestund for ofrene på Utøya", "Dåp og tro: samtalekveld",
        "Free your mind: yoga", "Ledige hender", "Borte bra, hjemme best", "Free jazz",
        "Utkast til kommuneplan: folkemøte", "Test deg selv: hvor sprek er du?", "Testing av brannbiler",
        "Kladden til Ibsen", "Åpent", "Bookbad", "Sluttspill i innebandy", "Slutten er nær: film",
        "Stengetid: konsert", "Draft beer for nybegynnere", "Ledig plass på keramikkurs", "Blokkfløyte for barn",
        "Når døra er stengt – et foredrag", "Privatskolens åpne dag",
    ],
)  # fmt: skip
def test_titles_that_only_sound_like_it(title: str) -> None:
    assert why_held(title) is None


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ({"title": "styremøte"}, True),
        ({"title": "STYREMØTE"}, True),
        ({"title": "Styremøte*"}, True),
        ({"title": "styremøte i koret"}, True),
        ({"title": "*koret"}, True),
        ({"title": "styre*koret"}, True),
        ({"title": "styre"}, False),  # a word, not its beginning
        ({"title": "koret*"}, False),  # the whole title, where there is a *
        ({"title": "styremote"}, False),  # ø is ø
        ({"title": "Styremøte", "venue": "Trudvang"}, True),
        ({"title": "Styremøte", "venue": "Halsahallen"}, False),
        ({"venue": "trudvang*"}, True),
        ({"organizer": "bygdekoret"}, True),
        ({"organizer": "*"}, True),
        ({"category": "møte"}, True),
        ({"category": "kino"}, False),
        ({"source": "iheim"}, True),
        ({"source": "kultur"}, False),
        ({"source": "kultur", "title": "Styremøte"}, False),
        ({"title": "Styremøte.i"}, False),  # nothing but * means anything else
    ],
)
def test_an_administrators_rule(rule: dict[str, str], fits: bool) -> None:
    told = record(
        "Styremøte i koret", START, venue="Trudvang, sal 2", organizer="Bygdekoret", categories=("Sang", "Møte")
    )
    assert bool(reasons(told, rule)) is fits


def test_the_rule_is_named() -> None:
    told = record("Styremøte", START)
    rules = [{"title": "øvelse"}, {"title": "styremøte", "reason": "styremøter"}]
    assert reasons(told, *rules) == ["hold_back rule 2 (styremøter)"]
    assert reasons(told, {"title": "styremøte", "source": "iheim"}) == [
        'hold_back rule 1 (title "styremøte", source "iheim")'
    ]


def test_what_the_source_says_comes_first() -> None:
    assert reasons(record("Utleid", START, held="marked as confidential"), {"title": "utleid"}) == [
        "iheim says so (marked as confidential)"
    ]


def test_what_one_source_holds_back_another_may_announce() -> None:
    merged = merge_events([record("Kor", START, held="a draft"), record("Kor", START, source="kultur")], config())
    assert [origin.source for event in merged.events for origin in event.origins] == ["kultur"]
    assert [held.source for held in merged.held_back] == ["iheim"]


def test_the_list_names_the_event_and_the_rule() -> None:
    (held,) = merge_events([record("Utleid", START, uid="9")], config()).held_back
    assert str(held) == "2026-09-15  Utleid  (iheim:9, built-in rule (a booking))"
