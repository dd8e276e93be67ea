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


@pytest.mark.parametrize(
    "raw",
    [
        "Avlyst i dag: Bingo", "AVLYST I DAG: Bingo", "AVLYST IDAG - Bingo", "Avlyst i kveld – Bingo",
        "Avlyst i morgen! Bingo", "Avlyst i morgon, Bingo", "Avlyst i dag. Bingo", "Avlyst denne uka: Bingo",
        "Innstilt denne veka | Bingo", "(Avlyst i dag) Bingo", "[AVLYST I KVELD] Bingo", "*** AVLYST I DAG *** Bingo",
        "Avlyst til mandag: Bingo", "Avlyst i dag pga. sykdom: Bingo", "Dessverre avlyst: Bingo",
        "DESSVERRE AVLYST I DAG: Bingo", "Utgår i dag: Bingo",
        "Bingo avlyst i dag", "Bingo - avlyst i dag!", "Bingo er avlyst i kveld.", "Bingo AVLYST I DAG",
        "Bingo er avlyst denne uken", "Bingo er avlyst i dag på grunn av sykdom",
        "Bingo er dessverre avlyst", "Bingo er diverre avlyst!", "Bingo dessverre er avlyst", "Bingo, dessverre avlyst",
        "Bingo, er avlyst", "Bingo blir avlyst", "Bingo vert avlyst", "Bingo ble avlyst", "Bingo blei avlyst",
        "Bingo vart innstilt", "Bingo er blitt avlyst", "Bingo har vorte avlyst", "Bingo må dessverre avlyses",
        "Bingo blir dessverre innstilt i kveld", "Bingo er dessverre avlyst pga sykdom",
        "Bingo som dessverre ble avlyst", "Bingo som må avlyses",
        "Bingo (avlyst i dag)", "Bingo (AVLYST I KVELD!)", "Bingo [avlyst denne veka]", "Bingo (dessverre avlyst)",
    ],
)  # fmt: skip
def test_the_whole_phrase_that_calls_it_off_is_taken_out(raw: str) -> None:
    assert read_title(raw) == SplitTitle("Bingo", Status.CANCELLED)


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("FLYTTET TIL MANDAG: Bingo", Status.MOVED),
        ("Flytta til laurdag – Bingo", Status.MOVED),
        ("Flyttet til mandag! Bingo", Status.MOVED),
        ("Flyttet til i morgen: Bingo", Status.MOVED),
        ("Bingo (flyttet til mandag)", Status.MOVED),
        ("Bingo - flyttet til mandag", Status.MOVED),
        ("Bingo blir flyttet til tirsdag", Status.MOVED),
        ("Bingo er dessverre flyttet til i morgen", Status.MOVED),
        ("Bingo som blei flytta til onsdag", Status.MOVED),
        ("UTSATT TIL FREDAG: Bingo", Status.POSTPONED),
        ("Utsett i dag: Bingo", Status.POSTPONED),
        ("Bingo (utsatt til søndag)", Status.POSTPONED),
        ("Bingo er utsatt til torsdag", Status.POSTPONED),
    ],
)
def test_a_weekday_is_a_new_date(raw: str, status: Status) -> None:
    assert read_title(raw) == SplitTitle("Bingo", status)


@pytest.mark.parametrize("raw", ["Utsolgt i kveld: Revy", "UTSOLGT I KVELD: Revy", "Revy (utsolgt i kveld)"])
def test_sold_out_tonight(raw: str) -> None:
    assert read_title(raw) == SplitTitle("Revy", Status.SCHEDULED, Availability.SOLD_OUT)


def test_what_stands_around_a_phrase_stays() -> None:
    assert read_title("Bingo (avlyst i dag) på Trudvang").text == "Bingo på Trudvang"
    assert read_title("Bingo (flyttet til mandag) på Trudvang").text == "Bingo på Trudvang"
    assert read_title("Avlyst: Bingo i dag").text == "Bingo i dag"
    assert read_title("Avlyst i dag-konserten").text == "i dag-konserten"
    assert read_title("Avlyst i dagslys").text == "i dagslys"


@pytest.mark.parametrize(
    "title",
    [
        "Bingo er avlyst-tema", "Da krigen ble avlyst-plakaten", "Flyttet til Heim: en utstilling",
        "Flyttet til Mandal: en utstilling", "Flyttet til fredagskafeen: et foredrag", "Flyttet til fredag-kafeen",
        "Familien som flyttet til mandag", "Mannen som ble flyttet", "Kirken (ble flyttet)", "Vi flytta til Mandal",
        "Konserten er ikke avlyst i dag", "Bingo blir ikke avlyst", "Bingo blir dessverre ikke avlyst i kveld",
        "Håper at det ikke blir avlyst", "Er bingoen avlyst i dag?", "Innstilt på endring i dag", "I dag: Bingo",
        "Utsatt i dag og i går, en utstilling", "Utsatte barn i dag: foredrag", "Barn som er utsatt i dag",
        "Flyttet hjem i dag", "Dessverre: en monolog", "Billetter utsolgt til lørdag", "Det blir konsert i kveld",
    ],
)  # fmt: skip
def test_titles_with_words_of_such_phrases_stay(title: str) -> None:
    assert read_title(title) == SplitTitle(title)


@pytest.mark.parametrize("title", ["AVLYST", "AVLYST I DAG", "Avlyst i kveld!"])
def test_a_title_that_is_nothing_but_a_mark_is_kept_and_counts(title: str) -> None:
    assert read_title(title) == SplitTitle(title, Status.CANCELLED)


def test_a_giant_title_is_looked_at_in_part() -> None:
    assert len(read_title("-" * 5_000_000).text) == 1000
