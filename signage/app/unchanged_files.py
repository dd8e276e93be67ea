"""What was made of files, for as long as their bytes are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class FilesRead(Generic[T]):
    """Not for use from two threads at once. Files are named by an administrator, so that there are not many."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[bytes, T]] = {}

    def get(self, path: str, body: bytes, make: Callable[[], T], still: Callable[[T], bool] = lambda made: True) -> T:
        """What `make` gives for these bytes; what it gave before, if that is `still` of use."""
        digest = hashlib.blake2b(body, digest_size=32).digest()
        known = self._made.get(path)
        if known is None or known[0] != digest or not still(known[1]):
            self._made.pop(path, None)
            known = self._made[path] = (digest, make())
        return known[1]
