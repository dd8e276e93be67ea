"""What is published, for comparing it with what hangs there. I/O: reads the published folder.

Small copies of pictures are kept, so that a picture is decoded about once for every time it is published.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image

from signage.domain.alerts import AlertLevel
from signage.fleet.alert_verdict import entry_of, is_edge
from signage.fleet.current_alerts import CurrentAlerts
from signage.fleet.messages import HeartbeatMessage
from signage.fleet.picture_comparison import OVERSCANS, Box, Placing, Template, is_fade, place, prepare, same_page
from signage.fleet.rate_limiter import RateLimiter
from signage.fleet.verdict import expected_pages, shown_alert
from signage.publishing.bundle_format import (
    AlertDocument,
    AlertLine,
    AlertPicture,
    AssetEntry,
    ClockPlace,
    Manifest,
    PageEntry,
)
from signage.publishing.current_manifests import CurrentManifests
from signage.publishing.manifest import asset_name

log = logging.getLogger(__name__)

PICTURES_KEPT = 64  # small copies, 400 kB each: the open pages of a dozen screens
TEMPLATES_KEPT = 128  # made ready for comparing, 300 kB each
SMALL = 480  # pixels of a copy's longer side: twice a thumbnail's
LINE_HIGH, LINE_WIDE = 1.6, 24  # sizes of its type: the margin that layouts keep free for the line, and its length
DECODE_BURST = 40  # pictures at once, 40 ms each on one core: a house with a dozen screens after a restart
DECODE_EARN = timedelta(milliseconds=250)  # and then 4 a second: a thousand screens must not cost a core


def drawn_by_the_player(manifest: Manifest, page: PageEntry) -> tuple[Box, ...]:
    """Where a page is not only the picture: the clock, the line with the age of the data, and a film
    (docs/bundle-format.md). Boxes in picture pixels."""
    boxes: list[Box] = []
    if clock := page["clock"]:
        boxes.append(_written(clock))
    boxes += _data_age(manifest)
    if film := page.get("video"):
        boxes.append((film["x"], film["y"], film["width"], film["height"]))
    return tuple(boxes)


def _data_age(manifest: Manifest) -> list[Box]:
    """Where the player writes how old the data is: on pages, those of alerts included, but on no takeover."""
    updated = manifest.get("updated")
    if not updated:
        return []
    high, wide = LINE_HIGH * updated["size"], min(LINE_WIDE * updated["size"], manifest["width"])
    return [(manifest["width"] - wide, manifest["height"] - high, wide, high)]


def _written(text: ClockPlace | AlertLine) -> Box:
    more = text["size"] / 2  # the player paints half a letter around the box
    return text["x"] - more, text["y"] - more, text["width"] + 2 * more, text["height"] + 2 * more


@dataclass(frozen=True, slots=True)
class Strip:
    """A banner's picture, and the box that it fills, in picture pixels."""

    asset: str
    box: Box


@dataclass(frozen=True, slots=True)
class Composed:
    """What is on a display: a picture, the banner over it, and the boxes that the player writes in."""

    asset: str
    drawn: tuple[Box, ...] = ()
    banner: Strip | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What is published for a screen."""

    manifest: Manifest
    alerts: AlertDocument | None = None

    @property
    def assets(self) -> Mapping[str, AssetEntry]:
        return {**self.manifest["assets"], **(self.alerts["assets"] if self.alerts else {})}

    def is_in_force(self, beat: HeartbeatMessage) -> bool:
        """Does the player have what is published? Else it isn't known how its pages look."""
        known = beat.alerts
        if known is not None and self.alerts is not None and known.serial != self.alerts["serial"]:
            return False
        return bool(shown_alert(beat)) or beat.serial == self.manifest["serial"]

    def banners(self, beat: HeartbeatMessage, at: datetime) -> list[AlertPicture | None]:
        """The banners that may lie over the page, one of them; None: there may be none."""
        entries = [entry_of(self.alerts, shown) for shown in beat.alerts.shown] if beat.alerts else []
        shown = [entry for entry in entries if entry is not None and entry["level"] == "banner"]
        pictures: list[AlertPicture | None] = [page for entry in shown for page in entry["pages"]]
        coming = [each for each in (self.alerts["alerts"] if self.alerts else []) if each["level"] == "banner"]
        if not pictures or any(is_edge(entry, at) for entry in coming):
            pictures.append(None)
        return pictures


