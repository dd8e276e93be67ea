"""Files that people put up: what is shown of a folder, for how long, in which order, and what is said of the others."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unicodedata import normalize

import pytest
from PIL import Image

from signage.app.config_files import named_files
from signage.app.posters import PosterShelf
from signage.planning.catalog import Catalog
from signage.planning.kinds import ScreenContext, content
from signage.planning.kinds.picture import end_of, is_shown, without_copies
from signage.planning.poster_advice import advice, over, shown_posters, without_alt
from signage.rendering.picture_files import PictureFiles
from signage.runtime.workers import WorkerPool
from tests.fixtures import hostile_files
from tests.fixtures.make import oslo
from tests.fixtures.paths import ROOT
from tests.fixtures.unrendered import CAPACITY
from tests.fixtures.wall import NOW, PICTURES, Wall

DEMO = ROOT / "signage" / "demo" / "posters"


@pytest.fixture(scope="module")
def workers() -> Iterator[WorkerPool]:
    with WorkerPool(2) as pool:
        yield pool


@pytest.fixture
def wall(tmp_path: Path, workers: WorkerPool) -> Wall:
    return Wall(tmp_path, workers)


def test_the_order_is_by_name_and_numbers_count(wall: Wall) -> None:
    for name in ("10 Dugnad.jpg", "2 Basar.jpg", "Årsmøte.jpg", "basar.JPG"):
        wall.picture(name)
    assert [file.name for file in wall.files()] == ["2 Basar.jpg", "10 Dugnad.jpg", "basar.JPG", "Årsmøte.jpg"]


def test_a_date_in_the_name_ends_it_and_so_does_its_age(wall: Wall) -> None:
    wall.picture("2026-12-10 Julekonsert.jpg")
    wall.picture("Basar.jpg")
    dated, plain = wall.files()
    assert (end_of(dated), dated.day) == (oslo("2026-12-11 00:00"), datetime(2026, 12, 10).date())  # noqa: DTZ001
    put_there = datetime.fromtimestamp((wall.folder / "Basar.jpg").stat().st_ctime, UTC)
    assert end_of(plain) == put_there + timedelta(days=60)
    (short, _) = wall.files(wall.config(site="picture_days = 7"))[::-1]
    assert end_of(short) == put_there + timedelta(days=7)
    assert not is_shown(short, put_there + timedelta(days=7))


def test_a_date_in_the_name_is_a_day_of_the_screen(wall: Wall) -> None:
    """A screen in Helsinki has its midnight an hour before one in Oslo."""
    wall.picture("2026-12-10 Julekonsert.jpg")
    wall.picture("Jul fra 2026-12-24 til 2027-01-06.jpg")
    other = f'[screens.helsinki]\nplace = "bibliotek"\nzone = "Europe/Helsinki"\nplaylist = [{PICTURES}]\n'
    config = wall.config(more=other)
    found = wall.read(config).posters
    shown = {screen: shown_posters(config, screen, found) for screen in config.screens}
    (here,) = (files for screen, files in shown.items() if screen != "helsinki")
    assert [(file.begin, end_of(file)) for file in here] == [
        (None, oslo("2026-12-11 00:00")),
        (oslo("2026-12-24 00:00"), oslo("2027-01-07 00:00")),
    ]
    assert [(file.begin, end_of(file)) for file in shown["helsinki"]] == [
        (None, oslo("2026-12-10 23:00")),
        (oslo("2026-12-23 23:00"), oslo("2027-01-06 23:00")),
    ]


def test_no_date_keeps_a_picture_for_ever(wall: Wall) -> None:
    wall.picture("til 2999-12-31.jpg")
    (file,) = wall.files()
    assert (end_of(file) or NOW) < datetime.now(UTC) + timedelta(days=401)


def test_a_small_file_beside_it_says_what_it_is_about(wall: Wall) -> None:
    wall.picture("Basar.jpg")
    beside = wall.folder / "Basar.toml"
    beside.write_text(
        'title = "Basar"\nalt = "En basar"\nuntil = 2026-12-01\nfrom = 2026-11-25\ntitel = "x"\n', "utf-8"
    )
    found = wall.read()
    (file,) = found.posters[str(wall.folder)]
    assert (file.title, file.alt) == ("Basar", "En basar")
    assert (file.begin, file.end) == (oslo("2026-11-25 00:00"), oslo("2026-12-02 00:00"))
    assert found.problems == (
        f'{wall.folder}/Basar.jpg: Basar.toml: There is no setting "titel" here. Hint: did you mean "title"?',
    )


def test_a_small_file_belongs_to_a_picture_as_people_see_their_names(wall: Wall) -> None:
    wall.picture("Påske.JPG")
    (wall.folder / normalize("NFD", "påske.toml")).write_text('title = "Påskebasar"')
    (file,) = wall.files()
    assert file.title == "Påskebasar"
    (wall.folder / "Påske.toml.txt").write_text('title = "Påskebasar"')  # Windows hides the second ending
    assert wall.read().problems == (
        f'{wall.folder}/Påske.toml.txt: This is a text, and isn\'t read. Hint: rename it to "Påske.toml".',
    )


def test_the_line_in_the_playlist_comes_before_the_file(wall: Wall) -> None:
    wall.picture("2026-12-10 Julekonsert.jpg")
    line = 'file = "plakater/2026-12-10 Julekonsert.jpg", title = "Konsert", day = 2026-12-12'
    config = wall.config(f'{{ show = "picture", {line} }}')
    assert over(config, wall.read(config).posters, oslo("2026-12-12 20:00")) == []
    (sentence,) = over(config, wall.read(config).posters, oslo("2026-12-13 00:00"))
    assert "Its last day was 2026-12-12" in sentence


def test_a_copy_is_not_shown_again_and_takes_over_when_the_first_one_ends(wall: Wall) -> None:
    for name in ("Basar til 2026-12-01.jpg", "Basar (1).jpg", "Basar (2).jpg"):
        wall.picture(name)
    wall.picture("Dugnad.jpg", colour="#208040")
    config, found = wall.config(), wall.read()
    context = ScreenContext(
        config, "bibliotek", Catalog(posters=found.posters), CAPACITY, NOW, oslo("2026-12-24 00:00")
    )
    line = content(config.screens["bibliotek"].entries[0], (0, ""), context)
    shown = [[page.poster[1] for page in line.pages(at) if page.poster] for at in (NOW, oslo("2026-12-02 12:00"))]
    assert shown == [["Basar (1).jpg", "Dugnad.jpg"], ["Basar (1).jpg", "Dugnad.jpg"]]
    listed = without_copies(shown_posters(config, "bibliotek", found.posters))
    assert [file.name for file in listed] == ["Basar (1).jpg", "Dugnad.jpg"], "on the telephones' page, too"


def test_a_removed_file_is_gone_and_its_pages_too(wall: Wall) -> None:
    path = wall.picture("Basar.jpg")
    assert len(wall.files()) == 1
    path.unlink()
    assert wall.files() == []
    assert list(wall.shelf.pages.folder.iterdir()) == []


def test_what_is_known_is_not_decoded_again_not_even_by_the_next_process(wall: Wall) -> None:
    wall.picture("Basar.jpg")
    first = wall.files()
    folder = wall.shelf.pages.folder
    wall.shelf = PosterShelf(folder, _NoWorkers())
    assert wall.files() == first


class _NoWorkers(WorkerPool):
    def call(self, *arguments: object, **named: object) -> object:  # type: ignore[override]
        raise AssertionError("it was decoded again")


@pytest.mark.parametrize("damaged", [False, True])
def test_a_page_that_was_lost_on_disk_is_made_again_by_the_same_process(wall: Wall, damaged: bool) -> None:
    wall.picture("a.jpg")
    (file,) = wall.files()
    sha256 = file.pages[0].picture.sha256
    folder = wall.shelf.pages.folder
    if damaged:
        (folder / f"{sha256}.jpg").write_bytes(b"\0" * 500)
        assert PictureFiles(folder).read(sha256) is None, "it is removed when a page is to be made of it"
    else:
        (folder / f"{sha256}.jpg").unlink()
    assert wall.files() == [file]
    assert PictureFiles(folder).read(sha256) is not None


def test_a_folder_that_was_never_there_is_a_hint(wall: Wall) -> None:
    wall.folder.rmdir()
    found = wall.read()
    assert (found.problems, len(found.hints)) == ((), 1)
    assert "There is no such folder" in found.hints[0]
    wall.shelf.stand_in = DEMO
    (file,) = wall.files()
    assert file.title == "Åpen kveld på biblioteket"


def test_the_demo_shows_its_poster_until_there_are_others(wall: Wall) -> None:
    wall.shelf.stand_in = DEMO
    (wall.folder / ".gitkeep").touch()
    assert [file.title for file in wall.files()] == ["Åpen kveld på biblioteket"]
    wall.picture("Basar.jpg")
    assert [file.name for file in wall.files()] == ["Basar.jpg"]


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "avif", "heic", "gif", "svg", "pdf"])
def test_every_format_is_a_page(wall: Wall, ending: str) -> None:
    path = wall.folder / f"plakat.{ending}"
    picture = Image.new("RGB", (200, 300), "#804020")
    match ending:
        case "svg":
            path.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 30"><path d="M0 0h9v9z"/></svg>')
        case "heic":
            from pillow_heif import from_pillow

            from_pillow(picture).save(path)
        case "gif":
            picture.save(path, save_all=True, append_images=[Image.new("RGB", (200, 300), "#000")], duration=100)
        case _:
            picture.save(path)
    (file,) = wall.files()
    (page,) = file.pages
    assert page.picture.height == pytest.approx(1.5 * page.picture.width, rel=0.01)
    if ending not in ("svg", "pdf"):
        with Image.open(wall.shelf.pages.folder / f"{page.picture.sha256}.jpg") as kept:
            assert all(abs(a - b) < 6 for a, b in zip(kept.getpixel((50, 50)), (128, 64, 32), strict=True))


def test_cmyk_sixteen_bits_and_turned_pictures_are_right(wall: Wall) -> None:
    Image.new("CMYK", (300, 200), (0, 255, 255, 0)).save(wall.folder / "a.jpg")
    Image.new("I;16", (300, 200), 0x8000).save(wall.folder / "b.png")
    turned = Image.new("RGB", (300, 200), "#804020")
    exif = turned.getexif()
    exif[0x0112] = 6
    turned.save(wall.folder / "c.jpg", exif=exif)
    expected = [((300, 200), (254, 0, 0)), ((300, 200), (128, 128, 128)), ((200, 300), (128, 64, 32))]
    for file, (size, colour) in zip(wall.files(), expected, strict=True):
        with Image.open(wall.shelf.pages.folder / f"{file.pages[0].picture.sha256}.jpg") as kept:
            assert kept.size == size
            assert all(abs(a - b) < 8 for a, b in zip(kept.getpixel((50, 50)), colour, strict=True)), file.name


def test_a_document_has_its_small_print_measured_and_a_hint_about_alt_text(wall: Wall) -> None:
    shutil.copy(DEMO / "apen-kveld.pdf", wall.folder)
    config = wall.config()
    posters = wall.read(config).posters
    (small,) = advice(config, posters)
    assert small.startswith("apen-kveld.pdf: ")
    assert "can't be read from 4 m" in small
    assert "Arrangører" in small
    (hint,) = without_alt(config, posters)
    assert "Nothing says what is on it" in hint
    shutil.copy(DEMO / "apen-kveld.toml", wall.folder)
    assert without_alt(config, wall.read(config).posters) == []


def test_two_pictures_of_one_name_are_two(wall: Wall) -> None:
    """An old poster in one folder isn't hidden by a new one of its name in another."""
    (wall.site / "nye").mkdir()
    wall.picture("til 2026-11-01.jpg")
    wall.picture("Basar.jpg")
    for name in ("til 2026-11-01.jpg", "Basar.jpg"):
        shutil.copy(wall.folder / name, wall.site / "nye")
        (wall.site / "nye" / f"{name[:-4]}.toml").write_text('alt = "Basar"\nuntil = 2027-01-01')
    config = wall.config(f'{PICTURES}, {{ show = "pictures", folder = "nye" }}')
    posters = wall.read(config).posters
    assert [sentence.partition(":")[0] for sentence in over(config, posters, NOW)] == ["til 2026-11-01.jpg"]
    assert len(without_alt(config, posters)) == 2


