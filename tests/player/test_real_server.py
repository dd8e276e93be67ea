"""The real player before the real server: prepared by file, shown in a window, and green by what is seen there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from signage.fleet import grants, pairing_codes
from signage.fleet.messages import HeartbeatMessage
from signage.fleet.registry import Player
from signage.publishing.keys import SigningKeys
from tests.fixtures import bundles
from tests.fixtures.desk import NOON, Desk
from tests.fixtures.player_process import player
from tests.fixtures.xvfb import xvfb

pytestmark = pytest.mark.window
PATIENCE = 60.0  # seconds; the first heartbeat comes within ten


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with xvfb(640, 360) as name:
        yield name


@pytest.mark.parametrize("rotate", [0, 90])
def test_what_hangs_there_is_what_the_server_means(desk: Desk, display: str, tmp_path: Path, rotate: int) -> None:
    clock = {**bundles.CLOCK, "x": 200.0}
    desk.publish(1, bundles.page("a", clock=clock), bundles.evergreen(), rotate=rotate, poll_seconds=10)
    token = bytes(range(32)).hex()
    secret = bytes(range(2, 34)).hex()
    desk.registry.prepare(pairing_codes.token_digest(token), "library", desk.now, pairing_codes.public_key(secret))
    settings = tmp_path / "signage-player.txt"
    settings.write_text(grants.settings(desk.url, "library", SigningKeys(bundles.KEY).public_hex, token, secret))
    heard = _heard(desk)
    arguments = ("--settings", settings, "--store", tmp_path / "store", "--at", NOON.isoformat(), "--fullscreen")
    with player(None, *arguments, "--once-synced") as process:
        process.process.wait(PATIENCE)
    # it was off meanwhile: its first heartbeat tells of what it shows after it has asked
    desk.publish(2, bundles.page("b", clock=clock), bundles.evergreen(), rotate=rotate, poll_seconds=10)
    with player(display, *arguments) as process:
        assert heard.wait(PATIENCE), process.lines
        report = desk.screen().players[0].last_heartbeat
        assert report is not None
        assert desk.codes() == []
        assert report.report.serial == 2
        assert report.report.rotate == rotate
        assert report.report.frame is not None
        assert report.report.frame.matches is not False  # None: a window can't be read back
        assert report.thumbnail is not None  # so it was compared: it looks like the page


def _heard(desk: Desk) -> threading.Event:
    """Set once a heartbeat has been taken and judged."""
    heard = threading.Event()
    take = desk.players.record_heartbeat

    def record_heartbeat(who: Player, beat: HeartbeatMessage, *, signed: bool) -> None:
        take(who, beat, signed=signed)
        if beat.page is not None:
            heard.set()

    desk.players.record_heartbeat = record_heartbeat  # type: ignore[method-assign]  # the same, and telling
    return heard
