"""The last two weeks of a player: what is told of each day, on its page and in the terminal."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.fleet.history import DAYS, SLOTS, days, describe_day
from signage.fleet.registry import HISTORY, Quarter
from signage.fleet.status_messages import span
from signage.fleet.verdict import HealthState
from tests.fixtures.catalogue import table
from tests.fixtures.desk import Desk

OSLO = ZoneInfo("Europe/Oslo")
NOW = datetime(2026, 9, 14, 10, 0, tzinfo=UTC)
UNHEARD_OF = {"unpaired", "prepared", "starting", "never", "silent", "not_configured"}  # of no heartbeat's quarter


def quarter(
    at: datetime, state: HealthState = HealthState.GREEN, *why: str, temperature: float | None = None
) -> Quarter:
    return Quarter(at, state, "today", why, temperature)


def test_each_day_of_two_weeks_is_told_today_first() -> None:
    red, yellow = NOW - timedelta(days=1), NOW - timedelta(days=1, hours=2)
    kept = [
        quarter(NOW, temperature=51.0),
        quarter(red, HealthState.RED, "absent"),
        quarter(red + timedelta(minutes=15), HealthState.RED, "absent", "hot", temperature=84.4),
        *(quarter(yellow - timedelta(minutes=15 * n), HealthState.YELLOW, "hot") for n in range(5)),
    ]
    found = days(kept, OSLO, NOW)
    assert [day.date for day in found] == [date(2026, 9, 14) - timedelta(days=n) for n in range(14)]
    assert [describe_day(day, "nb").replace("\u00a0", " ") for day in found[:3]] == [
        "I orden",
        "Virket ikke i opptil 30 min, trengte tilsyn i opptil 1 t 15 min: for varm, ingen TV tilkoblet",
        "Meldte seg ikke",
    ]
    assert describe_day(found[1], "en").startswith("Did not work for up to 30\u00a0min, needed checking for")
    assert (found[0].hottest, found[1].hottest, found[2].hottest) == (51.0, 84.4, None)
    assert [day.over for day in found[:2]] == [49, SLOTS], "of today, only what has begun"
    assert found[0].runs() == [(48, 1, HealthState.GREEN)]
    assert found[1].runs() == [(36, 5, HealthState.YELLOW), (48, 2, HealthState.RED)]


def test_an_hour_that_comes_twice_shows_the_worse_one() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # 02.30, summer time; an hour later it is 02.30 again
    for states in ((HealthState.RED, HealthState.GREEN), (HealthState.GREEN, HealthState.RED)):
        kept = [quarter(first + timedelta(hours=n), state) for n, state in enumerate(states)]
        (day, *_) = days(kept, OSLO, first + timedelta(hours=9))
        assert day.runs() == [(10, 1, HealthState.RED)]


BACK = st.integers(0, int(HISTORY.total_seconds()) // 900)  # quarters of an hour
HEARD = st.sampled_from([HealthState.GREEN, HealthState.YELLOW, HealthState.RED])


@given(st.lists(st.tuples(BACK, HEARD), max_size=60), st.integers(0, 365 * 24))
def test_each_quarter_is_told_at_its_worst_and_no_other(kept: list[tuple[int, HealthState]], hours: int) -> None:
    now = NOW + timedelta(hours=hours)
    quarters = [quarter(now - timedelta(minutes=15 * back), state) for back, state in kept]
    meant: dict[str, HealthState] = {}
    for each in sorted(quarters, key=lambda each: each.state.badness):
        meant[f"{each.at.astimezone(OSLO):%Y-%m-%d %H:%M}"] = each.state
    found = days(quarters, OSLO, now)
    told = {
        f"{day.date} {slot // 4:02}:{slot % 4 * 15:02}": state
        for day in found
        for slot, state in enumerate(day.slots)
        if state is not None
    }
    assert len(found) == DAYS
    assert told == {at: state for at, state in meant.items() if at >= f"{found[-1].date}"}


def test_whatever_can_be_wrong_has_a_short_name() -> None:
    assert set(table("players_in_short")) == set(table("players")) - UNHEARD_OF


@pytest.mark.parametrize(("minutes", "words"), [(0, "0 min"), (45, "45 min"), (60, "1 t"), (195, "3 t 15 min")])
def test_a_span_reads_like_one(minutes: int, words: str) -> None:
    assert span(minutes, "nb") == words.replace(" ", "\u00a0")


def test_the_page_of_a_player_tells_its_days(desk: Desk) -> None:
    manifest = desk.publish(1)
    player = desk.paired()
    desk.well(player, manifest)
    desk.wait(86400)
    desk.well(player, manifest, under_voltage=True)
    page = desk.get("/status").text
    (link,) = re.findall(r'<a data-past href="\./(status/[0-9a-f]{16})">De siste to ukene</a>', page)
    answer = desk.get(f"/{link}")
    assert answer.status_code == 200
    assert 'href="../status#library"' in answer.text
    assert "<h1>Hemne bibliotek</h1>" in answer.text
    assert "Trengte tilsyn i opptil 15\u00a0min: for lite strøm" in answer.text
    assert answer.text.count("<tr>") == 15
    assert 'class="yellow"' in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    desk.players.revoke(player.id)
    assert desk.get(f"/{link}").status_code == 404
    assert desk.get("/status/0000000000000000").status_code == 404
    assert desk.get("/status/nothing").status_code == 404


def test_names_and_words_from_outside_are_text(desk: Desk) -> None:
    desk.screens["library"] = "<b>bok</b>"
    manifest = desk.publish(1)
    player = desk.paired()
    desk.well(player, manifest)
    assert "<b>bok" not in desk.get(f"/status/{player.id}").text
