"""Dashes and spaces: what belongs together stays together, and what is no span stays as it was."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from signage.wording.hyphens import SHY, UNBROKEN, ZERO_WIDTH_SPACE, hyphenate
from signage.wording.typography import DASH, JOINER, LONGEST, NBSP, SHORT_WORD, no_orphan, set_text
from tests.fixtures.make import event
from tests.fixtures.shots import one_screen, spec_of
from tests.fixtures.states import poster


def shown(text: str) -> str:
    """~ for a space that doesn't break, and a dash that doesn't as it is."""
    assert f"{DASH}{JOINER}" in text or JOINER not in text
    return text.replace(NBSP, "~").replace(JOINER, "")


@pytest.mark.parametrize(
    ("written", "is_set"),
    [
        ("Åpent 18.00-20.00", "Åpent 18.00–20.00"),
        ("Åpent 18:00 - 20:00", "Åpent 18:00–20:00"),
        ("Åpent 18-20.30", "Åpent 18–20.30"),
        ("kl 18-20 i kjelleren", "kl~18–20 i kjelleren"),
        ("Kl 18.30-20", "Kl~18.30–20"),
        ("Kl. 18.00", "Kl.~18.00"),
        ("kl. 10 - 13. desember kl. 16", "kl.~10 – 13.~desember kl.~16"),
        ("18-20", "18–20"),
        ("Strikkekafé 9-11", "Strikkekafé 9–11"),
        ("Man-fre 10-15", "Man–fre 10–15"),
        ("torsdag-søndag", "torsdag–søndag"),
        ("Freitag-Sonntag", "Freitag–Sonntag"),
        ("lørdag 12. desember kl. 18–20", "lørdag 12.~desember kl.~18–20"),
        ("10.-12. desember", "10.–12.~desember"),
        ("10. – 12. desember", "10.–12.~desember"),
        ("29. november-2. desember", "29.~november–2.~desember"),
        ("10-12 December", "10–12~December"),
        ("Saturday 12 December", "Saturday 12~December"),
        ("Samstag, 12. Dezember", "Samstag, 12.~Dezember"),
        ("субота, 12 грудня", "субота, 12~грудня"),
        ("12. des.", "12.~des."),
        ("For barn 6-12 år", "For barn 6–12~år"),
        ("For 1.-4. trinn", "For 1.–4.~trinn"),
        ("5 km for 100 kr", "5~km for 100~kr"),
        ("Kr 100,- og 1 250 kr", "Kr~100,- og 1~250~kr"),
        ("Bassengtrening - åpen for alle", "Bassengtrening – åpen for alle"),
        ("En kveld med J. R. R. Tolkien", "En kveld med J.~R.~R.~Tolkien"),
        ("H. Ibsen", "H.~Ibsen"),
        ("п\u02bcятниця", "п’ятниця"),
    ],
)
def test_spans_dates_and_amounts(written: str, is_set: str) -> None:
    assert shown(set_text(written)) == is_set


@pytest.mark.parametrize(
    "written",
    [
        "Heim mot Orkdal 3-2",
        "Heim mot Orkdal 18-20",
        "Ring 72 45 10-12",
        "Ring 72-45-10-12",
        "Tlf. 10-12",
        "Art. 10-12",
        "2026-11-23",
        "2026-11",
        "Covid-19",
        "COVID-19",
        "7200 Kyrksæterøra",
        "7200-7203",
        "www.heim.no/2026-11/18-20",
        "12.30.45-12.30.46",
        "A-lag mot B-lag",
        "E39-prosjektet",
        "10-12-14",
        "Do-re-mi",
        "May-Britt",
        "Vaiana 2",
        "4-H",
        "10-åring",
        "Kong Olav V. Konsert",
        "Uke 12\n\nMai blir fin",
        "Vi er 10\nkm for km",
    ],
)
def test_what_is_no_span_stays_as_it_was(written: str) -> None:
    assert set_text(written) == written


def test_a_score_between_two_teams_stays_as_it_was() -> None:
    assert set_text("Heim - Orkdal 18-20") == "Heim – Orkdal 18-20"


PIECES = st.lists(
    st.one_of(
        st.text("0123456789.:-–/ \nklrmEA", max_size=8),
        st.sampled_from(["kl. ", "18-20", "10.-12. ", "desember", "mandag-", " - ", "mot ", "J. ", " kr"]),
        st.text(max_size=5),
    ),
    max_size=12,
).map("".join)


@given(PIECES)
def test_nothing_but_spaces_dashes_and_apostrophes_ever_changes(text: str) -> None:
    def bare(text: str) -> str:
        return re.sub(r"[^\S\r\n]|[\u2060–—-]", "", text).replace("\u02bc", "’")

    assert bare(set_text(text)) == bare(text)


@given(PIECES)
@example("0 - - 0")
def test_what_is_set_stays_as_it_is(text: str) -> None:
    once = set_text(text)
    assert set_text(once) == once


@given(
    st.one_of(
        st.dates().map(str),
        st.integers(20000000, 99999999).map(lambda n: f"{n // 10**6} {n // 10**4 % 100} {n // 100 % 100}-{n % 100:02}"),
        st.integers(1000, 9999).map(lambda n: f"{n}-{n + 3}"),
        st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda n: f"Heim mot Orkdal {n[0]}-{n[1]}"),
    )
)
def test_dates_and_numbers_keep_their_hyphens(written: str) -> None:
    assert set_text(written) == written


@pytest.mark.parametrize(
    ("written", "is_set"),
    [
        ("Hva skjer nå", "Hva skjer~nå"),
        ("Konsert i parken", "Konsert i parken"),
        ("Revy", "Revy"),
        ("Vaiana 2", "Vaiana~2"),
        ("Julekonsert 2026", "Julekonsert 2026"),
        ("Kommunestyrevalgkampåpning nå", "Kommunestyrevalgkampåpning nå"),
    ],
)
def test_a_short_last_word_stands_with_the_one_before(written: str, is_set: str) -> None:
    assert shown(no_orphan(written)) == is_set


def test_a_long_word_that_may_be_broken_takes_the_last_one_along() -> None:
    headline = no_orphan(hyphenate("Kommunestyrevalgkampåpning nå", "nb_NO"))
    assert headline.endswith(f"{NBSP}nå")
    assert SHY in headline


@given(st.text(alphabet="abcæøå -/\u00ad", max_size=80))
def test_nothing_becomes_unbreakable_for_the_sake_of_a_last_word(text: str) -> None:
    bound = no_orphan(text)
    assert bound.replace(NBSP, " ") == text
    if bound != text:
        assert len(bound.rpartition(NBSP)[2]) <= SHORT_WORD
        assert len(re.split(r"[ \u00ad/-]", bound)[-1]) <= LONGEST


@pytest.mark.parametrize(
    "parts",
    [
        "Innebandy|trening",
        "Kulturskole|konsert",
        "Barnehage|ansatte",
        "Forsamlings|hus",
        "Jubileums|konserten",
        "Førstehjelps|kurs",
        "Formannskaps|møte",
        "Veteranbil|utstilling",
        "Brukt|marked",
        "General|forsamlingen",
        "Gapskratt|kveld",
        "Kyrksæterøra",
        "Ettermiddagene",
        "Administrasjon",
        "Representantskap",
        "Restaurering",
        "Fylkes|trafikksikkerhets|utvalgs|sekretariats|leder|funksjonene",
        "Oppdretts|anleggs|miljø|undersøkelser",
    ],
)
@pytest.mark.parametrize("language", ["nb_NO", "nn_NO"])
def test_a_compound_breaks_at_its_joints_or_not_at_all(parts: str, language: str) -> None:
    assert hyphenate(parts.replace("|", ""), language).split(SHY) == parts.split("|")


def test_a_word_that_no_line_would_hold_is_broken_after_all() -> None:
    pieces = hyphenate("Minoritetsladningsbærerapparatur" * 4, "nb_NO").split(SHY)
    assert max(map(len, pieces)) <= UNBROKEN


PIECES_OF_60 = (
    ("de_DE", "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen", "Donau"),
    ("uk_UA", "Нормальнофункціонуючогосподарювання", "Нор"),
)


@pytest.mark.parametrize(("language", "word", "first"), PIECES_OF_60)
def test_a_word_of_sixty_letters_breaks_into_short_pieces(language: str, word: str, first: str) -> None:
    pieces = hyphenate(word, language).split(SHY)
    assert "".join(pieces) == word
    assert pieces[0].startswith(first)
    assert max(map(len, pieces)) <= 10
    assert min(map(len, pieces)) >= 2


PARTS = ("buss", "stopp", "kveld", "ski", "fahrt", "trafikk", "kontroll", "zucker", "bäckerei", "natt", "tillegg", "ø")


@given(
    st.lists(st.sampled_from(PARTS)),
    st.sampled_from(["nb_NO", "nn_NO", "en_GB", "de_DE", "uk_UA"]),
)
def test_hyphens_change_no_spelling_and_leave_no_letter_alone(parts: list[str], language: str) -> None:
    word = "".join(parts)
    pieces = hyphenate(word, language).split(SHY)
    assert "".join(pieces) == word
    assert len(pieces) == 1 or min(map(len, pieces)) >= 2


def test_foreign_titles_are_hyphenated_by_their_own_rules() -> None:
    said = hyphenate("Безкоштовний майстер-клас для початківців", "nb_NO")
    assert SHY in said
    assert said == hyphenate("Безкоштовний майстер-клас для початківців", "uk_UA")
    assert hyphenate("Kunnskapsformidling", "nb_NO") == "Kunnskaps|formidling".replace("|", SHY)
    assert hyphenate("Kunnskapsformidling", "nb_NO") != hyphenate("Kunnskapsformidling", "en_GB")


@pytest.mark.parametrize(
    ("written", "places"),
    [
        ("Kyrksæterøra/Liabøen", 1),
        ("Kyrksæterøra/Liabøen/Vinjeøra.", 2),
        ("(Hemne/Snillfjord)", 1),
        ("og/eller", 0),
        ("1/2", 0),
        ("se https://iheim.no/kalender", 0),
        ("iheim.info/kalenderen", 0),
        ("www.heim.no/kultur/bibliotek", 0),
    ],
)
def test_a_line_may_end_after_a_slash_between_words_but_not_in_an_address(written: str, places: int) -> None:
    assert hyphenate(written, "nb_NO").count(ZERO_WIDTH_SPACE) == places


def test_a_norwegian_title_on_a_german_screen_breaks_by_norwegian_rules() -> None:
    school = event("Førstehjelpskurs for barnehageansatte", "2026-11-23 18:00")
    page = spec_of(one_screen(language="de"), poster(school), [school]).context
    assert page["title"] == hyphenate(school.title, "nb_NO") != hyphenate(school.title, "de_DE")
