"""What a file that people put up is worth: its pages, decoded in worker processes and kept by the hash of their bytes.

What has been decoded is remembered, also by the next process, so that a file that hasn't changed isn't read again.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from signage.app.films import Films
from signage.domain.model import Picture
from signage.domain.poster_file import PosterPage, PrintSize
from signage.errors import NotWritable
from signage.runtime.cancel import CancelToken
from signage.runtime.workers import PICTURE, TaskLimits, WorkerKilled, WorkerPool, shared
from signage.sources.images.album import keep
from signage.sources.images.decoding import BadPicture
from signage.sources.images.posters import (
    DecodedPage,
    document_page,
    drawing_page,
    kind_of,
    page_count,
    picture_page,
)
from signage.storage.durable_file import write_file

T = TypeVar("T")

MOST_BYTES = 50_000_000  # of a file: what a print shop gets
MOST_PAGES = 20  # of a document
PATIENCE = 30.0  # seconds of decoding in one refresh; the others come with the next one
RETRY = timedelta(hours=1)  # of a file that took too much: perhaps the machine was busy
RACY = 2.0  # seconds: a file that was changed so recently may be changed again within the same tick of its clock
SIMPLER = "Hint: save it smaller or simpler."
VERSION = 2  # of what is kept: another one decodes again
# What a share answers while its server is away, or while another machine has the file open.
OF_THE_SHARE = {
    errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENOTCONN, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.EAGAIN,
    errno.EBUSY, errno.ETXTBSY,
}  # fmt: skip
OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC  # a fifo would wait for its writer


@dataclass(frozen=True, slots=True)
class DecodedFile:
    """The pages of a file, and a sentence for each thing in it that can't be shown."""

    pages: tuple[PosterPage, ...] = ()
    problems: tuple[str, ...] = ()


class Unusable(Exception):
    """Why a file isn't shown, as a sentence. `passing`: it may be shown in a moment, without anything being done."""

    def __init__(self, sentence: str, *, passing: bool = False) -> None:
        super().__init__(sentence)
        self.passing = passing

    @classmethod
    def unreadable(cls, error: Exception) -> Unusable:
        """The system doesn't let us read it."""
        passing = getattr(error, "errno", None) in OF_THE_SHARE
        return cls(f"It can't be read: {reason_of(error)}.", passing=passing)


