"""The main loop: takes the bundle in force, the moment and the clock's word, and keeps the right page on the display.

Everything that reads the time is handed in, so that a pretended time goes everywhere.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from player.display.fade import FADE_SECONDS
from player.display.glass import Glass
from player.display.labels import data_age_text
from player.display.notices import NoticePicture
from player.display.pictures import Labels, LabelStyles, Slide, UnreadablePicture
from player.rotation import Moment, Turn, open_pages, seconds_left, take_turn
from player.store.manifest import Manifest, ManifestPage
from player.store.store import BundleStore

if TYPE_CHECKING:  # imported late, for few bundles have films
    from player.display.film import FilmFailed
    from player.films import FilmProblem, Films

PREPARE_SECONDS = 3.0  # before its turn a page is decoded: a Pi Zero needs half a second for 1920x1080
HEARTBEAT_SECONDS = 60.0
AWAKE_SECONDS = 10.0  # a television that sleeps takes so long to show a picture
LONGEST_SLEEP = 1.0  # so that a clock that was set shows the right page within a second, even without a notification
FILM_ENDS_SECONDS = 1.0  # before the next page's turn: that one is still to be decoded
STEP_SECONDS = 0.5  # a wall clock that moved this much against the ticks was set

log = logging.getLogger("player")


@dataclass(slots=True)
class PreparedPage:
    """A page that is decoded and waits for its turn."""

    page: ManifestPage
    slide: Slide


class LoopHost(Protocol):
    """The player around the loop. All of it is called by the loop's thread."""

    @property
    def manifest(self) -> Manifest | None:
        """The bundle in force."""

    def moment(self) -> Moment:
        """Now."""

    def notice(self) -> NoticePicture:
        """What is shown while there is no page to show."""

    def poll_now(self) -> None:
        """Fetch what is missing."""

    def heartbeat(self) -> None:
        """Report; about once a minute, right after a step. `page` and `notice` of the loop are on the display then."""

    def alive(self, *, picture_ok: bool) -> None:
        """The loop took a step. `picture_ok` False: the picture doesn't reach the display."""


def house_closed(manifest: Manifest | None, moment: Moment, unreadable: frozenset[str] = frozenset()) -> bool:
    """Is there nothing to show but darkness, now and in the seconds that a display takes to wake? Pure."""
    if manifest is None:
        return False
    for ahead in (0.0, AWAKE_SECONDS):
        pages = open_pages(manifest, moment.wall + timedelta(seconds=ahead), moment.trusted, unreadable)
        if not pages or any(page.kind != "dark" for page in pages):
            return False
    return True


def was_set(before: Moment | None, now: Moment) -> bool:
    """Did somebody set the wall clock between these two looks?"""
    if before is None:
        return False
    return abs((now.wall - before.wall).total_seconds() - (now.ticks - before.ticks)) > STEP_SECONDS


