"""Signed heartbeats: whoever overhears everything can't make a screen green, and old players are brought over."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from nacl.signing import SigningKey

from player.net import heartbeat_report, pairing
from player.net.heartbeat import HeartbeatTarget, HeartbeatThread
from player.store import identity
from signage.fleet import grants, pairing_codes
from signage.fleet.heartbeats import Signed
from signage.fleet.nonces import VALID, Nonces
from signage.fleet.verdict import HealthState
from signage.publishing.keys import SigningKeys
from tests.fixtures import bundles
from tests.fixtures.bundle_server import serve
from tests.fixtures.desk import NOON, Desk
from tests.fixtures.office import Office
from tests.fixtures.paths import FIXTURES
from tests.fixtures.player_parts import ReportSource
from tests.fixtures.players import PATIENCE, Player, beat, showing
from tests.player.net.test_heartbeat import ABOUT, SCENE

VECTORS: dict[str, Any] = json.loads((FIXTURES / "vectors" / "pairing.json").read_text("utf-8"))


def body(desk: Desk, manifest: dict[str, Any], **changed: Any) -> bytes:
    """A report of a player that is well."""
    return json.dumps({**beat("library"), **showing(manifest, manifest["pages"][0], desk.now), **changed}).encode()


def post(desk: Desk, data: bytes, authorization: str) -> requests.Response:
    headers = {"Authorization": authorization}
    return requests.post(f"{desk.url}/player/heartbeat", data=data, headers=headers, timeout=PATIENCE)


def test_a_signed_report_is_green(desk: Desk) -> None:
    manifest = desk.publish(1)
    player = desk.paired()
    assert desk.well(player, manifest) == 204
    assert desk.screen().state is HealthState.GREEN
    known = desk.screen().players[0].player
    assert known.key is not None
    assert (known.key.public, known.key.first_use) == (player.public, False)


def test_the_token_alone_turns_nothing_green(desk: Desk) -> None:
    manifest = desk.publish(1)
    player = desk.paired()
    assert post(desk, body(desk, manifest), f"Bearer {player.token.hex()}").status_code == 401
    assert desk.registry.last_heartbeat(player.id) is None
    desk.wait(151)
    assert post(desk, body(desk, manifest), f"Bearer {player.token.hex()}").status_code == 401
    assert (desk.screen().state, desk.codes()) == (HealthState.RED, ["never", "contested"])


def test_what_was_overheard_can_not_be_sent_again(desk: Desk) -> None:
    manifest = desk.publish(1)
    player = desk.paired()
    player.post(b"", f"Signage player={player.id}")
    data, nonce = body(desk, manifest), player.challenge
    overheard = player.signature(data, nonce)
    assert post(desk, data, overheard).status_code == 204
    said = post(desk, data, overheard)
    assert (said.status_code, "nonce=" in said.headers["WWW-Authenticate"]) == (401, True)
    fresh = re.search(r'nonce="(\w+)"', said.headers["WWW-Authenticate"])
    assert fresh
    assert post(desk, data, overheard.replace(nonce, fresh[1])).status_code == 403
    desk.wait(200)
    assert post(desk, data, overheard).status_code == 401
    assert desk.codes() == ["silent"]


def test_a_report_that_was_held_back_is_worth_nothing_after_150_seconds(desk: Desk) -> None:
    manifest = desk.publish(1)
    player = desk.paired()
    player.post(b"", f"Signage player={player.id}")
    data = body(desk, manifest)
    held = player.signature(data, player.challenge)
    desk.wait(151)
    assert post(desk, data, held).status_code == 401
    assert desk.registry.last_heartbeat(player.id) is None


@pytest.mark.parametrize("what", ["body", "nonce", "player", "signature", "key", "nothing"])
def test_nothing_of_a_signed_report_can_be_changed(desk: Desk, what: str) -> None:
    manifest = desk.publish(1)
    player, other = desk.paired(), desk.paired("radhuset", seed="two", code="ABCD2345HB")
    player.post(b"", f"Signage player={player.id}")
    data, said = body(desk, manifest, temperature=50.0), ""
    other.post(b"", f"Signage player={other.id}")
    said = player.signature(data, player.challenge)
    expected = 403
    match what:
        case "body":
            data = data.replace(b"50.0", b"51.0")
        case "nonce":
            said, expected = said.replace(player.challenge, other.challenge), 401  # it was not given to this player
        case "player":
            said = said.replace(player.id, other.id).replace(player.challenge, other.challenge)
        case "signature":
            said = said[:-1] + ("0" if said[-1] != "0" else "1")
        case "key":
            player.signing = SigningKey(bytes(31) + b"x")
            said = f"{player.signature(data, player.challenge)}, key={player.public}"
        case "nothing":
            expected = 204
    assert post(desk, data, said).status_code == expected
    assert (desk.registry.last_heartbeat(player.id) is not None) is (what == "nothing")
    assert desk.registry.last_heartbeat(other.id) is None


@pytest.mark.parametrize(
    "said",
    [
        "Signage",
        "Signage player",
        "Signage player=",
        "Signage player=0123456789abcdef",
        "Signage player=../../etc",
        "Signage nonce=" + "0" * 60,
        "Signage " + "player=0," * 200,
        "Signage player=\u0661\u0661",
        "Digest username=x",
        "",
    ],
    ids=lambda said: ascii(said)[:40],
)
def test_who_is_not_known_gets_nothing_to_sign(desk: Desk, said: str) -> None:
    desk.paired()
    headers = {"Authorization": said.encode()}
    answer = requests.post(f"{desk.url}/player/heartbeat", data=b"x", headers=headers, timeout=PATIENCE)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Signage"


@pytest.mark.parametrize("changed", [{"nonce": ""}, {"signature": ""}, {"signature": "0" * 128}, {"signature": "x"}])
def test_a_broken_signature_is_refused_and_uses_nothing_up(desk: Desk, changed: dict[str, str]) -> None:
    player = desk.paired()
    player.post(b"", f"Signage player={player.id}")
    data = json.dumps(beat("library")).encode()
    right = dict(part.split("=") for part in player.signature(data, player.challenge).partition(" ")[2].split(", "))
    wrong = "Signage " + ", ".join(f"{key}={value}" for key, value in {**right, **changed}.items())
    for _ in range(30):
        assert post(desk, data, wrong).status_code in (401, 403)
    assert player.send(data).status_code == 204, "neither its nonce nor what it may send was used up by others"


def test_a_server_that_was_restarted_asks_for_another_signature(desk: Desk) -> None:
    player = desk.paired()
    assert player.beat() == 204
    before = player.challenge
    desk.players._nonces = Nonces()  # what a restart forgets
    assert player.beat() == 204
    assert player.challenge != before


def test_a_revoked_player_is_not_asked_for_a_signature(desk: Desk) -> None:
    player = desk.paired()
    assert player.beat() == 204
    desk.players.revoke(player.id)
    assert player.beat() == 401
    assert player.post(b"", f"Signage player={player.id}").headers["WWW-Authenticate"] == "Signage"


# --- players of version 0.4.0


def test_a_player_that_only_has_a_token_is_yellow_and_says_what_to_do(desk: Desk) -> None:
    manifest = desk.publish(1)
    player = desk.paired(code="K7M4PX2Q")
    assert desk.well(player, manifest) == 204
    assert (desk.screen().state, desk.codes()) == (HealthState.YELLOW, ["unsigned"])
    page = desk.get("/status").text
    assert "Meldingene fra spilleren er ikke signert" in page
    assert "Oppdater spilleren, eller par den på nytt." in page
    (why,) = desk.get("/status.json").json()["glass"][0]["why"]
    assert "Update the player, or pair it again" in why["en"]
    assert [quarter.why for quarter in desk.registry.history(player.id)] == [("unsigned",)]


def test_an_updated_player_shows_its_key_once_and_is_green_from_then_on(desk: Desk) -> None:
    manifest = desk.publish(1)
    player = desk.paired(code="K7M4PX2Q")
    assert desk.well(player, manifest) == 204
    desk.wait(60)
    asked = player.post(b"", f"Signage player={player.id}")
    assert 'key="wanted"' in asked.headers["WWW-Authenticate"]
    data = body(desk, manifest)
    introduces = f"{player.signature(data, player.challenge)}, key={player.public}, token={player.token.hex()}"
    assert player.post(data, introduces).status_code == 204
    assert (desk.screen().state, desk.codes()) == (HealthState.GREEN, [])
    assert "nøkkelen kom med den første meldingen" in desk.get("/status").text
    # from now on only signatures count
    assert post(desk, data, f"Bearer {player.token.hex()}").status_code == 401
    assert desk.codes() == ["contested"]
    assert "Noen melder seg som denne spilleren uten å ha nøkkelen dens" in desk.get("/status").text
    desk.wait(60)
    assert player.post(data, player.signature(data, player.challenge)).status_code == 204
    desk.wait(3600)
    assert player.post(b"", f"Signage player={player.id}").status_code == 401
    assert player.post(data, player.signature(data, player.challenge)).status_code == 204
    assert "contested" not in desk.codes()


@pytest.mark.parametrize("token", ["", "00" * 32, "another player's"])
def test_a_key_without_the_players_token_is_not_taken(desk: Desk, token: str) -> None:
    player, other = desk.paired(code="K7M4PX2Q"), desk.paired("radhuset", seed="two", code="ABCD2345")
    player.post(b"", f"Signage player={player.id}")
    data = json.dumps(beat("library")).encode()
    token = other.token.hex() if token.startswith("another") else token
    said = f"{player.signature(data, player.challenge)}, key={player.public}" + (f", token={token}" if token else "")
    assert post(desk, data, said).status_code == 401
    assert desk.registry.player(player.id).key is None


def test_a_second_key_is_refused_and_reported(desk: Desk) -> None:
    """Whoever overheard the token was faster, or slower, than the player: either way somebody looks after it."""
    manifest = desk.publish(1)
    player = desk.paired(code="K7M4PX2Q")
    thief = Player(desk.url, code="K7M4PX2Q", token=player.token, screen="library")
    thief.signing = SigningKey(b"t" * 32)
    data = body(desk, manifest)
    statuses = []
    for each in (player, thief):
        each.post(b"", f"Signage player={each.id}")
        said = f"{each.signature(data, each.challenge)}, key={each.public}, token={each.token.hex()}"
        statuses.append(each.post(data, said).status_code)
    assert statuses == [204, 403]
    assert (desk.screen().state, desk.codes()) == (HealthState.YELLOW, ["contested"])
    known = desk.registry.player(player.id).key
    assert known is not None
    assert known.public == player.public
    again = desk.paired(seed="paired again", code="MNPQ2345HB")
    desk.players.revoke(player.id)
    desk.well(again, manifest)
    assert (desk.screen().state, desk.codes()) == (HealthState.GREEN, [])


# --- the real player's side


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with serve(tmp_path) as site:
        yield Office(site)


TOKEN, SEED = bytes(range(32)), bytes(range(3, 35))
ID = identity.player_id(TOKEN)


def real(url: str, known: bool = True, seed: bytes | None = SEED) -> HeartbeatThread:
    where = HeartbeatTarget(url, TOKEN, True, seed, known)
    source = ReportSource(where, lambda state: heartbeat_report.report(state, ABOUT, reports_box()))
    return HeartbeatThread(source, lambda: SCENE.since_boot + 2)


def reports_box() -> Any:
    from tests.player.net.test_heartbeat import BOX

    return BOX


def test_the_real_player_before_the_real_server(desk: Desk) -> None:
    public = pairing.public_key(SEED)
    desk.registry.prepare(pairing_codes.token_digest(TOKEN.hex()), "library", desk.now, public)
    sender = real(desk.url)
    for _ in range(3):
        desk.wait(60)
        sender.send(SCENE)
        heard = desk.registry.last_heartbeat(ID)
        assert heard is not None
        assert heard.received_at == desk.now
    assert "unsigned" not in desk.codes()
    desk.players._nonces = Nonces()
    desk.wait(60)
    sender.send(SCENE)
    heard = desk.registry.last_heartbeat(ID)
    assert heard is not None
    assert heard.received_at == desk.now
    assert len(sender.queue) == 0


def test_the_real_player_of_an_older_pairing_shows_its_key_to_the_real_server(desk: Desk) -> None:
    desk.registry.prepare(pairing_codes.token_digest(TOKEN.hex()), "library", desk.now)
    sender = real(desk.url, known=False)
    sender.send(SCENE)
    key = desk.registry.player(ID).key
    assert key is not None
    assert (key.public, key.first_use) == (pairing.public_key(SEED), True)
    assert "unsigned" not in desk.codes()
    desk.wait(60)
    sender.send(SCENE)
    assert len(sender.queue) == 0


def test_the_next_nonce_comes_with_the_answer_and_the_token_never_leaves(office: Office) -> None:
    office.keys[ID] = pairing.public_key(SEED)
    sender = real(office.site.url)
    for _ in range(3):
        sender.send(SCENE)
    assert [who for who, _ in office.beats] == [ID] * 3
    assert len(office.said) == 4, "one question for a nonce, and then none"
    assert TOKEN.hex() not in "".join(office.said)
    assert SEED.hex() not in "".join(office.said)


def test_a_server_that_wants_the_key_of_a_player_it_should_know_gets_no_token(office: Office) -> None:
    """Somebody who pretends to be the server, or a server that has lost its list: the pairing is the way back."""
    sender = real(office.site.url, known=True)
    sender.send(SCENE)
    assert office.beats == []
    assert TOKEN.hex() not in "".join(office.said)
    office.old = True
    sender.send(SCENE)
    assert TOKEN.hex() not in "".join(office.said)


def test_an_older_server_gets_the_token_that_it_knows(office: Office) -> None:
    office.old = True
    for known, seed in ((False, SEED), (False, None)):
        real(office.site.url, known, seed).send(SCENE)
    assert [who for who, _ in office.beats] == [TOKEN.hex()] * 2


def test_the_key_is_shown_once_only(office: Office) -> None:
    sender = real(office.site.url, known=False)
    for _ in range(3):
        sender.send(SCENE)
    assert office.keys == {ID: pairing.public_key(SEED)}
    assert sum(TOKEN.hex() in said for said in office.said) == 1
    assert len(office.beats) == 3


def test_a_refused_signature_is_said_once_and_what_is_kept_stays(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.registry.prepare(pairing_codes.token_digest(TOKEN.hex()), "library", desk.now, pairing.public_key(bytes(32)))
    sender = real(desk.url)
    for _ in range(3):
        sender.send(SCENE)
    said = [record.message for record in caplog.records if record.name == "player"]
    assert said == ["the server knows another key for this player and rejects its reports; pair it again"]
    assert len(sender.queue) == 1


def test_a_file_for_the_card_holds_the_key_that_the_server_expects() -> None:
    secret = SEED.hex()
    public = pairing_codes.public_key(secret)
    assert pairing.public_key(SEED) == public
    text = grants.settings("http://192.0.2.1", "library", SigningKeys(bundles.KEY).public_hex, TOKEN.hex(), secret)
    assert f"secret = {secret}\n" in text
    assert public not in text


@pytest.mark.parametrize("case", VECTORS["heartbeats"], ids=["report", "empty"])
def test_a_signature_is_verified_as_the_contract_says(case: dict[str, str], desk: Desk) -> None:
    from signage.fleet.heartbeats import _fits

    signed = Signed(case["player"], case["nonce"], case["signature"])
    assert _fits(case["key"], signed, case["body"].encode())
    assert not _fits(case["key"], signed, case["body"].encode() + b" ")


# --- numbers used once


def test_a_nonce_is_for_one_player_one_time_and_two_minutes_and_a_half() -> None:
    nonces = Nonces()
    first, second = nonces.issue("a", NOON), nonces.issue("a", NOON)
    assert not nonces.use("b", first, NOON)
    assert nonces.use("a", first, NOON)
    assert not nonces.use("a", first, NOON)
    assert nonces.use("a", second, NOON + VALID)
    late = nonces.issue("a", NOON)
    assert not nonces.use("a", late, NOON + VALID + timedelta(seconds=1))
    assert not nonces.use("a", late, NOON - VALID - timedelta(seconds=1)), "the clock was set back meanwhile"
    assert nonces.use("a", late, NOON)
    assert not nonces.use("a", nonces.issue("a", NOON)[:-1] + "x", NOON)
    assert not Nonces().use("a", nonces.issue("a", NOON), NOON)


def test_an_older_nonce_is_gone_once_a_newer_one_was_used() -> None:
    nonces = Nonces()
    older, newer = nonces.issue("a", NOON), nonces.issue("a", NOON)
    assert nonces.use("a", newer, NOON)
    assert not nonces.use("a", older, NOON)
