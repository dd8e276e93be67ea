"""Pairing from end to end: a player that knows the contract only, real HTTP, and what the administrator decides."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import requests
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from signage.fleet import grants
from signage.fleet.grants import GrantRefused
from signage.fleet.messages import MAX_QUESTION, HeartbeatMessage
from signage.fleet.registry import Registry
from signage.fleet.registry_file import REGISTRY_FILE
from signage.publishing.keys import SigningKeys
from tests.fixtures import bundles
from tests.fixtures.desk import Desk
from tests.fixtures.players import PATIENCE, Player, beat


def refused(desk: Desk, code: str, screen: str = "library") -> str:
    with pytest.raises(GrantRefused) as caught:
        desk.players.pair(code, screen)
    assert caught.value.sentence("nb")
    return str(caught.value)


def test_a_waiting_player_learns_whom_to_call(desk: Desk) -> None:
    question = Player(desk.url).question()
    for phone, told in (("", {}), ("72 46 00 00", {"phone": "72 46 00 00"})):
        desk.phone = phone
        answer = requests.post(f"{desk.url}/player/pair", json=question, timeout=PATIENCE)
        assert (answer.status_code, answer.json()) == (202, told)


def test_a_code_becomes_a_screen_a_key_and_nothing_else(desk: Desk) -> None:
    player = Player(desk.url)
    assert [player.ask(), player.ask()] == [202, 202]
    (asking,) = desk.players.waiting()
    assert asking.question.token_sha256 not in player.code
    desk.players.pair("k7m4p x2qhb", "library")
    assert player.ask() == 200
    assert (player.screen, player.key, player.serial) == ("library", bundles.KEY.verify_key.encode().hex(), 1)
    assert desk.players.waiting() == []
    assert player.ask() == 200  # the answer was lost on the way: it is given again
    player.poll()
    assert (player.screen, player.serial) == ("library", 1)


def test_what_the_server_keeps_holds_no_secret_of_the_player(desk: Desk) -> None:
    player = desk.paired()
    desk.registry.close()
    kept = b"".join(file.read_bytes() for file in desk.var.glob("players.db*"))
    for secret in (player.token, player.secret()[1]):
        assert secret not in kept
        assert secret.hex().encode() not in kept
    assert b"127.0.0.1" not in kept


@pytest.mark.parametrize(
    "changed", [{"token_sha256": "ab" * 32}, {"about": '{"model": "mine"}'}, {"mac": "00" * 32}, {"check": "00" * 16}]
)
def test_a_question_that_somebody_changed_on_the_way_is_nobodys(desk: Desk, changed: dict[str, Any]) -> None:
    player = Player(desk.url)
    assert player.ask(**changed) == 202
    assert "No player shows K7M4P-X2QHB" in refused(desk, player.code)
    player.ask()  # the true one next to it is found all the same
    assert desk.players.pair(player.code, "library").id == player.id


def test_who_overhears_a_question_can_neither_replace_it_nor_gain_by_repeating_it(desk: Desk) -> None:
    player, thief = Player(desk.url), Player(desk.url, seed="thief")
    player.ask()
    thief.ask(nonce=player.nonce.hex(), check=player.secret()[0].hex())
    desk.players.pair(player.code, "library")
    said = requests.post(f"{desk.url}/player/pair", json=player.question(), timeout=PATIENCE).json()
    assert set(json.loads(said["grant"])) == {"format", "screen", "key", "serial"}
    assert thief.beat() == 401
    assert player.ask() == 200


def test_a_wrong_code_says_what_is_wrong_with_it(desk: Desk) -> None:
    assert "No player is waiting to be paired" in refused(desk, "K7M4P-X2QHB")
    player = Player(desk.url)
    player.ask()
    assert "is not a valid code" in refused(desk, "K7M4P-X2QH0")
    assert "A code has ten characters" in refused(desk, "K7M4-PX2")
    assert "every character matches" in refused(desk, "K7M4P-X2QHC")
    assert 'did you mean "library"?' in refused(desk, player.code, "libary")
    desk.wait(61)
    assert "has expired" in refused(desk, player.code)
    player.ask()
    desk.players.pair(player.code, "library")
    assert "is already paired" in refused(desk, player.code)


def test_a_question_that_is_not_repeated_is_no_longer_listed(desk: Desk) -> None:
    player = Player(desk.url)
    player.ask()
    for _ in range(40):
        desk.wait(3)
        player.ask()
    assert [each.first_at for each in desk.players.waiting()] == [
        each.first_at for each in desk.registry.all_requests()
    ]
    desk.wait(75)
    assert desk.players.waiting() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{}", 400),
        (b"[" * 4000, 400),
        (b"\xff\xfe", 400),
        (b" " * (MAX_QUESTION + 1), 413),
        (b'{"format": 2}', 400),
    ],
)
def test_what_is_no_question(desk: Desk, body: bytes, status: int) -> None:
    assert requests.post(f"{desk.url}/player/pair", data=body, timeout=PATIENCE).status_code == status
    assert desk.players.waiting() == []


def test_an_endless_body_is_cut_off_also_without_a_length(desk: Desk) -> None:
    def endless() -> Any:
        for _ in range(64):
            yield b" " * 1024

    assert requests.post(f"{desk.url}/player/pair", data=endless(), timeout=PATIENCE).status_code == 413


def test_moved_and_moved_back_and_revoked(desk: Desk) -> None:
    player = desk.paired()
    desk.wait(60)
    for screen in ("radhuset", "library"):
        before = player.serial
        desk.players.move(player.id, screen)
        player.poll()
        assert player.screen == screen
        assert player.serial > before
    desk.players.revoke(player.id[:6])
    assert player.beat() == 401
    player.poll()
    assert player.screen is None
    with pytest.raises(GrantRefused, match="is revoked"):
        desk.players.move(player.id, "library")
    again = desk.paired(seed="new token", code="ABCD2345HB")
    assert [screen.id for screen in desk.players.overview() if screen.players] == ["library"]
    assert again.id != player.id


def test_what_the_administrator_decided_survives_a_power_cut(desk: Desk, tmp_path: Path) -> None:
    """A cut may take with it whatever stands in the write-ahead log only."""

    def after_a_cut() -> list[tuple[str, str | None]]:
        shutil.copy(desk.var / REGISTRY_FILE, tmp_path / "copy.db")
        kept = Registry(tmp_path / "copy.db")
        found = [(each.id, each.screen) for each in kept.everyone()]
        kept.close()
        return found

    player = desk.paired()
    assert after_a_cut() == [(player.id, "library")]
    desk.players.move(player.id, "radhuset")
    assert after_a_cut() == [(player.id, "radhuset")]
    desk.players.revoke(player.id)
    assert after_a_cut() == [(player.id, None)]


def test_of_a_revoked_player_nothing_is_kept_but_that_it_is(desk: Desk) -> None:
    player = desk.paired()
    known = desk.registry.player(player.id)
    assert player.beat() == 204
    heard = desk.registry.last_heartbeat(player.id)
    assert heard is not None
    assert desk.registry.history(player.id)
    desk.players.revoke(player.id)
    assert (desk.registry.last_heartbeat(player.id), desk.registry.history(player.id)) == (None, [])
    desk.players.record_heartbeat(
        known, HeartbeatMessage.model_validate(beat("library")), signed=True
    )  # it was under way meanwhile
    assert (desk.registry.last_heartbeats(), desk.registry.history(player.id)) == ({}, [])


def test_a_player_that_the_list_has_lost_can_be_revoked(desk: Desk) -> None:
    player = desk.paired()
    desk.players.move(player.id, "radhuset")
    player.poll()
    desk.wait(60)
    desk.registry.close()
    for file in desk.var.glob("players.db*"):
        file.unlink()
    player.poll()
    assert player.screen == "radhuset"  # 404 changes nothing
    desk.players.revoke(player.id)
    player.poll()
    assert player.screen is None


def test_an_assignment_is_signed_and_asked_for_with_an_etag(desk: Desk) -> None:
    player = desk.paired()
    address = f"{desk.url}/player/{player.id}/assignment.json"
    first = requests.get(address, timeout=PATIENCE)
    assert requests.get(address, headers={"If-None-Match": first.headers["ETag"]}, timeout=PATIENCE).status_code == 304
    desk.players.move(player.id, "radhuset")
    second = requests.get(address, headers={"If-None-Match": first.headers["ETag"]}, timeout=PATIENCE)
    assert second.status_code == 200
    signature = requests.get(f"{address}.sig", timeout=PATIENCE).content
    VerifyKey(bytes.fromhex(player.key)).verify(second.content, signature)
    with pytest.raises(BadSignatureError):
        VerifyKey(bytes.fromhex(player.key)).verify(first.content, signature)
    for strange in ("0" * 16, "0" * 15, "..%2F..%2Fx", "X" * 16):
        assert desk.get(f"/player/{strange}/assignment.json").status_code == 404


def test_the_command_line_and_the_server_share_the_list(desk: Desk) -> None:
    player = Player(desk.url)
    player.ask()
    beside = Registry(desk.registry.path)
    grants.pair(beside, SigningKeys(bundles.KEY), player.code, "library", desk.screens, desk.now)
    assert player.ask() == 200
    assert player.beat() == 204
    assert beside.last_heartbeat(player.id) is not None
    beside.close()
