"""Days and times as people in Norway write them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from signage.domain.model import Event
from signage.wording.dates import Wording, clock_separator
from signage.wording.hyphens import hyphenate
from signage.wording.languages import load
from signage.wording.typography import JOINER, NBSP
from tests.fixtures.make import OSLO, event, oslo

NB = Wording(load("nb"), OSLO)


def shown(text: str) -> str:
    """~ for a space that doesn't break."""
    return text.replace(NBSP, "~").replace(JOINER, "")


@pytest.mark.parametrize(
    ("start", "end", "day", "said"),
    [
        ("2026-11-23 18:00", "2026-11-23 19:55", "2026-11-23", "18.00–19.55"),
        ("2026-11-23 16:00", None, "2026-11-23", "16.00"),
        ("2026-11-23 17:00", "2026-11-23 19:00", "2026-11-23", "17.00–19.00"),
        ("2026-11-23 22:00", "2026-11-24 01:00", "2026-11-23", "22.00–01.00"),
        ("2026-11-23 22:00", "2026-11-24 01:00", "2026-11-24", "til 01.00"),
        ("2026-11-23 20:00", "2026-11-24 00:00", "2026-11-23", "20.00–00.00"),
        ("2026-11-23 23:30", None, "2026-11-23", "23.30"),
        ("2026-11-23 23:30", None, "2026-11-24", "pågår nå"),
        ("2026-11-23", None, "2026-11-23", "hele dagen"),
        ("2026-11-27", "2026-11-30", "2026-11-27", "til søndag"),
        ("2026-11-27", "2026-11-30", "2026-11-29", "hele dagen"),
        ("2026-11-27", "2026-12-20", "2026-11-27", "til 19.~desember"),
        ("2026-11-27 10:00", "2026-11-29 16:00", "2026-11-27", "10.00"),
        ("2026-11-27 10:00", "2026-11-29 16:00", "2026-11-28", "til søndag"),
        ("2026-11-27 10:00", "2026-11-29 16:00", "2026-11-29", "til 16.00"),
        ("2026-10-25 01:30", "2026-10-25 02:30", "2026-10-25", "01.30–02.30"),
    ],
)
def test_the_time_column(start: str, end: str | None, day: str, said: str) -> None:
    assert shown(NB.time(event("x", start, end), oslo(f"{day} 00:00").date())) == said


@pytest.mark.parametrize("hours", [2, 24, 30])
def test_an_end_that_nobody_gave_is_never_said(hours: int) -> None:
    concert = event("x", "2026-11-27 23:00")
    concert = replace(concert, ends_at=concert.starts_at + timedelta(hours=hours))
    assert NB.time(concert, oslo("2026-11-28 00:00").date()) == "pågår nå"


@pytest.mark.parametrize("language", ["nb", "nn", "en", "de", "uk"])
def test_one_event_has_the_same_hours_in_a_list_and_in_running_text(language: str) -> None:
    wording = Wording(load(language), OSLO)
    for one in (EVENING, HALF_PAST, LATE, TO_MIDNIGHT, OPEN_END):
        assert wording.time(one, wording.first_day(one)) in wording.running(one).replace(JOINER, "")


@pytest.mark.parametrize(
    ("language", "ahead", "said"),
    [
        ("nb", 0, "I dag"),
        ("nb", 1, "I morgen"),
        ("nb", 2, "Lørdag"),
        ("nn", 2, "Laurdag"),
        ("en", 0, "Today"),
        ("de", 1, "Morgen"),
        ("uk", 2, "Субота"),
    ],
)
def test_a_day_above_what_is_on_it_has_a_capital(language: str, ahead: int, said: str) -> None:
    assert Wording(load(language), OSLO).label(oslo("2026-12-05 00:00").date(), ahead) == said


@pytest.mark.parametrize(("language", "separator"), [("nb", "."), ("nn", "."), ("en", ":"), ("de", ":"), ("uk", ":")])
def test_the_clock_is_written_as_the_times_beside_it(language: str, separator: str) -> None:
    words = load(language)
    assert clock_separator(words) == separator
    assert Wording(words, OSLO).clock_time(15, 42) == f"15{separator}42"


@pytest.mark.parametrize("pattern", ["HH 'h' mm", "HH'h'mm", "H.mm", "HHmm"])
def test_players_get_a_separator_that_they_know(pattern: str) -> None:
    french = replace(load("nb"), phrases={**load("nb").phrases, "time": pattern})
    assert clock_separator(french) == "."


def test_dates_in_each_language() -> None:
    day = oslo("2026-12-05 00:00").date()
    said = [shown(Wording(load(language), OSLO).day(day, "full_day")) for language in ("nb", "nn", "en")]
    assert said == ["lørdag 5.~desember", "laurdag 5.~desember", "Saturday 5~December"]


def test_spans_of_days() -> None:
    days = [oslo(f"2026-{d} 00:00").date() for d in ("11-27", "11-29", "12-02")]
    assert shown(NB.dates(days[0], days[0])) == "27.~november"
    assert shown(NB.dates(days[0], days[1])) == "27.–29.~november"
    assert shown(NB.dates(days[1], days[2])) == "29.~november–2.~desember"
    assert shown(Wording(load("en"), OSLO).dates(days[1], days[2])) == "29~November~– 2~December"


def test_spans_of_days_where_the_month_comes_first() -> None:
    words = load("en")
    american = Wording(replace(words, phrases={**words.phrases, "day": "MMMM d"}), OSLO)
    first, last = oslo("2026-11-27 00:00").date(), oslo("2026-11-29 00:00").date()
    assert shown(american.dates(first, last)) == "November~27~– November~29"


