"""A real player is paired while strangers send fake requests without a pause, and a typed code costs little."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from signage.fleet import pairing_codes
from signage.fleet.grants import MOST_LOOKED_AT, MOST_TRIED, MOST_TRIED_BEFORE, GrantRefused
from signage.fleet.messages import PairingRequest
from signage.fleet.registry import Registry
from signage.fleet.registry_file import REGISTRY_FILE
from signage.fleet.waiting_players import MOST_OF_ADDRESS, MOST_WAITING, WaitingPlayer, fair, origin_of
from tests.fixtures.desk import NOON, Desk
from tests.fixtures.flood import OLD, addresses, fake, flood, flooding
from tests.fixtures.players import PATIENCE, Player

MANY = addresses(120)
ASK_SECONDS = 3.0  # as a player does, docs/pairing.md


@contextmanager
def asking(player: Player) -> Iterator[None]:
    """The player asks on every 3 seconds, until the end of the block."""
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            player.ask()
            ended.wait(ASK_SECONDS)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(PATIENCE)


def one_scrypt() -> float:
    """Processor seconds of this thread."""
    began = time.thread_time()
    for n in range(3):
        pairing_codes.secret("K7M4PX2QHB", bytes([n] * 16))
    return (time.thread_time() - began) / 3


@pytest.mark.parametrize(
    ("sources", "changed"),
    [(MANY, {}), (MANY, {"handle": "K7"}), (["127.0.0.1"], {})],
    ids=["many addresses", "many addresses and the player's handle", "the player's own address"],
)
def test_a_player_is_paired_during_a_flood(desk: Desk, sources: list[str], changed: dict[str, Any]) -> None:
    desk.players.clock = lambda: datetime.now(UTC)
    player = Player(desk.url)
    assert player.ask() == 202
    with flooding(desk.url, sources, **changed) as sent, asking(player):
        until = time.monotonic() + PATIENCE
        while not desk.registry.crowded() and time.monotonic() < until:
            time.sleep(0.01)  # until the flood has filled what there is
        assert desk.registry.crowded(), sent
        desk.players.pair(player.code, "library")
    assert player.ask() == 200
    assert player.screen == "library"
    assert player.beat() == 204


def test_a_player_of_0_4_0_is_paired_during_a_flood_from_elsewhere(desk: Desk) -> None:
    desk.players.clock = lambda: datetime.now(UTC)
    player = Player(desk.url, code="K7M4PX2Q")
    flood(desk.url, 300, addresses(6), **OLD)
    assert player.ask() == 202
    flood(desk.url, 100, addresses(6), **OLD)
    desk.players.pair(player.code, "library")
    assert player.ask() == 200


def test_fifty_fakes_no_longer_keep_a_player_out(desk: Desk) -> None:
    """What blocked version 0.4.0: fifty questions from one address, and then the player's own from the same one."""
    player = Player(desk.url, code="K7M4PX2Q")
    flood(desk.url, 50, ["127.0.0.1"], **OLD)
    assert player.ask() == 202
    desk.wait(20)
    assert player.ask() == 202
    began = time.thread_time()
    desk.players.pair(player.code, "library")
    assert time.thread_time() - began < 3 * one_scrypt() + 0.2, "who goes on asking is tried first"
    assert player.ask() == 200


@pytest.mark.parametrize("typed", ["K7M4P-X2QHB", "K7M4-PX2Q"])
def test_a_typed_code_costs_a_bounded_number_of_scrypts_whatever_waits(desk: Desk, typed: str) -> None:
    for each in addresses(10):
        origin = origin_of(each, b"")
        for n in range(MOST_OF_ADDRESS):
            question = fake(handle="K7") if n % 2 else fake(**OLD)
            desk.registry.request_pairing(PairingRequest.model_validate(question), desk.now, origin)
    assert len(desk.players.waiting()) == MOST_WAITING
    single, began = one_scrypt(), time.thread_time()
    with pytest.raises(GrantRefused, match="every character matches"):
        desk.players.pair(typed, "library")
    spent = time.thread_time() - began
    most = (MOST_TRIED if "X2QHB" in typed else MOST_TRIED_BEFORE) + MOST_LOOKED_AT
    assert spent < (most + 4) * single * 1.5 + 0.3
    assert most * 4 < MOST_WAITING


def test_a_code_that_no_request_has_the_handle_of_costs_nothing(desk: Desk) -> None:
    flood(desk.url, 60, addresses(6), handle="AB")
    single, began = one_scrypt(), time.thread_time()
    with pytest.raises(GrantRefused):
        desk.players.pair("K7M4P-X2QHB", "library")
    assert time.thread_time() - began < single + 0.1


