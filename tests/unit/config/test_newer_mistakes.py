"""Mistakes around what came later: shared playlists, groups, defaults, times of entries, alerts, live data, films.

tests/fixtures/config/newer/mistakes.txt has changes of ok.toml beside it: what is there, what somebody writes in its
place, and what must be printed, which may be several lines.
"""

from __future__ import annotations

import random
import re

import pytest

from tests.fixtures.paths import FIXTURES
from tests.unit.config.test_mistakes import printed

HERE = FIXTURES / "config" / "newer"
OK = (HERE / "ok.toml").read_text(encoding="utf-8")
BLOCKS = [block.split("\n") for block in (HERE / "mistakes.txt").read_text(encoding="utf-8").strip().split("\n\n")]


def test_the_file_that_is_changed_is_in_order() -> None:
    assert printed(OK.encode()) == []


@pytest.mark.parametrize("block", BLOCKS, ids=[mistake for _, mistake, *_ in BLOCKS])
def test_a_mistake_gets_the_right_answer(block: list[str]) -> None:
    right, mistake, *answers = (text.replace("\\n", "\n") for text in block)
    assert right in OK
    assert printed(OK.replace(right, mistake, 1).encode()) == answers


@pytest.mark.parametrize(
    ("right", "mistake"),
    [
        ('{ show = "event", every = 3 }', '{ show = "event", every = "3" }'),
        ('days = "mon-fri", hours = "08-12"', 'days = "mon - fri", hours = "08 - 12"'),
        ('days = "mon-fri", hours = "08-12"', 'hours = "08-12", holidays = "false"'),
        ("[screens.bibliotek]", '[screens.bibliotek]\nhours = { 2026-12-24 = "closed" }'),
        ('{ use = "felles" }', '{ use = "felles" }, { use = "felles", days = "sat" }'),
    ],
)
def test_what_can_be_understood_is_accepted(right: str, mistake: str) -> None:
    assert printed(OK.replace(right, mistake, 1).encode()) == []


def test_times_that_exclude_each_other_through_an_include_are_reported_where_the_entry_is() -> None:
    text = OK.replace('{ show = "weather" },', '{ show = "weather", days = "sat" },', 1)
    found = printed(text.replace('{ use = "felles" }', '{ use = "felles", days = "mon-fri" }').encode())
    assert found == [
        "53:3: playlists.felles.entries[0]: This is never shown, as part of screens.bibliotek.playlist[1]: its times "
        "exclude each other. Hint: all that an entry says about its times must hold."
    ]


@pytest.mark.parametrize(
    "times", ['days = "mon-fri", holidays = false', 'hours = "22-02"', 'days = "sat", hours = "12-01"']
)
def test_times_that_come_again_are_no_mistake(times: str) -> None:
    text = OK.replace('{ use = "felles" }', f'{{ use = "felles", {times}, until = 2026-12-31 }}')
    assert printed(text.encode()) == []


def test_settings_that_change_nothing_in_a_zone_of_a_split_page_are_reported() -> None:
    zones = '{ show = "split", main = { show = "today", every = 3 }, side = { show = "now", seconds = 10 } }'
    found = printed(OK.replace('{ show = "event", every = 3 }', zones).encode())
    assert [line.partition(" in a zone")[0] for line in found] == [
        "63:46: screens.bibliotek.playlist[3].main.every: every counts for the whole page:",
        "63:82: screens.bibliotek.playlist[3].side.seconds: seconds counts for the whole page:",
    ]


VALUE = re.compile(r'= *("[^"\n]*"|\[[^\[\]\n]*\]|\{[^{}\n]*\}|[\w.-]+)')
ODD = (
    "3",
    "[]",
    "{}",
    "true",
    "[3]",
    '["a", 3]',
    "[[1, 2]]",
    '{ show = "today" }',
    "{ a = [{ b = 1 }] }",
    "nan",
    "08:00:00",
)


@pytest.mark.parametrize("odd", ODD)
def test_a_value_of_any_kind_anywhere_is_answered_in_words(odd: str) -> None:
    for place in random.Random(odd).sample(list(VALUE.finditer(OK)), 25):
        text = f"{OK[: place.start(1)]}{odd}{OK[place.end(1) :]}"
        for answer in printed(text.encode()):
            assert re.match(r"\d+:\d+: \w", answer), text
    for entry in ("{ show = ODD }", "{ use = ODD }", "{ one_of = ODD }", "ODD", '{ show = "picture", file = ODD }'):
        assert isinstance(printed(OK.replace('{ use = "felles" }', entry.replace("ODD", odd)).encode()), list)
    assert printed(OK.replace('id = "meny"', f"id = {odd}").encode())


def test_a_default_that_is_doubtful_is_named_once_where_it_is_written() -> None:
    text = OK.replace("distance = 5", 'languages = ["nb", "de"]').replace('mon-fri = "08-16"', 'mon-fri = "18-10"')
    assert printed(text.encode()) == [
        '45:20: defaults.languages[1]: The site doesn\'t list the language "de". '
        'Hint: write languages = ["nb", "nn", "en", "de"] under [site].',
        "46:21: defaults.hours.mon-fri: 18:00-10:00 is open all night, until the next day. "
        'Hint: write "10:00-18:00" if the two times are swapped.',
    ]
