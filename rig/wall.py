"""What the wall should show: real pages of a layout, published and served as the renderer would."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from rig.image import ROOT
from rig.machine import HEIGHT, HOST, WIDTH
from rig.screen import Shown, clock_box
from tests.fixtures.bundle_server import BundleServer, serve
from tests.fixtures.bundles import KEY, Page, evergreen, page, publish

PICTURES = ROOT / "docs" / "pictures"
TODAY, AGENDA, WEEK, EVERGREEN = "today", "agenda", "week", "evergreen"
NAMES = (TODAY, AGENDA, WEEK, EVERGREEN)  # each gets one of the layouts' pictures, whichever it is
DWELL = 8.0  # seconds; a fade takes a good one in emulation
POLL = 10  # seconds
HORIZON = timedelta(days=14)
# On the rail, below the date; the rest of the picture is compared to the pixel.
CLOCK: dict[str, Any] = {
    "x": 60.0, "y": 440.0, "width": 360.0, "height": 110.0, "size": 96.0, "color": "#f2b84b", "align": "left",
}  # fmt: skip


@dataclass
class Wall:
    """A published screen "library". `shown` and `before` are how the pages of this bundle and the last one stand."""

    site: BundleServer
    serial: int = 0
    shown: dict[str, Shown] = field(default_factory=dict)
    before: dict[str, Shown] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """As the machine sees it."""
        return self.site.url.replace("127.0.0.1", HOST)

    @property
    def key(self) -> str:
        return KEY.verify_key.encode().hex()

    def publish(self, *pages: Page, now: datetime | None = None, stripe: int = 0) -> None:
        """Put these pages and the evergreen one in force, made at `now`. `stripe`: another picture of that one."""
        self.serial += 1
        made = now or datetime.now(UTC)
        name = EVERGREEN if not stripe else f"{EVERGREEN}-{stripe}"
        last = evergreen(name, picture=webp(EVERGREEN, stripe), clock=CLOCK, dwell_seconds=DWELL)
        publish(
            self.site.folder,
            self.serial,
            *pages,
            last,
            width=WIDTH,
            height=HEIGHT,
            poll_seconds=POLL,
            generated=made.isoformat(),
            data_as_of=made.isoformat(),
            horizon=(made + HORIZON).isoformat(),
        )
        self.before, self.shown = self.shown, {}
        for one in (*pages, last):
            picture = Image.open(io.BytesIO(one.picture or b"")).convert("RGB")
            left, top, wide, high = one.film_box or (0, 0, WIDTH, HEIGHT)
            film = (left, top, left + wide, top + high) if one.film is not None else None
            self.shown[one.id] = Shown(picture, clock_box(CLOCK), film)

    def usual(self, now: datetime | None = None) -> tuple[str, str]:
        """Two dated pages for the whole fortnight; gives their ids."""
        made = now or datetime.now(UTC)
        self.publish(dated(TODAY, made), dated(AGENDA, made), now=made)
        return TODAY, AGENDA


def dated(
    id: str, now: datetime, start: timedelta = timedelta(days=-1), until: timedelta = HORIZON, stripe: int = 0
) -> Page:
    """A page that is open from `start` until `until`, counted from `now`. `stripe` makes another picture of it."""
    return page(
        id if not stripe else f"{id}-{stripe}",
        from_=(now + start).isoformat(),
        until=(now + until).isoformat(),
        dwell_seconds=DWELL,
        clock=CLOCK,
        picture=webp(id, stripe),
    )


def webp(id: str, stripe: int = 0) -> bytes:
    """The picture of a page, as the renderer encodes it; a `stripe` (from 1) marks it, so that each is a new file."""
    # the README's pictures are half as large; doubled without smoothing they are as plain as the real ones
    file = sorted(PICTURES.glob("*-1920x1080.png"))[NAMES.index(id)]
    picture = Image.open(file).convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.NEAREST)
    if stripe:
        colour = (stripe * 37 % 256, stripe * 101 % 256, stripe * 173 % 256)
        picture.paste(colour, (WIDTH // 2, HEIGHT - 40, WIDTH, HEIGHT))
    return encoded(picture)


def encoded(picture: Image.Image) -> bytes:
    """A picture as it is published: lossless WebP."""
    out = io.BytesIO()
    picture.save(out, "WEBP", lossless=True, method=0)
    return out.getvalue()


@contextlib.contextmanager
def wall(folder: Path) -> Iterator[Wall]:
    """Serve an empty folder, to publish to."""
    folder.mkdir(parents=True, exist_ok=True)
    with serve(folder) as site:
        yield Wall(site)
