"""The films that playlists name: a frame of each at once, and a version for players as soon as it is converted.

Converting takes as long as the film, or longer. A server goes on building meanwhile: until it is done, the film's frame
is shown. A single build waits for it. What was converted is kept by the hash of the film's bytes, beside the posters.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from signage.domain.model import Picture
from signage.domain.poster_file import Clip, PosterPage
from signage.runtime.workers import FILM, FRAME, WorkerKilled, WorkerPool, for_films
from signage.sources.images.decoding import BadPicture
from signage.sources.images.films import convert_film, film_frame
from signage.storage.durable_file import sync, write_file

if TYPE_CHECKING:
    from signage.app.poster_pages import DecodedFile, PosterPages

log = logging.getLogger(__name__)

MOST_BYTES = 2_000_000_000  # of a file: some minutes as a camera writes them
MOST_CONVERTED = 32_000_000  # bytes of a film for players; docs/bundle-format.md has their limit
SUFFIX = ".mp4"
IN_WORK = "films-in-work"  # beside the folder of the posters
VERSION = 1  # of what is kept: another one converts again
LEFT_BEHIND = 2 * FILM.wall_seconds  # seconds since a film was written to: nothing works on it any more
BLOCK = 1 << 20
SIMPLER = "Hint: save it shorter or smaller."
WAITING = "It is being converted. Until that is done, a frame of it is shown."


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a film. `length`: of the whole film, in seconds. `again`: when it may be tried once more."""

    page: PosterPage
    length: float
    problem: str = ""
    again: datetime | None = None


