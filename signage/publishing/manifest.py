"""One screen's manifest (docs/bundle-format.md): from pages to exact bytes, and what it says for an instant. Pure."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from signage.domain.live_place import LivePlace
from signage.domain.model import ClockBox, Rendered, ShownOccurrence
from signage.publishing import data_age_label
from signage.publishing.bundle_format import (
    AssetEntry,
    ClockPlace,
    Manifest,
    ManifestContent,
    OptionalKeys,
    PageEntry,
    TextBox,
)
from signage.publishing.data_age_label import DataAgeLabel
from signage.publishing.videos import VIDEO_TYPE, PageVideo, named_videos
from signage.wording.dates import clock_separator
from signage.wording.languages import load

FORMAT = 1
ALWAYS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))  # a fallback page's window
FONT_TYPE = "font/ttf"
SUFFIXES = {"image/webp": ".webp", "image/png": ".png", FONT_TYPE: ".ttf", VIDEO_TYPE: ".mp4"}


@dataclass(frozen=True, slots=True)
class BundlePage:
    """One page of a screen with its window in UTC. `name` keeps pages with the same picture in the same place apart."""

    name: str
    kind: str
    rendered: Rendered
    start: datetime
    until: datetime
    dwell_seconds: float
    events: tuple[ShownOccurrence, ...] = ()
    dated: bool = True
    fallback: bool = False
    video: PageVideo | None = None
    live: bool = False


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything that a screen's manifest says, its serial aside. `font` is the clock's typeface: sha256 and size.

    `places`: those for live pages, which are not among `pages`.
    """

    screen: str
    name: str
    width: int
    height: int
    rotate: int
    generated: datetime
    data_as_of: datetime | None
    horizon: datetime
    zone: str
    language: str
    poll_seconds: int
    pages: tuple[BundlePage, ...]
    font: tuple[str, int]
    updated: DataAgeLabel | None = None
    places: tuple[LivePlace, ...] = ()

    def manifest(self) -> ManifestContent:
        """The manifest without its serial, keys in the order of the format's table."""
        zone = ZoneInfo(self.zone)
        separator = clock_separator(load(self.language))
        ids = _ids(self.pages)
        pages = [_page(page, id_, zone, self.font[0], separator) for page, id_ in zip(self.pages, ids, strict=True)]
        updated: OptionalKeys = {} if self.updated is None else {"updated": self.updated.manifest()}
        return {
            "format": FORMAT,
            "screen": self.screen,
            "name": self.name,
            "width": self.width,
            "height": self.height,
            "rotate": self.rotate,
            "generated": _instant(self.generated, zone),
            "data_as_of": None if self.data_as_of is None else _instant(self.data_as_of, zone),
            "horizon": _instant(self.horizon, zone),
            "zone": self.zone,
            "language": self.language,
            "poll_seconds": self.poll_seconds,
            **updated,
            **self._videos(),
            "pages": pages,
            "assets": self._assets(),
        }

    def films(self) -> dict[str, Path]:
        """Where the bytes of the films are, by their sha256."""
        return {page.video.clip.sha256: Path(page.video.clip.path) for page in self.pages if page.video}

    def _videos(self) -> OptionalKeys:
        videos = {page.video.clip.sha256: page.video.asset() for page in self.pages if page.video}
        return {"videos": videos} if videos else {}

    def _assets(self) -> dict[str, AssetEntry]:
        assets: dict[str, AssetEntry] = {}
        for page in self.pages:
            assets[page.rendered.sha256] = {"bytes": page.rendered.bytes, "media_type": page.rendered.media_type}
            if page.rendered.report.clock:
                assets[self.font[0]] = {"bytes": self.font[1], "media_type": FONT_TYPE}
        if self.updated is not None:
            assets[data_age_label.font()[0]] = {"bytes": data_age_label.font()[1], "media_type": FONT_TYPE}
        return assets


def _ids(pages: Sequence[BundlePage]) -> list[str]:
    """An id for each page: its name, numbered by the windows' beginnings where several have it. In the order of the
    list, a page on a display would get another id as soon as a longer plan lists the same one for a later day.
    """
    ids, seen = [""] * len(pages), Counter[str]()
    for place in sorted(range(len(pages)), key=lambda place: pages[place].start):
        name = pages[place].name
        seen[name] += 1
        ids[place] = name if seen[name] == 1 else f"{name}-{seen[name]}"
    return ids


def _page(page: BundlePage, identity: str, zone: ZoneInfo, font: str, separator: str) -> PageEntry:
    entry: PageEntry = {
        "id": identity,
        "kind": page.kind,
        "asset": page.rendered.sha256,
        "from": _instant(page.start, zone),
        "until": _instant(page.until, zone),
        "dwell_seconds": page.dwell_seconds,
        "alt": page.rendered.report.text,
        "events": [
            {"id": e.id, "start": _instant(e.start, zone), "end": _instant(e.end, zone), "title": e.title}
            for e in page.events
        ],
        "dated": page.dated,
        "fallback": page.fallback,
        "clock": _clock(page.rendered.report.clock, font, separator),
    }
    if page.video:
        entry["video"] = page.video.place()
    if page.live:
        entry["live"] = True
    return entry


def _clock(box: ClockBox | None, font: str, separator: str) -> ClockPlace | None:
    return None if box is None else {**text_box(box, font), "separator": separator}


def text_box(box: ClockBox, font: str) -> TextBox:
    """Where the player draws text in the typeface with this sha256."""
    return {
        "x": box.x,
        "y": box.y,
        "width": box.width,
        "height": box.height,
        "size": box.size,
        "color": box.color,
        "align": box.align,
        "font": font,
    }


