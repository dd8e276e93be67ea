"""Which evenings a description names."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signage.sources.formats.course_dates import Evenings, named_evenings
from tests.fixtures.make import oslo
from tests.fixtures.properties import examples

FIRST, LAST = oslo("2026-12-02 18:00"), oslo("2026-12-16 21:00")  # both Wednesdays


def said(evenings: Evenings) -> list[str]:
    """ "2.12 18:00-21:00" for each."""
    return [
        f"{each.start.day}.{each.start.month} {each.start:%H:%M}" + (f"-{each.end:%H:%M}" if each.end else "")
        for each in evenings.all
    ]


ALL_THREE = ["2.12 18:00-21:00", "9.12 18:00-21:00", "16.12 18:00-21:00"]


@pytest.mark.parametrize(
    "text",
    [
        "<p>Onsdag 2. desember kl. 18-21</p><p>Onsdag 9. desember kl. 18-21</p><p>Onsdag 16. desember kl. 18-21</p>",
        "<ul><li>2.12. kl 18.00-21.00</li><li>9.12. kl 18.00-21.00</li><li>16.12. kl 18.00-21.00</li></ul>",
        "2/12 kl. 18:00 - 21:00\n9/12 kl. 18:00 - 21:00\n16/12 kl. 18:00 - 21:00",
        "Onsdag 2.12, 9.12 og 16.12 kl. 18.00 til kl. 21.00",
        "Onsdager 2., 9. og 16. desember kl. 18–21",
        "Ons 02.12.2026 18.00-21.00<br>Ons 09.12.2026 18.00-21.00<br>Ons 16.12.26 18.00-21.00",
        "Kl. 18-21: onsdag den 2. desember, onsdag den 9. desember og onsdag den 16. desember 2026",
        "2026-12-02 18:00-21:00<br/>2026-12-09 18:00-21:00<br/>2026-12-16 18:00-21:00",
        "Den første kvelden er onsdag 2. desember, så 9. desember, og 16. desember.",  # the course's own times
        "2. Desember\n9. Desember\n16. Desember",
        "ONSDAG 2. DES KL 1800-2100, ONSDAG 9. DES KL 1800-2100, ONSDAG 16. DES KL 1800-2100",
        "&lt;p&gt;Onsdag 2. desember kl. 18&lt;/p&gt;&lt;p&gt;Onsdag 9. desember&lt;/p&gt;Ons&nbsp;16.&nbsp;desember",
        "Kurset er onsdag 2. desember, 9. desember og onsdag 16. desember kl. 18-21. Påmeldingsfrist 3. desember.",
    ],
)
def test_dates_are_read_as_people_write_them(text: str) -> None:
    found = named_evenings(text, FIRST, LAST)
    assert said(found) == ALL_THREE
    assert found.dropped == ()
    assert all(each.start.tzinfo is FIRST.tzinfo for each in found.all)


@pytest.mark.parametrize(
    ("text", "evenings"),
    [
        (
            "ons. 2. des kl. 18-21, man. 7. des. kl 17-20, ons. 16. des 18:00-20:30",
            ["2.12 18:00-21:00", "7.12 17:00-20:00", "16.12 18:00-20:30"],
        ),
        ("onsdag 2. desember kl. 19, onsdag 9. desember kl. 19", ["2.12 19:00", "9.12 19:00"]),
        ("onsdag 2. desember kl. 22-01, onsdag 9. desember kl. 22-01", ["2.12 22:00-01:00", "9.12 22:00-01:00"]),
        ("2.12 kl 10-12, 2.12 kl 14-16, 9.12 kl 10-12", ["2.12 10:00-16:00", "9.12 10:00-12:00"]),
        (
            "tysdag 8. desember og laurdag 12. desember og onsdag 2. desember, kl 17",
            ["2.12 17:00", "8.12 17:00", "12.12 17:00"],
        ),
        ("2. og 7. desember", ["2.12 18:00-21:00", "7.12 18:00-21:00"]),
        ("Dag 1: onsdag 2. desember\nDag 2: torsdag 3. desember", ["2.12 18:00-21:00", "3.12 18:00-21:00"]),
        ("onsdag 2. og torsdag 3. desember kl 18-21", ["2.12 18:00-21:00", "3.12 18:00-21:00"]),
    ],
)
def test_times(text: str, evenings: list[str]) -> None:
    assert said(named_evenings(text, FIRST, LAST)) == evenings


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Tre kvelder i desember",
        "Kurset går 2.-16. desember, hver onsdag",
        "Fra onsdag 2. desember til onsdag 16. desember kl 18-21",
        "2.12-16.12 kl 18-21",
        "2.12.2026 – 16.12.2026",
        "Bussen går onsdag 2. desember kl. 16",
        "Utstillinga opnar onsdag 2. desember kl 12. Omvising måndag 7. desember kl 18.",
        "Omvisning søndag 6. desember kl 13 og søndag 13. desember kl 13",
        "Påmelding innen 2. desember, betaling senest 9. desember",
        "Kursene våren 2025: onsdag 2. april, onsdag 9. april",
        "Pris: 2.12 kroner",
        "Utstillingen åpner 2. desember og henger til 16. desember.",
        "Utstillinga opnar 2. desember. Siste dag er 14. desember.",
        "Åpning 2. desember. Kunstneren er til stede 5. desember. Siste dag er 14. desember.",
        "Avreise onsdag 2. desember, hjemkomst lørdag 5. desember.",
        "Leiren starter onsdag 2. desember kl. 18 og slutter onsdag 16. desember kl. 18",
        "Fra onsdag 2. desember og fram til onsdag 16. desember",
        "Stengt 2. desember, 9. desember og 16. desember",
        "Åpent hver dag, unntatt 2. desember, 8. desember og 16. desember",
    ],
)
def test_what_names_no_evenings(text: str) -> None:
    assert named_evenings(text, FIRST, LAST) == Evenings()


def test_a_weekday_that_disagrees_costs_that_date() -> None:
    text = "Onsdag 2. desember<br>Torsdag 9. desember<br>Onsdag 16. desember"
    found = named_evenings(text, FIRST, LAST)
    assert said(found) == [ALL_THREE[0], ALL_THREE[2]]
    assert found.dropped == ('"Torsdag 9. desember" is another weekday',)


def test_said_twice_and_once_wrongly_is_not_trusted() -> None:
    text = "Onsdag 2. desember. Onsdag 9. desember. Fredag 9. desember. Onsdag 16. desember."
    assert said(named_evenings(text, FIRST, LAST)) == [ALL_THREE[0], ALL_THREE[2]]


def test_over_the_new_year() -> None:
    text = "Onsdag 30. desember, onsdag 6. januar og onsdag 13.1. kl 18-21"
    found = named_evenings(text, oslo("2026-12-30 18:00"), oslo("2027-01-13 21:00"))
    assert [each.start for each in found.all] == [
        oslo("2026-12-30 18:00"),
        oslo("2027-01-06 18:00"),
        oslo("2027-01-13 18:00"),
    ]


def test_across_the_change_of_clocks_it_stays_at_six() -> None:
    text = "Onsdag 21. oktober kl. 18-21, onsdag 28. oktober kl. 18-21"
    found = named_evenings(text, oslo("2026-10-21 18:00"), oslo("2026-10-28 21:00"))
    assert [each.start for each in found.all] == [oslo("2026-10-21 18:00"), oslo("2026-10-28 18:00")]


@pytest.mark.parametrize(
    "text",
    ["1," * 10_000, "<" + " " * 20_000, "1." * 10_000, "kl 18-" * 4000, "18.00-21.00 2.12 " * 1200, "ons " * 5000],
)
def test_a_description_made_to_be_slow_is_not(text: str) -> None:
    begun = time.perf_counter()
    named_evenings(text, FIRST, LAST)
    assert time.perf_counter() - begun < 1


WORDS = """onsdag tirsdag 2. 9. 16. 2.12 9.12. 16/12 desember des. mai kl. kl 18 18-21 18.00-21.00 99 og , - til <p>
</p> <br> 2026 24:00 & . : januar 31. 2026-12-09"""
words = st.sampled_from([*WORDS.split(), "\n"])


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(words, max_size=20).map(" ".join) | st.text(max_size=60), st.integers(1, 400))
def test_what_is_found_lies_within_the_course(text: str, days: int) -> None:
    last = FIRST + timedelta(days=days)
    for each in named_evenings(text, FIRST, last).all:
        assert FIRST.date() <= each.start.date() <= last.date()
        assert each.end is None or each.end > each.start
