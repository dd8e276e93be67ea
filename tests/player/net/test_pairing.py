"""Pairing, by docs/pairing.md: the arithmetic, the state machine, and a player that is paired, moved and revoked."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from player.net import heartbeat, pairing
from player.net.pairing import (
    ALPHABET,
    OLD_SECONDS,
    RENEW_SECONDS,
    BadGrant,
    Pairing,
    PairingRequest,
    open_grant,
    read_assignment,
)
from player.store import identity
from player.store.disk import Disk
from player.store.identity import Assignment, Grant, Identity, IdentityRecord
from player.store.manifest import ManifestRefused
from tests.fixtures.kill_points import exit_code_of
from tests.fixtures.paths import FIXTURES

VECTORS: dict[str, Any] = json.loads((FIXTURES / "vectors" / "pairing.json").read_text("utf-8"))
KEY = bytes(range(32))
TOKEN = bytes(range(1, 33))
ABOUT = '{"version": "0.4.0", "model": "Målselv", "panel": "1920x1080"}'


def dice(seed: int) -> Any:
    return random.Random(seed).randbytes


# -- the arithmetic ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", VECTORS["codes"], ids=lambda case: ascii(case["typed"]))
def test_a_code_gives_the_same_secret_everywhere(case: dict[str, str]) -> None:
    check, seal = pairing.secret(case["code"], bytes.fromhex(case["nonce"]))
    assert (check.hex(), seal.hex()) == (case["check"], case["seal"])


@pytest.mark.parametrize("case", VECTORS["tokens"])
def test_a_player_is_named_after_its_token(case: dict[str, str]) -> None:
    assert identity.player_id(bytes.fromhex(case["token"])) == case["player"]


@pytest.mark.parametrize("case", VECTORS["questions"], ids=lambda case: case.get("why", "fits"))
def test_a_question_is_sealed_as_the_server_expects(case: dict[str, Any]) -> None:
    question = case["question"]
    check, seal = pairing.secret(case["code"], bytes.fromhex(question["nonce"]))
    key = [question["key"]] if "key" in question else []
    sealed = pairing.seal_of(seal, "\n".join([question["token_sha256"], *key, question["about"]]))
    assert ((check.hex(), sealed) == (question["check"], question["mac"])) is case["fits"]


@pytest.mark.parametrize("case", VECTORS["grants"], ids=lambda case: case.get("why", "fits"))
def test_a_grant_is_believed_only_as_the_server_sealed_it(case: dict[str, Any]) -> None:
    _, seal = pairing.secret(case["code"], bytes.fromhex(case["nonce"]))
    answer = json.dumps(case["answer"]).encode()
    if case["fits"]:
        assert open_grant(seal, answer) == Grant(case["screen"], bytes.fromhex(case["key"]), case["serial"])
    else:
        with pytest.raises(BadGrant, match="code on this display"):
            open_grant(seal, answer)


@pytest.mark.parametrize("case", VECTORS["assignments"], ids=lambda case: case["name"])
def test_an_assignment_is_obeyed_only_when_it_is_ours_and_new(case: dict[str, Any]) -> None:
    key, signature = bytes.fromhex(VECTORS["key"]), bytes.fromhex(case["signature"])
    known = Assignment(**case["known"])
    try:
        then = read_assignment(case["bytes"].encode(), signature, key, case["player"], known.serial)
    except ManifestRefused:
        then = known
    assert then == Assignment(**case["then"])


def test_a_code_is_fair_and_easy_to_read() -> None:
    assert not set("01ILO") & set(ALPHABET)
    codes = [pairing._code(dice(seed)) for seed in range(2000)]
    counts = [sum(code.count(letter) for code in codes) for letter in ALPHABET]
    assert all(len(code) == 10 for code in codes)
    # 20,000 letters: 645 of each, give or take 5 standard deviations
    assert 520 < min(counts) <= max(counts) < 770


def test_a_question_holds_no_secret() -> None:
    question = pairing.new_request(dice(1), ABOUT, 0.0)
    sent = json.loads(question.body)
    assert set(sent) == {"format", "handle", "nonce", "check", "token_sha256", "key", "about", "mac"}
    assert sent["token_sha256"] == hashlib.sha256(question.token).hexdigest()
    assert sent["handle"] == question.code[:2]
    assert question.seed is not None
    for secret in (
        question.code,
        question.shown,
        question.code[2:],
        *map(bytes.hex, (question.token, question.seal, question.seed)),
    ):
        assert secret.encode() not in question.body
        assert secret not in repr(question)
    assert len(question.body) < 8192


@pytest.mark.parametrize("case", VECTORS["heartbeats"], ids=["report", "empty"])
def test_a_heartbeat_is_signed_as_the_server_expects(case: dict[str, str]) -> None:
    seed = bytes.fromhex(case["seed"])
    assert pairing.public_key(seed) == case["key"]
    assert heartbeat.signature(seed, case["player"], case["nonce"], case["body"].encode()) == case["signature"]


# -- the state machine ------------------------------------------------------------------------------------------------


def test_a_code_stays_for_a_quarter_of_an_hour_and_then_everything_is_new() -> None:
    machine = Pairing(dice(2), lambda: ABOUT)
    first = machine.current_request(100.0)
    assert machine.current_request(100.0 + RENEW_SECONDS - 1) is first
    second = machine.current_request(100.0 + RENEW_SECONDS)
    assert second.code != first.code
    assert second.token != first.token
    assert json.loads(second.body)["nonce"] != json.loads(first.body)["nonce"]


@pytest.fixture(scope="module")
def question() -> PairingRequest:
    return pairing.new_request(dice(3), ABOUT, 0.0)


def test_a_server_before_0_5_0_is_asked_in_its_own_words() -> None:
    machine = Pairing(dice(2), lambda: ABOUT)
    first = machine.current_request(100.0)
    assert machine.answered(first, 400, b"Bad Request") == 0.0
    second = machine.current_request(100.0)
    sent = json.loads(second.body)
    assert set(sent) == {"format", "nonce", "check", "token_sha256", "about", "mac"}
    assert (sent["format"], len(second.code), second.seed) == (1, 8, None)
    assert second.token != first.token
    with pytest.raises(BadGrant):
        machine.answered(second, 400, b"Bad Request")  # it is no better understood, so it is a fault
    later = machine.current_request(100.0 + OLD_SECONDS)
    assert json.loads(later.body)["format"] == 2, "the server may have been upgraded"


def test_what_the_server_answers(question: PairingRequest) -> None:
    machine = Pairing(dice(2), lambda: ABOUT)
    assert machine.answered(question, 202, b"{}") == 3.0
    assert isinstance(wait := machine.answered(question, 429, b""), float)
    assert wait > 3.0
    for status in (204, 301, 401, 404, 500):
        with pytest.raises(BadGrant):
            machine.answered(question, status, b"{}")


@given(st.one_of(st.binary(max_size=200), st.text(max_size=100).map(str.encode)))
@example(b'{"grant": "\\ud800", "mac": "\\ud800"}')
@example(b"[" * 100_000)
@example(b"null")
@example(b'{"grant": 1, "mac": 2}')
@example(b'{"grant": "{}", "mac": ""}')
def test_whatever_else_comes_back_is_no_grant(body: bytes) -> None:
    with pytest.raises(BadGrant):
        open_grant(bytes(32), body)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": True},
        {"screen": "../etc"},
        {"screen": None},
        {"key": "00"},
        {"key": "G" * 64},
        {"serial": "1"},
        {"serial": -1},
        {"serial": True},
    ],
)
def test_a_sealed_grant_that_breaks_the_format_is_refused(change: dict[str, Any]) -> None:
    seal = bytes(32)
    grant = json.dumps({"format": 1, "screen": "library", "key": "00" * 32, "serial": 1, **change})
    with pytest.raises(BadGrant):
        open_grant(seal, json.dumps({"grant": grant, "mac": pairing.seal_of(seal, f"grant\n{grant}")}).encode())


# -- who it is --------------------------------------------------------------------------------------------------------

SEED = bytes(range(2, 34))
PAIRED = Identity("library", KEY, TOKEN, 4)
SIGNS = Identity("library", KEY, TOKEN, 4, SEED, known=True)
ELSE = Identity("radhuset", KEY, bytes(32), 0)


@pytest.mark.parametrize(
    ("told", "record", "me"),
    [
        (None, IdentityRecord(), None),
        (None, IdentityRecord(PAIRED), PAIRED),
        (Identity("kino"), IdentityRecord(PAIRED), Identity("kino")),
        (ELSE, IdentityRecord(PAIRED), ELSE),
        (Identity("elsewhere", None, TOKEN), IdentityRecord(PAIRED), PAIRED),
        (Identity("library", KEY, TOKEN), IdentityRecord(None, None, (PAIRED.player or "",)), None),
        (Identity("library", KEY, TOKEN), IdentityRecord(ELSE, None, (PAIRED.player or "",)), ELSE),
        (None, IdentityRecord(SIGNS), SIGNS),
        (None, IdentityRecord(PAIRED, made=(PAIRED.player or "", SEED)), Identity("library", KEY, TOKEN, 4, SEED)),
        (
            Identity("kino", KEY, TOKEN),
            IdentityRecord(made=(PAIRED.player or "", SEED)),
            Identity("kino", KEY, TOKEN, 0, SEED),
        ),
        (ELSE, IdentityRecord(PAIRED, made=(PAIRED.player or "", SEED)), ELSE),
        (
            Identity("a", KEY, TOKEN, seed=SEED, known=True),
            IdentityRecord(PAIRED, made=(PAIRED.player or "", bytes(32))),
            SIGNS,
        ),
    ],
    ids=[
        "nobody",
        "paired",
        "file names a screen",
        "new file",
        "moved since the file",
        "revoked",
        "paired anew",
        "signs",
        "made a key",
        "made a key, and the file names the screen",
        "another player's key",
        "a file with a key",
    ],
)
def test_who_a_player_is(told: Identity | None, record: IdentityRecord, me: Identity | None) -> None:
    assert identity.who(told, record) == me


def test_a_record_survives_writing_and_damage_of_one_file(tmp_path: Path) -> None:
    record = IdentityRecord(SIGNS, "http://192.0.2.1:8000", ("0123456789abcdef",), ("0" * 16, bytes(32)))
    disk = Disk(tmp_path)
    assert identity.save(disk, record)
    assert identity.load(disk) == record
    for name in identity.FILES:
        assert (tmp_path / name).stat().st_mode & 0o077 == 0, "the token is nobody else's business"
        whole = (tmp_path / name).read_bytes()
        for damaged in (b"", whole[:50], whole.replace(b"library", b"libxary"), b"\xff" * 100, b"[]", b"{}"):
            (tmp_path / name).write_bytes(damaged)
            assert identity.load(disk) == record
        (tmp_path / name).write_bytes(whole)
    for name in identity.FILES:
        (tmp_path / name).unlink()
    assert identity.load(disk) == IdentityRecord()
    disk.close()


@given(st.binary(max_size=300))
def test_rubbish_is_nobody(data: bytes) -> None:
    assert identity.read(data) is None


def test_a_kill_in_the_middle_of_writing_leaves_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    """30 processes write identities until they are killed, at a line that is drawn by lot, some before the rename."""
    chance, seen = random.Random(5), 0
    halves = 0
    for _ in range(30):
        step = chance.randint(1, 120)
        assert exit_code_of(_write_until, tmp_path, seen, step) == -signal.SIGKILL
        halves += any(tmp_path.glob("*.part"))
        disk = Disk(tmp_path)
        me = identity.load(disk).identity
        disk.close()
        assert (me.serial if me else 0) >= seen
        seen = me.serial if me else 0
    assert seen > 10, "nothing was written; this test proves nothing"
    assert halves > 2, "no kill fell into a write; this test proves nothing"


def _write_until(folder: Path, serial: int, steps: int) -> None:
    """In a child: save identities with growing serials; dies before the line of code that is the `steps`-th."""
    import sys

    left = steps

    def line(frame: Any, event: str, argument: object) -> Any:
        nonlocal left
        left -= event == "line"
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return line

    disk = Disk(folder)
    sys.settrace(lambda frame, event, argument: line if frame.f_code.co_filename.endswith("disk.py") else None)
    while True:
        serial += 1
        identity.save(disk, IdentityRecord(Identity("library", KEY, TOKEN, serial)))
