"""Alerts as pages of a manifest, for players that don't know alert documents (docs/bundle-format.md). Pure.

They are made of the document that is published, so that a build neither knows alerts nor loses them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from signage.domain.alerts import AlertLevel
from signage.publishing.bundle_format import (
    AlertDocument,
    AlertPicture,
    AssetEntry,
    Manifest,
    ManifestContent,
    NamedAsset,
    PageEntry,
)

KIND = "alert"
Window = tuple[datetime, datetime]


def with_alerts(manifest: ManifestContent, document: AlertDocument | None) -> ManifestContent:
    """The manifest with the pages of the document's alerts first, and with no others. None: there is no document."""
    pages = [page for page in manifest["pages"] if "alert" not in page]
    shown = {page["asset"] for page in pages}
    gone = {page["asset"] for page in manifest["pages"]} - shown
    assets = {sha256: about for sha256, about in manifest["assets"].items() if sha256 not in gone}
    made: list[PageEntry] = []
    dark = [_window(page) for page in pages if page["kind"] == "dark"]
    for alert in document["alerts"] if document else ():
        if alert["level"] == AlertLevel.TEST:
            continue
        for number, picture in enumerate(alert["pages"]):
            asset, about = _whole_page(picture, document["assets"] if document else {})
            assets[asset] = about
            for part, (start, until) in enumerate(_without(_window(alert), dark)):
                made.append(_page(f"alert-{alert['id']}-{number}-{part}", alert["id"], asset, picture, start, until))
    content: ManifestContent = {**manifest, "pages": [*made, *pages], "assets": assets}
    content.pop("alerts", None)
    if document:
        content["alerts"] = document["serial"]
    return content


def content_of(manifest: Manifest) -> ManifestContent:
    """What a manifest says: without its serial, and the serial of what was news before."""
    return {key: value for key, value in manifest.items() if key not in ("serial", "news")}  # type: ignore[return-value]


def with_prepared(manifest: ManifestContent, assets: Mapping[str, AssetEntry]) -> ManifestContent:
    """The manifest with the pictures of these prepared alerts, and no others."""
    content: ManifestContent = {**manifest, "alert_assets": dict(assets)}
    if not assets:
        del content["alert_assets"]
    return content


def _whole_page(picture: AlertPicture, assets: dict[str, AssetEntry]) -> tuple[str, AssetEntry]:
    named: NamedAsset = picture.get("page") or {"asset": picture["asset"], **assets[picture["asset"]]}
    return named["asset"], {"bytes": named["bytes"], "media_type": named["media_type"]}


def _page(identity: str, alert: str, asset: str, picture: AlertPicture, start: datetime, until: datetime) -> PageEntry:
    return {
        "id": identity,
        "kind": KIND,
        "asset": asset,
        "from": start.isoformat(),
        "until": until.isoformat(),
        "dwell_seconds": picture["seconds"],
        "alt": picture["alt"],
        "events": [],
        "dated": True,
        "fallback": False,
        "clock": None,
        "alert": alert,
    }


def _window(entry: object) -> Window:
    assert isinstance(entry, dict)
    return datetime.fromisoformat(entry["from"]), datetime.fromisoformat(entry["until"])


def _without(window: Window, dark: Sequence[Window]) -> Iterator[Window]:
    """The parts of a window in which the house is not closed: a page that is dark has its time for itself."""
    start, until = window
    for begin, end in sorted(dark):
        if end <= start or until <= begin:
            continue
        if start < begin:
            yield start, begin
        start = end
    if start < until:
        yield start, until
