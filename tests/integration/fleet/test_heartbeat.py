"""Heartbeats over real HTTP: what is taken, what is refused, what is seen on the glass, and what it costs."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import time
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from signage.fleet import pairing_codes
from signage.fleet.heartbeats import BURST
from signage.fleet.messages import MAX_BEAT
from signage.fleet.registry import HISTORY
from signage.fleet.verdict import HealthState
from signage.publishing.keys import SigningKeys
from tests.fixtures import bundles
from tests.fixtures.desk import Desk
from tests.fixtures.players import Player, beat, earlier, showing, thumbnail

CLOCK = bundles.CLOCK


def test_a_player_that_shows_what_it_should_is_green(desk: Desk) -> None:
    manifest = desk.publish(1, bundles.page("a", clock=CLOCK), bundles.page("b"), bundles.evergreen())
    player = desk.paired()
    assert desk.codes() == ["starting"]
    for page in (0, 1, 0):
        desk.wait(60)
        assert desk.well(player, manifest, page) == 204
        assert (desk.screen().state, desk.codes()) == (HealthState.GREEN, [])
    assert desk.players.beats == 3


def test_red_within_three_minutes_of_the_last_heartbeat_and_green_with_the_next(desk: Desk) -> None:
    manifest = desk.publish(1)
    player = desk.paired()
    desk.well(player, manifest)
    desk.wait(150)
    assert desk.screen().state is HealthState.GREEN
    desk.wait(1)
    assert (desk.screen().state, desk.codes()) == (HealthState.RED, ["silent"])
    desk.wait(3600)
    desk.well(player, manifest)
    assert desk.screen().state is HealthState.GREEN
    assert desk.screen().players[0].since == desk.now


def test_another_picture_on_the_glass_is_red_at_the_second_look(desk: Desk) -> None:
    manifest = desk.publish(
        1, bundles.page("a"), bundles.page("later", from_="2026-12-24T00:00:00+01:00"), bundles.evergreen()
    )
    player = desk.paired()
    other = thumbnail(bundles.picture("later"))
    states = []
    for seen in ({}, {"thumbnail": other}, {"thumbnail": other}, {}):
        desk.wait(60)
        desk.well(player, manifest, **seen)
        states.append((desk.screen().state.value, desk.codes()))
    assert states == [("green", []), ("yellow", ["looks_once"]), ("red", ["looks"]), ("green", [])]


def test_a_turned_panel_with_the_players_clock_on_it(desk: Desk) -> None:
    manifest = desk.publish(1, bundles.page("a", clock=CLOCK), bundles.evergreen(), rotate=90)
    player = desk.paired()
    picture = Image.open(io.BytesIO(bundles.picture("a"))).convert("RGB")
    picture.paste("#f2b84b", (210, 25, 290, 55))  # the time, in the clock's box
    out = io.BytesIO()
    picture.save(out, "PNG")
    for _ in range(2):
        desk.wait(60)
        desk.well(player, manifest, thumbnail=thumbnail(out.getvalue(), 90))
    assert desk.codes() == []
    desk.wait(60)
    desk.well(player, manifest, thumbnail=thumbnail(out.getvalue(), 270))
    assert desk.codes() == ["looks_once"]
    shown = Image.open(io.BytesIO(desk.get(f"/status/{player.id}.jpg").content))
    assert shown.size == (240, 135)  # upright again, as people see it


def test_the_line_on_the_datas_age_is_the_players_own(desk: Desk) -> None:
    font = hashlib.sha256(bundles.font()).hexdigest()
    line = {"after_seconds": 60, "text": "%d.%m.", "color": "#ffffff", "ground": "#000000", "font": font, "size": 10}
    manifest = desk.publish(1, bundles.page("a", clock=CLOCK), bundles.evergreen(), updated=line)
    player = desk.paired()
    picture = Image.open(io.BytesIO(bundles.picture("a"))).convert("RGB")
    picture.paste("black", (110, 165, 302, 178))
    out = io.BytesIO()
    picture.save(out, "PNG")
    desk.well(player, manifest, thumbnail=thumbnail(out.getvalue()))
    assert desk.codes() == []
    picture.paste("black", (110, 140, 302, 178))
    picture.save(out := io.BytesIO(), "PNG")
    desk.well(player, manifest, thumbnail=thumbnail(out.getvalue()))
    assert desk.codes() == ["looks_once"]


def test_a_film_is_not_the_picture_that_it_is_over(desk: Desk) -> None:
    """What is around it counts all the same."""
    manifest = desk.publish(1, bundles.page("a", film=b"film", film_box=(80, 45, 160, 90)), bundles.evergreen())
    player = desk.paired()
    picture = Image.open(io.BytesIO(bundles.picture("a"))).convert("RGB")
    picture.paste("red", (80, 45, 240, 135))
    picture.save(out := io.BytesIO(), "PNG")
    for _ in range(2):
        desk.wait(60)
        desk.well(player, manifest, thumbnail=thumbnail(out.getvalue()))
    assert desk.codes() == []
    picture.paste("red", (0, 0, 320, 180))
    picture.save(out := io.BytesIO(), "PNG")
    desk.wait(60)
    desk.well(player, manifest, thumbnail=thumbnail(out.getvalue()))
    assert desk.codes() == ["looks_once"]


@pytest.mark.parametrize(
    ("film", "words"),
    [
        ({"problem": "GStreamer isn't installed", "kind": "missing"}, "GStreamer mangler på spilleren"),
        ({"problem": "GStreamer ended early", "kind": "failed"}, "filmen kunne ikke spilles"),
        ({"problem": "no pictures in time", "kind": "slow"}, "spilleren er for treg"),
        ({"problem": "15 bits", "kind": "format"}, "skjermens fargeformat passer ikke"),
        ({"problem": "of a later player", "kind": "<b>new</b>"}, "filmen kunne ikke spilles"),
        ({"problem": None, "kind": None}, "spilles"),
        (None, ""),
    ],
)
def test_whether_films_are_played_is_on_the_status_page(
    desk: Desk, film: dict[str, str | None] | None, words: str
) -> None:
    manifest = desk.publish(1, bundles.page("a"), bundles.evergreen())
    desk.well(desk.paired(), manifest, film=film)
    assert desk.screen().state is HealthState.GREEN
    (row,) = re.findall(r"<dt>Film</dt>\s*<dd>(.*?)</dd>", desk.get("/status").text) or [""]
    assert row.endswith(words)
    assert bool(row) is bool(words)


def test_a_fade_between_two_open_pages_is_no_fault(desk: Desk) -> None:
    manifest = desk.publish(1, bundles.page("a"), bundles.page("b"), bundles.evergreen())
    player = desk.paired()
    one, other = (Image.open(io.BytesIO(bundles.picture(name))).convert("RGB") for name in "ab")
    out = io.BytesIO()
    Image.blend(one, other, 0.6).save(out, "PNG")
    desk.well(player, manifest, thumbnail=thumbnail(out.getvalue()))
    assert desk.codes() == []


@pytest.mark.parametrize("data", [b"", b"not a jpeg", b"\xff\xd8\xff\xe0" + bytes(500)])
def test_a_thumbnail_that_is_none_looks_like_no_page_and_is_not_handed_on(desk: Desk, data: bytes) -> None:
    manifest = desk.publish(1)
    player = desk.paired()
    assert desk.well(player, manifest, thumbnail=base64.b64encode(data).decode()) == 204
    assert desk.codes() == ["looks_once"]
    assert desk.get(f"/status/{player.id}.jpg").status_code == 404


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"format": 2}, 400),
        ({"version": None}, 400),
        ({"age": -1}, 400),
        ({"age": float("nan")}, 400),
        ({"uptime": float("inf")}, 400),
        ({"temperature": "hot"}, 400),
        ({"rotate": 45}, 400),
        ({"at": "2026-09-14T12:00:00"}, 400),
        ({"horizon": "9999-12-31T23:59:59Z"}, 400),
        ({"earlier": [earlier(beat("library", generated="0001-01-01T00:00:00+14:00"), 60)]}, 400),
        ({"serial": -1}, 400),
        ({"serial": 10**30}, 400),
        ({"page": {"id": "a", "kind": "today", "asset": "../../etc/passwd"}}, 400),
        ({"display": {"wanted": "on", "state": "dancing", "by": None}}, 400),
        ({"errors": ["x"] * 11}, 400),
        ({"earlier": [{}]}, 400),
        ({"earlier": [earlier(beat("library"), 60)] * 31}, 400),
        ({"thumbnail": "*" * 40}, 400),
        ({"thumbnail": "A" * 90_000}, 400),
        ({"errors": ["x" * MAX_BEAT]}, 413),
        ({"errors": ["x" * 5000, "\x1b[31mred\u202e\n"]}, 204),
        ({"of the future": {"a": [1, 2, 3]}}, 204),
    ],
)
def test_what_breaks_the_format_is_refused_and_leaves_the_last_report_in_place(
    desk: Desk, changed: dict[str, Any], status: int
) -> None:
    player = desk.paired()
    assert player.beat(temperature=40.0) == 204
    assert player.send(json.dumps(beat("library", **changed)).encode()).status_code == status
    heard = desk.registry.last_heartbeat(player.id)
    assert heard is not None
    assert (heard.report.temperature == 40.0) is (status != 204)
    assert all(len(error) <= 200 and error.isprintable() for error in heard.errors)
    assert desk.get("/status").status_code == 200


def test_a_key_that_is_missing_is_refused(desk: Desk) -> None:
    player = desk.paired()
    for key in beat("library"):
        said = {k: v for k, v in beat("library").items() if k != key}
        assert player.send(json.dumps(said).encode()).status_code == 400, key
        desk.wait(60)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{" * 5000, b"\x00", b'{"format": 1'])
def test_what_is_no_report(desk: Desk, body: bytes) -> None:
    player = desk.paired()
    assert player.send(body).status_code == 400


@pytest.mark.parametrize("token", ["", "x", "00" * 32, "00" * 31, "00" * 33, "é" * 32, "' OR 1=1 --"])
def test_a_token_that_is_not_known_is_told_so_before_the_body_is_looked_at(desk: Desk, token: str) -> None:
    player = desk.paired()
    headers = {"Authorization": f"Bearer {token}".encode()}
    answer = player.wire.post(f"{desk.url}/player/heartbeat", data=b"rubbish", headers=headers, timeout=20)
    assert answer.status_code == 401
    basic = player.wire.post(f"{desk.url}/player/heartbeat", data=b"{}", auth=("a", "b"), timeout=20)
    assert basic.status_code == 401
    assert player.wire.get(f"{desk.url}/player/heartbeat", timeout=20).status_code == 405


def test_a_player_that_sends_too_often_is_slowed_down_and_costs_no_other(desk: Desk) -> None:
    player, other = desk.paired(), desk.paired("radhuset", seed="two", code="ABCD2345HB")
    answers = [player.beat() for _ in range(BURST + 3)]
    assert answers == [204] * BURST + [429] * 3
    assert other.beat() == 204
    desk.wait(60)
    assert player.beat() == 204


def test_what_could_not_be_sent_comes_later_and_fills_the_history(desk: Desk) -> None:
    manifest = desk.publish(1)
    player = desk.paired()
    desk.wait(3 * 3600)
    said = {**beat("library"), **showing(manifest, manifest["pages"][0], desk.now)}
    hot = {**said, "temperature": 85.0}
    kept = [earlier(hot if minutes == 95 else said, minutes * 60.0) for minutes in range(110, 0, -5)]
    assert desk.well(player, manifest, earlier=kept) == 204
    quarters = desk.registry.history(player.id)
    assert len(quarters) == 9
    assert [quarter.state.value for quarter in quarters].count("yellow") == 1
    assert [quarter.why for quarter in quarters if quarter.state is HealthState.YELLOW] == [("hot",)]
    desk.well(player, manifest, earlier=[earlier(said, 95 * 60.0)])
    assert [quarter.state for quarter in desk.registry.history(player.id)] == [quarter.state for quarter in quarters]
    desk.wait(HISTORY.total_seconds() + 3600)
    desk.well(player, manifest)
    assert len(desk.registry.history(player.id)) == 1


def test_history_is_a_row_for_a_quarter_of_an_hour_and_no_more_than_14_days(desk: Desk) -> None:
    player = desk.paired()
    for _ in range(60):
        desk.wait(60)
        player.beat()
    assert len(desk.registry.history(player.id)) in (4, 5)


def test_a_player_on_another_screen_is_judged_by_where_it_belongs(desk: Desk) -> None:
    manifest = desk.publish(1)
    desk.publish(1, screen="radhuset")
    player = desk.paired()
    desk.well(player, manifest)
    desk.players.move(player.id, "radhuset")
    desk.well(player, manifest, screen="library")
    assert desk.codes("radhuset") == ["moving"]
    desk.wait(600)
    desk.well(player, manifest, screen="library")
    assert desk.codes("radhuset") == ["other_screen"]


def test_a_prepared_player_is_grey_until_it_reports(desk: Desk) -> None:
    token = bytes(range(32))
    player = Player(desk.url, token=token, screen="library", key=SigningKeys(bundles.KEY).public_hex)
    desk.registry.prepare(pairing_codes.token_digest(token.hex()), "library", desk.now, player.public)
    desk.wait(86400)
    assert (desk.screen().state, desk.codes()) == (HealthState.GREY, ["prepared"])
    player.poll()
    assert (player.screen, player.beat()) == ("library", 204)


def test_a_broken_list_is_begun_anew_and_a_full_disk_is_no_reason_to_fall(desk: Desk) -> None:
    player = desk.paired()
    desk.registry.close()
    for file in desk.var.glob("players.db*"):
        file.unlink()
    desk.registry.path.write_bytes(b"this is no database at all" * 100)
    assert player.beat() == 401
    desk.registry.close()
    for file in desk.var.glob("players.db*"):
        file.unlink()
    desk.registry.path.mkdir()
    assert player.beat() == 503
    assert Player(desk.url).ask() == 503
    assert desk.get("/").status_code == 200
    assert desk.get("/status").status_code == 503


def test_a_thousand_players_a_minute_cost_little(desk: Desk) -> None:
    """Whole heartbeats with thumbnails, over HTTP, judged, compared and kept; most of the time is this client's own."""
    manifest = desk.publish(1, bundles.page("a"), bundles.evergreen())
    players = []
    for number in range(100):
        token = number.to_bytes(32, "big")
        player = Player(desk.url, token=token, screen="library")
        desk.registry.prepare(_digest(token), "library", desk.now, player.public)
        players.append(player)
    page = manifest["pages"][0]
    said = {**beat("library"), **showing(manifest, page, desk.now, bundles.picture("a"))}
    body = json.dumps(said).encode()
    wire = players[0].wire
    began, cpu = time.perf_counter(), time.process_time()
    for _ in range(3):
        for player in players:
            player.wire = wire
            assert player.send(body).status_code == 204
        desk.now += timedelta(seconds=6)
    seconds, busy = time.perf_counter() - began, time.process_time() - cpu
    print(f"{300 / seconds:.0f} heartbeats a second, {busy / 300 * 1e3:.1f} ms of a core each, client and server")
    assert (
        busy / 300 * 1000 < 30
    )  # a thousand cost less than half a minute of one core in every minute, client included
    assert desk.screen().state is HealthState.GREEN


def _digest(token: bytes) -> str:
    return hashlib.sha256(token).hexdigest()
