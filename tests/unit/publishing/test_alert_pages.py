"""Alerts as pages of a manifest, for players that don't know alert documents."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from signage.publishing.alert_pages import with_alerts

NOW = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def entry(identity: str, start: int, until: int, kind: str = "agenda", **more: Any) -> Any:
    """A page that is open from and until so many hours after `NOW`."""
    window = {"from": (NOW + start * HOUR).isoformat(), "until": (NOW + until * HOUR).isoformat()}
    return {"id": identity, "kind": kind, "asset": f"of {identity}", **window, **more}


def manifest(*pages: Any) -> Any:
    return {"pages": list(pages), "assets": {page["asset"]: {"bytes": 1, "media_type": "image/webp"} for page in pages}}


def document(*alerts: Any, serial: int = 7) -> Any:
    assets = {page["asset"]: {"bytes": 1, "media_type": "image/webp"} for alert in alerts for page in alert["pages"]}
    return {"serial": serial, "alerts": list(alerts), "assets": assets}


def alert(identity: str, start: int, until: int, *, level: str = "takeover", languages: int = 1, **more: Any) -> Any:
    pages = [{"asset": f"{identity}{n}", "seconds": 12.0, "alt": "Kok vannet", **more} for n in range(languages)]
    return {**entry(identity, start, until), "level": level, "pages": pages}


def test_they_come_first_in_the_rotation_each_language_once() -> None:
    made = with_alerts(manifest(entry("a", 0, 9)), document(alert("x", 0, 2, languages=2), alert("y", 1, 3)))
    assert [page["id"] for page in made["pages"]] == ["alert-x-0-0", "alert-x-1-0", "alert-y-0-0", "a"]
    assert [page.get("alert") for page in made["pages"]] == ["x", "x", "y", None]
    assert made["alerts"] == 7
    assert set(made["assets"]) == {"of a", "x0", "x1", "y0"}
    first = made["pages"][0]
    assert (first["from"], first["until"]) == (NOW.isoformat(), (NOW + 2 * HOUR).isoformat())
    assert (first["alt"], first["dated"], first["fallback"]) == ("Kok vannet", True, False)


def test_a_test_is_none_and_a_banner_is_its_whole_page() -> None:
    whole = {"asset": "whole", "bytes": 9, "media_type": "image/png"}
    made = with_alerts(
        manifest(entry("a", 0, 9)),
        document(alert("t", 0, 1, level="test"), alert("b", 0, 1, level="banner", page=whole)),
    )
    assert [page["asset"] for page in made["pages"]] == ["whole", "of a"]
    assert made["assets"]["whole"] == {"bytes": 9, "media_type": "image/png"}
    assert "b0" not in made["assets"]


def test_what_an_earlier_document_said_is_gone_with_its_pictures() -> None:
    plain = manifest(entry("a", 0, 9), entry("b", 0, 9))
    before = with_alerts(plain, document(alert("x", 0, 2)))
    assert with_alerts(before, document(alert("x", 0, 2))) == before
    assert with_alerts(before, document(serial=8)) == {**plain, "alerts": 8}
    assert with_alerts(before, None) == plain


def test_a_picture_that_an_ordinary_page_shows_too_stays() -> None:
    plain = manifest({**entry("a", 0, 9), "asset": "x0"})
    assert with_alerts(with_alerts(plain, document(alert("x", 0, 2))), None)["assets"] == plain["assets"]


def test_a_dark_page_has_its_time_for_itself_at_every_half_hour() -> None:
    """By trying each instant, where the code cuts windows."""
    for seed in range(50):
        dice = random.Random(seed)
        edges = sorted(dice.sample(range(24), 6))
        dark = [entry(f"d{n}", edges[2 * n], edges[2 * n + 1], "dark") for n in range(3)]
        begin, end = sorted(dice.sample(range(-2, 26), 2))
        made = with_alerts(manifest(*dark, entry("a", 0, 24)), document(alert("x", begin, end)))
        for half in range(-6, 54):
            at = (NOW + half * HOUR / 2).isoformat()
            shown = [page["kind"] for page in made["pages"] if page["from"] <= at < page["until"]]
            closed = any(begin <= half / 2 < end for begin, end in zip(edges[::2], edges[1::2], strict=True))
            assert shown.count("alert") == (begin <= half / 2 < end and not closed)
            assert not (closed and "alert" in shown)
