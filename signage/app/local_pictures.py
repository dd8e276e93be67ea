"""Picture files that screens.toml or the sheet of organisations names: read, encoded again, put beside the events' own.

A file that can't be used costs the picture, with a warning and a hint.
"""

from __future__ import annotations

import hashlib
import logging
import stat
from collections.abc import Iterable
from pathlib import Path

from signage.app.unchanged_files import FilesRead
from signage.domain.model import Picture
from signage.errors import NotWritable, SignageError
from signage.runtime.cancel import Cancelled, CancelToken
from signage.runtime.workers import PICTURE, WorkerKilled, WorkerPool, shared
from signage.sources.images.album import keep
from signage.sources.images.decoding import BadPicture, decode_named_picture
from signage.sources.images.focal_point import keep_care

log = logging.getLogger(__name__)

MOST_BYTES = 20_000_000


KeptPicture = tuple[Picture, Path]  # with the file that it is kept in


def load_pictures(
    paths: Iterable[str],
    images: Path,
    workers: WorkerPool | None = None,
    cancel: CancelToken | None = None,
    known: FilesRead[KeptPicture] | None = None,
) -> tuple[dict[str, Picture], list[str]]:
    """The pictures by path, stored in the folder `images` under their sha256, and a sentence for each that can't be
    used. What is transparent stays so. Decoded in `workers`; without any, in those of this process. `known`: the
    files that were read before. Raises Cancelled.
    """
    found: dict[str, Picture] = {}
    warnings: list[str] = []
    for path in sorted({path for path in paths if path}):
        try:
            found[path] = _load(Path(path), images, workers or shared(), cancel, known or FilesRead())
        except BadPicture as error:
            warnings.append(f"{path}: The picture can't be used. {error}")
        except WorkerKilled as killed:
            warnings.append(f"{path}: The picture can't be used. {killed.reason} Hint: save it smaller.")
        except OSError as error:
            warnings.append(f"{path}: The picture can't be read: {error.strerror or error}.")
        except (SignageError, Cancelled):
            raise
        except Exception as error:  # a fault of ours costs the picture
            log.exception("%s: internal error while reading it", path)
            warnings.append(f"{path}: The picture can't be read: internal error ({type(error).__name__}).")
    return found, warnings


def _load(
    path: Path, images: Path, workers: WorkerPool, cancel: CancelToken | None, known: FilesRead[KeptPicture]
) -> Picture:
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):  # reading a pipe waits for whoever writes to it
        raise BadPicture("It is not a file. Hint: name a PNG or a JPEG.")
    if about.st_size > MOST_BYTES:
        raise BadPicture(f"It is larger than {MOST_BYTES // 1_000_000} MB. Hint: save it smaller.")
    body = path.read_bytes()
    if path.suffix.lower() == ".svg" or body.lstrip()[:5] in (b"<?xml", b"<svg "):
        raise BadPicture("It is an SVG drawing. Hint: save it as PNG.")
    return known.get(str(path), body, lambda: _kept(body, images, workers, cancel), _is_there)[0]


def _is_there(kept: KeptPicture) -> bool:
    return kept[1].is_file() and kept[1].with_suffix(".json").is_file()


def _kept(body: bytes, images: Path, workers: WorkerPool, cancel: CancelToken | None) -> KeptPicture:
    decoded = workers.call(decode_named_picture, body, limits=PICTURE, cancel=cancel)
    sha256 = hashlib.sha256(decoded.data).hexdigest()
    try:
        images.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritable.from_os_error("A folder", images, error, "created") from error
    kept = images / f"{sha256}{'.png' if decoded.transparent else '.jpg'}"
    care = decoded.care
    keep(kept, decoded.data)
    keep_care(kept, care)
    focus = (care.focus_x, care.focus_y)
    return Picture(sha256, decoded.width, decoded.height, focus=focus, colour=care.colour), kept
