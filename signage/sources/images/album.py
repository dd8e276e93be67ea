"""Pictures of events: fetched, decoded and encoded again in a worker process, kept by the hash of their bytes.

A picture that fails costs the picture, never its event. Few at a time, soonest events first, each address asked at
most once a day.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from signage.domain.model import Picture
from signage.errors import NotWritable, SourceError
from signage.runtime.activity import Activity
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.threads import work_on
from signage.runtime.workers import PICTURE, WorkerKilled, WorkerPool, shared
from signage.sources.images.decoding import BadPicture, Decoded, decode_picture
from signage.sources.images.focal_point import UNKNOWN, image_focus, keep_care
from signage.sources.net.caching_fetcher import CachingFetcher
from signage.storage.durable_file import NEW, remove_left_behind
from signage.storage.store import Store
from signage.storage.stored_values import ImageState

log = logging.getLogger(__name__)

MOST_PER_REFRESH = 60  # downloads: politeness to the portal; the others come with the next refresh
PARALLEL = 3
ASK_AGAIN = timedelta(days=1)  # of an address that had a picture: they don't change, the address does
TRY_AGAIN = timedelta(hours=1)  # of an address that failed
# Pictures of one source in one refresh that don't come (404 aside) or take too much to decode: then its other ones wait
# for the next refresh, so that a picture server that is down delays the screens by seconds and not by minutes.
GIVE_UP_AFTER = 3
LONGEST = 60.0  # seconds from the first picture of a refresh; then no other one is begun, and the screens are made
FORGET = timedelta(days=30)  # after nothing has named it

_decoding = threading.Lock()  # one at a time: PICTURE bounds the memory of one


@dataclass(frozen=True, slots=True)
class WantedPicture:
    """A picture's address and the fetcher of the source that named it."""

    url: str
    fetcher: CachingFetcher


class Album:
    """The folder of pictures, and the store's index of their addresses."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        now: datetime,
        workers: WorkerPool | None = None,
        cancel: CancelToken | None = None,
        activity: Activity | None = None,
        known: dict[str, Picture] | None = None,
    ) -> None:
        """`known`: pictures of the folder, by their sha256, that earlier ones of this process have looked at."""
        self.folder = folder
        self.store = store
        self.now = now
        self.workers = workers or shared()
        self.cancel = cancel or CancelToken()
        self.activity = activity or Activity()
        self._known = {} if known is None else known
        self._failures: Counter[str] = Counter()  # by source, in this refresh

    def known(self, urls: Sequence[str]) -> dict[str, Picture]:
        """The pictures that are there already, by address. Asks nobody."""
        return {
            url: self._picture(state.sha256, state.width, state.height)
            for url, state in self.store.images_get(urls).items()
            if state.sha256 and self._path(state.sha256).is_file()
        }

    def _picture(self, sha256: str, width: int, height: int) -> Picture:
        known = self._known.get(sha256)
        if known is None or (known.width, known.height) != (width, height):
            care = image_focus(self._path(sha256), self.workers)
            focus = (care.focus_x, care.focus_y)
            known = Picture(sha256, width, height, care.credit or None, focus, care.colour)
            if care is not UNKNOWN:  # else it may be known next time
                self._known[sha256] = known
        return known

    def resolve(self, wanted: Sequence[WantedPicture]) -> None:
        """Fetch what is new or due, the first `MOST_PER_REFRESH` of it, as far as that is done within `LONGEST`. Raises
        Cancelled.
        """
        first = {item.url: item for item in reversed(wanted)}
        order = list(dict.fromkeys(item.url for item in wanted))
        states = self.store.images_get(order)
        due = [first[url] for url in order if self._due(states.get(url))][:MOST_PER_REFRESH]
        if due:
            self._make_folder()
            until = time.monotonic() + LONGEST

            def refresh(item: WantedPicture) -> ImageState | None:
                if time.monotonic() >= until:
                    return None
                with self.activity.working(item.fetcher.source, "pictures"):
                    return self._refresh(item, states.get(item.url))

            for _, state in work_on(due, refresh, PARALLEL, self.cancel, "picture"):
                if state is not None:
                    self.store.image_put(state)
            self.cancel.check()
        self.store.images_touch(order, self.now)

    def problems(self, urls: Sequence[str]) -> dict[str, str]:
        """Why there is no picture, of those addresses that have none because something is wrong with it."""
        return {
            url: state.problem
            for url, state in self.store.images_get(urls).items()
            if state.problem and state.sha256 is None
        }

    def sweep(self) -> None:
        """Remove the pictures that nothing has named for `FORGET`."""
        named = self.store.images_sweep(self.now - FORGET)
        remove_left_behind(self.folder)
        for file in [*self.folder.glob("*.jpg"), *self.folder.glob("*.json")]:
            if file.stem not in named:
                file.unlink(missing_ok=True)
        for sha256 in self._known.keys() - named:
            del self._known[sha256]

    def _due(self, state: ImageState | None) -> bool:
        if state is None or (state.sha256 and not self._path(state.sha256).is_file()):
            return True
        return self.now - state.checked_at >= (TRY_AGAIN if state.problem else ASK_AGAIN)

    def _refresh(self, item: WantedPicture, state: ImageState | None) -> ImageState | None:
        """Ask for one picture; what fails keeps the picture that was there before. None: not asked."""
        if self._failures[item.fetcher.source] >= GIVE_UP_AFTER:
            return None
        have = state if state and state.sha256 and self._path(state.sha256).is_file() else None
        try:
            answer = item.fetcher.picture(item.url, have.etag if have else None, have.last_modified if have else None)
            if answer.unchanged and have:
                etag, modified = have.etag, have.last_modified
                return ImageState(item.url, have.sha256, have.width, have.height, etag, modified, self.now)
            decoded = self._decode(answer.body)
        except Cancelled:
            raise
        except Exception as error:  # whatever is wrong with one picture costs that picture
            reason = error.reason if isinstance(error, SourceError | WorkerKilled) else str(error)
            if isinstance(error, WorkerKilled) or (isinstance(error, SourceError) and not error.is_client_error):
                self._failures[item.fetcher.source] += 1
            if not isinstance(error, SourceError | BadPicture | WorkerKilled):
                log.exception("%s: a fault while fetching a picture", item.fetcher.source)
            if state is None or not state.problem:
                log.info("%s: A picture is left out. %s", item.fetcher.source, reason)
            kept = have or ImageState(item.url, None, 0, 0, None, None, self.now)
            etag, modified = kept.etag, kept.last_modified
            return ImageState(item.url, kept.sha256, kept.width, kept.height, etag, modified, self.now, reason)
        sha256 = hashlib.sha256(decoded.data).hexdigest()
        keep(self._path(sha256), decoded.data)
        keep_care(self._path(sha256), decoded.care)
        size = (decoded.width, decoded.height)
        return ImageState(item.url, sha256, *size, answer.etag, answer.last_modified, self.now)

    def _decode(self, body: bytes) -> Decoded:
        with _decoding:
            return self.workers.call(decode_picture, body, limits=PICTURE, cancel=self.cancel)

    def _path(self, sha256: str) -> Path:
        return self.folder / f"{sha256}.jpg"

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotWritable.from_os_error("A folder", self.folder, error, "created") from error


def keep(path: Path, data: bytes) -> None:
    """Write a file whose name is its hash: under another name first, synced, then renamed. Raises NotWritable."""
    if path.is_file():
        return
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=NEW)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise NotWritable.from_os_error("A file", path, error) from error