class Loop:
    """Keeps the page that is due on `glass`; `store` has the pictures."""

    def __init__(self, glass: Glass, store: BundleStore, host: LoopHost) -> None:
        self._glass = glass
        self._store = store
        self._host = host
        self._last_heartbeat: float | None = None  # ticks
        self._generation = glass.generation
        self._last: Moment | None = None
        self._stepped = False  # the clock was set, and what that means is not on the display yet
        self._manifest: Manifest | None = None
        self._zone: ZoneInfo | None = None
        self._unreadable: frozenset[str] = frozenset()
        self._turn: Turn | None = None
        self._ready: PreparedPage | None = None
        self._labels = Labels()
        self._films: Films | None = None
        self._film_due = False  # the turn has begun, and its film has not
        self.page: ManifestPage | None = None  # on the display now
        self.notice: NoticePicture | None = None  # on the display now
        self.shown = 0  # pages put on the display so far

    def step(self) -> float:
        """Look once and show what is due; gives the seconds in which nothing will change by itself."""
        self._glass.look()
        moment = self._host.moment()
        pause = self._step(moment)
        perhaps = self.page is None or self.page.kind == "dark"
        closed = perhaps and house_closed(self._manifest, moment, self._unreadable)
        self._glass.power(not closed, moment.ticks)
        self._host.alive(picture_ok=self._glass.picture_ok)
        if pause and (self._last_heartbeat is None or moment.ticks - self._last_heartbeat >= HEARTBEAT_SECONDS):
            self._last_heartbeat = moment.ticks
            self._host.heartbeat()
        return pause

    def _step(self, moment: Moment) -> float:
        self._take_bundle()
        if not self._glass.present:
            self.page = self.notice = None
            return LONGEST_SLEEP
        if self._manifest is None:
            return self._wait_for_content()
        # A page has left the display when its window closes, and not only begun to; so each edge comes one fade sooner.
        lead = FADE_SECONDS if self._turn is not None else 0.0
        ahead = Moment(moment.wall + timedelta(seconds=lead), moment.ticks, moment.trusted)
        turn = take_turn(self._manifest, ahead, self._turn, self._unreadable)
        self._stepped |= was_set(self._last, moment)
        self._last = moment
        if turn is None:
            self._turn = None
            return self._wait_for_content()
        if (
            self._turn is None
            or self.page is None
            or turn.page.picture != self._turn.page.picture
            or turn.page.clock != self._turn.page.clock
        ):
            ready = self._prepared(turn.page)
            if ready is None:
                return 0.0  # counts as not open from now on: look again
            # what was right by the clock of before may be wrong by the new one, and must not linger in a fade
            self._show(ready, moment, fade=not self._stepped)
            self._film_due = True
        elif turn.until - self._turn.until > STEP_SECONDS and not self._glass.plays_film:
            self._film_due = True  # its turn comes again
        self._stepped = False
        self._turn = turn
        self._update_labels(moment)
        left = seconds_left(ahead, turn)
        self._play(turn.page, left)
        if self._glass.plays_film and left > FILM_ENDS_SECONDS:
            return min(LONGEST_SLEEP, left - FILM_ENDS_SECONDS)  # a picture that is decoded would make it falter
        if left <= PREPARE_SECONDS and self._prepare_next(ahead, turn, left):
            return 0.0
        minute = 60.0 - moment.wall.second - moment.wall.microsecond / 1e6
        return min(LONGEST_SLEEP, minute, left if left <= PREPARE_SECONDS else left - PREPARE_SECONDS)

    def _take_bundle(self) -> None:
        manifest = self._host.manifest
        another_display = self._glass.generation != self._generation
        if another_display:
            self._generation = self._glass.generation
            self.page = self.notice = None
        elif manifest is self._manifest:
            return
        self._manifest = manifest
        self._ready = None
        if manifest is None:
            self._turn = None
            return
        self._unreadable = frozenset()
        self._films = self._films_of(manifest)
        try:
            self._zone = ZoneInfo(manifest.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            log.warning('this system knows no time zone "%s"; showing pages without the clock', manifest.zone)
            self._zone = None
        self._glass.fit(manifest)

    def _films_of(self, manifest: Manifest) -> Films | None:
        """What plays films: loaded with the first bundle that has some, and kept."""
        if manifest.films and self._films is None:
            from player.films import Films

            self._films = Films(self._store)
            self._glass.film_ended = self._film_ended
        if self._films is not None:
            self._films.want(manifest.films)
        return self._films

    def retry_unreadable(self) -> None:
        """Try unreadable pictures again: the sync has brought something."""
        self._unreadable = frozenset()
        if self._films is not None and self._manifest is not None:
            self._films.want(self._manifest.films)

    @property
    def film_problem(self) -> FilmProblem | None:
        """Why films are not played here."""
        return self._films.problem if self._films is not None else None

    def _play(self, page: ManifestPage, left: float) -> None:
        """Play the film of the page that is shown, once in its turn, as soon as it can be. `left`: of the turn."""
        films, path = self._films, None
        if not self._film_due or page.video is None or films is None:
            return
        path = films.path(page.video)
        if path is None or left <= FILM_ENDS_SECONDS:
            return  # or not yet
        self._film_due = False
        from player.display.film import FilmFailed

        try:
            self._glass.play(path, page.video, films)
            log.debug("the film of page %s begins", page.id)
        except FilmFailed as error:
            self._film_ended(error)

    def _film_ended(self, problem: FilmFailed | None) -> None:
        from player.films import FilmProblem

        if self._films is not None:
            self._films.played(FilmProblem(str(problem), problem.kind) if problem else None)
            log.debug("the film is over")

    def _prepared(self, page: ManifestPage) -> PreparedPage | None:
        if (
            self._ready is not None
            and self._ready.page.picture == page.picture
            and self._ready.page.clock == page.clock
        ):
            ready, self._ready = self._ready, None
            return ready
        self._ready = None  # frees its picture before the next one is decoded
        data = self._store.read(page.picture)
        try:
            if data is None:
                raise UnreadablePicture("the picture is missing or damaged in the store")
            return PreparedPage(page, self._glass.prepare(data, self._written(page)))
        except UnreadablePicture as error:
            log.warning("page %s is left out: %s", page.id, error)
            self._unreadable |= {page.picture.name}
            self._host.poll_now()
            return None

    def _prepare_next(self, ahead: Moment, turn: Turn, left: float) -> bool:
        """Decode the page whose turn comes in `left` seconds; True when that was done just now."""
        assert self._manifest is not None
        then = Moment(ahead.wall + timedelta(seconds=left), ahead.ticks + left, ahead.trusted)
        coming = take_turn(self._manifest, then, turn, self._unreadable)
        if coming is None or coming.page.picture == turn.page.picture or self._ready is not None:
            return False
        self._ready = self._prepared(coming.page)
        return True

    def _show(self, ready: PreparedPage, moment: Moment, fade: bool) -> None:
        self._labels = self._labels_at(moment)
        self._glass.show(ready.slide, self._labels, fade=fade and self.page is not None)
        self.page, self.notice = ready.page, None
        self.shown += 1
        log.debug("page %s is on the display at %s", ready.page.id, self._host.moment().wall.isoformat())

    def _update_labels(self, moment: Moment) -> None:
        labels = self._labels_at(moment)
        if labels != self._labels:
            self._glass.tick(labels)
            log.debug("clock %s%s", labels.time or "hidden", f", {labels.updated}" if labels.updated else "")
            self._labels = labels

    def _written(self, page: ManifestPage) -> LabelStyles:
        """How labels look on a page. No line on the data's age where there is no data."""
        updated = self._manifest.updated if self._manifest is not None and page.kind != "dark" else None
        return LabelStyles(
            page.clock,
            self._store.read(page.clock.font) if page.clock else None,
            updated,
            self._store.read(updated.font) if updated else None,
        )

    def _labels_at(self, moment: Moment) -> Labels:
        """The time as 15.42, and the data's age once it is too old; nothing when the time isn't known."""
        if not moment.trusted or self._zone is None or self._manifest is None:
            return Labels()
        updated, fresh = self._manifest.updated, self._manifest.data_as_of
        line = ""
        if updated is not None and fresh is not None:
            old = (moment.wall - fresh).total_seconds() >= updated.after_seconds
            line = data_age_text(updated, fresh.astimezone(self._zone)) if old else ""
        return Labels(moment.wall.astimezone(self._zone).strftime("%H.%M"), line)

    def _wait_for_content(self) -> float:
        notice = self._host.notice()
        if notice != self.notice:
            self._glass.notice(notice)
        # the same with a QR code, or another hint, is not logged
        if self.notice is None or notice.headline != self.notice.headline:
            log.info(
                "nothing to show yet; %s", "waiting for content" if notice.kind == "waiting" else notice.headline[1]
            )
        self.page, self.notice = None, notice
        return LONGEST_SLEEP
