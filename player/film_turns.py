"""When the film of a page is played: once in the page's turn, as soon as it can be.

Loads what plays films with the first bundle that has some: most have none.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from player.display.glass import Glass
from player.store.manifest import Manifest, ManifestPage
from player.store.store import BundleStore

if TYPE_CHECKING:  # imported late, for few bundles have films
    from player.display.film import FilmFailed
    from player.films import FilmProblem, Films

FILM_ENDS_SECONDS = 1.0  # before the next page's turn: that one is still to be decoded

log = logging.getLogger("player")


class FilmTurns:
    """The films of the bundle in force. `due`: the turn of the page has begun, and its film has not."""

    def __init__(self, glass: Glass, store: BundleStore) -> None:
        self._glass = glass
        self._store = store
        self._films: Films | None = None
        self.due = False

    def want(self, manifest: Manifest) -> None:
        """This bundle is in force, or files of it have come."""
        if manifest.films and self._films is None:
            from player.films import Films

            self._films = Films(self._store)
            self._glass.film_ended = self._ended
        if self._films is not None:
            self._films.want(manifest.films)

    @property
    def problem(self) -> FilmProblem | None:
        """Why films are not played here."""
        return self._films.problem if self._films is not None else None

    def play(self, page: ManifestPage, left: float) -> None:
        """Play the film of the page that is shown. `left`: seconds of its turn."""
        films = self._films
        if not self.due or page.video is None or films is None:
            return
        path = films.path(page.video)
        if path is None or left <= FILM_ENDS_SECONDS:
            return  # or not yet
        self.due = False
        from player.display.film import FilmFailed

        try:
            self._glass.play(path, page.video, films)
            log.debug("the film of page %s begins", page.id)
        except FilmFailed as error:
            self._ended(error)

    def _ended(self, problem: FilmFailed | None) -> None:
        from player.films import FilmProblem

        if self._films is not None:
            self._films.played(FilmProblem(str(problem), problem.kind) if problem else None)
            log.debug("the film is over")
