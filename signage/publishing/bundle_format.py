"""The files of a bundle as types: the renderer's one definition of docs/bundle-format.md, which explains each key."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class AssetEntry(TypedDict):
    bytes: int
    media_type: str


class ShownEvent(TypedDict):
    id: str
    start: str
    end: str
    title: str


class TextBox(TypedDict):
    """Where the player draws text."""

    x: float
    y: float
    width: float
    height: float
    size: float
    color: str
    align: str
    font: str


class ClockSeparator(TypedDict, total=False):
    separator: str


class ClockPlace(TextBox, ClockSeparator):
    """Where the player draws the clock."""


class UpdatedLine(TypedDict):
    after_seconds: int
    text: str
    color: str
    ground: str
    font: str
    size: float


class VideoPlace(TypedDict):
    asset: str
    x: int
    y: int
    width: int
    height: int
    seconds: float


class OptionalPageKeys(TypedDict, total=False):
    """What may be missing from a page."""

    video: VideoPlace


_PageKeys = TypedDict(  # a class can't have an attribute `from`
    "_PageKeys",
    {
        "id": str,
        "kind": str,
        "asset": str,
        "from": str,
        "until": str,
        "dwell_seconds": float,
        "alt": str,
        "events": list[ShownEvent],
        "dated": bool,
        "fallback": bool,
        "clock": ClockPlace | None,
        "live": NotRequired[bool],
        "alert": NotRequired[str],
    },
)


class PageEntry(_PageKeys, OptionalPageKeys):
    """A page of a manifest."""


class OptionalKeys(TypedDict, total=False):
    """What may be missing from a manifest."""

    next_key: str
    extras: str
    phone_assets: dict[str, AssetEntry]
    videos: dict[str, AssetEntry]
    updated: UpdatedLine
    planned: str
    planned_serial: int
    news: int
    alerts: int
    alert_assets: dict[str, AssetEntry]


class ManifestContent(OptionalKeys):
    """A manifest without its serial."""

    format: int
    screen: str
    name: str
    width: int
    height: int
    rotate: int
    generated: str
    data_as_of: str | None
    horizon: str
    zone: str
    language: str
    poll_seconds: int
    pages: list[PageEntry]
    assets: dict[str, AssetEntry]


class Manifest(ManifestContent):
    """A screen's manifest.json."""

    serial: int


class IndexEntry(TypedDict):
    """A screen in screens/index.json."""

    id: str
    name: str
    width: int
    height: int
    rotate: int


class ScreenIndex(TypedDict):
    """screens/index.json."""

    screens: list[IndexEntry]


class AlertLine(TextBox):
    """Text that the player draws on an alert's picture."""

    text: str


class NamedAsset(AssetEntry):
    """An asset with its sha256."""

    asset: str


class OptionalAlertKeys(TypedDict, total=False):
    """What may be missing from a page of an alert."""

    page: NamedAsset


class AlertPicture(OptionalAlertKeys):
    """A page of an alert, with the box that it fills."""

    asset: str
    x: int
    y: int
    width: int
    height: int
    seconds: float
    language: str
    alt: str
    lines: list[AlertLine]


_AlertKeys = TypedDict(
    "_AlertKeys", {"id": str, "level": str, "from": str, "until": str, "title": str, "pages": list[AlertPicture]}
)


class AlertEntry(_AlertKeys, total=False):
    """An alert of a document."""

    prepared: str


class AlertDocument(TypedDict):
    """A screen's alerts/<screen>.signed, after the signature."""

    format: int
    document: str
    screen: str
    site: str
    serial: int
    generated: str
    alerts: list[AlertEntry]
    assets: dict[str, AssetEntry]
