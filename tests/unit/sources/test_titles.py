"""Words in titles that say how it stands with the event."""

from __future__ import annotations

import pytest

from signage.domain.model import Availability, Status
from signage.sources.formats.titles import SplitTitle, read_title


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("AVLYST: Quiz", SplitTitle("Quiz", Status.CANCELLED)),
        ("Quiz (avlyst)", SplitTitle("Quiz", Status.CANCELLED)),
        ("Turen er avlyst!", SplitTitle("Turen", Status.CANCELLED)),
        ("INNSTILT - Båttur", SplitTitle("Båttur", Status.CANCELLED)),
        ("Utgår: Kor", SplitTitle("Kor", Status.CANCELLED)),
        ("Kor avlyst på grunn av sykdom", SplitTitle("Kor", Status.CANCELLED)),
        ("AVLYST PGA. VÆRET: Kor", SplitTitle("Kor", Status.CANCELLED)),
        ("Utsatt til ny dato: Kor", SplitTitle("Kor", Status.POSTPONED)),
        ("Kor (utsatt til 12. januar kl. 18)", SplitTitle("Kor", Status.POSTPONED)),
        ("Kor - flyttet til tirsdag 12/1", SplitTitle("Kor", Status.MOVED)),
        ("Kor flyttet til kl. 19", SplitTitle("Kor", Status.MOVED)),
        ("Kor som er flyttet til våren", SplitTitle("Kor", Status.MOVED)),
        ("Kor, som blei flytta til kl. 19", SplitTitle("Kor", Status.MOVED)),
        ("Konserten som ble avlyst", SplitTitle("Konserten", Status.CANCELLED)),
        ("Livet som: AVLYST", SplitTitle("Livet som", Status.CANCELLED)),
        ("Utsatt til 2027: Kor", SplitTitle("Kor", Status.POSTPONED)),
        ("=?UTF-8?B?QVZMWVNUOiBLb3I=?=", SplitTitle("Kor", Status.CANCELLED)),
        ("Utsatt: Quiz", SplitTitle("Quiz", Status.POSTPONED)),
        ("Quiz - UTSATT", SplitTitle("Quiz", Status.POSTPONED)),
        ("Quiz (utsett)", SplitTitle("Quiz", Status.POSTPONED)),
        ("FLYTTET: Quiz", SplitTitle("Quiz", Status.MOVED)),
        ("Flytta – Quiz", SplitTitle("Quiz", Status.MOVED)),
        ("Revy (utsolgt)", SplitTitle("Revy", Status.SCHEDULED, Availability.SOLD_OUT)),
        ("UTSOLGT: Revy", SplitTitle("Revy", Status.SCHEDULED, Availability.SOLD_OUT)),
        ("Kurs - fulltegnet", SplitTitle("Kurs", Status.SCHEDULED, Availability.SOLD_OUT)),
        ("Revy – få billetter igjen!", SplitTitle("Revy", Status.SCHEDULED, Availability.FEW_LEFT)),
        ("Kurs (påmelding stengt)", SplitTitle("Kurs", Status.SCHEDULED, Availability.CLOSED)),
        ("AVLYST: Revy (utsolgt)", SplitTitle("Revy", Status.CANCELLED, Availability.SOLD_OUT)),
    ],
)
def test_marks_are_read_and_taken_out(raw: str, title: SplitTitle) -> None:
    assert read_title(raw) == title


@pytest.mark.parametrize(
    "title",
    [
        "Den avlyste konserten",
        "Fakkeltog utgår fra torget kl. 18",
        "Utgår fra biblioteket hver tirsdag",
        "Biblioteket er flyttet til nye lokaler",
        "Flyttet til Norge, et foredrag",
        "Flyttet hjemmefra, et foredrag",
        "Utsatt barndom, temakveld",
        "Vi flytta til Halsa",
        "Slekter som flyttet til Amerika 1850–1900",
        "Da kirken ble flyttet til Aure i 1924",
        "Familien som flyttet til våren",
        "De som flytta til hausten",
        "DE SOM FLYTTET TIL AMERIKA",
        "Vi som flyttet til 2024",
        "Møtet i 1905 som ble utsatt til 1906",
        "BARNETOGET UTGÅR FRA SKOLEN KL 10",
        "Innstilt på endring – foredrag",
        "Konserten er ikke avlyst",
        "KONSERTEN ER IKKE AVLYST",
        "Utsolgte hus: teaterhistorie",
        "Skuespillet «Avlyst»? Nei, «Avlysning»",
        "Få barna ut",
        "",
        "AVLYST",
    ],
)
def test_honest_titles_stay(title: str) -> None:
    assert read_title(title).text == title
    assert title == "AVLYST" or read_title(title).status is Status.SCHEDULED


def test_a_title_that_is_nothing_but_a_mark_is_kept_and_counts() -> None:
    assert read_title("AVLYST") == SplitTitle("AVLYST", Status.CANCELLED)


def test_a_giant_title_is_looked_at_in_part() -> None:
    assert len(read_title("-" * 5_000_000).text) == 1000
