"""What a manifest must be before a screen believes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from player.store.manifest import MAX_MANIFEST, Manifest, ManifestRefused, Version, verify
from tests.fixtures.bundles import CLOCK, KEY, OTHER_KEY, SCHEMA, evergreen, manifest, page

PUBLIC = KEY.verify_key.encode()


def signed(made: Any, key: Any = KEY) -> tuple[bytes, bytes]:
    data = made if isinstance(made, bytes) else json.dumps(made).encode()
    return data, key.sign(data).signature


def check(made: Any, screen: str = "library", last: Version | None = None) -> Manifest:
    return verify(*signed(made), PUBLIC, screen, last)


def refusal(made: Any, **more: Any) -> str:
    with pytest.raises(ManifestRefused) as caught:
        check(made, **more)
    return caught.value.kind


@pytest.fixture
def good() -> dict[str, Any]:
    return manifest(7, page("a", clock=CLOCK), page("b"), evergreen())[0]


def test_a_good_manifest_is_read(good: dict[str, Any]) -> None:
    read = check({**good, "unknown": "is ignored", "pages": [{**p, "unknown": 1} for p in good["pages"]]})
    assert [p.id for p in read.pages] == ["a", "b", "evergreen"]
    assert read.version.serial == 7
    assert read.pages[0].clock is not None
    assert read.pages[0].clock.color == (0xF2, 0xB8, 0x4B)
    assert read.pages[0].start.isoformat() == "2025-12-31T23:00:00+00:00"


def test_one_changed_byte_is_refused(good: dict[str, Any]) -> None:
    data, signature = signed(good)
    for place in range(0, len(data), 97):
        tampered = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        with pytest.raises(ManifestRefused, match="does not match") as caught:
            verify(tampered, signature, PUBLIC, "library")
        assert caught.value.kind == "forged"


@given(st.data())
def test_no_bytes_of_somebody_else_get_through(data: st.DataObject) -> None:
    noise = data.draw(st.binary(max_size=300))
    signature = data.draw(st.binary(max_size=80))
    with pytest.raises(ManifestRefused):
        verify(noise, signature, PUBLIC, "library")


def test_truncated(good: dict[str, Any]) -> None:
    data, signature = signed(good)
    with pytest.raises(ManifestRefused) as caught:
        verify(data[:-10], signature, PUBLIC, "library")
    assert caught.value.kind == "forged"
    with pytest.raises(ManifestRefused) as caught:
        verify(data, signature[:63], PUBLIC, "library")
    assert caught.value.kind == "truncated"


def test_signed_by_somebody_else(good: dict[str, Any]) -> None:
    with pytest.raises(ManifestRefused) as caught:
        verify(*signed(good, OTHER_KEY), PUBLIC, "library")
    assert caught.value.kind == "forged"


def test_too_large_is_refused_before_anything_else() -> None:
    with pytest.raises(ManifestRefused) as caught:
        verify(bytes(MAX_MANIFEST + 1), bytes(64), PUBLIC, "library")
    assert caught.value.kind == "too-large"


def test_never_back_in_time(good: dict[str, Any]) -> None:
    version = check(good).version
    assert check(good, last=version).version == version
    assert refusal({**good, "serial": 6}, last=version) == "rolled-back"
    assert refusal({**good, "name": "other bytes, same serial"}, last=version) == "rolled-back"
    assert check({**good, "serial": 8}, last=version).version.serial == 8


def test_another_screens_manifest_is_refused(good: dict[str, Any]) -> None:
    assert refusal(good, screen="hall") == "other-screen"


@pytest.mark.parametrize("signed_nonsense", [b"", b"[1, 2", b"\xff\xfe", b"[" * 100_000, b"{"])
def test_signed_nonsense_is_refused(signed_nonsense: bytes) -> None:
    assert refusal(signed_nonsense) == "not-json"


def test_a_newer_format_says_to_update(good: dict[str, Any]) -> None:
    with pytest.raises(ManifestRefused, match="update the player") as caught:
        check({**good, "format": 2})
    assert caught.value.kind == "format"
    assert refusal(b"[]") == "format"
    assert refusal({**good, "format": True}) == "format"


def _page(**more: Any) -> Callable[[dict[str, Any]], None]:
    return lambda made: made["pages"][0].update(more)


def _asset(**more: Any) -> Callable[[dict[str, Any]], None]:
    return lambda made: made["assets"][made["pages"][0]["asset"]].update(more)


def _clock(**more: Any) -> Callable[[dict[str, Any]], None]:
    return lambda made: made["pages"][0]["clock"].update(more)


BREAKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no pages": lambda m: m.update(pages=[]),
    "pages is no list": lambda m: m.update(pages={}),
    "no evergreen page": lambda m: m["pages"].pop(),
    "the same id twice": _page(id="b"),
    "a page without a picture": _page(asset="0" * 64),
    "a naive time": _page(**{"from": "2026-01-01T00:00:00"}),
    "no time at all": _page(until="soon"),
    "a time before time": _page(**{"from": "0001-01-01T00:00:00+23:00"}),
    "dwell zero": _page(dwell_seconds=0),
    "dwell not a number": _page(dwell_seconds=float("nan")),
    "dwell true": _page(dwell_seconds=True),
    "dated as text": _page(dated="yes"),
    "dated as a number": _page(dated=1),
    "a picture larger than any": _asset(bytes=2**40),
    "an empty picture": _asset(bytes=0),
    "an unknown kind of asset": _asset(media_type="text/html"),
    "a name that leaves the folder": lambda m: m["assets"].update({"../../x": {"bytes": 1, "media_type": "image/png"}}),
    "assets is a list": lambda m: m.update(assets=[]),
    "a clock in no colour": _clock(color="red"),
    "a clock without a font": _clock(font=None),
    "a clock of endless size": _clock(size=1e9),
    "turned askew": lambda m: m.update(rotate=45),
    "negative width": lambda m: m.update(width=-1),
    "more pixels than memory": lambda m: m.update(width=9000, height=9000),
    "serial as text": lambda m: m.update(serial="7"),
    "no horizon": lambda m: m.pop("horizon"),
    "polls all the time": lambda m: m.update(poll_seconds=0),
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_signed_manifest_that_breaks_the_format_is_refused(how: str, good: dict[str, Any]) -> None:
    BREAKS[how](good)
    # NaN stands for itself in Python's JSON; the parser must not take it
    assert refusal(good) in ("shape", "not-json")


UPDATED = {"after_seconds": 60, "text": "Oppdatert", "color": "#ffffff", "ground": "#000000", "size": 20}
NOT_SHOWN = {"language", "alt", "events"}  # for browsers and for `signage show`
OBJECTS: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "manifest": (SCHEMA, lambda made: made),
    "page": (SCHEMA["$defs"]["page"], lambda made: made["pages"][0]),
    "clock": (SCHEMA["$defs"]["page"]["properties"]["clock"]["oneOf"][1], lambda made: made["pages"][0]["clock"]),
    "updated": (SCHEMA["properties"]["updated"], lambda made: made["updated"]),
    "asset": (
        SCHEMA["properties"]["assets"]["additionalProperties"],
        lambda made: made["assets"][made["pages"][0]["asset"]],
    ),
}


@pytest.mark.parametrize("which", OBJECTS)
def test_each_key_that_the_format_requires_is_missed(which: str) -> None:
    schema, find = OBJECTS[which]
    for key in schema["required"]:
        made = manifest(7, page("a", clock=CLOCK), evergreen(), updated=UPDATED)[0]
        del find(made)[key]
        if key in NOT_SHOWN:
            check(made)
        else:
            assert refusal(made) in ("shape", "format", "other-screen"), key
