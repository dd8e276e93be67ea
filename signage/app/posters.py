"""The pictures and documents that playlists name: read, decoded in worker processes, kept by the hash of their bytes.

A file that can't be used costs itself and is named with a reason. What has been decoded is remembered, so that a file
that hasn't changed costs a look at its folder. docs/posters.md is the page for those who put files there.
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from unicodedata import normalize
from zoneinfo import ZoneInfo

from signage.app.folders import is_empty
from signage.app.poster_pages import PosterPages, Unusable, opened, reason_of, whole
from signage.config.beside_picture import MOST_BYTES as MOST_BYTES_BESIDE
from signage.config.beside_picture import NOTHING, Words, read_beside
from signage.config.models import Config, Screen
from signage.config.site import Site
from signage.domain.dated_names import dates_in
from signage.domain.poster_file import PosterFile, WantedPosters
from signage.domain.printable import printable_line
from signage.errors import SignageError
from signage.planning.kinds import wanted_posters
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.threads import work_on
from signage.runtime.workers import WorkerPool

log = logging.getLogger(__name__)

FOLDER = "posters"  # beside the other state
ENDINGS = frozenset(["jpg", "jpeg", "jpe", "jfif", "png", "webp", "avif", "heic", "heif", "gif", "svg", "pdf"])
FILMS = frozenset(["mp4", "m4v", "mov", "webm", "mkv", "avi", "mpg", "mpeg"])
# What browsers and copying tools call a file until it is whole.
UNFINISHED = frozenset(["part", "partial", "crdownload", "download", "filepart", "tmp", "opdownload"])
IGNORED = frozenset(("thumbs.db", "desktop.ini", "icon\r"))
BESIDE = "toml"
MOST_FILES = 100  # of a folder, about: half an hour of showing
CHUNK = 20  # files that are read before it is seen whether they are enough
MOST_LISTED = 5_000  # names of a folder that are looked at
MOST_NAMED = 20  # files of a folder that the status names one by one
LONGEST_DATED = timedelta(days=400)  # that a file with a last day of its own is kept: a year's programme, and no longer
AS_A_FILM = 'Hint: write { show = "video", file = "…" } in the playlist.'
LEAST_SIDE, MOST_SIDE = 1280, 3840  # px of a page's long side; no more than a 4K panel shows
REPLACED = 60.0  # seconds in which a file that can't be shown may be one that is being replaced
KEPT = "What was there before is shown."
PARALLEL = 2  # files that are decoded at the same time


@dataclass(frozen=True, slots=True)
class PosterFindings:
    """`posters`: the files of each path that was wanted. `problems`: what is not shown, by name, a sentence each.
    `hints`: what may be as it should.
    """

    posters: dict[str, tuple[PosterFile, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Listed:
    """A file to be read. `label`: how it is called in sentences; `wanted`: the path that it belongs to."""

    wanted: str
    path: Path
    name: str
    label: str
    beside: Path | None = None
    video: bool = False


class _NotThere(Exception):
    """A folder that has not been there yet, as a sentence."""


class PosterShelf:
    """What has been read of the files. `folder`: where their pages are kept. Not for use from two threads at once."""

    def __init__(
        self, folder: Path, workers: WorkerPool | None = None, *, quiet: bool = False, stand_in: Path | None = None
    ) -> None:
        """`quiet`: what is wrong with a file is not logged. `stand_in`: the folder that is read for one that isn't
        there, or is empty.
        """
        self.stand_in = stand_in
        self._quiet = quiet
        self.pages = PosterPages(folder, workers)
        self.last: dict[str, tuple[PosterFile, ...]] = {}  # by path, for a folder that is away
        self._reported: set[str] = set()

    def read(
        self, config: Config, now: datetime, cancel: CancelToken | None = None, most_named: int = MOST_NAMED
    ) -> PosterFindings:
        """All files that the playlists name. Of a folder, `most_named` problems are named one by one.

        Raises Cancelled, and NotWritable for the folder of the pages.
        """
        screens = [screen for screen in config.screens.values() if wanted_posters(screen)]
        if not screens and not self.last:
            return PosterFindings()
        cancel = cancel or CancelToken()
        self.pages.begin(now, _longest_side(screens), cancel)
        reading = _Reading(self, config.site, cancel)
        found = reading.run(
            list(dict.fromkeys(one for screen in screens for one in wanted_posters(screen))), most_named
        )
        for sentence in found.problems:
            if sentence not in self._reported and not self._quiet:
                log.warning("%s", sentence)
        self._reported = set(found.problems)
        return found


class _Reading:
    """One look at all files."""

    def __init__(self, shelf: PosterShelf, site: Site, cancel: CancelToken) -> None:
        self.shelf = shelf
        self.zone, self.age = ZoneInfo(site.zone), timedelta(days=site.picture_days)
        self.most_seconds = site.video_seconds
        self.cancel = cancel

    def run(self, wanted: Sequence[WantedPosters], most_named: int) -> PosterFindings:
        posters: dict[str, tuple[PosterFile, ...]] = {}
        problems: list[str] = []
        hints: list[str] = []
        for one in wanted:
            self.cancel.check()
            try:
                listed, said = self._list(one)
            except _NotThere as error:
                hints.append(str(error))
                posters[one.path] = ()
                continue
            except Unusable as error:
                problems.append(str(error))
                posters[one.path] = self.shelf.last.get(one.path, ())  # a share that is away for a moment
                continue
            files: list[PosterFile] = []
            for first in range(0, len(listed), CHUNK):
                if len(files) >= MOST_FILES:
                    said.append(self._rest(one, listed[first:]))
                    break
                chunk = listed[first : first + CHUNK]
                results = dict(work_on(chunk, self._contained, PARALLEL, self.cancel, "poster"))
                self.cancel.check()
                for each in chunk:
                    file, about = results[each]
                    files += [file] if file else []
                    said += [f"{each.label}: {sentence}" for sentence in about]
            posters[one.path] = tuple(files) or posters.get(one.path, ())  # two lines may name the same file
            problems += _shortened(one, said, most_named)
        self.shelf.last = posters
        shown = [page for files_shown in posters.values() for file in files_shown for page in file.pages]
        clips = {page.clip.sha256 for page in shown if page.clip}
        self.shelf.pages.forget({page.picture.sha256 for page in shown} | clips)
        return PosterFindings(posters, tuple(problems), tuple(hints))

    # -- which files there are

    def _list(self, one: WantedPosters) -> tuple[list[_Listed], list[str]]:
        """The files of a path in their order, and what is wrong with others. Raises Unusable."""
        path = Path(one.path)
        if not one.folder:
            if (ending(path.name) in FILMS) > one.video:
                return [], [f"{_shown(one.path)}: A film isn't a picture. {AS_A_FILM}"]
            beside = path.with_suffix(f".{BESIDE}")
            words = beside if beside.is_file() else None
            return [_Listed(one.path, path, path.name, _shown(one.path), words, one.video)], []
        if self.shelf.stand_in and (not path.exists() or is_empty(path)):
            path = self.shelf.stand_in
        try:
            with os.scandir(path) as entries:
                names = sorted((entry.name for entry in islice(entries, MOST_LISTED)), key=by_name)
        except FileNotFoundError:
            missing = Unusable if self.shelf.last.get(one.path) else _NotThere
            hint = "Hint: make it, and put pictures in it."
            raise missing(f"{_shown(one.path)}: There is no such folder. {hint}") from None
        except OSError as error:
            raise Unusable(f"{_shown(one.path)}: The folder can't be read: {reason_of(error)}.") from None
        notes = {_stem(name): path / name for name in names if ending(name) == BESIDE}
        listed: list[_Listed] = []
        problems: list[str] = []
        for name in names:
            label = _shown(str(path / name))
            if is_ignored(name) or ending(name) in (BESIDE, *UNFINISHED):
                continue
            if ending(name) not in ENDINGS:
                if ending(name) in FILMS:
                    problems.append(f"{label}: A film isn't shown with the pictures of a folder. {AS_A_FILM}")
                elif name.lower().endswith(f".{BESIDE}.txt"):
                    problems.append(
                        f'{label}: This is a text, and isn\'t read. Hint: rename it to "{_shown(name)[:-4]}".'
                    )
                elif not (path / name).is_dir():
                    problems.append(f"{label}: This isn't a picture that can be shown. Hint: save it as PDF or PNG.")
                continue
            listed.append(_Listed(one.path, path / name, name, label, notes.get(_stem(name))))
        stems = {_stem(each.name) for each in listed}
        problems += [
            f"{_shown(str(at))}: There is no picture of this name beside it."
            for stem, at in notes.items()
            if stem not in stems and not is_ignored(at.name)
        ]
        return listed, problems

    @staticmethod
    def _rest(one: WantedPosters, rest: Sequence[_Listed]) -> str:
        first = _shown(rest[0].name)
        few = f"More than {MOST_FILES} pictures are too many: the {len(rest)} from {first} on aren't shown."
        return f"{_shown(one.path)}: {few} Hint: remove some."

    # -- one file

    def _contained(self, one: _Listed) -> tuple[PosterFile | None, list[str]]:
        try:
            return self._read(one)
        except (SignageError, Cancelled):
            raise
        except Exception as error:  # a fault of ours costs the file
            log.exception("%s: internal error while reading it", one.label)
            return None, [f"It can't be shown: internal error ({type(error).__name__})."]

    def _read(self, one: _Listed) -> tuple[PosterFile | None, list[str]]:
        """The file, if it can be shown, and what is wrong with it."""
        try:
            if one.video:
                decoded, status = self.shelf.pages.films.worth(one.path, self.most_seconds)
            else:
                decoded, status = self.shelf.pages.worth(one.path)
        except Unusable as error:
            return self._before(one, [str(error)]) if error.passing else (None, [str(error)])
        problems = list(decoded.problems)
        if not decoded.pages and abs(time.time() - status.st_ctime) < REPLACED:
            return self._before(one, problems)
        words = NOTHING
        if one.beside is not None:
            words, said = self._words(one.beside)
            problems += [f"{one.beside.name}: {sentence}" for sentence in said]
        if not decoded.pages:
            return None, problems
        dates = dates_in(one.name.rpartition(".")[0])
        if dates.impossible:
            problems.append(f'The day "{dates.impossible}" in its name doesn\'t exist.')
        put_there = datetime.fromtimestamp(status.st_ctime, UTC)
        day = words.day or dates.day
        file = PosterFile(
            one.name,
            decoded.pages,
            words.title,
            words.text,
            words.url,
            words.alt,
            day,
            words.begin,
            words.end,
            put_there + self.age,
            dates.first,
            words.day or dates.last,
            put_there + LONGEST_DATED,
        )
        return file, problems

    def _before(self, one: _Listed, problems: list[str]) -> tuple[PosterFile | None, list[str]]:
        """What was shown under the same name, while a new version of it is copied, or its share is away."""
        before = next((file for file in self.shelf.last.get(one.wanted, ()) if file.name == one.name), None)
        return before, [f"{problem} {KEPT}" for problem in problems] if before else problems

    def _words(self, beside: Path) -> tuple[Words, list[str]]:
        try:
            with opened(beside, MOST_BYTES_BESIDE) as file:
                body = whole(file)
        except Unusable as error:
            return NOTHING, [str(error)]
        return read_beside(body, self.zone)


def _shortened(one: WantedPosters, said: list[str], most_named: int) -> list[str]:
    if len(said) <= most_named:
        return said
    rest = len(said) - most_named
    return [*said[:most_named], f"{_shown(one.path)}: {rest} further problems. Hint: signage check names them."]


def _longest_side(screens: Iterable[Screen]) -> int:
    """How long the long side of a page must be, in px, to be sharp on these screens."""
    sides = [max(screen.width, screen.height) for screen in screens]
    return min(max([LEAST_SIDE, *sides]), MOST_SIDE)


def ending(name: str) -> str:
    """ "pdf" of "Plakat.PDF"."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def _stem(name: str) -> str:
    """What a picture and the small file beside it have in common, as people see it: letters of any size, and an å that
    a Mac has written as an a and a ring.
    """
    return normalize("NFC", name.rpartition(".")[0]).casefold()


def is_ignored(name: str) -> bool:
    """Whether a file wasn't put there to be shown: hidden, or a system's own."""
    return name.startswith((".", "~")) or name.lower() in IGNORED


def by_name(name: str) -> tuple[object, ...]:
    """The order of names: 2 before 10, small and capital letters alike."""
    parts = re.split(r"(\d{1,18})", name.casefold())
    return (tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts), name)


def _shown(path: str) -> str:
    """A path as sentences have it: no orders to a terminal, and nothing that isn't text."""
    return printable_line(os.fsencode(path).decode("utf-8", "replace"))
