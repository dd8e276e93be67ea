"""The traps of titles: long, in two directions, with markup, with marks without end."""

from __future__ import annotations

import pytest

from tests.unit.events.test_traps import merged, vevent


@pytest.mark.parametrize(
    ("raw", "readable"),
    [
        ("a" * 60, "a" * 60),
        ("Blåbær 🫐👩‍👩‍👧 tur", "Blåbær 🫐👩‍👩‍👧 tur"),
        ("\u202eruT\u202c til \u2067שלום\u2069", "ruT til שלום"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("Basar p&amp;oslash; <b>Trudvang</b>", "Basar pø Trudvang"),
        ("Kul\u00ad&oslash;r'n\u200b\t\u2028 kino\x07", "Kulør'n kino"),
        ("A\u030apne d\u00f8rer", "Åpne dører"),
        ("Z" + "\u0351" * 50 + "algo", "Z\u0351\u0351algo"),
    ],
)
def test_titles_are_readable(raw: str, readable: str) -> None:
    (event,) = merged(vevent(":20261010T100000Z", title=raw.replace(",", "\\,")))
    assert event.title == readable


def test_a_title_of_300_characters_is_whole_and_a_longer_one_is_shortened() -> None:
    (event,) = merged(vevent(":20261010T100000Z", title="å" * 300))
    assert event.title == "å" * 300
    (event,) = merged(vevent(":20261010T100000Z", title="å" * 3000))
    assert event.title == "å" * 299 + "…"
