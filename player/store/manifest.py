"""Bytes in, verdict out: is this manifest the one that this screen may show? Pure; knows no file and no socket.

The format is docs/bundle-format.md. Keys that aren't known are ignored, also inside pages.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

from player.store.fields import SHA256, Fields, color, fields, instant, number, one_of, public_key, text, whole

FORMAT = 1
MAX_MANIFEST = 4 * 1024 * 1024  # bytes; docs/bundle-format.md
MAX_SIGNATURE = 64  # bytes; Ed25519, RFC 8032
MAX_ASSET = 8 * 1024 * 1024  # bytes; the largest lossless photograph at 1920x1080 is 6 MB
MAX_TOTAL = 256 * 1024 * 1024  # bytes; a fortnight of a screen should stay under 40 MB
MAX_FILM = 40 * 1024 * 1024  # bytes; docs/bundle-format.md
MAX_FILMS = 512 * 1024 * 1024  # bytes of all films
MAX_ALERT_ASSET = 2 * 1024 * 1024  # bytes; docs/bundle-format.md
MAX_ALERT_ASSETS = 32 * 1024 * 1024  # bytes of those that are prepared; a picture has some 25 kB
MAX_PAGES = 5000  # a fortnight has 500 to 850 distinct pictures
MAX_LINE = 80  # letters; docs/manifest.schema.json
MAX_PIXELS = 16 * 1024 * 1024  # of a picture; 64 MB decoded, twice a 4K panel
SUFFIXES = {"image/webp": ".webp", "image/png": ".png", "font/ttf": ".ttf"}
FILM_TYPE = "video/mp4"

SCREEN = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class ManifestRefused(Exception):
    """A manifest or an asset that must not be used.

    `kind` is one word for tests and statistics: "too-large", "truncated", "forged", "not-json", "format",
    "other-screen", "other-player", "shape", "rolled-back", "asset", "wrong-key" or "redirected".
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class NoPublicKey(ManifestRefused):
    """What a server offers as its public key is none: most likely it is another kind of server."""

    def __init__(self, address: str) -> None:
        super().__init__("wrong-key", f"{address} is not a public key. Check that this is the right server.")


class Version(NamedTuple):
    """Which manifest it is: its serial, and the sha256 of its exact bytes."""

    serial: int
    digest: str


@dataclass(frozen=True, slots=True)
class Asset:
    """A file under assets/: `name` is the hash of its bytes with the media type's suffix, `bytes` its size."""

    sha256: str
    bytes: int
    media_type: str

    @property
    def name(self) -> str:
        return self.sha256 + (".mp4" if self.media_type == FILM_TYPE else SUFFIXES[self.media_type])


@dataclass(frozen=True, slots=True)
class ClockArea:
    """Where the time is drawn, in picture pixels before rotation. `color` is red, green and blue, 0 to 255."""

    x: float
    y: float
    width: float
    height: float
    size: float
    color: tuple[int, int, int]
    align: str
    font: Asset
    separator: str = "."


@dataclass(frozen=True, slots=True)
class DataAgeArea:
    """How the age of the data is shown, once it is `after_seconds` old. Colours are red, green and blue, 0 to 255."""

    after_seconds: int
    text: str
    color: tuple[int, int, int]
    ground: tuple[int, int, int]
    font: Asset
    size: float