class PosterPages:
    """The folder of the pages. `begin` comes before each round of `worth`, which may be called from several threads."""

    def __init__(self, folder: Path, workers: WorkerPool | None = None) -> None:
        self.folder = folder
        self._workers = workers
        self._hashes: dict[tuple[object, ...], str] = {}  # by what the file system says of a file
        self._decoded: dict[str, DecodedFile] = {}  # by the hash of the bytes and the size of the pages
        self._killed: dict[str, tuple[datetime, DecodedFile]] = {}
        self._used: set[str] = set()
        self._there: set[str] = set()  # hashes of the pages whose files are in the folder
        self._keeping = threading.Lock()
        self.films = Films(self, workers)
        self.retry = RETRY

    def begin(self, now: datetime, longest: int, cancel: CancelToken) -> None:
        """`longest`: px of a page's long side. Raises NotWritable."""
        self.now, self.longest, self.cancel = now, longest, cancel
        self._until = time.monotonic() + PATIENCE
        self._used = set()
        self.films.begin()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._there = {path.stem for path in self.folder.iterdir()}
        except OSError as error:
            raise NotWritable.from_os_error("A folder", self.folder, error, "created") from error

    def worth(self, path: Path) -> tuple[DecodedFile, os.stat_result]:
        """What a file is worth, and what the file system says of it. A file that is as it was isn't read again.

        Raises Unusable, Cancelled, and NotWritable for the folder of the pages.
        """
        with opened(path, MOST_BYTES) as file:
            status = os.fstat(file.fileno())
            state = (str(path), *_state(status))
            sha256 = self._hashes.get(state)
            decoded = self._found(sha256) if sha256 else None
            if decoded is None:
                body = whole(file)
                sha256 = hashlib.sha256(body).hexdigest()
                decoded = self._found(sha256) or self._new(sha256, body)
                if abs(time.time() - status.st_ctime) > RACY:
                    self._hashes[state] = sha256
        return decoded, status

    def hash_of(self, path: Path, status: os.stat_result, read: Callable[[], str]) -> str:
        """The hash of a large file's bytes, which `read` computes unless the file is as it was. Raises Unusable."""
        state = (str(path), *_state(status))
        sha256 = self._hashes.get(state)
        if sha256 is None:
            try:
                sha256 = read()
            except OSError as error:
                raise Unusable.unreadable(error) from None
            if _state(path.stat()) != _state(status):
                raise Unusable("It is still being written.", passing=True)
            if abs(time.time() - status.st_ctime) > RACY:
                self._hashes[state] = sha256
        return sha256

    def forget(self, shown: Collection[str]) -> None:
        """Remove all pages but those of the files that `worth` was asked about, and those with these hashes."""
        with self.films.guard:
            self._forget({*shown, *self.films.kept()})

    def _forget(self, shown: Collection[str]) -> None:
        self._decoded = {key: found for key, found in self._decoded.items() if key in self._used}
        self._killed = {key: found for key, found in self._killed.items() if key in self._used}
        kept = {*shown, *self._used, *(p.picture.sha256 for found in self._decoded.values() for p in found.pages)}
        for path in self.folder.iterdir():
            if path.stem not in kept:
                path.unlink(missing_ok=True)

    def _key(self, sha256: str) -> str:
        return f"{sha256}-{self.longest}-{VERSION}"

    def _found(self, sha256: str) -> DecodedFile | None:
        """What is known of a file with these bytes, if the files of its pages are still there: one that was damaged is
        removed when it is read.
        """
        key = self._key(sha256)
        self._used.add(key)
        if (found := self._decoded.get(key) or self._kept(key)) and self._are_there(found):
            self._decoded[key] = found
            return found
        at, killed = self._killed.get(key, (None, None))
        return killed if at and killed and abs(self.now - at) < RETRY and self._are_there(killed) else None

    def _are_there(self, decoded: DecodedFile) -> bool:
        return all(self.has(page) for page in decoded.pages)

    def has(self, page: PosterPage) -> bool:
        """Whether the file of a page is there, or was when `begin` was called."""
        return page.picture.sha256 in self._there

    def _new(self, sha256: str, body: bytes) -> DecodedFile:
        if time.monotonic() > self._until:
            raise Unusable("It is read at the next refresh: there are many new files.", passing=True)
        found, killed = self._decode(body)
        key = self._key(sha256)
        if killed:
            self._killed[key] = (self.now, found)
        else:
            with self._keeping:  # two files may have the same bytes
                self._keep(key, found)
            self._decoded[key] = found
        return found

    def _decode(self, body: bytes) -> tuple[DecodedFile, bool]:
        """The pages, and whether a limit ended one of them, which another time may not."""
        pages: list[PosterPage] = []
        problems: list[str] = []
        killed = False
        try:
            steps = self._steps(body)
        except BadPicture as error:
            return DecodedFile((), (f"It can't be shown. {error}",)), False
        except WorkerKilled as error:
            return DecodedFile((), (f"It can't be shown. {error.reason} {SIMPLER}",)), True
        if len(steps) > MOST_PAGES:
            problems.append(f"Only the first {MOST_PAGES} of its {len(steps)} pages are shown.")
        for number, step in enumerate(steps[:MOST_PAGES], 1):
            what = "It" if len(steps) == 1 else f"Page {number}"
            try:
                pages.append(self.put_away(step()))
            except BadPicture as error:
                problems.append(f"{what} can't be shown. {error}")
            except WorkerKilled as error:
                killed = True
                problems.append(f"{what} can't be shown. {error.reason} {SIMPLER}")
        return DecodedFile(tuple(pages), tuple(problems)), killed

    def _steps(self, body: bytes) -> list[Callable[[], DecodedPage]]:
        """What makes each page, in a worker. Raises BadPicture and WorkerKilled."""

        def work(function: Callable[..., T], *arguments: int) -> T:
            return self.work(function, body, *arguments, limits=PICTURE, cancel=self.cancel)

        match kind_of(body):
            case "pdf":
                count = work(page_count)
                return [partial(work, document_page, number, self.longest) for number in range(count)]
            case "svg":
                return [partial(work, drawing_page, self.longest)]
            case _:
                return [partial(work, picture_page, self.longest)]

    def work(self, function: Callable[..., T], *arguments: object, limits: TaskLimits, cancel: CancelToken) -> T:
        """What a function returns in a worker. Raises WorkerKilled."""
        return (self._workers or shared()).call(function, *arguments, limits=limits, cancel=cancel)

    def put_away(self, page: DecodedPage) -> PosterPage:
        """Keep the bytes of a page."""
        sha256 = hashlib.sha256(page.data).hexdigest()
        keep(self.folder / f"{sha256}{page.suffix}", page.data)
        self._there.add(sha256)
        prints = tuple(PrintSize(*one) for one in page.prints)
        return PosterPage(Picture(sha256, page.width, page.height, colour=page.colour), page.edge, prints)

    def _keep(self, key: str, decoded: DecodedFile) -> None:
        path = self.folder / f"{key}.json"
        try:
            write_file(path, json.dumps(asdict(decoded)).encode())
        except OSError as error:
            raise NotWritable.from_os_error("A file", path, error) from error

    def _kept(self, key: str) -> DecodedFile | None:
        """What an earlier process found out."""
        try:
            data = json.loads((self.folder / f"{key}.json").read_bytes())
            pages = tuple(
                PosterPage(
                    Picture(**{**page["picture"], "focus": tuple(page["picture"]["focus"])}),
                    str(page["edge"]),
                    tuple(PrintSize(**one) for one in page["prints"]),
                )
                for page in data["pages"]
            )
            return DecodedFile(pages, tuple(map(str, data["problems"])))
        except (OSError, ValueError, KeyError, TypeError):
            return None


