"""Which organisations are told of on a day: everyone gets a turn, and nobody twice before that."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from signage.domain.model import Organisation, Status
from signage.planning.kinds.organisation import OrganisationPages, coming, of_the_day
from tests.fixtures.make import event, oslo

MONDAY = date(2026, 11, 23)
CLUBS = [Organisation(f"lag-{n}", f"Lag {n}", about="Vi finnes.") for n in range(7)]


def entry(**more: Any) -> OrganisationPages:
    return OrganisationPages.model_validate({"show": "organisation", **more})


@pytest.mark.parametrize("count", [1, 2, 3])
def test_everyone_gets_a_turn_before_anyone_gets_a_second(count: int) -> None:
    shown = [
        name
        for n in range(len(CLUBS))
        for name in of_the_day(CLUBS, [], entry(count=count), MONDAY + timedelta(days=n))
    ]
    assert set(Counter(shown).values()) == {count}


def test_who_has_nothing_to_tell_is_not_shown() -> None:
    silent, busy = Organisation("stille", "Stille lag"), Organisation("travle", "Travle lag")
    concert = event("Konsert", "2026-11-25 18:00", organisation="travle")
    assert of_the_day([silent, busy], [concert], entry(count=5), MONDAY) == ("travle",)
    assert of_the_day([silent], [], entry(), MONDAY) == ()


def test_organisers_are_named_in_any_spelling() -> None:
    club = Organisation("turmarsj", "Hemne turmarsjklubb", spellings=("Turmarsjklubben i Hemne",), about="Tur.")
    wanted = entry(organisers=["turmarsjklubben i hemne"])
    assert of_the_day([*CLUBS, club], [], wanted, MONDAY) == ("turmarsj",)


def test_what_comes_is_told_once_a_title_and_only_if_it_takes_place() -> None:
    events = [
        event("Øving", "2026-11-25 18:00", organisation="kor"),
        event("Øving", "2026-12-02 18:00", organisation="kor"),
        event("Konsert", "2026-12-05 18:00", organisation="kor"),
        event("Avlyst tur", "2026-11-24 18:00", organisation="kor", status=Status.CANCELLED),
        event("I går", "2026-11-22 18:00", organisation="kor"),
        event("En annens", "2026-11-24 18:00", organisation="il"),
    ]
    told = coming(events, "kor", oslo("2026-11-23 12:00"))
    assert [(e.title, e.starts_at.day) for e in told] == [("Øving", 25), ("Konsert", 5)]
