"""The small file beside a picture: each mistake is named with its line and a fix, and the other lines count."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from signage.config.beside_picture import MOST_BYTES, NOTHING, read_beside

OSLO = ZoneInfo("Europe/Oslo")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("until = 10.12.2026", "line 2: A day isn't written like 10.12.2026 here. Hint: write 2026-12-10."),
        ("alt = Plakat", 'line 2: Text must be in quotation marks. Hint: write "Plakat".'),
        (
            "alt = “Plakat”",
            "line 2: “ isn't a quotation mark here. Hint: use straight quotation marks (\") around text.",
        ),
        ('alt: "Plakat"', 'line 2: There is a ":" where a "=" belongs. Hint: write alt = value.'),
        ('alt = "Plakat', "line 2: This text isn't closed. Hint: write a quotation mark at its end."),
        ('Alt = "Plakat"', 'There is no setting "Alt" here. Hint: did you mean "alt"?'),
    ],
)
def test_a_mistake_costs_its_line(line: str, sentence: str) -> None:
    words, problems = read_beside(f'title = "Basar"\n{line}\n'.encode(), OSLO)
    assert words.title == "Basar"
    assert problems == [sentence]


@pytest.mark.parametrize("line", ["day = 2026-12-24", 'day = "2026-12-24"'])
def test_a_day_may_be_in_quotation_marks(line: str) -> None:
    words, problems = read_beside(f"{line}\n".encode(), OSLO)
    assert (words.day, problems) == (date(2026, 12, 24), [])


def test_the_hint_for_a_day_without_its_year_can_be_followed() -> None:
    _, (problem,) = read_beside(b"day = 24.12.\n", OSLO)
    assert problem == 'line 1: The year of 24.12. is missing. Hint: write it like "2026-12-24".'
    _, (problem,) = read_beside(b'day = "24.12."\n', OSLO)
    assert problem == 'day: The year of 24.12. is missing. Hint: write it like "2026-12-24".'


@pytest.mark.parametrize("text", ["[" * MOST_BYTES, "a = [" * 9000, "x\n" * 30000, '"""' * 20000, "a=1\n" * 16000])
def test_hostile_texts_say_nothing_and_are_named(text: str) -> None:
    words, problems = read_beside(text.encode()[:MOST_BYTES], OSLO)
    assert words == NOTHING
    assert 0 < len(problems) <= 21
