"""Approved pictures of pages, small: what there is, how they are taken, and how two are compared."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageChops, ImageFilter

from signage.app.alert_pictures import AlertPictures
from signage.app.folders import Folders
from signage.cli.alert_previews import alert_shots
from signage.preview import SIZES, Photographer, photographer, read_sample
from signage.rendering.alert_layout import NAME as ALERT
from signage.rendering.layouts import load_layout
from tests.fixtures.paths import LAYOUTS

FOLDER = Path(__file__).parent / "pictures"
LONG_SIDE = 400  # px
SAME = 0.0012  # of the picture may look different: what other antialiasing makes stays below a third of it
SEEN = 26  # of 255: a difference that a person sees side by side, after letters' rims are blurred away
BLUR = 1.1  # px


@dataclass(frozen=True, slots=True)
class Group:
    """The pages of one layout, size and language; `stress`: with everything that is odd."""

    layout: str
    size: str
    language: str
    stress: bool = True

    @property
    def name(self) -> str:
        return f"{self.layout}-{self.size}-{self.language}"


MATRIX = [
    *(Group(layout, size, "nb") for layout in ("fjord", "natt", "plakat") for size in SIZES),
    *(Group("fjord", size, language) for language in ("nn", "en", "de", "uk") for size in SIZES[:2]),
    *(Group(ALERT, size, "nb") for size in SIZES),
    *(Group(ALERT, SIZES[0], language, stress=False) for language in ("nn", "en", "de", "uk")),
]


@contextmanager
def browsers() -> Iterator[Photographer]:
    """Browsers for the pages of all groups, one group after the other."""
    folders = [LAYOUTS / name for name in sorted({group.layout for group in MATRIX} - {ALERT})]
    samples = [read_sample(folder, stress) for folder in folders for stress in (False, True)]
    pictures = {sha256: content for sample in samples for sha256, content in sample.pictures.items()}
    with photographer({folder.name: load_layout(folder) for folder in folders}, pictures) as camera:
        yield camera


def take(group: Group, camera: Photographer) -> dict[str, bytes]:
    """The pages of a group as they are now, as they are kept. One that does not fit at all is white."""
    if group.layout == ALERT:
        return take_alerts(group)
    folder = LAYOUTS / group.layout
    layout, sample = load_layout(folder), read_sample(folder, group.stress)
    shots = camera.take_sample(sample, layout, group.size, group.language)
    width, height = map(int, group.size.split("x"))
    blank = Image.new("RGB", (width, height), "white")
    return {page: kept(small(shot.picture or blank)) for page, shot in shots.items()}


def take_alerts(group: Group) -> dict[str, bytes]:
    """Alerts look the same in all layouts. With what is odd, and without."""
    shots = {}
    with TemporaryDirectory() as folder:
        pictures = AlertPictures(Folders(Path(folder)))
        for stress in {False, group.stress}:
            for kind, shot in alert_shots(pictures, group.size, group.language, stress=stress).items():
                shots[f"{kind}{'-stress' if stress else ''}"] = shot.picture
        pictures.close()
    return {name: kept(small(picture)) for name, picture in shots.items() if picture}


def kept(picture: Image.Image) -> bytes:
    """As a WebP. Both of what is compared have been through it: on yellow, its loss of colour can be seen."""
    buffer = io.BytesIO()
    picture.save(buffer, "webp", quality=80, method=6)
    return buffer.getvalue()


def read(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as opened:
        return opened.convert("RGB")


def small(picture: Image.Image) -> Image.Image:
    """In the size that is kept."""
    reduced = picture.convert("RGB")
    reduced.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    return reduced


def difference(one: Image.Image, other: Image.Image) -> float:
    """The part of the pixels that look different, 0 to 1; 1 when the sizes differ.

    Perceptual in the simple way that suits flat pages: the rims of letters, which another version of a browser draws
    otherwise, are blurred away, and what is left counts when a person would see it.
    """
    if one.size != other.size:
        return 1.0
    blurred = (picture.filter(ImageFilter.GaussianBlur(BLUR)) for picture in (one, other))
    apart = ImageChops.difference(*blurred)
    bands = apart.split()
    strongest = bands[0]
    for band in bands[1:]:
        strongest = ImageChops.lighter(strongest, band)
    counted = strongest.histogram()
    return sum(counted[SEEN:]) / (one.width * one.height)