@dataclass(frozen=True, slots=True)
class FilmArea:
    """A film, how many seconds it takes, and the box that it fills, in picture pixels before rotation."""

    film: Asset
    seconds: float
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text that is drawn on a picture of an alert, and where and how."""

    text: str
    place: ClockArea


@dataclass(frozen=True, slots=True)
class ManifestPage:
    """A picture and its window [start, until), both in UTC.

    `alert`: the id of the alert that it is. In a manifest such a page is there for players that don't know alerts; as a
    picture of an alert document (player.alert_schedule) it has `lines`, `alt` (all text on it) and a `box` (where it
    lies: x, y, width, height).
    """

    id: str
    kind: str
    picture: Asset
    start: datetime
    until: datetime
    dwell_seconds: float
    dated: bool
    fallback: bool
    clock: ClockArea | None
    video: FilmArea | None = None
    alert: str | None = None
    lines: tuple[TextLine, ...] = ()
    alt: str = ""
    box: tuple[int, int, int, int] | None = None
    alone: bool = False  # a takeover: nothing is written on it but its lines


@dataclass(frozen=True, slots=True)
class Manifest:
    """One screen's plan. Instants in UTC; `pages` in the order of the rotation; `assets` by file name.

    `edges`: every instant at which a window opens or closes, in order.
    """

    version: Version
    screen: str
    name: str
    width: int
    height: int
    rotate: int
    generated: datetime
    data_as_of: datetime | None
    horizon: datetime
    zone: str
    poll_seconds: int
    pages: tuple[ManifestPage, ...]
    edges: tuple[datetime, ...]
    assets: dict[str, Asset]
    updated: DataAgeArea | None = None
    films: tuple[Asset, ...] = ()  # those of the pages
    next_key: bytes | None = None  # the public key that will sign later on, announced in advance
    alerts: int = 0  # serial of the alert document that was published with it
    alert_assets: tuple[Asset, ...] = ()  # of alerts that are prepared

    @property
    def needed(self) -> frozenset[str]:
        """Names of the assets that its pages need: pictures and typefaces."""
        places = [*(page.clock for page in self.pages), self.updated]
        fonts = (place.font.name for place in places if place is not None)
        return frozenset((*(page.picture.name for page in self.pages), *fonts))


def verify_with(
    data: bytes, signature: bytes, keys: Sequence[bytes], screen: str, last: Version | None = None
) -> tuple[Manifest, bytes]:
    """As `verify`, with the first of several keys that fits; gives that key, too. Raises ManifestRefused."""
    for key in keys[:-1]:
        try:
            return verify(data, signature, key, screen, last), key
        except ManifestRefused as refusal:
            if refusal.kind != "forged":
                raise
    return verify(data, signature, keys[-1], screen, last), keys[-1]


def verify(data: bytes, signature: bytes, key: bytes, screen: str, last: Version | None = None) -> Manifest:
    """Check a manifest in full and read it.

    `data` are its exact bytes, `signature` the 64 bytes of Ed25519 over them, `key` the pinned public key (32 bytes),
    `last` the version verified before, if any. Raises ManifestRefused.
    """
    if len(data) > MAX_MANIFEST:
        raise ManifestRefused("too-large", f"the manifest is larger than {MAX_MANIFEST} bytes")
    if len(signature) != MAX_SIGNATURE:
        raise ManifestRefused("truncated", f"the signature has {len(signature)} bytes instead of {MAX_SIGNATURE}")
    if not is_signed(data, signature, key):
        message = "the signature does not match: the manifest was changed or cut short, or signed with another key"
        raise ManifestRefused("forged", message)
    raw = parsed(data, "manifest", _drop_words)
    if not isinstance(raw, dict) or not is_format(raw.get("format")):
        found = raw.get("format") if isinstance(raw, dict) else None
        raise ManifestRefused(
            "format", f"the manifest has format {found!r}, this player reads {FORMAT}: update the player"
        )
    if raw.get("screen") != screen:
        raise ManifestRefused("other-screen", f'the manifest is for the screen "{raw.get("screen")}", not "{screen}"')
    try:
        manifest = _read(raw, hashlib.sha256(data).hexdigest())
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ManifestRefused("shape", f"the manifest breaks the format: {what}") from None
    check_version(manifest.version, last, "manifest")
    return manifest


def is_signed(data: bytes, signature: bytes, key: bytes) -> bool:
    """Is it the signature of exactly these bytes, by this public key (32 bytes)?"""
    try:
        VerifyKey(key).verify(data, signature)
    except (CryptoError, ValueError):
        return False
    return True


def parsed(data: bytes, what: str, object_hook: Callable[[Fields], Fields] | None = None) -> object:
    """The JSON of a signed document, which is called `what` for people. Raises ManifestRefused."""
    try:
        return json.loads(data, object_hook=object_hook, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ManifestRefused("not-json", f"the {what}'s signature is valid, but it isn't JSON: {error}") from None


def check_version(version: Version, last: Version | None, what: str) -> None:
    """Raise ManifestRefused for a document that is older than the one verified last, or other under its serial."""
    if last is not None and version.serial < last.serial:
        message = f"the server offers serial {version.serial} of the {what} after {last.serial}: that is older content"
        raise ManifestRefused("rolled-back", message)
    if last is not None and version.serial == last.serial and version.digest != last.digest:
        raise ManifestRefused("rolled-back", f"the server offers another {what} under the same serial {last.serial}")


def is_format(value: object) -> bool:
    """Is it 1 as JSON writes a whole number? For Python, true and 1.0 are equal to it."""
    return type(value) is int and value == FORMAT


def _drop_words(value: Fields) -> Fields:
    """Forget what a player never shows while it is parsed: of a real manifest these are four bytes in five."""
    value.pop("alt", None)
    value.pop("events", None)
    return value


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def _read(raw: Fields, digest: str) -> Manifest:
    width, height = whole(raw, "width", 100, 9999), whole(raw, "height", 100, 9999)
    if width * height > MAX_PIXELS:
        raise ValueError(f"{width}x{height} is more than {MAX_PIXELS} pixels")
    assets = {asset.sha256: asset for asset in read_assets(raw["assets"], "assets")}
    if sum(asset.bytes for asset in assets.values()) > MAX_TOTAL:
        raise ValueError(f"its assets are larger than {MAX_TOTAL} bytes")
    listed = raw["pages"]
    if not isinstance(listed, list) or not 1 <= len(listed) <= MAX_PAGES:
        raise ValueError(f"it must have 1 to {MAX_PAGES} pages")
    listed_films = read_assets(raw.get("videos", {}), "videos", MAX_FILM, (FILM_TYPE,))
    films = {film.sha256: film for film in listed_films}
    if sum(film.bytes for film in films.values()) > MAX_FILMS:
        raise ValueError(f"its films are larger than {MAX_FILMS} bytes")
    pages = tuple(_page(fields(page, "a page"), assets, films, (width, height)) for page in listed)
    if len({page.id for page in pages}) < len(pages):
        raise ValueError("two pages have the same id")
    if not any(page.fallback and not page.dated for page in pages):
        raise ValueError("it has no undated fallback page")
    horizon = instant(raw, "horizon")
    prepared = read_assets(raw.get("alert_assets") or {}, "alert_assets", MAX_ALERT_ASSET)
    if sum(asset.bytes for asset in prepared) > MAX_ALERT_ASSETS:
        raise ValueError(f"its alert_assets are larger than {MAX_ALERT_ASSETS} bytes")
    windows = [(page.start, page.until) for page in pages if not page.fallback]
    return Manifest(
        version=Version(whole(raw, "serial", 1, 2**63), digest),
        screen=text(raw, "screen"),
        name=text(raw, "name"),
        width=width,
        height=height,
        rotate=one_of(raw, "rotate", (0, 90, 180, 270)),
        generated=instant(raw, "generated"),
        data_as_of=None if raw["data_as_of"] is None else instant(raw, "data_as_of"),
        horizon=horizon,
        zone=text(raw, "zone"),
        poll_seconds=whole(raw, "poll_seconds", 1, 2**31),
        pages=pages,
        edges=tuple(sorted({horizon, *(edge for window in windows for edge in window)})),
        assets={asset.name: asset for asset in assets.values()},
        updated=_updated(fields(raw["updated"], "updated"), assets) if raw.get("updated") is not None else None,
        films=tuple(dict.fromkeys(page.video.film for page in pages if page.video)),
        next_key=public_key(raw["next_key"], "next_key") if raw.get("next_key") is not None else None,
        alerts=whole(raw, "alerts", 0, 2**63) if raw.get("alerts") is not None else 0,
        alert_assets=prepared,
    )


def _page(raw: Fields, assets: dict[str, Asset], films: dict[str, Asset], size: tuple[int, int]) -> ManifestPage:
    picture = assets[text(raw, "asset")]
    if picture.media_type == "font/ttf":
        raise ValueError(f'page "{raw["id"]}" shows a font')
    return ManifestPage(
        id=text(raw, "id"),
        kind=text(raw, "kind"),
        picture=picture,
        start=instant(raw, "from"),
        until=instant(raw, "until"),
        dwell_seconds=number(raw, "dwell_seconds", 0.1, 86400.0),
        dated=one_of(raw, "dated", (True, False)),
        fallback=one_of(raw, "fallback", (True, False)),
        clock=None if raw["clock"] is None else read_place(fields(raw["clock"], "clock"), assets),
        video=_film(fields(raw["video"], "video"), films, size) if raw.get("video") is not None else None,
        alert=text(raw, "alert") if raw.get("alert") is not None else None,
    )


def _film(raw: Fields, films: dict[str, Asset], size: tuple[int, int]) -> FilmArea:
    x, y = whole(raw, "x", 0, size[0]), whole(raw, "y", 0, size[1])
    width, height = whole(raw, "width", 2, size[0] - x), whole(raw, "height", 2, size[1] - y)
    return FilmArea(films[text(raw, "asset")], number(raw, "seconds", 0.01, 86400.0), x, y, width, height)


def read_place(raw: Fields, assets: dict[str, Asset]) -> ClockArea:
    """Where and how a line of text is drawn. Raises ValueError or KeyError."""
    x, y, width, height = (number(raw, key, -9999, 9999) for key in ("x", "y", "width", "height"))
    align = one_of(raw, "align", ("left", "center", "right"))
    size, ink, font = number(raw, "size", 1, 2000), color(raw, "color"), read_font(raw, assets)
    separator = one_of({"separator": ".", **raw}, "separator", (".", ":"))
    return ClockArea(x, y, width, height, size, ink, align, font, separator)


def _updated(raw: Fields, assets: dict[str, Asset]) -> DataAgeArea:
    line = text(raw, "text")
    if not 1 <= len(line) <= MAX_LINE:
        raise ValueError(f"the line on the data's age must have 1 to {MAX_LINE} letters")
    return DataAgeArea(
        whole(raw, "after_seconds", 1, 2**31),
        line,
        color(raw, "color"),
        color(raw, "ground"),
        read_font(raw, assets),
        number(raw, "size", 1, 2000),
    )


def read_font(raw: Fields, assets: dict[str, Asset]) -> Asset:
    """The typeface that `font` names. Raises ValueError or KeyError."""
    font = assets[text(raw, "font")]
    if font.media_type != "font/ttf":
        raise ValueError("its letters need a TrueType font")
    return font


def read_assets(
    listed: object, what: str, most: int = MAX_ASSET, types: tuple[str, ...] = tuple(SUFFIXES)
) -> tuple[Asset, ...]:
    """A table of assets, each of at most `most` bytes. Raises ValueError or KeyError."""
    found = []
    for sha256, about in fields(listed, what).items():
        raw = fields(about, "an asset")
        if not SHA256.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is not a sha256")
        found.append(Asset(sha256, whole(raw, "bytes", 1, most), one_of(raw, "media_type", types)))
    return tuple(found)
