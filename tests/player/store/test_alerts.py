"""What an alert document must be before a screen believes it: the shared cases, and every byte that is missing."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.store.alerts import AlertDocument, verify_alerts
from player.store.manifest import ManifestRefused, Version, verify
from tests.fixtures.alerts import LINE, AlertPage, alert, alert_document, signed
from tests.fixtures.bundles import KEY
from tests.fixtures.paths import FIXTURES

VECTORS = json.loads((FIXTURES / "vectors" / "alerts.json").read_bytes())
PUBLIC = KEY.verify_key.encode()


def refusal(data: bytes, **more: Any) -> str:
    with pytest.raises(ManifestRefused) as caught:
        verify_alerts(data, (PUBLIC,), "library", **more)
    return caught.value.kind


@pytest.mark.parametrize("case", VECTORS["documents"], ids=[case["name"] for case in VECTORS["documents"]])
def test_the_shared_cases(case: dict[str, Any]) -> None:
    data = bytes(case["zeros"]) if "zeros" in case else base64.b64decode(case["signed"])
    last = Version(case["last"]["serial"], case["last"]["sha256"]) if case["last"] else None
    keys = [bytes.fromhex(key) for key in case["keys"]]
    if case["refused"] is None:
        assert isinstance(verify_alerts(data, keys, VECTORS["screen"], last), AlertDocument)
        return
    with pytest.raises(ManifestRefused) as caught:
        verify_alerts(data, keys, VECTORS["screen"], last)
    assert caught.value.kind == case["refused"], caught.value


def test_all_that_it_says_is_read() -> None:
    every = (
        alert("water", pages=(AlertPage(lines=(LINE,), alt="Kok vannet"), AlertPage("nn", 8.0))),
        alert("t", "test"),
    )
    made, files = alert_document(7, *every)
    found = verify_alerts(signed(made), (PUBLIC,), "library")
    water, test = found.alerts
    assert (found.version.serial, water.id, water.level, water.title, test.level) == (
        7,
        "water",
        "takeover",
        "water",
        "test",
    )
    assert (water.start.isoformat(), water.until.hour) == ("2026-06-01T10:00:00+00:00", 16)
    first, second = water.pictures
    assert (first.x, first.y, first.width, first.height) == (0, 0, 320, 180)
    assert (first.seconds, first.language, first.alt, second.seconds, second.language) == (
        12,
        "nb",
        "Kok vannet",
        8,
        "nn",
    )
    assert (first.lines[0].text, first.lines[0].place.color) == ("Gjelder til 18.00", (255, 255, 255))
    assert set(found.assets) == set(files)


def test_it_is_refused_wherever_it_is_cut() -> None:
    whole = signed(alert_document(7, alert("water"))[0])
    for length in range(len(whole)):
        assert refusal(whole[:length]) == ("truncated" if length <= 64 else "forged"), length


def test_it_is_refused_whichever_byte_is_changed() -> None:
    whole = signed(alert_document(7, alert("water"))[0])
    for place in range(len(whole)):
        assert refusal(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]) == "forged", place


def test_more_than_64_kib_is_refused_though_it_is_signed() -> None:
    made = alert_document(7, alert("water"), mood="x" * 65536)[0]
    assert refusal(signed(made)) == "too-large"


def test_an_alert_document_is_no_manifest() -> None:
    whole = signed(alert_document(7, alert("water"))[0])
    with pytest.raises(ManifestRefused) as caught:
        verify(whole[64:], whole[:64], PUBLIC, "library")
    assert caught.value.kind == "shape"


@given(st.binary(max_size=400))
def test_nothing_of_a_stranger_gets_through(noise: bytes) -> None:
    assert refusal(noise) in ("truncated", "forged")
