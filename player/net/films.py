"""Fetches films after everything else: bit by bit, for a while in each round, straight to the disk.

A film that can't be had costs nothing but itself: its page shows a frame of it, and the others are fetched. One that
came damaged is left alone for a while, and longer each time: it would cost a whole film in each round.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from player.net.http import Http, Unreachable
from player.store.films import FilmFile, film_path, room_for
from player.store.manifest import Asset, Manifest, ManifestRefused
from player.store.store import BundleStore

ROUND_SECONDS = 15.0  # of fetching in one round; then the server is asked again what is published
FIRST_REST = 300.0  # seconds before a film is fetched again that came damaged; then twice as long each time
LONGEST_REST = 6 * 3600.0  # a film of 32 MB costs 130 MB a day at most, and one that was mended comes the same day

log = logging.getLogger("player")


class FilmFetcher:
    """Fetches a bundle's films. Remembers, until it ends, which came damaged. `now`: seconds of the steady clock."""

    def __init__(self, http: Http, store: BundleStore, now: Callable[[], float] = time.monotonic) -> None:
        self._http, self._store, self._now = http, store, now
        self._damaged: dict[str, tuple[float, float]] = {}  # name -> fetched again from then on, rest before that

    def fetch(self, manifest: Manifest, seconds: float = ROUND_SECONDS) -> bool:
        """Fetch the films that are missing, or a part of them; gives whether one is here now that was not."""
        have = self._store.have()
        until = time.monotonic() + seconds
        wanted = [film for film in manifest.films if have.get(film.name) != film.bytes]
        self._damaged = {film.name: self._damaged[film.name] for film in wanted if film.name in self._damaged}
        came = False
        for number, film in enumerate(film for film in wanted if not self._rests(film)):
            left = until - time.monotonic()
            if number and left <= 0:
                break
            try:
                came = self._fetch(film, left) or came
            except (Unreachable, ManifestRefused, OSError) as error:
                log.warning("a film could not be fetched: %s", error)
        return came

    def _fetch(self, film: Asset, seconds: float) -> bool:
        """Fetch a film, or a part of it; gives whether it is here now.

        Raises Unreachable, ManifestRefused, OSError.
        """
        if not room_for(self._store.folder, film):
            log.warning("there is too little room on the disk for a film of %d MB", film.bytes // 1_000_000)
            return False
        with FilmFile(film_path(self._store.folder, film)) as file:
            path = f"assets/{film.name}"
            try:
                if file.size < film.bytes and not self._http.download(path, file.size, film.bytes, file.write, seconds):
                    file.clear()
                    self._http.download(path, 0, film.bytes, file.write, seconds)
            except ManifestRefused as error:
                if error.kind != "too-large":
                    raise  # a network with a login page, say: nothing of a film came
                file.clear()
                self._came_damaged(film, str(error))
                return False
            if file.size < film.bytes:
                return False
            sound = file.finish(film)
        if not sound:
            self._came_damaged(film, f"the film {film.name} is not what its name says")
        return sound

    def _rests(self, film: Asset) -> bool:
        return film.name in self._damaged and self._now() < self._damaged[film.name][0]

    def _came_damaged(self, film: Asset, problem: str) -> None:
        before = self._damaged.get(film.name)
        rest = min(LONGEST_REST, 2 * before[1]) if before else FIRST_REST
        self._damaged[film.name] = (self._now() + rest, rest)
        log.warning("%s; it is fetched again in %d minutes", problem, rest // 60)