@contextmanager
def opened(path: Path, most: int) -> Iterator[BinaryIO]:
    """A regular file of at most `most` bytes. Raises Unusable."""
    try:
        handle = os.open(_real(path), OPEN)
    except (OSError, ValueError) as error:
        raise Unusable.unreadable(error) from None
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise Unusable("It is a folder." if stat.S_ISDIR(status.st_mode) else "It isn't a file.")
    with os.fdopen(handle, "rb") as file:
        if status.st_size > most:
            limit = f"{most // 1_000_000} MB" if most >= 1_000_000 else f"{most // 1024} KB"
            raise Unusable(f"It is larger than {limit}. Hint: save it smaller.")
        yield file


def _real(path: Path) -> Path:
    """The path itself, or what a link leads to inside the same folder. Raises Unusable."""
    if not path.is_symlink():
        return path
    real = Path(os.path.realpath(path))
    if Path(os.path.realpath(path.parent)) not in real.parents:
        raise Unusable("It is a link that leads out of the folder. Hint: put the file itself there.")
    return real


def whole(file: BinaryIO) -> bytes:
    """A file's bytes, as they are at one instant. Raises Unusable."""
    before = os.fstat(file.fileno())
    try:
        body = file.read(before.st_size + 1)
    except OSError as error:
        raise Unusable.unreadable(error) from None
    if len(body) != before.st_size or _state(os.fstat(file.fileno())) != _state(before):
        raise Unusable("It is still being written.", passing=True)
    return body


def _state(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def reason_of(error: Exception) -> str:
    """Why the system refuses, in its words."""
    return str(getattr(error, "strerror", None) or type(error).__name__).lower()
