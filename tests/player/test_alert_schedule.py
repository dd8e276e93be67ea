"""What is shown of alerts, and when: the shared cases, and an oracle over a fortnight without a network."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from player.alert_schedule import AlertSchedule, is_alert
from player.rotation import Moment, Turn
from player.store.alerts import AlertDocument, verify_alerts
from player.store.manifest import Manifest, verify
from tests.fixtures.alerts import AlertEntry, AlertPage, alert, alert_document, signed
from tests.fixtures.alerts_reference import expected
from tests.fixtures.bundles import KEY, evergreen, manifest, page
from tests.fixtures.paths import FIXTURES
from tests.fixtures.rotation_reference import ms

VECTORS = json.loads((FIXTURES / "vectors" / "alerts.json").read_bytes())
START = datetime(2026, 6, 1, 12, tzinfo=UTC)
WRONG = datetime(2001, 1, 1, tzinfo=UTC)


def read_manifest(made: dict[str, Any]) -> Manifest:
    data = json.dumps(made).encode()
    return verify(data, KEY.sign(data).signature, KEY.verify_key.encode(), made["screen"])


def read_alerts(made: dict[str, Any] | None) -> AlertDocument | None:
    return verify_alerts(signed(made), (KEY.verify_key.encode(),), "library") if made is not None else None


def moment(now: datetime, clock: str, ticks: float = 1000.0) -> Moment:
    if clock == "trusted":
        return Moment(now, ticks, True)
    return Moment(WRONG, ticks, False, now if clock == "server" else None)


def shown(schedule: AlertSchedule, at: Moment) -> dict[str, Any]:
    """In the form of the shared cases."""
    takeovers, banners = schedule.takeovers(at), schedule.banners(at)
    pages = () if takeovers else schedule.rotation(at, at)
    found: dict[str, Any] = {
        "takeovers": [[page.alert, page.picture.sha256] for page in takeovers],
        "banners": [[page.alert, page.picture.sha256] for page in banners],
        "pages": [[page.id, page.picture.sha256] for page in pages],
        "display": "off" if pages and all(page.kind == "dark" for page in pages) else "on",
        "turn": None,
        "banner_turn": None,
    }
    if at.trusted:
        found["turn"] = turn(schedule.whose_turn(at, 0.0, None), at, bool(takeovers))
        found["banner_turn"] = turn(schedule.banner_turn(at, None), at, of_alert=True)
    return found


def turn(found: Turn | None, at: Moment, of_alert: bool) -> dict[str, Any] | None:
    if found is None:
        return None
    until = round((at.wall.timestamp() + found.until - at.ticks) * 1000)
    whose = found.page.alert if of_alert else found.page.id
    return {"shown": [whose, found.page.picture.sha256], "until_ms": until if until < 10**14 else None}


@pytest.mark.parametrize("vector", VECTORS["shown"], ids=[vector["name"] for vector in VECTORS["shown"]])
def test_the_shared_cases(vector: dict[str, Any]) -> None:
    schedule = AlertSchedule()
    schedule.take(read_manifest(vector["manifest"]), read_alerts(vector["alerts"]))
    for case in vector["cases"]:
        at = moment(datetime.fromisoformat(case["now"]), case["clock"])
        found = shown(schedule, at)
        assert found == {key: case[key] for key in found}, case


def at(seconds: float) -> str:
    return (START + timedelta(milliseconds=round(seconds * 1000))).isoformat()


def entries(dice: random.Random, days: float) -> list[AlertEntry]:
    found = []
    for number in range(dice.randrange(1, 12)):
        first = dice.uniform(-3600, days * 86400)
        last = first + dice.choice((5, 60, 600, 7200, 86400))
        pages = (AlertPage(seconds=dice.choice((3.0, 8.0, 60.0))), AlertPage("nn"))[: dice.randrange(1, 3)]
        level = dice.choice(("takeover", "banner", "page", "test"))
        more = {} if level == "test" else {"pages": pages}
        found.append(alert(str(number), level, from_=at(first), until=at(last), **more))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_a_fortnight_without_a_network_shows_no_alert_past_its_end(seed: int) -> None:
    """At each instant at which anything may change, and around it, by a clock of either kind."""
    dice = random.Random(seed)
    document = alert_document(5, *entries(dice, 14))[0]
    made = manifest(1, page("a"), page("b", dated=False), evergreen(), horizon=at(10 * 86400))[0]
    schedule = AlertSchedule()
    schedule.take(read_manifest(made), read_alerts(document))
    clock = dice.choice(("trusted", "server"))
    edges = {ms(entry[key]) for entry in document["alerts"] for key in ("from", "until")}
    looks = sorted({edge + d for edge in edges for d in (-1, 0, 1, dice.randrange(10**6))} - {0})
    before: Turn | None = None
    for now in looks:
        wall = datetime.fromtimestamp(now / 1000, UTC)
        here = moment(wall, clock, now / 1000)
        schedule.note(here)
        oracle = expected(document, made, now, clock)
        found = shown(schedule, here)
        assert found == {key: oracle[key] for key in found}, wall
        before = schedule.whose_turn(here, 0.8, before)
        ended = {entry["id"] for entry in document["alerts"] if ms(entry["until"]) <= now}
        assert before is not None
        assert not is_alert(before.page) or before.page.alert not in ended
        assert not set(schedule.shown(here)) & ended


def test_what_changes_next_is_never_missed() -> None:
    """Between a look and the next change, nothing begins or ends."""
    document = alert_document(5, *entries(random.Random(3), 2))[0]
    schedule = AlertSchedule()
    schedule.take(read_manifest(manifest(1)[0]), read_alerts(document))
    now, looks = -4000.0, 0
    while (seconds := schedule.seconds_to_change(here := moment(START + timedelta(seconds=now), "trusted", now))) < 1e9:
        schedule.note(here)
        held = {a.id for a in schedule._alerts if schedule._holds(a, here)}
        almost = here.later(seconds - 0.001)
        assert {a.id for a in schedule._alerts if schedule._holds(a, almost)} == held
        then = here.later(seconds + 0.000001)
        assert {a.id for a in schedule._alerts if schedule._holds(a, then)} != held
        now, looks = now + seconds + 0.000001, looks + 1
    assert looks >= 4


@pytest.mark.parametrize("clock", ["trusted", "server"])
def test_a_clock_that_is_set_back_shows_no_alert_for_longer_than_it_lasts(clock: str) -> None:
    document = alert_document(5, alert("water", from_=at(0), until=at(100)))[0]
    schedule = AlertSchedule()
    schedule.take(read_manifest(manifest(1, page("a", dated=False), evergreen())[0]), read_alerts(document))
    for ticks, held in ((0.0, True), (60.0, True), (99.9, True), (100.0, False), (5000.0, False)):
        here = moment(START + timedelta(seconds=10), clock, ticks)
        schedule.note(here)
        assert bool(schedule.takeovers(here)) == held, ticks


def test_without_the_time_no_alert_is_shown_and_pages_are() -> None:
    document = alert_document(5, alert("water", from_=at(0), until=at(100)))[0]
    schedule = AlertSchedule()
    schedule.take(read_manifest(manifest(1, page("a", dated=False), evergreen())[0]), read_alerts(document))
    here = moment(START + timedelta(seconds=10), "unknown")
    found = schedule.whose_turn(here, 0.8, None)
    assert found is not None
    assert found.page.id == "a"
    assert schedule.shown(here) == ()


def test_without_a_trusted_clock_takeovers_follow_one_another() -> None:
    entries = (
        alert("water", from_=at(0), until=at(1000), pages=(AlertPage(seconds=8.0), AlertPage("nn", 8.0))),
        alert("fire", from_=at(0), until=at(1000), pages=(AlertPage(seconds=5.0),)),
    )
    schedule = AlertSchedule()
    schedule.take(None, read_alerts(alert_document(5, *entries)[0]))
    seen: list[tuple[float, str | None, str]] = []
    before: Turn | None = None
    for second in range(60):
        here = moment(START + timedelta(seconds=second), "server", float(second))
        before = schedule.whose_turn(here, 0.8, before)
        assert before is not None
        look = (before.page.alert, before.page.picture.sha256[:4])
        if not seen or seen[-1][1:] != look:
            seen.append((float(second), *look))
    assert [(when, whose) for when, whose, _ in seen[:5]] == [
        (0.0, "water"),
        (8.0, "water"),
        (16.0, "fire"),
        (21.0, "water"),
        (29.0, "water"),
    ]


def test_an_alert_that_cannot_be_read_keeps_its_turn_as_words() -> None:
    document = read_alerts(alert_document(5, alert("water", from_=at(0), until=at(100)))[0])
    assert document is not None
    schedule = AlertSchedule()
    schedule.take(None, document)
    here = moment(START, "trusted")
    assert schedule.takeovers(here, frozenset(document.assets)) == schedule.takeovers(here)
    banner = read_alerts(alert_document(5, alert("storm", "banner", from_=at(0), until=at(100)))[0])
    assert banner is not None
    schedule.take(read_manifest(manifest(1)[0]), banner)
    assert schedule.banners(here)
    assert not schedule.banners(here, frozenset(banner.assets))
