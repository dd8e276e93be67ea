"""Make the pictures of the README, and each layout's preview, from the layouts' sample data: `make pictures`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from signage.app.alert_pictures import AlertPictures
from signage.app.folders import Folders
from signage.cli.alert_previews import alert_shots
from signage.preview import Shot, photographer, read_sample
from signage.rendering.layouts import load_layout

PICTURES = Path(__file__).parent / "pictures"
LAYOUTS = Path(__file__).parents[1] / "layouts"
LONG_SIDE = 960  # px
LYING, UPRIGHT = "1920x1080", "1080x1920"
# Layout, size and language -> the kinds of page that are shown of it.
WANTED = {
    ("fjord", LYING, "nb"): (
        "today",
        "week",
        "event",
        "now",
        "countdown",
        "weather",
        "organisation",
        "split",
        "sponsor",
        "picture",
        "table",
        "departures",
    ),
    ("fjord", LYING, "nn"): ("agenda",),
    ("fjord", LYING, "uk"): ("few",),
    ("fjord", UPRIGHT, "nb"): ("today", "evergreen"),
    ("fjord", "1920x540", "nb"): ("today",),
    ("fjord", "1440x1080", "nb"): ("video",),
    ("plakat", LYING, "nb"): ("today", "notice"),
    ("plakat", UPRIGHT, "nb"): ("event",),
    ("natt", LYING, "nb"): ("agenda", "event"),
}
# The preview in a layout's folder: four lying pages, two by two, and two upright ones beside them.
PREVIEW = {LYING: ("today", "event", "week", "countdown"), UPRIGHT: ("agenda", "event")}
CELL = (640, 360)  # px
GAP = 16


def preview(folder: Path) -> Image.Image:
    """A layout at a glance, for whoever chooses one."""
    layout, sample = load_layout(folder), read_sample(folder)
    with photographer({layout.name: layout}, sample.pictures) as camera:
        taken = {size: camera.take_sample(sample, layout, size) for size in PREVIEW}
    shots = {(size, kind): shot for size, found in taken.items() for kind, shot in found.items()}
    width, height = CELL
    tall = (round((2 * height + GAP) * 9 / 16), 2 * height + GAP)
    sheet = Image.new("RGB", (2 * width + 2 * tall[0] + 5 * GAP, tall[1] + 2 * GAP), "#8a8f93")
    for size, kinds in PREVIEW.items():
        for number, kind in enumerate(kinds):
            picture = shots[size, kind].picture
            assert picture is not None, (folder.name, kind)
            if size == LYING:
                cell, left, top = CELL, number % 2 * (width + GAP), number // 2 * (height + GAP)
            else:
                cell, left, top = tall, 2 * (width + GAP) + number * (tall[0] + GAP), 0
            sheet.paste(picture.resize(cell, Image.Resampling.LANCZOS), (left + GAP, top + GAP))
    return sheet


def main() -> None:
    for folder in sorted(path.parent for path in LAYOUTS.glob("*/layout.toml")):
        preview(folder).save(folder / "preview.webp", quality=80, method=6)
    PICTURES.mkdir(exist_ok=True)
    for old in PICTURES.glob("*.png"):
        old.unlink()
    for (name, size, language), kinds in WANTED.items():
        folder = LAYOUTS / name
        layout, sample = load_layout(folder), read_sample(folder)
        with photographer({name: layout}, sample.pictures) as camera:
            shots = camera.take_sample(sample, layout, size, language)
        for kind in kinds:
            save(shots[kind], f"{name}-{kind}-{size}")
    with TemporaryDirectory() as state, closing(AlertPictures(Folders(Path(state)))) as pictures:
        save(alert_shots(pictures, LYING, "nb", stress=False)["alert"], f"alert-{LYING}")  # the same in all layouts


def save(shot: Shot, name: str) -> None:
    """The picture as the docs show it: small, and in few colours."""
    picture = shot.picture
    assert picture is not None, (name, shot.report.problems)
    picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    picture.quantize(256, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
