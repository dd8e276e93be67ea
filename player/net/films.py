"""Fetches films after everything else: bit by bit, for a while in each round, straight to the disk.

A film that can't be had costs nothing but itself: its page shows a frame of it, and the others are fetched.
"""

from __future__ import annotations

import logging
import time

from player.net.http import Http, Unreachable
from player.store.films import FilmFile, film_path, room_for
from player.store.manifest import Asset, Manifest, ManifestRefused
from player.store.store import BundleStore

ROUND_SECONDS = 15.0  # of fetching in one round; then the server is asked again what is published

log = logging.getLogger("player")


def fetch_films(http: Http, store: BundleStore, manifest: Manifest, seconds: float = ROUND_SECONDS) -> bool:
    """Fetch the films that are missing, or a part of them; gives whether one is here now that was not."""
    have = store.have()
    until = time.monotonic() + seconds
    came = False
    for number, film in enumerate(film for film in manifest.films if have.get(film.name) != film.bytes):
        left = until - time.monotonic()
        if number and left <= 0:
            break
        try:
            came = _fetch(http, store, film, left) or came
        except (Unreachable, ManifestRefused, OSError) as error:
            log.warning("a film could not be fetched: %s", error)
    return came


def _fetch(http: Http, store: BundleStore, film: Asset, seconds: float) -> bool:
    """Fetch a film, or a part of it; gives whether it is here now. Raises Unreachable, ManifestRefused, OSError."""
    if not room_for(store.folder, film):
        log.warning("there is too little room on the disk for a film of %d MB", film.bytes // 1_000_000)
        return False
    with FilmFile(film_path(store.folder, film)) as file:
        path = f"assets/{film.name}"
        if file.size < film.bytes and not http.download(path, file.size, film.bytes, file.write, seconds):
            file.clear()
            http.download(path, 0, film.bytes, file.write, seconds)
        if file.size < film.bytes:
            return False
        sound = file.finish(film)
    if not sound:
        log.warning("the film %s is not what its name says; it is fetched again", film.name)
    return sound
