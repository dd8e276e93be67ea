"""Sponsors share time by weight, to the second; caps hold; a rebuild moves nobody's turn."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from player.rotation import Moment, seconds_left, take_turn
from player.store.manifest import verify
from signage.cli.main import main
from signage.config.load import parse_config
from signage.config.models import Config, Sponsor
from signage.domain.page_plan import Capacity
from signage.errors import ConfigError
from signage.planning.catalog import Catalog
from signage.planning.screen_plan import plan_screen
from signage.planning.sponsor_report import planned_showings
from signage.planning.sponsors import TURN, SponsorTurn, deal, shares
from tests.fixtures.bundles import KEY, evergreen, manifest, page
from tests.fixtures.make import OSLO, oslo
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.properties import examples

DAYS = ["2026-11-23", "2026-03-29", "2026-10-25"]  # an ordinary day, and those with 23 and 25 hours


def sponsor(name: str, weight: float = 1, **more: Any) -> Sponsor:
    return Sponsor.model_validate({"id": name, "name": name, "weight": weight, **more})


def whole_day(day: str) -> tuple[datetime, datetime]:
    start = oslo(f"{day} 00:00").astimezone(UTC)
    end = (oslo(f"{day} 12:00") + timedelta(days=1)).replace(hour=0).astimezone(UTC)
    return start, end


def dealt(
    sponsors: list[Sponsor], day: str, hours: tuple[int, int] = (0, 24), rotation: float = 90
) -> list[SponsorTurn]:
    start, end = whole_day(day)
    lit = [(start + timedelta(hours=hours[0]), min(end, start + timedelta(hours=hours[1])))]
    return deal(sponsors, "s", start, end, OSLO, lit, rotation)


def seconds(turns: list[SponsorTurn]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for turn in turns:
        found[turn.sponsor] += (turn.end - turn.start).total_seconds()
    return found


@settings(max_examples=examples(80))
@given(
    st.lists(st.integers(1, 1000), min_size=1, max_size=12),
    st.sampled_from(DAYS),
    st.sampled_from([(0, 24), (8, 23), (10, 18), (12, 13)]),
)
def test_everybody_gets_the_part_of_the_day_that_the_weight_says(
    weights: list[int], day: str, hours: tuple[int, int]
) -> None:
    sponsors = [sponsor(f"s{n}", weight) for n, weight in enumerate(weights)]
    turns = dealt(sponsors, day, hours)
    got, total = seconds(turns), sum(seconds(turns).values())
    start, end = whole_day(day)
    assert total == pytest.approx(
        min((end - start).total_seconds() - hours[0] * 3600, (hours[1] - hours[0]) * 3600), abs=1
    )
    for one in sponsors:
        fair = one.weight / sum(weights) * total
        assert abs(got[one.id] - fair) <= max(0.01 * fair, 2), one.id
    for earlier, following in pairwise(turns):
        assert earlier.end <= following.start


def test_equal_ones_take_turns() -> None:
    order = [turn.sponsor for turn in dealt([sponsor("a"), sponsor("b")], DAYS[0])]
    assert order == ["a", "b"] * (len(order) // 2)
    lengths = {(turn.end - turn.start) for turn in dealt([sponsor("a"), sponsor("b"), sponsor("c")], DAYS[0])}
    assert max(lengths) <= 2 * TURN


@pytest.mark.parametrize("build", ["2026-11-23 00:00", "2026-11-23 12:07", "2026-11-23 19:59"])
def test_a_build_at_another_time_moves_nobodys_turn(build: str) -> None:
    sponsors = [sponsor("a", 3), sponsor("b", 2), sponsor("c", 1)]
    start, end = whole_day(DAYS[0])
    whole = deal(sponsors, "s", start, end, OSLO, [(start, end)], 90)
    at = oslo(build).astimezone(UTC)
    later = deal(sponsors, "s", at, end, OSLO, [(start, end)], 90)
    assert later == [SponsorTurn(max(t.start, at), t.end, t.sponsor) for t in whole if t.end > at]


def test_a_sponsor_is_shown_in_its_period_and_on_its_screens_only() -> None:
    noon = oslo("2026-11-23 12:00").astimezone(UTC)
    sponsors = [sponsor("a", until=noon), sponsor("b", **{"from": noon}), sponsor("elsewhere", screens=["other"])]
    turns = dealt(sponsors, DAYS[0])
    assert {t.sponsor for t in turns if t.end <= noon} == {"a"}
    assert {t.sponsor for t in turns if t.start >= noon} == {"b"}
    assert all(t.end <= noon or t.start >= noon for t in turns)


@settings(max_examples=examples(50))
@given(st.integers(1, 40), st.floats(1, 100), st.sampled_from([40.0, 90.0, 200.0]))
def test_a_cap_holds_in_every_hour_and_the_others_get_what_it_leaves(cap: int, weight: float, rotation: float) -> None:
    sponsors = [sponsor("capped", weight, per_hour=cap), sponsor("b", 2), sponsor("c", 1)]
    turns = dealt(sponsors, DAYS[0], rotation=rotation)
    start, _ = whole_day(DAYS[0])
    for hour in range(24):
        a, b = start + timedelta(hours=hour), start + timedelta(hours=hour + 1)
        shown = 0.0
        for turn in turns:
            if turn.sponsor == "capped":
                shown += max(0.0, (min(turn.end, b) - max(turn.start, a)).total_seconds()) / rotation
        assert shown <= cap + 0.01
    got = seconds(turns)
    assert got["b"] == pytest.approx(2 * got["c"], rel=0.01)
    assert sum(shares(sponsors, rotation).values()) == pytest.approx(1)


def test_played_by_the_real_rotation_each_gets_its_part_of_the_showings() -> None:
    """A day of the player: as many showings as the weights say, give or take the ends of turns."""
    config = Config.model_validate(
        {
            "site": {"name": "Heim", "calendar": "https://iheim.no"},
            "sources": [{"id": "i", "type": "wis", "url": "https://iheim.no"}],
            "places": {"p": {"name": "P"}},
            "sponsors": [
                {"id": "a", "name": "A", "weight": 3},
                {"id": "b", "name": "B", "weight": 2},
                {"id": "c", "name": "C", "weight": 1},
            ],
            "screens": {
                "s": {
                    "place": "p",
                    "playlist": [
                        {"show": "evergreen", "seconds": 20},
                        {"show": "notice", "title": "Velkommen", "seconds": 15},
                        {"show": "sponsor", "seconds": 10},
                    ],
                }
            },
        }
    )
    start, end = whole_day(DAYS[0])
    plan = plan_screen(config, "s", Catalog.of([]), start, end, Capacity(4, 8, 1, 3), {})
    pages = [p for p in plan.pages if p.plan.kind == "sponsor"]
    assert {p.plan.sponsor for p in pages} == {"a", "b", "c"}
    span = {p: {"from_": p.start.isoformat(), "until": p.until.isoformat()} for p in plan.pages}
    made = [
        page(f"{n}-{p.plan.sponsor or p.plan.kind}", dwell_seconds=p.seconds, **span[p])
        for n, p in enumerate(plan.pages)
    ]
    data = json.dumps(manifest(1, *made, evergreen(), horizon=end.isoformat())[0]).encode()
    bundle = verify(data, KEY.sign(data).signature, KEY.verify_key.encode(), json.loads(data)["screen"])
    counted: dict[str, int] = defaultdict(int)
    moment, shown = Moment(start, 0.0, True), None
    while moment.wall < end:
        turn = take_turn(bundle, moment, shown)
        assert turn is not None
        if (shown is None or turn.page != shown.page) and (name := turn.page.id.split("-", 1)[1]) in "abc":
            counted[name] += 1
        step = seconds_left(moment, turn)
        shown, moment = turn, Moment(moment.wall + timedelta(seconds=step), moment.ticks + step, True)
    assert pages
    total = sum(counted.values())
    for name, weight in (("a", 3), ("b", 2), ("c", 1)):
        assert counted[name] / total == pytest.approx(weight / 6, rel=0.03)


CONFIG = """
[site]
name = "Heim kommune"
calendar = "https://iheim.no"
[[sources]]
id = "iheim"
type = "wis"
url = "https://iheim.no"
[places.p]
name = "Hallen"
[screens.hall]
place = "p"
hours = {{ mon-fri = "08-20" }}
when_closed = "dark"
playlist = [{{ show = "today", seconds = 20 }}, {slot}]
{more}
"""
TWO = """
[[sponsors]]
id = "a"
name = "A"
weight = 3
[[sponsors]]
id = "b"
name = "B"
from = 2026-12-15
"""


@pytest.fixture
def layouts(tmp_path: Path) -> Path:
    (tmp_path / "layouts" / "fjord").mkdir(parents=True)
    (tmp_path / "layouts" / "fjord" / "layout.toml").touch()
    return tmp_path / "layouts"


def reported(layouts: Path, capsys: pytest.CaptureFixture[str], slot: str, more: str, *options: str) -> tuple[str, str]:
    path = layouts.parent / "screens.toml"
    path.write_text(CONFIG.format(slot=slot, more=more), "utf-8")
    arguments = ["report", "sponsors", "--month", "2026-12", "--config", str(path), "--layouts", str(layouts)]
    assert main([*arguments, *options]) == 0
    said = capsys.readouterr()
    return said.out, said.err


def test_the_report_says_what_each_gets(layouts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = reported(layouts, capsys, '{ show = "sponsor", seconds = 10 }', TWO, "--json")
    first, second = json.loads(out)
    # December has 23 days from Monday to Friday, and 25 December, a Friday, closes the house
    assert (first["sponsor"], first["screen"], first["days"], second["days"]) == ("a", "hall", 22, 12)
    assert first["hours"] + second["hours"] == pytest.approx(22 * 12, abs=0.1)
    assert second["hours"] == pytest.approx(12 * 12 / 4, rel=0.01)
    assert second["showings"] == pytest.approx(12 * 12 / 4 * 3600 / 30, rel=0.01)
    table, _ = reported(layouts, capsys, '{ show = "sponsor", seconds = 10 }', TWO)
    assert "December 2026" in table
    assert "hall" in table


def test_the_report_says_why_there_is_nothing_to_report(layouts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "No playlist has a slot" in reported(layouts, capsys, '{ show = "evergreen" }', TWO)[1]
    assert "no [[sponsors]]" in reported(layouts, capsys, '{ show = "sponsor" }', "")[1]


@pytest.mark.parametrize(
    ("slot", "more", "said"),
    [
        ('{ show = "sponsor" }', "", "screens.toml has no [[sponsors]]. The slots of hall stay empty."),
        ('{ show = "evergreen" }', TWO, 'No playlist has a slot for sponsors. Hint: add { show = "sponsor" } to one.'),
        ('{ show = "sponsor" }', TWO, ""),
        ('{ show = "evergreen" }', "", ""),
    ],
)
def test_check_tells_of_slots_and_sponsors_that_come_to_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], slot: str, more: str, said: str
) -> None:
    path = tmp_path / "screens.toml"
    path.write_text(CONFIG.format(slot=slot, more=more), "utf-8")
    assert main(["check", "--config", str(path), "--layouts", str(LAYOUTS)]) == 0
    told = " ".join(capsys.readouterr().err.split())
    assert said in told
    assert ("!" in told) is bool(said)


def test_a_sponsor_of_an_unknown_screen_is_told_where_it_stands(layouts: Path) -> None:
    text = CONFIG.format(slot='{ show = "sponsor" }', more='[[sponsors]]\nid = "a"\nname = "A"\nscreens = ["hal"]\n')
    with pytest.raises(
        ConfigError, match=r'sponsors\[0\].screens\[0\]: There is no screen "hal". Hint: did you mean "hall"\?'
    ):
        parse_config(text.encode(), "screens.toml", layouts)
    twice = CONFIG.format(slot='{ show = "sponsor" }', more='[[sponsors]]\nid = "a"\nname = "A"\n' * 2)
    with pytest.raises(ConfigError, match="Another sponsor has the id"):
        parse_config(twice.encode(), "screens.toml", layouts)


def test_a_month_with_a_time_change_has_all_its_hours() -> None:
    assert whole_day("2026-10-25")[1] - whole_day("2026-10-25")[0] == timedelta(hours=25)
    (row,) = planned_showings(october(), date(2026, 10, 1)).rows
    assert row.hours == 31 * 24 + 1


@pytest.mark.parametrize(
    ("slot", "hours", "share"),
    [
        ({}, 745, 1),
        ({"every": 2}, 745, 1 / 2),
        ({"hours": "08-12"}, 31 * 4, 1),
        ({"days": "sat", "hours": "22-02"}, 4 * 4 + 2, 1),  # the month ends on a Saturday
    ],
)
def test_a_slot_with_times_or_in_some_rounds_only_is_counted_as_it_is_shown(
    slot: dict[str, str], hours: int, share: float
) -> None:
    config = october({"show": "evergreen", "seconds": 10}, {"show": "sponsor", "seconds": 10, **slot})
    (row,) = planned_showings(config, date(2026, 10, 1)).rows
    assert row.hours == hours
    assert row.showings == round(hours * 3600 * share / (10 + 10 * share))


def october(*playlist: dict[str, object]) -> Config:
    screens = {"s": {"place": "p", "playlist": list(playlist) or [{"show": "sponsor"}]}}
    return Config.model_validate(
        {
            "site": {"name": "Heim", "calendar": "https://iheim.no"},
            "sources": [{"id": "i", "type": "wis", "url": "https://iheim.no"}],
            "places": {"p": {"name": "P"}},
            "sponsors": [{"id": "a", "name": "A"}],
            "screens": screens,
        }
    )