def test_small_print_in_half_of_a_page_is_judged_by_that_half(wall: Wall) -> None:
    shutil.copy(DEMO / "apen-kveld.pdf", wall.folder)
    side = '{ show = "split", main = { show = "today" }, side = { show = "pictures", folder = "plakater" } }'
    small = {playlist: print_sizes(wall, playlist) for playlist in (PICTURES, side)}
    assert small[side][0] > small[PICTURES][0], "more words are too small"
    assert small[side][1] < small[PICTURES][1], "a column is narrower than an upright page is in the whole one"


def print_sizes(wall: Wall, playlist: str) -> tuple[int, float]:
    """How many words are too small, and how high the capitals of the smallest are, in mm."""
    config = wall.config(playlist)
    (small,) = advice(config, wall.read(config).posters)
    words = re.search(r": (\d+) of", small)
    height = re.search(r"are ([\d.]+) mm high", small)
    assert words
    assert height
    return int(words[1]), float(height[1])


def test_a_broken_document_is_not_said_to_be_a_picture_only(wall: Wall) -> None:
    (wall.folder / "Program.pdf").write_bytes(bytes(range(256)) * 40)
    (problem,) = wall.read().problems
    assert "SVG, PDF" in problem


def test_a_link_out_of_the_folder_is_not_followed(wall: Wall) -> None:
    outside = wall.picture("hel.jpg").rename(wall.site / "utenfor.jpg")
    (wall.folder / "ut.jpg").symlink_to(outside)
    wall.picture("inne.jpg")
    (wall.folder / "lenke.jpg").symlink_to("inne.jpg")
    found = wall.read()
    assert [file.name for file in found.posters[str(wall.folder)]] == ["inne.jpg", "lenke.jpg"]
    assert found.problems == (
        f"{wall.folder}/ut.jpg: It is a link that leads out of the folder. Hint: put the file itself there.",
    )


