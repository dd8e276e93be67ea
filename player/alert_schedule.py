"""Which alerts hold at a moment, and whose turn it is (docs/bundle-format.md, "Alerts"). Pure.

A picture of an alert becomes a page like those of a manifest, so that it is shown, prepared and reported like one.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime

from player.rotation import Moment, Turn, open_pages, turn_among
from player.store.alerts import Alert, AlertDocument
from player.store.manifest import Manifest, ManifestPage

KIND = "alert"
Pages = tuple[ManifestPage, ...]


def pages_of(alert: Alert) -> Pages:
    """Its pictures as pages."""
    return tuple(
        ManifestPage(
            id=f"alert:{alert.id}",
            kind=KIND,
            picture=picture.asset,
            start=alert.start,
            until=alert.until,
            dwell_seconds=picture.seconds,
            dated=True,
            fallback=False,
            clock=None,
            alert=alert.id,
            lines=picture.lines,
            alt=_title_first(alert.title, picture.alt),
            box=(picture.x, picture.y, picture.width, picture.height),
            alone=alert.level == "takeover",
        )
        for picture in alert.pictures
    )


def _title_first(title: str, alt: str) -> str:
    """All text on a picture, beginning with the title where that is a line of it: the sender may be above it."""
    lines = alt.splitlines()
    return "\n".join([title, *(line for line in lines if line != title)]) if title in lines else alt


def is_alert(page: ManifestPage | None) -> bool:
    """Is it a picture of an alert document?"""
    return page is not None and page.kind == KIND and page.box is not None


def without_alerts(manifest: Manifest) -> Manifest:
    """The manifest without the pages that are there for players that don't know alerts."""
    pages = tuple(page for page in manifest.pages if page.alert is None)
    if len(pages) == len(manifest.pages):
        return manifest
    windows = [(page.start, page.until) for page in pages if not page.fallback]
    edges = tuple(sorted({manifest.horizon, *(edge for window in windows for edge in window)}))
    return replace(manifest, pages=pages, edges=edges)


class _Level:
    """The alerts of one level: each with its pages, all pages in their order, and the edges of their windows."""

    def __init__(self, alerts: tuple[Alert, ...]) -> None:
        self.alerts = [(alert, pages_of(alert)) for alert in alerts]
        self.pages: Pages = tuple(page for _, pages in self.alerts for page in pages)
        self.edges = tuple(sorted({edge for alert in alerts for edge in (alert.start, alert.until)}))


