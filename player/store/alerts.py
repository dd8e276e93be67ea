"""Bytes in, verdict out: is this the document of the alerts that this screen has now? Pure; knows no file, no socket.

The format is docs/bundle-format.md, "Alerts". Keys that aren't known are ignored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from player.store.fields import Fields, fields, instant, number, public_key, text, whole
from player.store.manifest import (
    MAX_ALERT_ASSET,
    MAX_SIGNATURE,
    Asset,
    ManifestRefused,
    TextLine,
    Version,
    check_version,
    is_format,
    is_signed,
    parsed,
    read_assets,
    read_place,
)

MAX_DOCUMENT = 64 * 1024  # bytes, with the signature; docs/bundle-format.md
MAX_ALERTS = 20
MAX_PICTURES = 8  # of an alert
MAX_LINES = 20  # of a picture
LONGEST = timedelta(days=31)  # from the beginning of an alert to its end
LEVELS = ("takeover", "banner", "page", "test")
WHAT = "alert document"


@dataclass(frozen=True, slots=True)
class AlertPicture:
    """A picture of an alert and the box that it fills, in picture pixels before rotation. `alt`: all text on it."""

    asset: Asset
    x: int
    y: int
    width: int
    height: int
    seconds: float
    language: str
    alt: str
    lines: tuple[TextLine, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that holds from `start` until `until`, both in UTC. `level`: one of `LEVELS`."""

    id: str
    level: str
    start: datetime
    until: datetime
    title: str
    pictures: tuple[AlertPicture, ...]


@dataclass(frozen=True, slots=True)
class AlertDocument:
    """All alerts of a screen, the most important first. `assets` by file name."""

    version: Version
    generated: datetime
    alerts: tuple[Alert, ...]
    assets: dict[str, Asset]


@dataclass(frozen=True, slots=True)
class AlertsInForce:
    """The document in force, and when each of its alerts came: by id, seconds of the steady clock."""

    document: AlertDocument
    since: Mapping[str, float]


def in_force(document: AlertDocument, before: AlertsInForce | None, ticks: float) -> AlertsInForce:
    """What is in force with this document; an alert that was there before keeps its time."""
    known = before.since if before is not None else {}
    return AlertsInForce(document, {alert.id: known.get(alert.id, ticks) for alert in document.alerts})


def verify_alerts(signed: bytes, keys: Sequence[bytes], screen: str, last: Version | None = None) -> AlertDocument:
    """Check an alert document in full and read it.

    `signed`: 64 bytes of Ed25519 and the JSON that it signs. `keys`: the public keys that are trusted (32 bytes each),
    `last`: the version verified before, if any. Raises ManifestRefused.
    """
    if len(signed) > MAX_DOCUMENT:
        raise ManifestRefused("too-large", f"the {WHAT} is larger than {MAX_DOCUMENT} bytes")
    if len(signed) <= MAX_SIGNATURE:
        raise ManifestRefused("truncated", f"the {WHAT} has {len(signed)} bytes, which is no more than a signature")
    signature, data = signed[:MAX_SIGNATURE], signed[MAX_SIGNATURE:]
    key = next((key for key in keys if is_signed(data, signature, key)), None)
    if key is None:
        raise _stranger(data, signature)
    raw = parsed(data, WHAT)
    if not isinstance(raw, dict) or raw.get("document") != "alerts":
        raise ManifestRefused("format", f"the {WHAT} is another signed document")
    if not is_format(raw.get("format")):
        raise ManifestRefused("format", f"the {WHAT} has format {raw.get('format')!r}: update the player")
    if raw.get("screen") != screen:
        raise ManifestRefused("other-screen", f'the {WHAT} is for the screen "{raw.get("screen")}", not "{screen}"')
    try:
        document = _read(raw, key, hashlib.sha256(data).hexdigest())
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ManifestRefused("shape", f"the {WHAT} breaks the format: {what}") from None
    check_version(document.version, last, WHAT)
    return document


def _stranger(data: bytes, signature: bytes) -> ManifestRefused:
    """Why no trusted key fits: it is another site's, or nobody's."""
    try:
        raw = fields(parsed(data, WHAT), WHAT)
        if is_signed(data, signature, public_key(raw["site"], "site")):
            return ManifestRefused("other-site", f"the {WHAT} is of another site, whose key this screen doesn't trust")
    except (ManifestRefused, ValueError, KeyError):
        pass
    return ManifestRefused("forged", f"the signature of the {WHAT} does not match: it was changed or cut short")


def _read(raw: Fields, key: bytes, digest: str) -> AlertDocument:
    if public_key(raw["site"], "site") != key:
        raise ValueError("site is not the key that it is signed with")
    assets = {asset.sha256: asset for asset in read_assets(raw["assets"], "assets", MAX_ALERT_ASSET)}
    listed = raw["alerts"]
    if not isinstance(listed, list) or len(listed) > MAX_ALERTS:
        raise ValueError(f"alerts is not a list of at most {MAX_ALERTS}")
    alerts = tuple(_alert(fields(alert, "an alert"), assets) for alert in listed)
    if len({alert.id for alert in alerts}) < len(alerts):
        raise ValueError("two alerts have the same id")
    used = {asset for alert in alerts for picture in alert.pictures for asset in _assets(picture)}
    return AlertDocument(
        Version(whole(raw, "serial", 1, 2**63), digest),
        instant(raw, "generated"),
        alerts,
        {asset.name: asset for asset in assets.values() if asset in used},
    )


def _assets(picture: AlertPicture) -> tuple[Asset, ...]:
    return (picture.asset, *(line.place.font for line in picture.lines))


def _alert(raw: Fields, assets: dict[str, Asset]) -> Alert:
    id_, level, start, until = text(raw, "id"), text(raw, "level"), instant(raw, "from"), instant(raw, "until")
    if not id_:
        raise ValueError("an alert has an empty id")
    if not timedelta() < until - start <= LONGEST:
        raise ValueError(f'the alert "{id_}" must last for more than nothing, and for {LONGEST.days} days at most')
    level = level if level in LEVELS else "page"
    listed = raw["pages"]
    if not isinstance(listed, list) or not (0 if level == "test" else 1) <= len(listed) <= MAX_PICTURES:
        raise ValueError(f'the alert "{id_}" must have 1 to {MAX_PICTURES} pages')
    if level == "test" and listed:
        raise ValueError(f'the alert "{id_}" is a test, and has pages')
    pictures = tuple(_picture(fields(page, "a page"), assets) for page in listed)
    return Alert(id_, level, start, until, text(raw, "title"), pictures)


def _picture(raw: Fields, assets: dict[str, Asset]) -> AlertPicture:
    asset = assets[text(raw, "asset")]
    if asset.media_type == "font/ttf":
        raise ValueError("a page of an alert shows a font")
    x, y = whole(raw, "x", 0, 9999), whole(raw, "y", 0, 9999)
    width, height = whole(raw, "width", 1, 9999), whole(raw, "height", 1, 9999)
    listed = raw.get("lines") or []
    if not isinstance(listed, list) or len(listed) > MAX_LINES:
        raise ValueError(f"a page of an alert must have at most {MAX_LINES} lines")
    lines = tuple(TextLine(text(line, "text"), read_place(line, assets)) for line in map(_line, listed))
    seconds = number(raw, "seconds", 0.1, 86400.0)
    return AlertPicture(asset, x, y, width, height, seconds, text(raw, "language"), text(raw, "alt"), lines)


def _line(value: object) -> Fields:
    return fields(value, "a line")
