"""Pictures of events: fetched, decoded under limits, encoded anew, kept by the hash of their bytes.

A picture that fails costs the picture, never its event. Few at a time, soonest events first, each address asked at
most once a day.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import tempfile
import threading
import warnings
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from signage.errors import NotWritable, SourceError
from signage.model import Picture
from signage.sources.credits import credit_in
from signage.sources.http import Fetcher
from signage.sources.picture_care import care_of
from signage.store import ImageState, Store

log = logging.getLogger(__name__)

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")  # no SVG: it is a document, with links and scripts
MOST_PIXELS = 40_000_000  # a large camera's; 120 MB while it is decoded
LEAST_SIDE = 64  # pixels; smaller is a tracking pixel or an icon
LONGEST_SIDE = 1920  # pixels: no screen shows more
QUALITY = 88
MOST_PER_REFRESH = 60  # downloads: politeness to the portal; the others come with the next refresh
PARALLEL = 3
ASK_AGAIN = timedelta(days=1)  # of an address that had a picture: they don't change, the address does
TRY_AGAIN = timedelta(hours=1)  # of an address that failed
# Pictures of one source in one refresh that don't come (404 aside): then its other ones wait for the next refresh, so
# that a picture server that is down delays the screens by seconds and not by minutes.
GIVE_UP_AFTER = 3
FORGET = timedelta(days=30)  # after nothing has named it

_decoding = threading.Lock()  # one at a time: MOST_PIXELS bounds the memory of one


class BadPicture(ValueError):
    """Bytes that are no picture we show; says why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture's address and the fetcher of the source that named it."""

    url: str
    fetcher: Fetcher


class Album:
    """The folder of pictures, and the store's index of their addresses."""

    def __init__(self, folder: Path, store: Store, now: datetime) -> None:
        self.folder = folder
        self.store = store
        self.now = now
        self._failures: Counter[str] = Counter()  # by source, in this refresh

    def known(self, urls: Sequence[str]) -> dict[str, Picture]:
        """The pictures that are there already, by address. Asks nobody."""
        return {
            url: self._picture(state.sha256, state.width, state.height)
            for url, state in self.store.images_get(urls).items()
            if state.sha256 and self._path(state.sha256).is_file()
        }

    def _picture(self, sha256: str, width: int, height: int) -> Picture:
        care = care_of(self._path(sha256))
        focus = (care.focus_x, care.focus_y)
        return Picture(sha256, width, height, care.credit or None, focus, care.colour)

    def resolve(self, wanted: Sequence[Wanted]) -> dict[str, Picture]:
        """Fetch what is new or due, the first `MOST_PER_REFRESH` of it; gives every picture that is there then."""
        first = {item.url: item for item in reversed(wanted)}
        order = list(dict.fromkeys(item.url for item in wanted))
        states = self.store.images_get(order)
        due = [first[url] for url in order if self._due(states.get(url))][:MOST_PER_REFRESH]
        if due:
            self._make_folder()
            with ThreadPoolExecutor(PARALLEL, thread_name_prefix="picture") as pool:
                for state in pool.map(lambda item: self._refresh(item, states.get(item.url)), due):
                    if state is not None:
                        self.store.image_put(state)
        self.store.images_touch(order, self.now)
        return self.known(order)

    def sweep(self) -> None:
        """Remove the pictures that nothing has named for `FORGET`."""
        named = self.store.images_sweep(self.now - FORGET)
        for file in [*self.folder.glob("*.jpg"), *self.folder.glob("*.json")]:
            if file.stem not in named:
                file.unlink(missing_ok=True)

    def _due(self, state: ImageState | None) -> bool:
        if state is None or (state.sha256 and not self._path(state.sha256).is_file()):
            return True
        return self.now - state.checked_at >= (TRY_AGAIN if state.problem else ASK_AGAIN)

    def _refresh(self, item: Wanted, state: ImageState | None) -> ImageState | None:
        """Ask for one picture; what fails keeps the picture that was there before. None: not asked."""
        if self._failures[item.fetcher.source] >= GIVE_UP_AFTER:
            return None
        have = state if state and state.sha256 and self._path(state.sha256).is_file() else None
        try:
            answer = item.fetcher.picture(item.url, have.etag if have else None, have.last_modified if have else None)
            if answer.unchanged and have:
                etag, modified = have.etag, have.last_modified
                return ImageState(item.url, have.sha256, have.width, have.height, etag, modified, self.now)
            jpeg, width, height = reencode(answer.body)
        except Exception as error:  # whatever is wrong with one picture costs that picture
            reason = error.reason if isinstance(error, SourceError) else str(error)
            if isinstance(error, SourceError) and not reason.startswith("answered 4"):
                self._failures[item.fetcher.source] += 1
            if not isinstance(error, SourceError | BadPicture):
                log.exception("%s: a fault while fetching a picture", item.fetcher.source)
            if state is None or not state.problem:
                log.info("%s: a picture is left out: %s", item.fetcher.source, reason)
            kept = have or ImageState(item.url, None, 0, 0, None, None, self.now)
            etag, modified = kept.etag, kept.last_modified
            return ImageState(item.url, kept.sha256, kept.width, kept.height, etag, modified, self.now, reason)
        sha256 = hashlib.sha256(jpeg).hexdigest()
        keep(self._path(sha256), jpeg)
        return ImageState(item.url, sha256, width, height, answer.etag, answer.last_modified, self.now)

    def _path(self, sha256: str) -> Path:
        return self.folder / f"{sha256}.jpg"

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotWritable(f"{self.folder}: can't be made: {error.strerror}") from error


def reencode(body: bytes) -> tuple[bytes, int, int]:
    """JPEG bytes, width and height of the picture in `body`: upright, RGB, at most `LONGEST_SIDE`. Raises BadPicture.

    A credit that stands in the file goes along as the JPEG's comment; nothing else does, least of all where it was
    taken. The same bytes give the same bytes (with the same Pillow).
    """
    try:
        with _decoding, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of bombs and odd metadata: the size is checked below, before decoding
            return _reencode(body)
    except BadPicture:
        raise
    except (Image.DecompressionBombError, MemoryError):
        raise BadPicture(f"is larger than {MOST_PIXELS // 1_000_000} megapixels") from None
    except UnidentifiedImageError:
        raise BadPicture("is not a picture of a kind that is shown") from None
    except Exception as error:  # Pillow's decoders raise whatever broken bytes lead them to
        raise BadPicture(f"can't be decoded ({type(error).__name__})") from error


def _reencode(body: bytes) -> tuple[bytes, int, int]:
    with Image.open(io.BytesIO(body), formats=FORMATS) as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS:
            raise BadPicture(f"is larger than {MOST_PIXELS // 1_000_000} megapixels")
        if min(width, height) < LEAST_SIDE:
            raise BadPicture(f"is only {width} x {height} pixels")
        credit = credit_in(opened)
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # lets the JPEG decoder leave out what is not needed
        upright = ImageOps.exif_transpose(opened)
    flat = _opaque(upright)
    flat.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=QUALITY, optimize=True, comment=credit.encode())
    return out.getvalue(), flat.width, flat.height


def _opaque(image: Image.Image) -> Image.Image:
    """RGB, with white where the picture is transparent."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    ground = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(ground, layered).convert("RGB")


def keep(path: Path, data: bytes) -> None:
    """Write a file whose name is its hash: under another name first, synced, then renamed. Raises NotWritable."""
    if path.is_file():
        return
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
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
        raise NotWritable(f"{path.parent}: can't be written: {error.strerror}") from error
