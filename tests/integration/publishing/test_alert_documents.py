"""Alert documents on a real disk, read back by an independent reader: PyNaCl, and the JSON Schema."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from signage.errors import SignageError
from signage.publishing import SigningKeys
from signage.publishing.alert_documents import AlertContent, AlertDocuments, named_by_alerts
from signage.publishing.serials import SerialLedger
from tests.fixtures.paths import ROOT

NOW = datetime(2026, 11, 27, 15, 55, tzinfo=UTC)
UNTIL = NOW + timedelta(hours=2)
SCHEMA = json.loads((ROOT / "docs" / "alerts.schema.json").read_bytes())
PICTURE = b"RIFF a picture"
STRIP, WHOLE = hashlib.sha256(PICTURE).hexdigest(), hashlib.sha256(PICTURE * 2).hexdigest()


class Site:
    def __init__(self, folder: Path) -> None:
        self.out, self.folder = folder / "published", folder
        self.keys = SigningKeys.load_or_make(folder)
        self.ledger = SerialLedger(folder / "serials", new_if_missing=True)
        self.files = {STRIP: folder / "strip", WHOLE: folder / "whole"}
        self.files[STRIP].write_bytes(PICTURE)
        self.files[WHOLE].write_bytes(PICTURE * 2)

    @property
    def documents(self) -> AlertDocuments:
        return AlertDocuments(self.out, self.keys, self.ledger)

    def publish(
        self, *screens: str, at: datetime = NOW, reported: dict[str, int] | None = None, **contents: AlertContent
    ) -> dict[str, int]:
        wanted = {**dict.fromkeys(screens, content()), **contents}
        return self.documents.publish(wanted, self.files, at, reported)

    def read(self, screen: str) -> dict[str, object]:
        """As a player would."""
        signed = (self.out / "alerts" / f"{screen}.signed").read_bytes()
        data = VerifyKey(bytes.fromhex(self.keys.public_hex)).verify(signed)
        document: dict[str, object] = json.loads(data)
        jsonschema.validate(document, SCHEMA)
        return document


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def content(*levels: str) -> AlertContent:
    picture: dict[str, object] = {"asset": STRIP, "x": 0, "y": 0, "width": 1920, "height": 1080, "seconds": 12.0}
    picture |= {"language": "nb", "alt": "Vannet må kokes", "lines": []}
    page = {"page": {"asset": WHOLE, "bytes": 2 * len(PICTURE), "media_type": "image/webp"}}
    about = {"from": NOW.isoformat(), "until": UNTIL.isoformat(), "title": "Vannet må kokes"}
    alerts = [
        {"id": f"a{number}", "level": level, **about, "pages": [{**picture, **(page if level == "banner" else {})}]}
        for number, level in enumerate(levels)
    ]
    assets = {STRIP: {"bytes": len(PICTURE), "media_type": "image/webp"}} if levels else {}
    return {"alerts": alerts, "assets": assets}  # type: ignore[typeddict-item]


def test_a_document_is_signed_whole_and_has_its_pictures(site: Site) -> None:
    site.publish(bibliotek=content("takeover", "banner"), hallen=content())
    document = site.read("bibliotek")
    assert document["screen"] == "bibliotek"
    assert document["site"] == site.keys.public_hex
    assert [alert["level"] for alert in document["alerts"]] == ["takeover", "banner"]  # type: ignore[attr-defined]
    assert site.read("hallen")["alerts"] == []
    for sha256, data in ((STRIP, PICTURE), (WHOLE, PICTURE * 2)):
        assert (site.out / "assets" / f"{sha256}.webp").read_bytes() == data
    assert set(named_by_alerts(site.out)) == {STRIP, WHOLE}, "nothing of it may be cleared away"


def test_another_key_does_not_verify_it(site: Site, tmp_path: Path) -> None:
    site.publish("bibliotek")
    (tmp_path / "other").mkdir()
    other = SigningKeys.load_or_make(tmp_path / "other")
    with pytest.raises(BadSignatureError):
        VerifyKey(bytes.fromhex(other.public_hex)).verify((site.out / "alerts" / "bibliotek.signed").read_bytes())
    site.keys = other
    site.publish("bibliotek")
    assert site.read("bibliotek")["site"] == other.public_hex, "signed again with the key that is in force"


def test_what_says_the_same_is_not_published_again(site: Site) -> None:
    first = site.publish(bibliotek=content("takeover"), hallen=content())
    assert set(first) == {"bibliotek", "hallen"}
    assert site.publish(bibliotek=content("takeover"), hallen=content(), at=NOW + timedelta(minutes=1)) == {}
    later = site.publish(bibliotek=content(), hallen=content(), at=NOW + timedelta(minutes=2))
    assert set(later) == {"bibliotek"}
    assert later["bibliotek"] > first["bibliotek"]


def test_what_players_have_reported_is_not_published_again(site: Site) -> None:
    first = site.publish("hallen", bibliotek=content("takeover"))
    later = site.publish("hallen", bibliotek=content())
    reported = {"bibliotek": later["bibliotek"], "hallen": first["hallen"]}
    assert site.publish("hallen", "bibliotek", reported=reported) == {}
    assert set(site.publish("hallen", "bibliotek", reported={**reported, "hallen": later["bibliotek"] + 9})) == {
        "hallen"
    }


def test_serials_only_grow_whatever_the_clock_says_and_whatever_is_lost(site: Site) -> None:
    serials = [site.publish(bibliotek=content("takeover"))["bibliotek"]]
    serials += site.publish(bibliotek=content(), at=NOW - timedelta(days=400)).values()
    for path in (site.out / "alerts").iterdir():
        path.unlink()
    serials += site.publish("bibliotek", at=NOW - timedelta(days=400)).values()
    for path in (site.folder / "serials").iterdir():
        path.unlink()
    site.ledger = SerialLedger(site.folder / "serials")
    serials += site.publish("bibliotek", reported={"bibliotek": serials[-1] + 5}).values()
    assert serials == sorted(set(serials))
    assert len(serials) == 4
    assert serials[-1] > serials[-2] + 5, "a player has reported it"


def test_a_picture_that_is_damaged_is_not_published_and_what_was_there_stays(site: Site) -> None:
    site.publish(bibliotek=content())
    site.files[STRIP].write_bytes(b"something else")
    with pytest.raises(SignageError, match="missing or damaged"):
        site.publish(bibliotek=content("takeover"))
    assert site.read("bibliotek")["alerts"] == []


def test_a_screen_that_is_no_longer_there_has_none(site: Site) -> None:
    site.publish("bibliotek", "hallen")
    site.documents.remove("hallen")
    site.documents.remove("never")
    assert site.documents.screens() == ["bibliotek"]
