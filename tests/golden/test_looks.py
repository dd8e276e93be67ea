"""How pages look: every kind, size, layout and language with what is odd, against pictures that a person has approved.

`python -m tests.golden` makes the pictures anew. Differences are written to tests/out/looks/: approved, now, apart.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PIL import Image, ImageChops, ImageDraw

from signage.preview import Photographer
from tests.golden import FOLDER, MATRIX, SAME, Group, browsers, difference, read, small, take

OUT = FOLDER.parents[1] / "out" / "looks"
AGAIN = "if it is meant, run python -m tests.golden and look at the pictures"


@pytest.fixture(scope="module")
def camera() -> Iterator[Photographer]:
    with browsers() as made:
        yield made


@pytest.mark.browser
@pytest.mark.parametrize("group", MATRIX, ids=lambda group: group.name)
def test_pages_look_as_approved(group: Group, camera: Photographer) -> None:
    wrong = []
    for page, taken in take(group, camera).items():
        path = FOLDER / group.name / f"{page}.webp"
        if not path.is_file():
            wrong.append(f"{page}: there is no approved picture of it; {AGAIN}")
            continue
        approved, now = read(path.read_bytes()), read(taken)
        how = difference(approved, now)
        if how > SAME:
            OUT.mkdir(parents=True, exist_ok=True)
            beside(approved, now).save(OUT / f"{group.name}-{page}.png")
            wrong.append(f"{page}: {how:.2%} of it looks different (tests/out/looks/{group.name}-{page}.png); {AGAIN}")
    assert wrong == []


def test_there_is_no_picture_of_a_page_that_is_gone() -> None:
    known = {group.name for group in MATRIX}
    assert {path.name for path in FOLDER.iterdir()} <= known


@pytest.mark.parametrize("group", MATRIX, ids=lambda group: group.name)
def test_no_two_samples_look_the_same(group: Group) -> None:
    """What is meant to differ differs: a sample that shows what another shows proves nothing of its own."""
    pages: dict[bytes, str] = {}
    for path in sorted((FOLDER / group.name).glob("*.webp")):
        same = pages.setdefault(path.read_bytes(), path.stem)
        assert same == path.stem, f"{path.stem} and {same} are the same picture"


def beside(approved: Image.Image, now: Image.Image) -> Image.Image:
    made = Image.new("RGB", (approved.width * 3 + 16, max(approved.height, now.height)), "white")
    apart = Image.new("RGB", approved.size, "white")
    if approved.size == now.size:
        apart = ImageChops.difference(approved, now).point(lambda value: min(255, value * 4))
    for n, picture in enumerate((approved, now, apart)):
        made.paste(picture, (n * (approved.width + 8), 0))
    return made


@pytest.fixture
def page() -> Image.Image:
    picture = Image.new("RGB", (1920, 1080), "#f6f1e7")
    ink = ImageDraw.Draw(picture)
    ink.rectangle((0, 0, 580, 1080), fill="#0b2433")
    for n in range(6):
        ink.text((640, 100 + 150 * n), f"18.0{n}   Et arrangement i bygda", fill="#0c1f2c", font_size=44)
        ink.rounded_rectangle((1700, 100 + 150 * n, 1840, 150 + 150 * n), 20, fill="#d9dcda")
    return picture


def test_the_same_page_looks_the_same_through_other_antialiasing(page: Image.Image) -> None:
    other = page.resize((3840, 2160), Image.Resampling.BICUBIC).resize(page.size, Image.Resampling.BILINEAR)
    assert difference(small(page), small(other)) <= SAME


@pytest.mark.parametrize("fault", ["a badge is gone", "a word is gone", "a column is shifted", "a colour is another"])
def test_what_a_person_would_see_is_seen(page: Image.Image, fault: str) -> None:
    changed = page.copy()
    ink = ImageDraw.Draw(changed)
    if fault == "a badge is gone":
        ink.rectangle((1690, 240, 1850, 310), fill="#f6f1e7")
    elif fault == "a word is gone":
        ink.rectangle((1000, 240, 1200, 310), fill="#f6f1e7")
    elif fault == "a column is shifted":
        changed.paste(page.crop((600, 0, 1900, 1080)), (620, 0))
    else:
        ink.rectangle((0, 0, 580, 1080), fill="#3b0d6b")
    assert difference(small(page), small(changed)) > SAME
