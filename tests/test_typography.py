"""Dashes and spaces: what belongs together stays together, and what is no span stays as it was."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.pages.hyphens import hyphenate
from signage.pages.typography import DASH, JOINER, NBSP, set_text


def shown(text: str) -> str:
    """~ for a space that doesn't break, and a dash that doesn't as it is."""
    assert f"{DASH}{JOINER}" in text or JOINER not in text
    return text.replace(NBSP, "~").replace(JOINER, "")


@pytest.mark.parametrize(
    ("written", "is_set"),
    [
        ("Åpent 18.00-20.00", "Åpent 18.00–20.00"),
        ("Åpent 18:00 - 20:00", "Åpent 18:00–20:00"),
        ("kl 18-20 i kjelleren", "kl~18–20 i kjelleren"),
        ("Kl. 18.00", "Kl.~18.00"),
        ("lørdag 12. desember kl. 18–20", "lørdag 12.~desember kl.~18–20"),
        ("10.-12. desember", "10.–12.~desember"),
        ("10. – 12. desember", "10.–12.~desember"),
        ("Saturday 12 December", "Saturday 12~December"),
        ("субота, 12 грудня", "субота, 12~грудня"),
        ("For barn 6-12 år", "For barn 6–12~år"),
        ("5 km for 100 kr", "5~km for 100~kr"),
        ("Bassengtrening - åpen for alle", "Bassengtrening – åpen for alle"),
    ],
)
def test_spans_dates_and_amounts(written: str, is_set: str) -> None:
    assert shown(set_text(written)) == is_set
    assert set_text(set_text(written)) == set_text(written)


@pytest.mark.parametrize(
    "written",
    [
        "Kamp: Heim - ".strip() + " 3-2",
        "Ring 72 45 10-12",
        "2026-11-23",
        "Covid-19",
        "7200 Kyrksæterøra",
        "www.heim.no/2026-11/18-20",
        "12.30.45-12.30.46",
        "A-lag mot B-lag",
        "E39-prosjektet",
        "Vaiana 2",
        "4-H",
    ],
)
def test_what_is_no_span_stays_as_it_was(written: str) -> None:
    assert set_text(written) == written or set_text(written).replace(" – ", " - ") == written


@given(st.text(max_size=300))
def test_nothing_but_spaces_and_dashes_ever_changes(text: str) -> None:
    def bare(text: str) -> str:
        return re.sub(r"[\s\u2060–—-]", "", text)

    assert bare(set_text(text)) == bare(text)


def test_foreign_titles_are_hyphenated_by_their_own_rules() -> None:
    assert "\u00ad" in hyphenate("Безкоштовний майстер-клас для початківців", "nb_NO")
    assert hyphenate("Kunnskapsformidling", "nb_NO") == hyphenate("Kunnskapsformidling", "nb_NO")
    assert hyphenate("Kyrksæterøra/Liabøen", "nb_NO").count("\u200b") == 1
    assert hyphenate("se https://iheim.no/kalender", "nb_NO").count("\u200b") == 0
