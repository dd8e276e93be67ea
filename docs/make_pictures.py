"""Make the pictures of the README from the layouts' sample data: `make pictures`."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from signage.layouts import load_layout
from signage.preview import read_sample, shoot_sample

PICTURES = Path(__file__).parent / "pictures"
LAYOUTS = Path(__file__).parents[1] / "layouts"
LONG_SIDE = 960  # px
LYING, UPRIGHT = "1920x1080", "1080x1920"
# Layout, size and language -> the kinds of page that are shown of it.
WANTED = {
    ("fjord", LYING, "nb"): ("today", "week", "event", "now", "countdown", "organisation", "split", "sponsor"),
    ("fjord", LYING, "nn"): ("agenda",),
    ("fjord", LYING, "uk"): ("few",),
    ("fjord", UPRIGHT, "nb"): ("today", "evergreen"),
    ("fjord", "1920x540", "nb"): ("today",),
    ("plakat", LYING, "nb"): ("today", "notice"),
    ("plakat", UPRIGHT, "nb"): ("event",),
    ("natt", LYING, "nb"): ("agenda", "event"),
}


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    for (name, size, language), kinds in WANTED.items():
        folder = LAYOUTS / name
        shots = shoot_sample(read_sample(folder), load_layout(folder), size, language)
        for kind in kinds:
            picture = shots[kind].picture
            assert picture is not None, (name, kind, shots[kind].report.problems)
            picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
            flat = picture.quantize(256, dither=Image.Dither.NONE)
            flat.save(PICTURES / f"{name}-{kind}-{size}.png", optimize=True)


if __name__ == "__main__":
    main()
