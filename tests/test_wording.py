"""Days and times as people in Norway write them."""

import pytest

from signage.languages import load
from signage.pages.hyphens import hyphenate
from signage.pages.wording import Wording
from tests.make import OSLO, event, oslo

NB = Wording(load("nb"), OSLO)


@pytest.mark.parametrize(
    ("start", "end", "day", "short", "said"),
    [
        ("2026-11-23 18:00", "2026-11-23 19:55", "2026-11-23", False, "18.00–19.55"),
        ("2026-11-23 16:00", None, "2026-11-23", False, "16.00"),
        ("2026-11-23 17:00", "2026-11-23 19:00", "2026-11-23", True, "17–19"),
        ("2026-11-23 17:30", "2026-11-23 19:00", "2026-11-23", True, "17.30–19.00"),
        ("2026-11-23 22:00", "2026-11-24 01:00", "2026-11-23", False, "22.00–01.00"),
        ("2026-11-23 22:00", "2026-11-24 01:00", "2026-11-24", False, "til 01.00"),
        ("2026-11-23 20:00", "2026-11-24 00:00", "2026-11-23", False, "20.00–00.00"),
        ("2026-11-23", None, "2026-11-23", False, "hele dagen"),
        ("2026-11-27", "2026-11-30", "2026-11-27", False, "til søndag"),
        ("2026-11-27", "2026-11-30", "2026-11-29", False, "hele dagen"),
        ("2026-11-27", "2026-12-20", "2026-11-27", False, "til 19. desember"),
        ("2026-11-27 10:00", "2026-11-29 16:00", "2026-11-27", False, "10.00"),
        ("2026-11-27 10:00", "2026-11-29 16:00", "2026-11-28", False, "til søndag"),
        ("2026-11-27 10:00", "2026-11-29 16:00", "2026-11-29", False, "til 16.00"),
        ("2026-10-25 01:30", "2026-10-25 02:30", "2026-10-25", False, "01.30–02.30"),
    ],
)
def test_the_time_column(start: str, end: str | None, day: str, short: bool, said: str) -> None:
    assert NB.time(event("x", start, end), oslo(f"{day} 00:00").date(), short) == said


def test_dates_in_each_language() -> None:
    day = oslo("2026-12-05 00:00").date()
    said = [Wording(load(language), OSLO).day(day, "full_day") for language in ("nb", "nn", "en")]
    assert said == ["lørdag 5. desember", "laurdag 5. desember", "Saturday 5 December"]


def test_spans_of_days() -> None:
    days = [oslo(f"2026-{d} 00:00").date() for d in ("11-27", "11-29", "12-02")]
    assert NB.dates(days[0], days[0]) == "27. november"
    assert NB.dates(days[0], days[1]) == "27.–29. november"
    assert NB.dates(days[1], days[2]) == "29. november–2. desember"


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


def test_all_languages_have_all_phrases() -> None:
    phrases = [set(load(language).phrases) for language in ("nb", "nn", "en")]
    assert phrases[0] == phrases[1] == phrases[2]


def test_long_compounds_may_break_where_a_reader_would() -> None:
    assert hyphenate("Gapskrattkveld", "nb_NO").replace("\u00ad", "|") == "Gapskratt|kveld"
    assert hyphenate("Kino: Vaiana", "nb_NO") == "Kino: Vaiana"
