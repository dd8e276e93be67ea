"""Codes, seals and signed assignments, against the examples that players are held to as well."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.fleet import pairing_codes
from tests.fixtures.paths import FIXTURES

VECTORS = json.loads((FIXTURES / "vectors" / "pairing.json").read_text("utf-8"))


@pytest.mark.parametrize("case", VECTORS["codes"], ids=lambda case: ascii(case["typed"]))
def test_a_code_gives_the_same_secret_everywhere(case: dict[str, str]) -> None:
    assert pairing_codes.normal(case["typed"]) == case["code"]
    made = pairing_codes.secret(case["code"], bytes.fromhex(case["nonce"]))
    assert (made.check.hex(), made.seal.hex()) == (case["check"], case["seal"])
    assert pairing_codes.handle(case["code"]) == case["handle"]


@pytest.mark.parametrize("typed", VECTORS["no_codes"])
def test_what_is_no_code_is_told_apart(typed: str) -> None:
    with pytest.raises(pairing_codes.BadCode):
        pairing_codes.normal(typed)


def test_a_mistyped_letter_is_named() -> None:
    with pytest.raises(pairing_codes.BadCode, match="Codes never contain 0 or O"):
        pairing_codes.normal("K7M0-PX2O")
    with pytest.raises(pairing_codes.BadCode, match="has 7 letters"):
        pairing_codes.normal("K7M4-PX2")


@given(
    st.sampled_from((8, 10)).flatmap(lambda length: st.text(pairing_codes.ALPHABET, min_size=length, max_size=length))
)
def test_what_the_glass_shows_is_the_code(code: str) -> None:
    assert (
        pairing_codes.normal(pairing_codes.shown(code))
        == pairing_codes.normal(pairing_codes.shown(code).lower().replace("-", " "))
        == code
    )


@pytest.mark.parametrize("case", VECTORS["tokens"])
def test_a_player_is_named_after_its_token(case: dict[str, str]) -> None:
    assert pairing_codes.token_digest(case["token"]) == case["token_sha256"]
    assert pairing_codes.player_id(case["token_sha256"]) == case["player"]


@pytest.mark.parametrize("token", ["", "00", "zz" * 32, "0" * 63, "00 " * 32, "0" * 66])
def test_what_is_no_token(token: str) -> None:
    with pytest.raises(ValueError):
        pairing_codes.token_digest(token)


@pytest.mark.parametrize("case", VECTORS["questions"], ids=lambda case: case.get("why", "fits"))
def test_a_question_fits_its_code_only_as_the_player_wrote_it(case: dict[str, Any]) -> None:
    question = case["question"]
    made = pairing_codes.secret(case["code"], bytes.fromhex(question["nonce"]))
    mac = pairing_codes.question_mac(made.seal, question["token_sha256"], question["about"], question.get("key"))
    assert (made.check.hex() == question["check"] and pairing_codes.same(mac, question["mac"])) is case["fits"]


@pytest.mark.parametrize("case", VECTORS["grants"], ids=lambda case: case.get("why", "fits"))
def test_a_grant_is_sealed_with_the_code(case: dict[str, Any]) -> None:
    made = pairing_codes.secret(case["code"], bytes.fromhex(case["nonce"]))
    assert (
        pairing_codes.same(pairing_codes.grant_mac(made.seal, case["answer"]["grant"]), case["answer"]["mac"])
        is case["fits"]
    )