def test_hidden_files_and_those_of_a_system_are_passed_over(wall: Wall) -> None:
    for name in (".skjult.jpg", "~$plakat.pdf", "Thumbs.db", "desktop.ini", ".DS_Store", "stor.pdf.part"):
        (wall.folder / name).write_bytes(b"x")
    (wall.folder / "arkiv").mkdir()
    assert wall.files() == []
    (wall.folder / "film.MP4").write_bytes(b"x")
    assert 'Hint: write { show = "video"' in wall.read().problems[0]
    (wall.folder / "film.MP4").unlink()
    (wall.folder / "plakat.docx").write_bytes(b"x")
    assert "Hint: save it as PDF or PNG" in wall.read().problems[0]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read_costs_itself(wall: Wall) -> None:
    wall.picture("Basar.jpg")
    wall.picture("låst.jpg").chmod(0)
    found = wall.read()
    assert len(found.posters[str(wall.folder)]) == 1
    assert "permission denied" in found.problems[0]


def test_hostile_files_cost_only_themselves_and_are_named(wall: Wall) -> None:
    """The 500 of docs/benchmarks.md, in small."""
    wall.picture("000.jpg")
    wall.picture("zzz.jpg")
    names = hostile_files.put(wall.folder, 40)
    assert hostile_files.unnamed(wall.folder, names, wall.shelf.read(wall.config(), NOW, most_named=1000)) == []


def test_many_pictures_are_too_many(wall: Wall) -> None:
    picture = wall.picture("000.jpg")
    for number in range(1, 130):
        (wall.folder / f"{number:03}.jpg").hardlink_to(picture)
    found = wall.read()
    assert len(found.posters[str(wall.folder)]) == 100
    (sentence,) = found.problems
    assert "the 30 from 100.jpg on aren't shown" in sentence


def test_a_backup_and_the_service_take_the_pictures_along(wall: Wall) -> None:
    wall.picture("Basar.jpg")
    for name in ("Basar.toml", "notat.txt"):
        (wall.folder / name).write_text('title = "Basar"')
    (wall.site / "kaffe.png").write_bytes(wall.picture("Basar.jpg").read_bytes())
    notice = '{ show = "notice", title = "Kaffe", picture = "kaffe.png" }'
    named = [wall.site / "kaffe.png", wall.folder / "Basar.jpg", wall.folder / "Basar.toml"]
    assert named_files(wall.config(f"{PICTURES}, {notice}")) == named
