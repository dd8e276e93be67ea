"""The events' pictures as telephones get them: small, made once, and kept under `state`. I/O: disk."""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from PIL import Image

from signage.app.drawings import MEDIA_TYPE as DRAWING
from signage.app.drawings import Drawings
from signage.domain.model import Picture
from signage.errors import NotWritable
from signage.publishing.phone_pages import PhonePicture
from signage.rendering.picture_files import PictureFiles

FOLDER = "phone-pictures"
SIDE = 640  # pixels: a telephone's width, or a quarter of it in the list, on the sharpest displays
QUALITY = 62
SUFFIX = ".webp"

log = logging.getLogger(__name__)


class PhonePictures:
    """Small copies of the pictures in `images`, in `folder`: each file is named by the picture's hash and by its own,
    so that one that is damaged is recognised, and made again.
    """

    def __init__(self, images: Path | Sequence[Path], folder: Path, drawings: Drawings | None = None) -> None:
        self._images = PictureFiles(*([images] if isinstance(images, Path) else images))
        self._drawings = drawings or Drawings()
        self._folder = folder
        self._known: dict[str, tuple[PhonePicture, Path]] = {}

    def of(self, pictures: Iterable[Picture], *, make: bool) -> dict[str, PhonePicture]:
        """The small copies, by the sha256 of the picture. With `make`, those that are missing are made; a picture that
        can't be read has none. Raises NotWritable.
        """
        found: dict[str, PhonePicture] = {}
        for picture in pictures:
            known = self._known.get(picture.sha256) or self._kept(picture)
            if known is None and make:
                known = self._made(picture)
            if known is not None:
                self._known[picture.sha256] = known
                found[picture.sha256] = known[0]
        return found

    def files(self, pictures: Iterable[PhonePicture]) -> Mapping[str, Path]:
        """Where their bytes are, by their own sha256."""
        paths = {picture.sha256: path for picture, path in self._known.values()}
        return {picture.sha256: paths[picture.sha256] for picture in pictures}

    def sweep(self, keep: Collection[str]) -> None:
        """Remove the copies of all but these pictures."""
        for file in self._folder.glob("*"):
            if file.name.partition("-")[0] not in keep:
                file.unlink(missing_ok=True)

    def _kept(self, picture: Picture) -> tuple[PhonePicture, Path] | None:
        for path in self._folder.glob(f"{picture.sha256}-*{SUFFIX}"):
            data = path.read_bytes()
            if path.name == _name(picture, data):
                return _described(picture, data), path
            log.warning("%s: the picture was damaged on disk; it is made again", path)
            path.unlink(missing_ok=True)
        return None

    def _made(self, picture: Picture) -> tuple[PhonePicture, Path] | None:
        source = self._images.read(picture.sha256)
        if source is None:
            return None
        pixels = self._drawings.drawn(picture, source[0], SIDE) if source[1] == DRAWING else source[0]
        if pixels is None:
            return None
        try:
            data = _small(pixels)
        except (OSError, ValueError) as error:
            log.warning("the picture %s can't be made smaller for telephones: %s", picture.sha256, error)
            return None
        path = self._folder / _name(picture, data)
        temporary = path.with_suffix(".new")
        try:
            self._folder.mkdir(exist_ok=True)
            temporary.write_bytes(data)
            temporary.replace(path)
        except OSError as error:
            raise NotWritable.from_os_error("A picture for telephones", path, error) from error
        return _described(picture, data), path


def _small(source: bytes) -> bytes:
    with Image.open(io.BytesIO(source)) as opened:
        opened.draft("RGB", (SIDE, SIDE))  # a JPEG is decoded at half or a quarter of its size
        small = opened.convert("RGB")
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=QUALITY, method=2)
    return out.getvalue()


def _name(picture: Picture, data: bytes) -> str:
    return f"{picture.sha256}-{hashlib.sha256(data).hexdigest()}{SUFFIX}"


def _described(picture: Picture, data: bytes) -> PhonePicture:
    with Image.open(io.BytesIO(data)) as opened:
        width, height = opened.size
    return PhonePicture(hashlib.sha256(data).hexdigest(), len(data), width, height)
