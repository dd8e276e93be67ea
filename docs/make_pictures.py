"""Make the pictures of the README from a published demo: `make pictures`.

The renderer's pictures leave the clock out, because players draw it; here it is drawn as they do.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from signage.bundle import open_pages

PICTURES = Path(__file__).parent / "pictures"
WIDTH = 960  # px of a landscape picture; a portrait one is as high
WANTED = {
    "today": ("hemne-bibliotek", "today"),
    "agenda": ("halsa-frivilligsentral", "agenda"),
    "week": ("hemne-bibliotek", "week"),
    "event": ("hemne-bibliotek", "event"),
    "event-portrait": ("kulorn-kino", "event"),
    "today-portrait": ("radhuset", "today"),
    "week-portrait": ("radhuset", "week"),
    "notice": ("hemne-bibliotek", "notice"),
    "evergreen-portrait": ("radhuset", "evergreen"),
}


def main(published: Path, at: datetime) -> None:
    PICTURES.mkdir(exist_ok=True)
    for name, (screen, kind) in WANTED.items():
        manifest = json.loads((published / "screens" / screen / "manifest.json").read_bytes())
        page = next(page for page in open_pages(manifest, at) if page["kind"] == kind)
        image = Image.open(published / "assets" / f"{page['asset']}.webp").convert("RGB")
        if page["clock"]:
            draw_clock(image, page["clock"], f"{at:%H.%M}", published)
        image.thumbnail((WIDTH, WIDTH), Image.Resampling.LANCZOS)
        image.quantize(256, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)


def draw_clock(image: Image.Image, clock: dict[str, Any], text: str, published: Path) -> None:
    font = ImageFont.truetype(published / "assets" / f"{clock['font']}.ttf", clock["size"])
    anchor = {"left": "lm", "center": "mm", "right": "rm"}[clock["align"]]
    across = {"left": 0.0, "center": 0.5, "right": 1.0}[clock["align"]]
    place = (clock["x"] + across * clock["width"], clock["y"] + clock["height"] / 2)
    ImageDraw.Draw(image).text(place, text, clock["color"], font, anchor)


if __name__ == "__main__":
    main(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
