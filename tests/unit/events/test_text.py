"""What people typed comes out readable, and is never markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.events import text
from signage.events.text import clean_line, clean_text, fold, summary


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("<p>Hei</p><p>du</p>", "Hei du"),
        ("Hei<br/>du", "Hei du"),
        ("<ul><li>En</li><li>To</li></ul>", "En To"),
        ("<b>H</b>ei", "Hei"),
        ("<style>p{color:red}</style>Hei<script>alert(1)</script>", "Hei"),
        ("&lt;p&gt;Hei&lt;/p&gt;", "Hei"),
        ("bl&amp;aring;b&aelig;r", "blåbær"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("I <3 Heim", "I <3 Heim"),
        ("<!-- skjult -->Hei", "Hei"),
        ("linje\r\nlinje\tto", "linje linje to"),
        ("<img src=x onerror=alert(1)>Hei", "Hei"),
        ("", ""),
    ],
)
def test_descriptions(raw: str, clean: str) -> None:
    assert clean_text(raw) == clean


def test_a_long_description_is_not_a_long_wait() -> None:
    assert clean_text("<" * 100_000 + "a" * 100_000) is not None


@pytest.mark.parametrize(
    ("raw", "clean"),
    [("<b>Kor</b>-dag", "Kor-dag"), ("Kor<br>dag", "Kor dag"), ("3 <5", "3 <5"), ("<Kor>", "<Kor>")],
)
def test_lines(raw: str, clean: str) -> None:
    assert clean_line(raw) == clean


def test_a_summary_ends_with_a_sentence() -> None:
    text = "Dette er en setning som er ganske lang og fortsetter en stund til. " * 6
    assert summary(text.strip()) == ("Dette er en setning som er ganske lang og fortsetter en stund til. " * 4).strip()


def test_or_with_a_word() -> None:
    short = summary("ord " * 100)
    assert len(short) <= 280
    assert short.endswith("ord…")


def test_or_anywhere() -> None:
    assert summary("o" * 500) == "o" * 279 + "…"


def test_comparing_keeps_norwegian_letters() -> None:
    assert fold("KulØr’n  BÅT") == "kulør'n båt"
    assert fold("båt") != fold("bat")


@given(st.text(st.sampled_from("aÅøé –…€!<>/&;bpru \n\t\u00a0\u00ad\u0301\u2028🎉\u212b"), max_size=40))
def test_the_short_way_for_ordinary_texts_gives_what_the_long_one_gives(raw: str) -> None:
    short = text._plain(raw)
    assert " ".join(short.split()) == short
    joined = text._plain(raw + "\u00ad")  # which nothing ordinary holds, and is dropped
    assert joined == short


@given(st.lists(st.sampled_from(["<p>", "</p>", "<br/>", "<b>", "</b>", "</LI>", "a", "b ", "&amp;", "&oslash;", " "])))
def test_simple_markup_is_read_as_the_parser_reads_it(parts: list[str]) -> None:
    raw = "".join(parts)
    assert clean_text(raw) == clean_text(f"{raw}<i class=''></i>")  # which is not simple


@pytest.mark.parametrize(
    ("raw", "venue"),
    [
        ("http://zoom.us/j/123", ""),
        ("https://teams.microsoft.com/l/meetup-join/19%3ameeting", ""),
        ("Biblioteket, https://meet.google.com/abc-defg-hij", "Biblioteket"),
        ("https://zoom.us/j/123 (Trudvang)", "(Trudvang)"),
        ("https://maps.google.com/?q=Hemne+kirke", "Hemne kirke"),
        ("https://www.google.com/maps/search/?api=1&query=Kulturhuset%2C%20Kyrks%C3%A6ter%C3%B8ra",
         "Kulturhuset, Kyrksæterøra"),
        ("https://www.google.no/maps/place/Heim+r%C3%A5dhus/@63.2,9.0,17z", "Heim rådhus"),
        ("https://maps.google.com/?q=63.29,9.08", ""),
        ("https://example.no/?q=Hemne+kirke", ""),
        ("Kafé Trudvang (2. etg.)", "Kafé Trudvang (2. etg.)"),
    ],
)  # fmt: skip
def test_an_address_is_no_venue(raw: str, venue: str) -> None:
    assert text.clean_venue(raw) == venue


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Ã˜velse for bÃ¸rn", "Øvelse for børn"),
        ("KafÃ© Trudvang â€“ Ã¥pen", "Kafé Trudvang – åpen"),
        ("ðŸŽ„ JulegrantenningÂ\xa0", "🎄 Julegrantenning"),
        ("=?UTF-8?Q?J=C3=B8rgen?= =?UTF-8?Q?s_kveld?=", "Jørgens kveld"),
        ("=?iso-8859-1?Q?Kul=D8r'n?=", "KulØr'n"),
        ("=?utf-8?B?w5hyYQ==?=", "Øra"),
        ("=?UTF-8?Q?J=FF?=", "=?UTF-8?Q?J=FF?="),
        ("«På Å», À la carte, São Tomé", "«På Å», À la carte, São Tomé"),
    ],
)
def test_garbled_text_is_readable(raw: str, clean: str) -> None:
    assert text.clean_title(raw) == clean
