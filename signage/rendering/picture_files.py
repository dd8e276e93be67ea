"""The bytes of the pictures that stand on pages, from the renderer's image store. I/O: disk."""

from __future__ import annotations

import base64
import hashlib
import logging
from itertools import product
from pathlib import Path

log = logging.getLogger(__name__)

# a photograph; a logo, with what is transparent; a drawing, which browsers show as a picture: no script, no network
KINDS = {".jpg": "image/jpeg", ".png": "image/png", ".svg": "image/svg+xml"}


class PictureFiles:
    """Pictures by the sha256 of their bytes. A file that is not what its name says is removed, so that the next refresh
    fetches the picture again, as it does for one that is missing.
    """

    def __init__(self, *folders: Path) -> None:
        self.folders = folders

    def address(self, sha256: str) -> str | None:
        """The bytes as a data: address (RFC 2397); None for a picture that is missing, damaged or can't be read."""
        found = self.read(sha256)
        return found and f"data:{found[1]};base64,{base64.b64encode(found[0]).decode('ascii')}"

    def read(self, sha256: str) -> tuple[bytes, str] | None:
        """The bytes and their media type; None for a picture that is missing, damaged or can't be read."""
        for folder, (suffix, media_type) in product(self.folders, KINDS.items()):
            path = folder / f"{sha256}{suffix}"
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                log.warning("%s: the picture can't be read: %s", path, error.strerror)
                continue
            if hashlib.sha256(data).hexdigest() == sha256:
                return data, media_type
            log.warning("%s: the picture was damaged on disk; it is removed, and fetched again", path)
            try:
                path.unlink()
            except OSError as error:
                log.warning("%s: can't be removed: %s", path, error.strerror)
        return None
