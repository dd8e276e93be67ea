"""When an event is, as its poster says it on each of its days."""

from __future__ import annotations

import pytest

from signage.domain.model import Event
from signage.planning.catalog import Catalog
from signage.planning.kinds.event import posters
from signage.planning.page_contexts import PageContextBuilder
from signage.wording.languages import load as load_words
from tests.fixtures.make import OSLO, event, oslo
from tests.fixtures.shots import one_screen

EVENING = event("Kor", "2026-12-04 18:00", "2026-12-04 20:00")
NIGHT = event("Dans", "2026-12-04 22:00", "2026-12-05 01:00")
FIREWORKS = event("Fyrverkeri", "2026-12-04 23:30")
TO_SATURDAY = event("Lan", "2026-12-04 18:00", "2026-12-05 20:00")
TO_SUNDAY = event("Leir", "2026-12-04 18:00", "2026-12-06 12:00")
TO_MIDNIGHT = event("Vake", "2026-12-04 18:00", "2026-12-06 00:00")
A_DAY = event("Døgn", "2026-12-04 18:00", "2026-12-05 18:00")
MARKET = event("Marked", "2026-12-04", "2026-12-07")


def said(one: Event, at: str, language: str = "nb") -> tuple[str, str]:
    """What the poster says above its title: the day, and when."""
    (page,) = posters([one], oslo(at), OSLO, 1, None, False)
    config = one_screen(language=language)
    context = PageContextBuilder(config, "s", load_words(language), Catalog.of([one])).spec(page).context
    return str(context["weekday"]), str(context["when"]).replace("\u00a0", " ").replace("\u2060", "")


@pytest.mark.parametrize(
    ("one", "at", "day", "when"),
    [
        (EVENING, "2026-12-02 09:00", "Fredag", "4. desember kl. 18.00–20.00"),
        (NIGHT, "2026-12-04 09:00", "I dag", "4. desember kl. 22.00–01.00"),
        (A_DAY, "2026-12-02 09:00", "Fredag", "4. desember kl. 18.00–18.00"),
        (TO_SATURDAY, "2026-12-02 09:00", "Fredag", "4. desember kl. 18.00 – 5. desember kl. 20.00"),
        (TO_SATURDAY, "2026-12-04 19:00", "I dag", "4. desember kl. 18.00 – 5. desember kl. 20.00"),
        (TO_SUNDAY, "2026-12-03 09:00", "I morgen", "4. desember kl. 18.00 – 6. desember kl. 12.00"),
        (TO_MIDNIGHT, "2026-12-02 09:00", "Fredag", "4. desember kl. 18.00 – 6. desember kl. 00.00"),
        (MARKET, "2026-12-02 09:00", "Fredag", "4.–6. desember"),
    ],
)
def test_a_poster_says_until_when_an_event_of_days_lasts(one: Event, at: str, day: str, when: str) -> None:
    assert said(one, at) == (day, when)


@pytest.mark.parametrize(
    ("one", "at", "when"),
    [
        (NIGHT, "2026-12-05 00:30", "5. desember, til 01.00"),
        (FIREWORKS, "2026-12-05 00:30", "5. desember, pågår nå"),
        (TO_SATURDAY, "2026-12-05 12:00", "5. desember, til 20.00"),
        (TO_MIDNIGHT, "2026-12-05 12:00", "5. desember, til 00.00"),
        (TO_SUNDAY, "2026-12-05 12:00", "4.–6. desember"),
        (TO_SUNDAY, "2026-12-06 11:00", "6. desember, til 12.00"),
        (MARKET, "2026-12-06 11:00", "4.–6. desember"),
    ],
)
def test_a_poster_never_calls_yesterday_today(one: Event, at: str, when: str) -> None:
    assert said(one, at) == ("I dag", when)


def test_a_poster_says_it_in_the_screens_language() -> None:
    assert said(TO_SATURDAY, "2026-12-02 09:00", "en") == ("Friday", "4 December, 18:00 – 5 December, 20:00")
    assert said(TO_SATURDAY, "2026-12-05 12:00", "en") == ("Today", "5 December, until 20:00")