class AlertSchedule:
    """What is shown of a manifest and of the alerts. Remembers since when, in this run, each alert has held.

    `manifest`: the one in force, without what is left out of it.
    """

    def __init__(self) -> None:
        self.manifest: Manifest | None = None
        self._alerts: tuple[Alert, ...] = ()
        self._held: dict[tuple[str, datetime], float] = {}  # ticks; by id and beginning
        self._takeovers = self._banners = self._pages = _Level(())
        self._listed: Pages = ()  # of the rotation
        self._edges: tuple[datetime, ...] = ()

    def take(self, manifest: Manifest | None, document: AlertDocument | None) -> None:
        """These are in force now."""
        self._alerts = document.alerts if document is not None else ()
        levels = {level: tuple(a for a in self._alerts if a.level == level) for level in ("takeover", "banner", "page")}
        self._takeovers, self._banners = _Level(levels["takeover"]), _Level(levels["banner"])
        self._pages = _Level(levels["page"])
        if manifest is not None and document is not None and document.version.serial >= manifest.alerts:
            manifest = without_alerts(manifest)
        self.manifest = manifest
        self._listed = (*self._pages.pages, *(manifest.pages if manifest is not None else ()))
        edges = manifest.edges if manifest is not None else ()
        self._edges = tuple(sorted({*self._pages.edges, *edges})) if self._pages.edges else edges
        known = {(alert.id, alert.start) for alert in self._alerts}
        self._held = {key: ticks for key, ticks in self._held.items() if key in known}

    def note(self, moment: Moment) -> None:
        """It is this moment: what holds now has held since then, unless it did before."""
        for alert in self._alerts:
            if self._holds(alert, moment):
                self._held.setdefault((alert.id, alert.start), moment.ticks)

    def _holds(self, alert: Alert, moment: Moment) -> bool:
        now = moment.reliable
        if now is None or not alert.start <= now < alert.until:
            return False
        since = self._held.get((alert.id, alert.start), moment.ticks)
        return moment.ticks - since < (alert.until - alert.start).total_seconds()

    def seconds_to_change(self, moment: Moment) -> float:
        """Until the next alert begins or ends."""
        now, seconds = moment.reliable, math.inf
        if now is None:
            return seconds
        for alert in self._alerts:
            if now < alert.start:
                seconds = min(seconds, (alert.start - now).total_seconds())
            elif self._holds(alert, moment):
                since = self._held.get((alert.id, alert.start), moment.ticks)
                lasts = (alert.until - alert.start).total_seconds() - (moment.ticks - since)
                seconds = min(seconds, lasts, (alert.until - now).total_seconds())
        return seconds

    def takeovers(self, moment: Moment, unreadable: frozenset[str] = frozenset()) -> Pages:
        """The pictures that take turns alone on the display. Of an alert without one that can be read, all of them."""
        found: list[ManifestPage] = []
        for alert, pages in self._takeovers.alerts:
            if self._holds(alert, moment):
                found += [page for page in pages if page.picture.name not in unreadable] or pages
        return tuple(found)

    def banners(self, moment: Moment, unreadable: frozenset[str] = frozenset()) -> Pages:
        """The pictures that take turns over the pages."""
        if not self._banners.alerts or self.takeovers(moment) or self._is_dark(moment, unreadable):
            return ()
        return self._readable(self._banners, (moment,), unreadable)

    def _readable(self, level: _Level, moments: tuple[Moment, ...], unreadable: frozenset[str]) -> Pages:
        return tuple(
            page
            for alert, pages in level.alerts
            if all(self._holds(alert, moment) for moment in moments)
            for page in pages
            if page.picture.name not in unreadable
        )

    def _is_dark(self, moment: Moment, unreadable: frozenset[str]) -> bool:
        if self.manifest is None:
            return False
        pages = open_pages(self.manifest, moment.wall, moment.trusted, unreadable)
        return bool(pages) and all(page.kind == "dark" for page in pages)

    def rotation(self, moment: Moment, ahead: Moment, unreadable: frozenset[str] = frozenset()) -> Pages:
        """The open pages `ahead`, those of alerts first; a page of an alert is neither early nor late."""
        if self.manifest is None:
            return ()
        rest = open_pages(self.manifest, ahead.wall, ahead.trusted, unreadable)
        if not self._pages.alerts or (rest and all(page.kind == "dark" for page in rest)):
            return rest
        return (*self._readable(self._pages, (moment, ahead), unreadable), *rest)

    def whose_turn(
        self, moment: Moment, lead: float, shown: Turn | None, unreadable: frozenset[str] = frozenset()
    ) -> Turn | None:
        """What is shown at a moment, given what was shown last; None: nothing can be shown.

        `lead`: seconds by which pages are early, so that they have come when their turn begins. Takeovers never are.
        """
        takeovers = self.takeovers(moment, unreadable)
        if takeovers:
            return turn_among(takeovers, self._takeovers.pages, self._takeovers.edges, moment, shown)
        ahead = moment.ahead(lead)
        return turn_among(self.rotation(moment, ahead, unreadable), self._listed, self._edges, ahead, shown)

    def banner_turn(self, moment: Moment, shown: Turn | None, unreadable: frozenset[str] = frozenset()) -> Turn | None:
        """Which banner lies over the pages."""
        pages = self.banners(moment, unreadable)
        return turn_among(pages, self._banners.pages, self._banners.edges, moment, shown)

    def shown(self, moment: Moment, unreadable: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """The ids of the alerts that are on the display, or take turns on it."""
        over = (*self.rotation(moment, moment, unreadable), *self.banners(moment, unreadable))
        pages = self.takeovers(moment) or over
        return tuple(dict.fromkeys(page.alert for page in pages if page.alert is not None and is_alert(page)))