class PublishedPictures:
    """Reads `published`. Safe to use from several threads."""

    def __init__(self, published: Path) -> None:
        self.published = published
        self._lock = threading.Lock()
        self.manifests = CurrentManifests(published)
        self.alerts = CurrentAlerts(published)
        self._small: OrderedDict[str, Image.Image] = OrderedDict()
        self._ready: OrderedDict[tuple[Composed, Placing, tuple[int, int]], Template] = OrderedDict()
        self._decode_limit = RateLimiter(DECODE_BURST, DECODE_EARN)

    def looks(
        self, beat: HeartbeatMessage, thumbnail: Image.Image, published: Published, at: datetime, now: datetime
    ) -> bool | None:
        """Does the thumbnail look like the page or the alert that the player reports, or like a fade from or to it?

        None: there is nothing to compare with, or no time for it now.
        """
        if not published.is_in_force(beat):
            return None
        comparison = _Comparison(self, beat, thumbnail, published, now)
        if alert := shown_alert(beat):
            return comparison.with_alert(alert)
        answers = [comparison.with_page(banner, at) for banner in published.banners(beat, at)]
        return True if True in answers else None if None in answers else False

    def template(
        self,
        whole: Composed,
        placing: Placing,
        size: tuple[int, int],
        assets: Mapping[str, AssetEntry],
        now: datetime,
    ) -> Template | None:
        """How it should look on a thumbnail of this size; None when it can't be read, or not now."""
        key = (whole, placing, size)
        with self._lock:
            if key in self._ready:
                self._ready.move_to_end(key)
                return self._ready[key]
        picture = self.composed(whole, placing, assets, now)
        if picture is None:
            return None
        template = prepare(picture, placing, size, whole.drawn)
        with self._lock:
            self._ready[key] = template
            while len(self._ready) > TEMPLATES_KEPT:
                self._ready.popitem(last=False)
        return template

    def composed(
        self, whole: Composed, placing: Placing, assets: Mapping[str, AssetEntry], now: datetime
    ) -> Image.Image | None:
        """A small copy of it, with the banner over it; None when it can't be read, or not now."""
        picture = self._picture(whole.asset, assets, now)
        if picture is None or whole.banner is None:
            return picture
        strip = self._picture(whole.banner.asset, assets, now)
        if strip is None:
            return None
        x, y, width, height = (round(side * picture.width / placing.width) for side in whole.banner.box)
        together = picture.copy()
        together.paste(strip.resize((max(1, width), max(1, height)), Image.Resampling.BOX), (x, y))
        return together

    def _picture(self, sha256: str, assets: Mapping[str, AssetEntry], now: datetime) -> Image.Image | None:
        about = assets.get(sha256)
        with self._lock:
            if sha256 in self._small:
                self._small.move_to_end(sha256)
                return self._small[sha256]
        if about is None or not self._decode_limit.spend("", now):
            return None
        try:
            with Image.open(self.published / "assets" / asset_name(sha256, about["media_type"])) as image:
                small = image.convert("RGB")
        except (OSError, KeyError, ValueError) as error:
            log.warning("a published picture can't be read, so no display can be compared with it: %s", error)
            return None
        if max(small.size) > SMALL:
            scale = SMALL / max(small.size)
            size = (max(1, round(small.width * scale)), max(1, round(small.height * scale)))
            small = small.resize(size, Image.Resampling.BOX)
        with self._lock:
            self._small[sha256] = small
            while len(self._small) > PICTURES_KEPT:
                self._small.popitem(last=False)
        return small


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Of one thumbnail with what may be on the display. The answers are those of `PublishedPictures.looks`."""

    pictures: PublishedPictures
    beat: HeartbeatMessage
    thumbnail: Image.Image
    published: Published
    now: datetime

    def with_alert(self, alert: str) -> bool | None:
        entry = entry_of(self.published.alerts, alert)
        page = next((each for each in entry["pages"] if each["asset"] == self._reported()), None) if entry else None
        if entry is None or page is None:
            return None
        lines = [_written(line) for line in page["lines"]]
        if entry["level"] != AlertLevel.TAKEOVER:
            lines += _data_age(self.published.manifest)
        whole = Composed(page["asset"], tuple(lines))
        return self._is_same(whole, self._placing(page["width"], page["height"]))

    def with_page(self, banner: AlertPicture | None, at: datetime) -> bool | None:
        manifest = self.published.manifest
        page = next((page for page in manifest["pages"] if page["asset"] == self._reported()), None)
        if page is None:
            return None
        placing = self._placing(manifest["width"], manifest["height"])
        whole = Composed(page["asset"], drawn_by_the_player(manifest, page))
        if banner is not None:
            strip = Strip(banner["asset"], (banner["x"], banner["y"], banner["width"], banner["height"]))
            whole = Composed(page["asset"], (*whole.drawn, *map(_written, banner["lines"])), strip)
        same = self._is_same(whole, placing)
        if same is not False:
            return same
        open_now = {each["asset"] for each in expected_pages(manifest, at, self.beat.clock.trusted)} - {page["asset"]}
        others = [replace(whole, asset=asset) for asset in sorted(open_now)]
        return self._is_fade(whole, others, placing)

    def _is_fade(self, whole: Composed, others: list[Composed], placing: Placing) -> bool | None:
        assets, size = self.published.assets, self.thumbnail.size
        template = self.pictures.template(whole, placing, size, assets, self.now)
        pictures = [self.pictures.composed(other, placing, assets, self.now) for other in others]
        for picture in pictures:
            if picture and template and is_fade(self.thumbnail, template, place(picture, placing, size)):
                return True
        return None if None in pictures else False

    def _is_same(self, whole: Composed, placing: Placing) -> bool | None:
        """Where the player doesn't report its margin, with any of the usual ones."""
        margins = OVERSCANS if self.beat.overscan is None else ()
        for each in (placing, *(replace(placing, overscan=margin) for margin in margins)):
            template = self.pictures.template(whole, each, self.thumbnail.size, self.published.assets, self.now)
            if template is None and each is placing:
                return None
            if template is not None and same_page(self.thumbnail, template):
                return True
        return False

    def _reported(self) -> str:
        return self.beat.page.asset if self.beat.page else ""

    def _placing(self, width: int, height: int) -> Placing:
        return Placing(width, height, self.beat.rotate, self.beat.overscan or 0.0)
