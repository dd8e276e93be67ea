"""The key that a player signs its heartbeats with: from the pairing, from its file, or made by itself. In `Service`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from player.config.options import StartOptions
from player.net.pairing import public_key
from player.store import identity
from player.store.identity import Identity
from tests.fixtures.bundle_server import BundleServer
from tests.fixtures.office import Office
from tests.player.net.test_service import PUBLIC, Box, boxes, office, paired, screen_of, server

__all__ = ["boxes", "office", "server"]  # the fixtures


def started(boxes: Callable[..., Box], told: StartOptions) -> Box:
    box: Box = boxes(told)
    box.until(lambda: box.serial() == 1)
    return box


def test_a_player_with_only_a_token_makes_itself_a_key_and_keeps_it(
    server: BundleServer, office: Office, boxes: Callable[..., Box]
) -> None:
    told = StartOptions(server.url, Identity("library", PUBLIC, bytes(range(32))))
    seeds = []
    for _ in range(2):
        box = started(boxes, told)
        me = box.service.identity
        assert me is not None
        assert me.known is False
        seeds.append(me.seed)
        written = (box.folder / "identity.json").stat().st_mtime_ns
        box.end()
    assert seeds[0] is not None
    assert seeds[0] == seeds[1]
    box = boxes(told)
    box.until(lambda: box.serial() == 1)
    assert (box.folder / "identity.json").stat().st_mtime_ns == written, "once, and not at each start"
    box.end()
    elsewhere = boxes(StartOptions(server.url, Identity("radhuset", PUBLIC, bytes(range(32)))))
    assert screen_of(elsewhere) == "radhuset", "an edit of the file counts as before"
    assert elsewhere.service.identity
    assert elsewhere.service.identity.seed == seeds[0]


def test_a_key_that_cant_be_written_down_is_not_used(
    server: BundleServer, office: Office, boxes: Callable[..., Box], tmp_path: Path
) -> None:
    for name in identity.FILES:
        (tmp_path / "store" / f"{name}.part").mkdir(parents=True)
    box = boxes(StartOptions(server.url, Identity("library", PUBLIC, bytes(range(32)))))
    box.until(lambda: box.serial() == 1)
    assert box.service.identity
    assert box.service.identity.seed is None


def test_a_new_player_is_paired_with_an_older_server(
    server: BundleServer, office: Office, boxes: Callable[..., Box]
) -> None:
    office.old = True
    box = boxes(StartOptions(server.url, None))
    box.until(lambda: len(box.code) == 9 and office.questions)
    player = office.pair(box.code, "library")
    box.until(lambda: box.serial() == 1)
    me = box.service.identity
    assert me is not None
    assert (me.player, me.known) == (player, False)


def test_what_is_paired_by_code_signs_and_its_token_stays_at_home(
    server: BundleServer, office: Office, boxes: Callable[..., Box]
) -> None:
    box = boxes(StartOptions(server.url, None))
    player = paired(box, office)
    me = box.service.identity
    assert me is not None
    assert me.known is True
    assert me.seed is not None
    assert office.keys == {player: public_key(me.seed)}
    box.end()
    again = boxes(StartOptions(server.url, None))
    assert again.service.identity == me
