"""The main loop: takes the bundle in force, the moment and the clock's word, and keeps the right page on the display.

Everything that reads the time is handed in, so that a pretended time goes everywhere.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from player.alert_schedule import AlertSchedule, is_alert
from player.display.fade import FADE_SECONDS
from player.display.geometry import Upright
from player.display.glass import Glass
from player.display.labels import data_age_text
from player.display.notices import NoticePicture, alert_words
from player.display.pictures import Labels, LabelStyles, Slide, UnreadablePicture
from player.film_turns import FILM_ENDS_SECONDS, FilmTurns
from player.rotation import Moment, Turn, open_pages, seconds_left
from player.store.alerts import AlertDocument
from player.store.manifest import Manifest, ManifestPage, TextLine
from player.store.store import BundleStore

PREPARE_SECONDS = 3.0  # before its turn a page is decoded: a Pi Zero needs half a second for 1920x1080
HEARTBEAT_SECONDS = 60.0
AWAKE_SECONDS = 10.0  # a television that sleeps takes so long to show a picture
LONGEST_SLEEP = 1.0  # so that a clock that was set shows the right page within a second, even without a notification
RETRY_SECONDS = 60.0  # between two attempts at a picture of an alert that can't be read
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

    @property
    def alerts(self) -> AlertDocument | None:
        """The alerts in force."""

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


def looks_like(page: ManifestPage, other: ManifestPage) -> bool:
    """Is the one drawn as the other is?"""
    return (page.picture, page.clock, page.lines) == (other.picture, other.clock, other.lines)


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
        self._document: AlertDocument | None = None
        self._alerts = AlertSchedule()
        self._banner: Turn | None = None  # over the pages
        self._zone: ZoneInfo | None = None
        self._unreadable: frozenset[str] = frozenset()
        self._left_out: dict[str, ManifestPage] = {}  # the pages of those
        self._missing: set[str] = set()  # those of them that the store doesn't have
        self._warned: set[str] = set()  # about these, since the bundle or the alerts last changed
        self._retry = False  # all of them, at the next step
        self._retried = 0.0  # ticks
        self._turn: Turn | None = None
        self._ready: PreparedPage | None = None
        self._labels = Labels()
        self.films = FilmTurns(glass, store)
        self.page: ManifestPage | None = None  # on the display now
        self.notice: NoticePicture | None = None  # on the display now
        self.shown = 0  # pages put on the display so far

    def step(self) -> float:
        """Look once and show what is due; gives the seconds in which nothing will change by itself."""
        self._glass.look()
        moment = self._host.moment()
        pause = self._step(moment)
        perhaps = self.page is None or self.page.kind == "dark"
        closed = perhaps and self._closed(moment)
        self._glass.power(not closed, moment.ticks)
        self._host.alive(picture_ok=self._glass.picture_ok)
        if pause and (self._last_heartbeat is None or moment.ticks - self._last_heartbeat >= HEARTBEAT_SECONDS):
            self._last_heartbeat = moment.ticks
            self._host.heartbeat()
        return pause

    def _step(self, moment: Moment) -> float:
        self._take_bundle()
        self._read_again(moment)
        self._alerts.note(moment)
        if not self._glass.present:
            self.page = self.notice = None
            return LONGEST_SLEEP
        # A page has left the display when its window closes, and not only begun to; so each edge comes one fade sooner.
        lead = FADE_SECONDS if self._turn is not None else 0.0
        turn = self._alerts.whose_turn(moment, lead, self._turn, self._unreadable)
        self._stepped |= was_set(self._last, moment)
        self._last = moment
        change = self._alerts.seconds_to_change(moment)
        if turn is None:
            self._turn = None
            return min(change, self._wait_for_content(moment))
        if is_alert(turn.page) and turn.page.picture.name in self._unreadable:
            return min(change, self._show_words(turn, moment))
        if self._turn is None or self.page is None or not looks_like(turn.page, self._turn.page):
            ready = self._prepared(turn.page)
            if ready is None:
                return 0.0  # counts as not open from now on: look again
            # what was right by the clock of before may be wrong by the new one, and must not linger in a fade
            fade = not self._stepped and change > FADE_SECONDS and not (is_alert(turn.page) or is_alert(self.page))
            self._change_page(ready, moment, fade=fade)
            self.films.due = True
        elif turn.until - self._turn.until > STEP_SECONDS and not self._glass.plays_film:
            self.films.due = True  # its turn comes again
        self._stepped = False
        self._turn = turn
        if not self._lay_banner(moment):
            return 0.0
        self._update_labels(moment)
        left = min(seconds_left(moment, turn), change)
        self.films.play(turn.page, left)
        if self._glass.plays_film and left > FILM_ENDS_SECONDS:
            return min(LONGEST_SLEEP, left - FILM_ENDS_SECONDS)  # a picture that is decoded would make it falter
        if left <= PREPARE_SECONDS and self._prepare_next(moment, turn, left):
            return 0.0
        minute = 60.0 - moment.wall.second - moment.wall.microsecond / 1e6
        if self._banner is not None:
            left = min(left, seconds_left(moment, self._banner))
        return min(LONGEST_SLEEP, minute, left if left <= PREPARE_SECONDS else left - PREPARE_SECONDS)

    def _closed(self, moment: Moment) -> bool:
        """Is the house closed, and nothing to be shown all the same?"""
        soon = (moment, moment.later(AWAKE_SECONDS))
        return house_closed(self._alerts.manifest, moment, self._unreadable) and not any(
            map(self._alerts.takeovers, soon)
        )

    def _take_bundle(self) -> None:
        manifest, document = self._host.manifest, self._host.alerts
        another_display = self._glass.generation != self._generation
        if another_display:
            self._generation = self._glass.generation
            self.page = self.notice = self._banner = None
        elif manifest is self._manifest and document is self._document:
            return
        self._alerts.take(manifest, document)
        self._document = document
        self._warned.clear()
        self._forget(set(self._left_out))
        if manifest is self._manifest and not another_display:
            return
        self._manifest = manifest
        self._ready = None
        if manifest is None:
            self._turn = None
            return
        self.films.want(manifest)
        try:
            self._zone = ZoneInfo(manifest.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            log.warning('this system knows no time zone "%s"; showing pages without the clock', manifest.zone)
            self._zone = None
        before = self._glass.fitted
        self._glass.fit(manifest)
        if self._glass.fitted != before:
            self._banner = self.page = self.notice = None  # what was drawn before lies the wrong way, or is too small

    def retry_unreadable(self) -> None:
        """Try unreadable pictures again: the sync has brought something. May be called by other threads."""
        self._retry = True
        if self._manifest is not None:
            self.films.want(self._manifest)

    def _read_again(self, moment: Moment) -> None:
        """Pictures that were unreadable count as readable again: of alerts each minute, and what has come since."""
        if self._retry:
            self._retry = False
            again = set(self._left_out)
        else:
            again = {name for name in self._missing if self._store.has(self._left_out[name].picture)}
        if moment.ticks - self._retried >= RETRY_SECONDS:
            self._retried = moment.ticks
            again |= {name for name, page in self._left_out.items() if is_alert(page)}
        if again:
            self._forget(again)

    def _forget(self, names: set[str]) -> None:
        self._left_out = {name: page for name, page in self._left_out.items() if name not in names}
        self._missing -= names
        self._unreadable = frozenset(self._left_out)

    def _read(self, page: ManifestPage) -> bytes | None:
        data = self._store.read(page.picture)
        if data is None and self._store.has(page.picture):
            data = self._store.read(page.picture)  # it has come this moment
        if data is None and not self._store.has(page.picture):
            self._missing.add(page.picture.name)
        return data

    def _prepared(self, page: ManifestPage) -> PreparedPage | None:
        if self._ready is not None and looks_like(self._ready.page, page):
            ready, self._ready = self._ready, None
            return ready
        self._ready = None  # frees its picture before the next one is decoded
        self._fit_alert(page)
        data = self._read(page)
        try:
            if data is None:
                raise UnreadablePicture("the picture is missing or damaged in the store")
            if self._glass.fitted is None:
                raise UnreadablePicture("the size of the screen is not known yet")
            return PreparedPage(page, self._glass.prepare(data, self._written(page)))
        except UnreadablePicture as error:
            self._leave_out(page, error)
            return None

    def _fit_alert(self, page: ManifestPage) -> None:
        """Make ready for an alert that comes before the first bundle: its box ends where the screen does."""
        if self._glass.fitted is None and page.box is not None:
            x, y, width, height = page.box
            self._glass.fit(Upright(x + width, y + height))

    def _prepare_next(self, moment: Moment, turn: Turn, left: float) -> bool:
        """Decode the page whose turn comes in `left` seconds; True when that was done just now."""
        coming = self._alerts.whose_turn(moment.later(left), FADE_SECONDS, turn, self._unreadable)
        if coming is None or self._ready is not None or looks_like(coming.page, turn.page):
            return False
        if coming.page.picture.name in self._unreadable:
            return False
        self._ready = self._prepared(coming.page)
        return True

    def _change_page(self, ready: PreparedPage, moment: Moment, *, fade: bool) -> None:
        """Show another page. No banner lies over a takeover, and none comes with a page later than it goes."""
        if self._banner is not None and not self._alerts.banners(moment, self._unreadable):
            self._banner = None
            if self._alerts.takeovers(moment):
                self._glass.drop_banner()
            else:
                self._glass.show_banner(None)
        self._show(ready, moment, fade=fade)

    def _lay_banner(self, moment: Moment) -> bool:
        """Have the banner over the page that is due now; False: it can't be read, look again."""
        turn = self._alerts.banner_turn(moment, self._banner, self._unreadable)
        if turn is None:
            if self._banner is not None:
                self._glass.show_banner(None)
        elif self._banner is None or not looks_like(turn.page, self._banner.page):
            page = turn.page
            if self._banner is not None and self._banner.page.until <= (moment.reliable or moment.wall):
                self._glass.show_banner(None)  # not while another one is decoded
            self._fit_alert(page)
            data = self._read(page)
            try:
                if data is None or page.box is None:
                    raise UnreadablePicture("the picture is missing or damaged in the store")
                self._glass.show_banner(self._glass.prepare_banner(data, page.box, self._lines(page)))
            except UnreadablePicture as error:
                self._leave_out(page, error)
                return False
            log.info("the alert %s lies over the pages", page.alert)
        self._banner = turn
        return True

    def _show_words(self, turn: Turn, moment: Moment) -> float:
        """Show what an alert says whose picture can't be shown."""
        words = alert_words(turn.page.alt, tuple(line.text for line in turn.page.lines))
        if words != self.notice:
            self._banner = None
            self._glass.drop_banner()
            self._glass.notice(words)
            log.warning("the alert %s is shown in plain words", turn.page.alert)
        self.page, self.notice, self._turn = None, words, turn
        return min(LONGEST_SLEEP, seconds_left(moment, turn))

    def _leave_out(self, page: ManifestPage, error: UnreadablePicture) -> None:
        name = page.picture.name
        self._left_out[name] = page
        self._unreadable = frozenset(self._left_out)
        new = name not in self._warned
        if new:
            self._warned.add(name)
            log.warning("page %s is left out: %s", page.id, error)
        if new or name in self._missing:
            self._host.poll_now()

    @property
    def alerts_shown(self) -> tuple[str, ...]:
        """The ids of the alerts that are on the display now, or take turns on it."""
        if self._last is None or not self._glass.present:
            return ()
        return self._alerts.shown(self._last, self._unreadable)

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
        dated = page.kind != "dark" and not page.alone
        updated = self._manifest.updated if self._manifest is not None and dated else None
        return LabelStyles(
            page.clock,
            self._store.read(page.clock.font) if page.clock else None,
            updated,
            self._store.read(updated.font) if updated else None,
            self._lines(page),
        )

    def _lines(self, page: ManifestPage) -> tuple[tuple[TextLine, bytes], ...]:
        """The lines of an alert, each with its typeface, as far as the store has that."""
        return tuple((line, font) for line in page.lines if (font := self._store.read(line.place.font)) is not None)

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

    def _wait_for_content(self, moment: Moment) -> float:
        notice = self._host.notice()
        if notice != self.notice:
            self._glass.notice(notice)
        # the same with a QR code, or another hint, is not logged
        if self.notice is None or notice.headline != self.notice.headline:
            log.info(
                "nothing to show yet; %s", "waiting for content" if notice.kind == "waiting" else notice.headline[1]
            )
        self.page, self.notice = None, notice
        return LONGEST_SLEEP if self._lay_banner(moment) else 0.0
