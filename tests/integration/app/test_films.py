"""Films that playlists name: a frame at once, the film when it is converted, and what is wrong with others."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from signage.app import films
from signage.app.posters import PosterShelf
from signage.config.load import parse_config
from signage.config.models import Config
from signage.domain.poster_file import Clip, PosterPage
from signage.runtime.workers import WorkerPool
from tests.fixtures.films import film
from tests.fixtures.make import oslo
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.site import HEAD

NOW = oslo("2026-11-24 15:42")
LINE = '{ show = "video", file = "film.mp4" }'


@pytest.fixture(scope="module")
def workers() -> Iterator[WorkerPool]:
    with WorkerPool(2) as pool:
        yield pool


class Cinema:
    """A folder with a film, and what is read of it."""

    def __init__(self, folder: Path, workers: WorkerPool) -> None:
        self.folder = folder
        self.path = folder / "film.mp4"
        self.workers = workers
        self.shelf = PosterShelf(folder / "posters", workers)

    def config(self, playlist: str = LINE, site: str = "") -> Config:
        text = HEAD.format(url="https://iheim.no", playlist=playlist, more="").replace("[site]", f"[site]\n{site}", 1)
        return parse_config(text.encode(), str(self.folder / "screens.toml"), LAYOUTS)

    def read(self, config: Config | None = None, hours: int = 0) -> tuple[PosterPage | None, tuple[str, ...]]:
        found = self.shelf.read(config or self.config(), NOW + timedelta(hours=hours))
        files = found.posters[str(self.path)]
        return (files[0].pages[0] if files else None), found.problems

    def clip(self, config: Config | None = None) -> Clip:
        page, problems = self.read(config)
        assert problems == ()
        assert page is not None
        assert page.clip is not None
        return page.clip

    @property
    def kept(self) -> list[str]:
        return sorted(path.suffix for path in (self.folder / "posters").iterdir())


@pytest.fixture
def cinema(tmp_path: Path, workers: WorkerPool) -> Cinema:
    made = Cinema(tmp_path, workers)
    made.path.write_bytes(film())
    return made


def test_a_build_waits_for_the_film_and_the_next_one_finds_it(cinema: Cinema) -> None:
    clip = cinema.clip()
    assert (clip.seconds, clip.width, clip.height) == (1.0, 192, 108)
    assert Path(clip.path).stat().st_size == clip.bytes
    assert cinema.kept == [".jpg", ".json", ".mp4"]
    made = Path(clip.path).stat().st_mtime_ns
    assert cinema.clip() == clip
    cinema.shelf = PosterShelf(cinema.folder / "posters", cinema.workers)  # another process
    assert cinema.clip() == clip
    assert Path(clip.path).stat().st_mtime_ns == made


def test_a_server_shows_a_frame_until_it_is_converted_and_then_builds_again(cinema: Cinema) -> None:
    done = threading.Event()
    cinema.shelf.pages.films.on_converted = done.set
    page, problems = cinema.read()
    assert page is not None
    if page.clip is None:
        assert problems == (f"{cinema.path}: {films.WAITING}",)
    assert done.wait(30)
    assert cinema.clip().seconds == 1.0


def test_a_check_only_looks_at_it(cinema: Cinema) -> None:
    cinema.shelf.pages.films.converts = False
    page, problems = cinema.read()
    assert page is not None
    assert (page.clip, problems) == (None, ())


def test_what_is_removed_or_replaced_goes(cinema: Cinema) -> None:
    first = cinema.clip()
    cinema.path.write_bytes(film(seconds=2))
    second = cinema.clip()
    assert second.seconds == 2.0
    assert not Path(first.path).exists()
    cinema.path.unlink()
    assert cinema.read()[0] is None
    assert cinema.kept == []


def test_while_a_film_is_replaced_the_one_before_is_played(cinema: Cinema) -> None:
    clip = cinema.clip()
    cinema.path.write_bytes(film()[:-5000])
    page, problems = cinema.read()
    assert page is not None
    assert page.clip == clip
    assert problems[0].endswith("What was there before is shown.")
    assert Path(clip.path).stat().st_size == clip.bytes


def test_a_line_that_takes_it_for_a_picture_costs_no_other_line(cinema: Cinema) -> None:
    wrong = '{ show = "picture", file = "film.mp4" }'
    page, problems = cinema.read(cinema.config(f"{LINE}, {wrong}"))
    assert page is not None
    assert page.clip
    assert problems == (
        f'{cinema.path}: A film isn\'t a picture. Hint: write {{ show = "video", file = "…" }} in the playlist.',
    )


def test_a_film_that_was_deleted_on_disk_is_converted_again(cinema: Cinema) -> None:
    clip = cinema.clip()
    Path(clip.path).unlink()
    assert Path(cinema.clip().path).is_file()


def test_a_frame_that_was_lost_on_disk_is_made_again_and_the_film_is_not(cinema: Cinema) -> None:
    clip = cinema.clip()
    converted = Path(clip.path).stat().st_mtime_ns
    page, _ = cinema.read()
    assert page is not None
    frame = cinema.folder / "posters" / f"{page.picture.sha256}.jpg"
    frame.unlink()
    assert cinema.read() == (page, ())
    assert frame.is_file()
    assert Path(clip.path).stat().st_mtime_ns == converted


def test_the_end_of_a_long_film_is_left_out_and_reported(cinema: Cinema) -> None:
    cinema.path.write_bytes(film(seconds=7, rate=5))
    page, problems = cinema.read(cinema.config(site="video_seconds = 5"))
    assert page is not None
    assert page.clip is not None
    assert page.clip.seconds == 5.0
    assert problems == (f"{cinema.path}: Only the first 5 of its 7 seconds are shown.",)


def test_a_film_that_takes_too_much_costs_itself_and_is_tried_again_after_an_hour(
    cinema: Cinema, monkeypatch: pytest.MonkeyPatch
) -> None:
    from signage.runtime.workers import TaskLimits

    monkeypatch.setattr(films, "FILM", TaskLimits(60, 60.0, 10**9, result_bytes=1))
    page, problems = cinema.read()
    assert page is not None
    assert page.clip is None
    assert "Only a frame of it is shown. Reading it produced more than" in problems[0]
    assert list((cinema.folder / films.IN_WORK).iterdir()) == []
    monkeypatch.undo()
    assert cinema.read()[1] == problems
    page, problems = cinema.read(hours=1)
    assert page is not None
    assert page.clip is not None
    assert problems == ()


def test_a_file_that_is_no_film_costs_itself(cinema: Cinema) -> None:
    cinema.path.write_bytes(b"no film")
    page, problems = cinema.read()
    assert page is None
    assert "This isn't a film, or its end is missing." in problems[0]


def test_a_pipe_in_its_place_is_not_waited_for(cinema: Cinema) -> None:
    cinema.path.unlink()
    os.mkfifo(cinema.path)
    assert "It isn't a file." in cinema.read()[1][0]


def test_what_a_kill_left_behind_is_cleared_away(cinema: Cinema) -> None:
    left, another = (cinema.folder / films.IN_WORK / name for name in ("left.mp4", "of another process.mp4"))
    left.parent.mkdir()
    for path in (left, another):
        path.write_bytes(b"half")
    os.utime(left, (1e9, 1e9))
    cinema.clip()
    assert list(left.parent.iterdir()) == [another]


def test_a_full_disk_costs_the_film_and_not_its_frame(cinema: Cinema, monkeypatch: pytest.MonkeyPatch) -> None:
    (cinema.folder / films.IN_WORK).write_bytes(b"a file where the folder should be")
    page, problems = cinema.read()
    assert page is not None
    assert page.clip is None
    assert "Only a frame of it is shown. It can't be converted:" in problems[0]


def test_a_folder_that_goes_while_it_is_written_to_is_not_the_films_fault(
    cinema: Cinema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(films, "SUFFIX", "/in a folder that is not there.mp4")
    page, problems = cinema.read()
    assert page is not None
    assert page.clip is None
    (problem,) = problems
    assert problem.endswith("Only a frame of it is shown. It can't be converted: no such file or directory.")
    monkeypatch.undo()
    assert cinema.read(hours=1)[1] == ()
