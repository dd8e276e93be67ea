"""Messages are what the contract says, to the letter: no final newline, no other alphabet's digits, no 1.0 for 1."""

from __future__ import annotations

import json
from typing import Any

import pytest
from nacl.signing import SigningKey

from player.net.pairing import BadGrant, open_grant, read_assignment, seal_of
from player.store.manifest import ManifestRefused, verify
from tests.fixtures import bundles
from tests.fixtures.desk import Desk
from tests.fixtures.players import PATIENCE, Player, beat, earlier

NO_FORMAT = [True, 1.0, "1", [1], {"1": 1}, None, 0, 3, 2.0, 1.5, -1]
NOT_HEX = ["{}\n", "\n{}", " {}", "{} ", "{}\x00", "0x{}"]


def near(digits: str) -> list[object]:
    """What a sloppy check takes for these hexadecimal digits."""
    return [
        *(pattern.format(digits) for pattern in NOT_HEX),
        *(pattern.format(digits[1:]) for pattern in NOT_HEX),
        digits[1:] + "\n",
        digits[1:],
        digits + "0",
        digits[:-1] + "\u0661",  # an Arabic one
        digits[:-1] + "\uff11",  # a wide one
        digits[:-1] + "g",
        "A" * len(digits),
        "",
        None,
        int("1" * 15),
        [digits],
        list(digits),
    ]


@pytest.mark.parametrize("value", NO_FORMAT, ids=repr)
def test_the_format_is_a_number_that_is_known(desk: Desk, value: object) -> None:
    assert Player(desk.url).ask(format=value) == 400
    assert desk.players.waiting() == []
    player = desk.paired()
    assert player.beat(format=value) == 400
    assert player.beat(earlier=[{**earlier(beat("library"), 60), "format": value}]) == 400
    assert player.beat() == 204


@pytest.mark.parametrize("key", ["nonce", "check", "token_sha256", "mac"])
def test_hexadecimal_digits_are_small_and_so_many(desk: Desk, key: str) -> None:
    right = Player(desk.url).question()[key]
    statuses = {repr(value): Player(desk.url).ask(**{key: value}) for value in near(right)}
    assert statuses == dict.fromkeys(statuses, 400)
    assert desk.players.waiting() == []


def test_the_same_for_what_stands_on_the_glass(desk: Desk) -> None:
    player = desk.paired()
    for value in near("ab" * 32):
        assert player.beat(page={"id": "a", "kind": "today", "asset": value}) == 400, value
        desk.wait(6)


@pytest.mark.parametrize(
    "changed",
    [
        {"serial": 1.0},
        {"serial": "1"},
        {"serial": True},
        {"uptime": "12"},
        {"uptime": True},
        {"rotate": 90.0},
        {"rotate": False},
        {"under_voltage": 1},
        {"under_voltage": "no"},
        {"clock": {"trusted": "true", "why": None}},
        {"frame": {"sha256": None, "expected": None, "matches": 0}},
        {"memory": {"pss": 5.0, "available": None}},
        {"at": 1789380000},
        {"at": "1789380000"},
        {"at": "2026-09-14 10:00:00+00:00"},
        {"at": "2026-09-14T10:00:00Z\n"},
        {"at": "2026-09-14T10:00Z"},
        {"at": "\uff12026-09-14T10:00:00Z"},
    ],
    ids=str,
)
def test_a_value_of_another_type_is_not_read_as_if_it_were_right(desk: Desk, changed: dict[str, Any]) -> None:
    assert desk.paired().beat(**changed) == 400


def test_a_token_is_64_small_digits(desk: Desk) -> None:
    player = desk.paired()
    right = player.token.hex()
    spelled = [
        " ".join((right[:32], right[32:])),
        right.upper(),
        *(text for text in near(right) if isinstance(text, str)),
    ]
    for token in spelled:
        if token.strip() == right or not token.isprintable():
            continue  # spaces around a header's value are no part of it, and control characters can't be in it
        headers = {"Authorization": f"Bearer {token}".encode()}
        answer = player.wire.post(f"{desk.url}/player/heartbeat", data=b"{}", headers=headers, timeout=PATIENCE)
        assert answer.status_code == 401, token


@pytest.mark.parametrize("strange", ["0" * 16 + "%0a", "%20" + "0" * 16, "0" * 15 + "%D9%A1", "A" * 16, "0" * 17])
def test_a_player_in_an_address_is_16_small_digits(desk: Desk, strange: str) -> None:
    for path in (f"/player/{strange}/assignment.json", f"/status/{strange}.jpg", f"/status/{strange}"):
        assert desk.get(path).status_code == 404


@pytest.mark.parametrize("value", NO_FORMAT, ids=repr)
def test_the_player_takes_no_other_format_either(value: object) -> None:
    grant = json.dumps({"format": value, "screen": "library", "key": "00" * 32, "serial": 1})
    with pytest.raises(BadGrant):
        open_grant(bytes(32), json.dumps({"grant": grant, "mac": seal_of(bytes(32), f"grant\n{grant}")}).encode())
    key = SigningKey(bytes(32))
    body = json.dumps({"format": value, "player": "0" * 16, "serial": 1, "screen": "library"}).encode()
    with pytest.raises(ManifestRefused):
        read_assignment(body, key.sign(body).signature, bytes(key.verify_key), "0" * 16, 0)
    data = json.dumps({**bundles.manifest(1, bundles.evergreen())[0], "format": value}).encode()
    with pytest.raises(ManifestRefused, match="format"):
        verify(data, bundles.KEY.sign(data).signature, bytes(bundles.KEY.verify_key), "library")


@pytest.mark.parametrize("screen", ["library\n", "library ", "lib\u0661", "Library", "\uff4cib", "", "-a", "a" * 64, 5])
def test_a_screen_is_named_exactly(screen: object) -> None:
    grant = json.dumps({"format": 1, "screen": screen, "key": "00" * 32, "serial": 1})
    with pytest.raises(BadGrant):
        open_grant(bytes(32), json.dumps({"grant": grant, "mac": seal_of(bytes(32), f"grant\n{grant}")}).encode())


@pytest.mark.parametrize("key", [*map(str, near("ab" * 32))], ids=ascii)
def test_a_granted_key_is_64_small_digits(key: str) -> None:
    grant = json.dumps({"format": 1, "screen": "library", "key": key, "serial": 1})
    with pytest.raises(BadGrant):
        open_grant(bytes(32), json.dumps({"grant": grant, "mac": seal_of(bytes(32), f"grant\n{grant}")}).encode())