class Films:
    """Films by the hash of their bytes. `worth` may be called from several threads; one film is converted at a time."""

    def __init__(self, pages: PosterPages, workers: WorkerPool | None = None) -> None:
        self._pages = pages
        self._workers = workers
        self._known: dict[str, _Known] = {}
        self._used: set[str] = set()
        self.guard = threading.RLock()
        """Held while what is kept is put in place, or cleared away."""
        self._converting = threading.Lock()
        self._jobs: dict[str, threading.Thread] = {}
        self.converts = True
        """Whether films are converted at all; else their frames are all that is looked at."""
        self.on_converted: Callable[[], None] | None = None
        """Called when a film was converted; without it, `worth` waits for it."""

    def begin(self) -> None:
        self._used = set()

    def worth(self, path: Path, most_seconds: int) -> tuple[DecodedFile, os.stat_result]:
        """As `PosterPages.worth`: one page, with the film as soon as it is converted. Raises as that does."""
        from signage.app.poster_pages import DecodedFile, Unusable, opened

        with opened(path, MOST_BYTES) as file:
            status = os.fstat(file.fileno())
            sha256 = self._pages.hash_of(path, status, lambda: self._hash(file))
        key = f"film-{sha256}-{self._pages.longest}-{most_seconds}-{VERSION}"
        with self.guard:
            self._used.add(key)
            known = self._known.get(key)
            if known is None or (known.page.clip and not self._is_there(known.page.clip)):
                known = self._kept(key)
        if known and known.again and abs(self._pages.now - known.again) >= self._pages.retry:
            known = None
        if known is None or not self._pages.has(known.page):
            try:
                looked = self._look(path)
            except BadPicture as error:
                return DecodedFile((), (f"It can't be shown. {error}",)), status
            except WorkerKilled as error:
                raise Unusable(f"It can't be shown. {error.reason} {SIMPLER}") from None
            # a frame that was lost is no reason to convert the film again
            known = replace(known, page=replace(looked.page, clip=known.page.clip)) if known else looked
        self._known[key] = known
        if self.converts and known.page.clip is None and not known.problem:
            known = self._convert(key, path, status, most_seconds, known)
        problems = [known.problem] if known.problem else []
        if known.page.clip is None and not problems and self.converts:
            problems = [WAITING]
        elif known.length > most_seconds + 0.5:
            problems.append(f"Only the first {most_seconds} of its {known.length:.0f} seconds are shown.")
        return DecodedFile((known.page,), tuple(problems)), status

    def kept(self) -> set[str]:
        """The names, without their endings, of what belongs to the films that `worth` was called for."""
        with self.guard:
            self._known = {key: known for key, known in self._known.items() if key in self._used}
            pages = [known.page for known in self._known.values()]
        return {*self._used, *(p.picture.sha256 for p in pages), *(p.clip.sha256 for p in pages if p.clip)}

    def join(self) -> None:
        """Wait until nothing is being converted."""
        for thread in list(self._jobs.values()):
            thread.join()

    def _hash(self, file: BinaryIO) -> str:
        digest = hashlib.sha256()
        while block := file.read(BLOCK):
            self._pages.cancel.check()
            digest.update(block)
        return digest.hexdigest()

    def _look(self, path: Path) -> _Known:
        decoded, length = self._pages.work(
            film_frame, os.path.realpath(path), self._pages.longest, limits=FRAME, cancel=self._pages.cancel
        )
        return _Known(self._pages.put_away(decoded), length)

    # -- converting

    def _convert(self, key: str, path: Path, status: os.stat_result, most_seconds: int, known: _Known) -> _Known:
        """Begin to convert a film, and wait for it if a build is all that there is. Gives what is known then."""
        with self.guard:
            thread = self._jobs.get(key)
            if thread is None:
                work = (key, os.path.realpath(path), status, most_seconds)
                thread = self._jobs[key] = threading.Thread(target=self._run, args=work, name="film", daemon=True)
                thread.start()
        if self.on_converted is None:
            while thread.is_alive():
                self._pages.cancel.check()
                thread.join(0.2)
        return self._known.get(key, known)

    def _run(self, key: str, path: str, status: os.stat_result, most_seconds: int) -> None:
        """The thread of one film."""
        with self._converting:
            before = self._known.get(key)
            if before is None:  # it is no longer named
                found = None
            else:
                found = self._converted(key, path, status, most_seconds, before)
                with self.guard:
                    self._known[key] = found
            self._jobs.pop(key, None)
        if found is not None and self.on_converted is not None:
            self.on_converted()

    def _converted(self, key: str, path: str, status: os.stat_result, most_seconds: int, before: _Known) -> _Known:
        workers = self._workers or for_films()
        only = "Only a frame of it is shown."
        folder = self._pages.folder.with_name(IN_WORK)
        target = folder / f"{key}-{os.getpid()}{SUFFIX}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for left in folder.iterdir():  # of a kill in the middle; another process may be at work
                if time.time() - left.stat().st_mtime > LEFT_BEHIND:
                    left.unlink(missing_ok=True)
            made = workers.call(convert_film, path, str(target), most_seconds, MOST_CONVERTED, limits=FILM, cancel=None)
            if _state(Path(path).stat()) != _state(status):
                return replace(before, problem="It is still being written.", again=self._pages.now)
            with target.open("rb") as file:
                sha256, size = hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size
            sync(target)
            clip = Clip(sha256, size, made.seconds, made.width, made.height, str(self._clip(sha256)))
            known = replace(before, page=replace(before.page, clip=clip))
            with self.guard:
                target.replace(self._clip(sha256))
                write_file(self._pages.folder / f"{key}.json", json.dumps(asdict(known), default=str).encode())
                self._known[key] = known
            return known
        except BadPicture as error:
            return replace(before, problem=f"{only} {error}")
        except WorkerKilled as error:
            return replace(before, problem=f"{only} {error.reason} {SIMPLER}", again=self._pages.now)
        except OSError as error:
            reason = str(error.strerror or type(error).__name__).lower()
            return replace(before, problem=f"{only} It can't be converted: {reason}.", again=self._pages.now)
        except Exception as error:  # a fault of ours costs the film
            log.exception("%s: internal error while converting it", path)
            return replace(before, problem=f"{only} Internal error ({type(error).__name__}).", again=self._pages.now)
        finally:
            with contextlib.suppress(OSError):
                target.unlink(missing_ok=True)

    def _clip(self, sha256: str) -> Path:
        return self._pages.folder / f"{sha256}{SUFFIX}"

    def _is_there(self, clip: Clip) -> bool:
        with contextlib.suppress(OSError):
            return Path(clip.path).stat().st_size == clip.bytes
        return False

    def _kept(self, key: str) -> _Known | None:
        """What an earlier process has converted, if it is still there."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            data = json.loads((self._pages.folder / f"{key}.json").read_bytes())
            page = data["page"]
            clip = Clip(**{**page["clip"], "path": str(self._clip(page["clip"]["sha256"]))})
            picture = Picture(**{**page["picture"], "focus": tuple(page["picture"]["focus"])})
            frame = self._pages.folder / f"{picture.sha256}.jpg"
            if frame.is_file() and self._is_there(clip):
                return _Known(PosterPage(picture, str(page["edge"]), (), clip), float(data["length"]))
        return None


def _state(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