def test_who_overhears_a_handle_and_fills_it_comes_after_the_player(desk: Desk) -> None:
    player = Player(desk.url)
    player.ask()
    for _ in range(4):
        desk.wait(1)
        flood(desk.url, 100, addresses(100), handle="K7")
    desk.wait(9)
    player.ask()
    began = time.thread_time()
    desk.players.pair(player.code, "library")
    assert time.thread_time() - began < 3 * one_scrypt() + 0.2
    assert player.ask() == 200


def test_a_house_full_of_new_players_behind_one_router(desk: Desk) -> None:
    players = [Player(desk.url, code=f"{a}{b}M4PX2QHB", seed=f"{a}{b}") for a in "23456" for b in "789"]
    for _ in range(2):
        assert {player.ask() for player in players} == {202}
    assert len(desk.players.waiting()) == 15
    for player in reversed(players):
        desk.players.pair(player.code, "library")
        assert player.ask() == 200
        desk.wait(3)  # somebody types them one after the other


def test_codes_can_only_be_typed_so_often(desk: Desk) -> None:
    said = []
    for _ in range(12):
        with pytest.raises(GrantRefused) as refused:
            desk.players.pair("K7M4P-X2QHB", "library")
        said.append(str(refused.value))
    assert ["Too many codes" in each for each in said] == [False] * 10 + [True] * 2
    desk.wait(30)
    player = Player(desk.url)
    player.ask()
    desk.players.pair(player.code, "library")


def test_a_proxys_clients_are_told_apart_and_their_own_word_is_not_taken(desk: Desk) -> None:
    def from_(forwarded: str) -> None:
        headers = {"X-Forwarded-For": forwarded}
        requests.post(f"{desk.url}/player/pair", json=fake(), headers=headers, timeout=PATIENCE)

    from_("192.0.2.1")
    from_("198.51.100.7, 192.0.2.1")  # the first is what the client made up
    from_("192.0.2.2")
    from_("2001:db8::1")
    from_("2001:db8::2")
    counted = Counter(each.origin for each in desk.players.waiting())
    assert sorted(counted.values()) == [1, 2, 2]


def test_the_page_lists_a_few_of_those_that_wait(desk: Desk) -> None:
    flood(desk.url, 40, addresses(5))
    page = desk.get("/status").text
    assert "40 spillere venter på å bli paret" in page
    assert page.count("nobody") == 20
    assert "og 20 til" in page


# --- which make way


def origins(registry: Registry) -> Counter[str]:
    return Counter(each.origin for each in registry.all_requests())


def test_the_oldest_of_an_address_makes_way_and_then_the_address_with_most(tmp_path: Path) -> None:
    registry = Registry(tmp_path / REGISTRY_FILE)
    first = PairingRequest.model_validate(fake())
    registry.request_pairing(first, NOON, "a")
    for _ in range(MOST_OF_ADDRESS):
        registry.request_pairing(PairingRequest.model_validate(fake()), NOON + timedelta(seconds=1), "a")
    assert origins(registry)["a"] == MOST_OF_ADDRESS
    assert first not in [each.question for each in registry.all_requests()]
    lone = PairingRequest.model_validate(fake())
    registry.request_pairing(lone, NOON, "lone")
    for n in range(9):
        for _ in range(MOST_OF_ADDRESS):
            registry.request_pairing(PairingRequest.model_validate(fake()), NOON, f"b{n}")
    assert origins(registry).total() == MOST_WAITING
    for n in range(100):
        registry.request_pairing(PairingRequest.model_validate(fake()), NOON, f"c{n}")
    assert origins(registry).total() == MOST_WAITING
    assert origins(registry)["lone"] == 1
    assert max(origins(registry).values()) <= MOST_OF_ADDRESS - 9
    registry.close()


def test_an_answer_is_not_pushed_out_by_a_flood(desk: Desk) -> None:
    player = Player(desk.url)
    player.ask()
    desk.players.pair(player.code, "library")
    flood(desk.url, 120, ["127.0.0.1"])
    assert player.ask() == 200


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.integers(0, 5)), max_size=30))
def test_candidates_are_fair(asked: list[tuple[str, int, int]]) -> None:
    question = PairingRequest.model_validate(fake())
    found = [
        WaitingPlayer(
            question, NOON + timedelta(seconds=first), NOON + timedelta(seconds=first + went_on), False, origin
        )
        for origin, first, went_on in asked
    ]
    ordered = fair(found)
    assert len(ordered) == len(found)
    places = {origin for origin, _, _ in asked}
    assert {each.origin for each in ordered[: len(places)]} == places, "each place has one before any has two"
    for place in places:
        lasted = [each.last_at - each.first_at for each in ordered if each.origin == place]
        assert lasted == sorted(lasted, reverse=True)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "testclient", True),
    ],
)
def test_where_a_request_comes_from(one: str, other: str, same: bool) -> None:
    assert (origin_of(one, b"k") == origin_of(other, b"k")) is same
    assert origin_of(one, b"k") != origin_of(one, b"l"), "what is kept can't be turned back into an address"