EVENING = event("x", "2026-12-12 18:00", "2026-12-12 20:00")
OPEN_END = event("x", "2026-12-12 18:00")
LATE = event("x", "2026-12-11 22:00", "2026-12-12 01:00")
TO_MIDNIGHT = event("x", "2026-12-12 20:00", "2026-12-13 00:00")
HALF_PAST = event("x", "2026-12-12 18:30", "2026-12-12 20:00")
DAY = event("x", "2026-12-12")
WEEKEND = event("x", "2026-12-11", "2026-12-14")
CAMP = event("x", "2026-12-11 10:00", "2026-12-13 16:00")
VIGIL = event("x", "2026-12-11 18:00", "2026-12-13 00:00")


@pytest.mark.parametrize(
    ("language", "one", "said"),
    [
        ("nb", EVENING, "lørdag 12.~desember kl.~18.00–20.00"),
        ("nb", OPEN_END, "lørdag 12.~desember kl.~18.00"),
        ("nb", HALF_PAST, "lørdag 12.~desember kl.~18.30–20.00"),
        ("nb", LATE, "fredag 11.~desember kl.~22.00–01.00"),
        ("nb", TO_MIDNIGHT, "lørdag 12.~desember kl.~20.00–00.00"),
        ("nb", DAY, "lørdag 12.~desember, hele dagen"),
        ("nb", WEEKEND, "11.–13.~desember"),
        ("nb", CAMP, "11.~desember kl.~10.00~– 13.~desember kl.~16.00"),
        ("nb", VIGIL, "11.~desember kl.~18.00~– 13.~desember kl.~00.00"),
        ("nn", EVENING, "laurdag 12.~desember kl.~18.00–20.00"),
        ("en", EVENING, "Saturday 12~December, 18:00–20:00"),
        ("de", EVENING, "Samstag, 12.~Dezember, 18:00–20:00~Uhr"),
        ("de", HALF_PAST, "Samstag, 12.~Dezember, 18:30–20:00~Uhr"),
        ("uk", EVENING, "субота, 12~грудня, 18:00–20:00"),
        ("uk", LATE, "п’ятниця, 11~грудня, 22:00–01:00"),
        ("uk", WEEKEND, "11–13~грудня"),
    ],
)
def test_when_it_is_in_running_text(language: str, one: Event, said: str) -> None:
    assert shown(Wording(load(language), OSLO).running(one)) == said


@pytest.mark.parametrize(
    ("language", "one", "now", "said"),
    [
        ("nb", EVENING, "2026-12-12 08:00", "i dag kl.~18.00–20.00"),
        ("nb", EVENING, "2026-12-11 23:59", "i morgen kl.~18.00–20.00"),
        ("nb", EVENING, "2026-12-10 23:59", "lørdag 12.~desember kl.~18.00–20.00"),
        ("nb", EVENING, "2026-12-12 18:00", "pågår nå, til 20.00"),
        ("nb", EVENING, "2026-12-12 20:00", "i dag kl.~18.00–20.00"),
        ("nb", OPEN_END, "2026-12-12 18:30", "pågår nå"),
        ("nb", LATE, "2026-12-12 00:30", "pågår nå, til 01.00"),
        ("nb", DAY, "2026-12-12 12:00", "i dag, hele dagen"),
        ("nb", WEEKEND, "2026-12-11 12:00", "pågår nå, til søndag"),
        ("nb", CAMP, "2026-12-12 12:00", "pågår nå, til søndag"),
        ("nb", CAMP, "2026-12-13 12:00", "pågår nå, til 16.00"),
        ("nn", EVENING, "2026-12-12 19:00", "går føre seg no, til 20.00"),
        ("en", WEEKEND, "2026-12-12 12:00", "on now, until Sunday"),
        ("de", EVENING, "2026-12-11 12:00", "morgen, 18:00–20:00~Uhr"),
        ("uk", EVENING, "2026-12-12 19:00", "триває зараз, до 20:00"),
        ("uk", WEEKEND, "2026-12-12 12:00", "триває зараз, до 13~грудня"),
    ],
)
def test_when_it_is_seen_from_an_instant(language: str, one: Event, now: str, said: str) -> None:
    assert shown(Wording(load(language), OSLO).running(one, oslo(now))) == said


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("250.00", "NOK", ["250 kr", "250 kr", "NOK 250"]),
        ("99.50", "NOK", ["99,50 kr", "99,50 kr", "NOK 99.50"]),
        ("1250", "nok", ["1 250 kr", "1 250 kr", "NOK 1,250"]),
        ("20.00", "EUR", ["20 €", "20 €", "€20"]),
        ("150.00", "SEK", ["150 SEK", "150 SEK", "SEK 150"]),
        ("250,00", "", ["250 kr", "250 kr", "NOK 250"]),
        ("0.00", "NOK", [None, None, None]),
        ("mye", "NOK", [None, None, None]),
    ],
)
def test_money_in_each_language(amount: str, currency: str, said: list[str | None]) -> None:
    found = [Wording(load(language), OSLO).price(amount, currency) for language in ("nb", "nn", "en")]
    assert not any(" " in price for price in found if price), "a price never breaks over two lines"
    assert [price and price.replace("\u00a0", " ") for price in found] == said


def test_long_compounds_may_break_where_a_reader_would() -> None:
    assert hyphenate("Gapskrattkveld", "nb_NO").replace("\u00ad", "|") == "Gapskratt|kveld"
    assert hyphenate("Kino: Vaiana", "nb_NO") == "Kino: Vaiana"