def _instant(at: datetime, zone: ZoneInfo) -> str:
    """RFC 3339 with the screen's offset. Fractions are cut: an end must never come later than it is."""
    return at.astimezone(zone).replace(microsecond=0).isoformat()


def encode_manifest(manifest: ManifestContent, serial: int) -> bytes:
    """The exact bytes that are signed. The same manifest and serial give the same bytes."""
    return json.dumps({**manifest, "serial": serial}, ensure_ascii=False, indent=1).encode() + b"\n"


END_BYTES = 100  # of a manifest that `serials_at` needs
_END = re.compile(rb'(?:\n "news": ([0-9]+),)?\n "serial": ([0-9]+)\n\}\n\Z')


def serials_at(end: bytes) -> tuple[int, int] | None:
    """The serial of a manifest, and that of what was news last, from the end of what `encode_manifest` gave; None for
    anything else.
    """
    found = _END.search(end)
    return None if found is None else (int(found[2]), int(found[1] or found[2]))


@dataclass(frozen=True, slots=True)
class ManifestParts:
    """The bytes of a manifest, in three: the keys before the pages, the pages, and the keys behind them.

    Each key of a manifest begins a line with one space, as nothing inside of it does.
    """

    before: bytes
    pages: bytes
    behind: bytes

    @classmethod
    def of(cls, data: bytes) -> ManifestParts | None:
        """The parts of what `encode_manifest` gave; None for anything else."""
        start, end = data.find(b'\n "pages": ['), data.rfind(b'\n "assets": {')
        return cls(data[:start], data[start:end], data[end:]) if 0 <= start < end else None

    @property
    def data(self) -> bytes:
        return self.before + self.pages + self.behind

    @property
    def head(self) -> bytes:
        """What there is apart from the pages, which are most of it."""
        return self.before + self.behind

    def without_pages(self) -> Manifest:
        """The manifest, but for the pages."""
        head: Manifest = json.loads(self.head)
        return head

    def renewed(self, serial: int, generated: datetime, data_as_of: datetime | None, zone: ZoneInfo) -> ManifestParts:
        """The same, made at another instant and of data of another age, as `encode_manifest` gives it."""
        as_of = None if data_as_of is None else _instant(data_as_of, zone)
        before = _with_line(self.before, "generated", _instant(generated, zone))
        before = _with_line(before, "data_as_of", as_of)
        behind = _with_line(self.behind, "serial", serial)
        if b'\n "planned": ' in behind:
            behind = _with_line(behind, "planned", _instant(generated, zone))
            behind = _with_line(behind, "planned_serial", serial)
        return replace(self, before=before, behind=behind)


def _with_line(data: bytes, key: str, value: str | int | None) -> bytes:
    """The bytes with another value of a key that has a line."""
    line = f'\n "{key}": '.encode()
    start = data.rindex(line) + len(line)
    end = data.index(b"\n", start)
    comma = b"," if data[end - 1 : end] == b"," else b""
    return data[:start] + json.dumps(value).encode() + comma + data[end:]


def named_assets(manifest: ManifestContent) -> dict[str, AssetEntry]:
    """Every asset that has to be there with a manifest: those of its pages and films, of the telephones' pages, and of
    prepared alerts.
    """
    more = (manifest.get("phone_assets", {}), manifest.get("videos", {}), manifest.get("alert_assets", {}))
    return {sha256: about for assets in (manifest["assets"], *more) for sha256, about in assets.items()}


def asset_name(sha256: str, media_type: str) -> str:
    """The file name of an asset under assets/."""
    return sha256 + SUFFIXES[media_type]


def graft(new: ManifestContent, old: Manifest, cut: datetime) -> ManifestContent:
    """`new` until the instant `cut`, and from there what `old` had planned: a quick publication keeps the long horizon.

    Windows of `old` are shortened to begin at `cut` at the earliest; nothing is shown that `old` did not show then.
    """
    if datetime.fromisoformat(old["horizon"]) <= cut:
        return new
    zone = ZoneInfo(new["zone"])
    names = {page["id"] for page in new["pages"]}
    later: list[PageEntry] = []
    for page in old["pages"]:
        if page["fallback"] or datetime.fromisoformat(page["until"]) <= cut:
            continue
        start = max(datetime.fromisoformat(page["from"]), cut)
        identity = page["id"]
        while identity in names:
            identity += "-later"
        names.add(identity)
        later.append({**page, "id": identity, "from": _instant(start, zone)})
    fallback = [page for page in new["pages"] if page["fallback"]]
    pages = [page for page in new["pages"] if not page["fallback"]] + later + fallback
    named = {page["asset"] for page in pages} | {page["clock"]["font"] for page in pages if page["clock"]}
    if "updated" in new:
        named.add(new["updated"]["font"])
    assets = {**old["assets"], **new["assets"]}
    videos = named_videos(pages, old.get("videos", {}), new.get("videos", {}))
    films: OptionalKeys = {"videos": videos} if videos else {}
    return {
        **new,
        **films,
        "horizon": old["horizon"],
        "pages": pages,
        "assets": {sha256: about for sha256, about in assets.items() if sha256 in named},
    }


def open_pages(manifest: ManifestContent, at: datetime) -> list[PageEntry]:
    """The pages that a player with a trusted clock shows at the instant `at`, in order (docs/bundle-format.md)."""
    pages = manifest["pages"]
    shown: list[PageEntry] = []
    if at < datetime.fromisoformat(manifest["horizon"]):
        shown = [
            page
            for page in pages
            if not page["fallback"]
            and datetime.fromisoformat(page["from"]) <= at < datetime.fromisoformat(page["until"])
        ]
    return shown or [page for page in pages if page["fallback"]]
