"""The dates in names of files, as docs/posters.md lists them."""

from __future__ import annotations

from datetime import date
from unicodedata import normalize

import pytest

from signage.domain.dated_names import NameDates, dates_in

TENTH = date(2026, 12, 10)
FIRST = date(2026, 12, 1)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("2026-12-10 Julekonsert", NameDates(None, TENTH, TENTH)),
        ("Julekonsert_2026-12-10", NameDates(None, TENTH, TENTH)),
        ("Julekonsert 10.12.2026", NameDates(None, TENTH, TENTH)),
        ("Basar 1.12.2026, ny", NameDates(None, FIRST, FIRST)),
        ("Utstilling til 2026-12-10", NameDates(None, TENTH, None)),
        ("Utstilling til og med 10.12.2026", NameDates(None, TENTH, None)),
        ("utstilling-til-2026-12-10", NameDates(None, TENTH, None)),
        ("Ausstellung bis 10.12.2026", NameDates(None, TENTH, None)),
        ("fra 2026-12-01 til 2026-12-10 Basar", NameDates(FIRST, TENTH, None)),
        ("frå og med 2026-12-01 Basar", NameDates(FIRST, None, None)),
        ("fra 2026-12-01 Basar 2026-12-10", NameDates(FIRST, TENTH, TENTH)),
        ("2026-12-01 og 2026-12-10", NameDates(None, TENTH, None)),
        ("Brutil 2026-12-10", NameDates(None, TENTH, TENTH)),
        ("2026-02-30 Skuddår", NameDates(impossible="2026-02-30")),
        ("IMG_20261210_1234", NameDates()),
        ("plakat v2.1.2026-rc", NameDates(None, date(2026, 1, 2), date(2026, 1, 2))),
        ("12026-12-10", NameDates()),
        ("WhatsApp Image 2026-12-10 at 14.02.11", NameDates()),
        ("WhatsApp-bilde 2026-12-10 klokken 14.02.11_5a3f", NameDates()),
        ("Skjermbilde 2026-12-10 kl. 9.02.11", NameDates()),
        ("Screenshot_2026-12-10-14-02-11", NameDates()),
        ("IMG_2026-12-10_140211", NameDates()),
        ("2026-12-10 kl. 19.00 Julekonsert", NameDates(None, TENTH, TENTH)),
        ("Utstilling 2026-12-01 - 2026-12-10", NameDates(None, TENTH, None)),
        ("2026-12-01 til 10.12.2026", NameDates(None, TENTH, None)),
        ("2026-12-10 post 12345", NameDates(None, TENTH, TENTH)),
        (normalize("NFD", "frå 2026-12-01 Basar"), NameDates(FIRST, None, None)),
        ("Plakat 2026", NameDates()),
        ("", NameDates()),
    ],
)
def test_what_a_name_says(name: str, found: NameDates) -> None:
    assert dates_in(name) == found
