"""What is published, for comparing it with what hangs there. I/O: reads the published folder.

Small copies of pictures are kept, so that a picture is decoded about once for every time it is published.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image

from signage.fleet.messages import HeartbeatMessage
from signage.fleet.picture_comparison import OVERSCANS, Box, Placing, Template, is_fade, place, prepare, same_page
from signage.fleet.rate_limiter import RateLimiter
from signage.fleet.verdict import expected_pages
from signage.publishing.bundle_format import Manifest, PageEntry
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
        more = clock["size"] / 2  # the player paints half a letter around the box
        boxes.append((clock["x"] - more, clock["y"] - more, clock["width"] + 2 * more, clock["height"] + 2 * more))
    if updated := manifest.get("updated"):
        high, wide = LINE_HIGH * updated["size"], min(LINE_WIDE * updated["size"], manifest["width"])
        boxes.append((manifest["width"] - wide, manifest["height"] - high, wide, high))
    if film := page.get("video"):
        boxes.append((film["x"], film["y"], film["width"], film["height"]))
    return tuple(boxes)


class PublishedPictures:
    """Reads `published`. Safe to use from several threads."""

    def __init__(self, published: Path) -> None:
        self.published = published
        self._lock = threading.Lock()
        self.manifests = CurrentManifests(published)
        self._small: OrderedDict[str, Image.Image] = OrderedDict()
        self._ready: OrderedDict[tuple[str, Placing, tuple[int, int]], Template] = OrderedDict()
        self._decode_limit = RateLimiter(DECODE_BURST, DECODE_EARN)

    def looks(
        self, beat: HeartbeatMessage, thumbnail: Image.Image, manifest: Manifest, at: datetime, now: datetime
    ) -> bool | None:
        """Does the thumbnail look like the page that the player reports, or like a fade from or to it?

        None: there is nothing to compare with, or no time for it now.
        """
        page = next((page for page in manifest["pages"] if beat.page and page["asset"] == beat.page.asset), None)
        if page is None:
            return None
        placing = Placing(manifest["width"], manifest["height"], beat.rotate, beat.overscan or 0.0)
        template = self._template(page, placing, thumbnail.size, manifest, now)
        if template is None:
            return None
        if same_page(thumbnail, template):
            return True
        for overscan in OVERSCANS if beat.overscan is None else ():
            other = self._template(page, replace(placing, overscan=overscan), thumbnail.size, manifest, now)
            if other is not None and same_page(thumbnail, other):
                return True
        open_now = {each["asset"] for each in expected_pages(manifest, at, beat.clock.trusted)} - {page["asset"]}
        others = [self._picture(asset, manifest, now) for asset in sorted(open_now)]
        if any(is_fade(thumbnail, template, place(other, placing, thumbnail.size)) for other in others if other):
            return True
        return None if None in others else False

    def _template(
        self,
        page: PageEntry,
        placing: Placing,
        size: tuple[int, int],
        manifest: Manifest,
        now: datetime,
    ) -> Template | None:
        key = (f"{page['asset']} {drawn_by_the_player(manifest, page)}", placing, size)
        with self._lock:
            if key in self._ready:
                self._ready.move_to_end(key)
                return self._ready[key]
        picture = self._picture(page["asset"], manifest, now)
        if picture is None:
            return None
        template = prepare(picture, placing, size, drawn_by_the_player(manifest, page))
        with self._lock:
            self._ready[key] = template
            while len(self._ready) > TEMPLATES_KEPT:
                self._ready.popitem(last=False)
        return template

    def _picture(self, sha256: str, manifest: Manifest, now: datetime) -> Image.Image | None:
        about = manifest["assets"].get(sha256)
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
            size = (round(small.width * scale), round(small.height * scale))
            small = small.resize(size, Image.Resampling.BOX)
        with self._lock:
            self._small[sha256] = small
            while len(self._small) > PICTURES_KEPT:
                self._small.popitem(last=False)
        return small
