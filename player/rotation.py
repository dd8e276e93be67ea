"""What to show now, and until when. Pure: the moment is an argument. docs/bundle-format.md, "What a player does", 4."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from player.store.manifest import Manifest, ManifestPage


@dataclass(frozen=True, slots=True)
class Moment:
    """Now: `wall` is aware, `ticks` are seconds that never jump, `trusted`: `wall` can be relied on."""

    wall: datetime
    ticks: float
    trusted: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """A page is shown, since this many ticks."""

    page: ManifestPage
    since: float


def open_pages(
    manifest: Manifest, now: datetime, clock_trusted: bool, unreadable: frozenset[str] = frozenset()
) -> tuple[ManifestPage, ...]:
    """The pages that may be shown at `now`, in the manifest's order. Pictures in `unreadable` count as not open.

    Empty only when every picture that would do is unreadable.
    """
    readable = [page for page in manifest.pages if page.picture.name not in unreadable]
    if not clock_trusted:
        return tuple(page for page in readable if not page.dated)
    if now < manifest.horizon:
        shown = tuple(page for page in readable if not page.fallback and page.start <= now < page.until)
        if shown:
            return shown
    return tuple(page for page in readable if page.fallback)


def take_turn(
    manifest: Manifest, moment: Moment, shown: Turn | None, unreadable: frozenset[str] = frozenset()
) -> Turn | None:
    """Whose turn it is, given what was shown last. None: nothing can be shown.

    A page stays for its dwell, and not beyond its window. The next one is the next open one in the manifest's order.
    """
    pages = open_pages(manifest, moment.wall, moment.trusted, unreadable)
    if not pages:
        return None
    if shown is None:
        return Turn(pages[0], moment.ticks)
    for page in pages:
        if page.id == shown.page.id and page.picture == shown.page.picture:
            if moment.ticks - shown.since < page.dwell_seconds:
                return Turn(page, shown.since)
            break
    return Turn(_after(manifest, pages, shown.page.id), moment.ticks)


def _after(manifest: Manifest, pages: tuple[ManifestPage, ...], last: str) -> ManifestPage:
    """The first of `pages` behind the page `last` in the manifest, round and round."""
    order = {page.id: number for number, page in enumerate(manifest.pages)}
    place = order.get(last, len(order))
    return next((page for page in pages if order[page.id] > place), pages[0])


def seconds_left(manifest: Manifest, moment: Moment, turn: Turn) -> float:
    """How long until it may be another page's turn: the dwell is over, or some window opens or closes. Not negative."""
    left = turn.since + turn.page.dwell_seconds - moment.ticks
    if moment.trusted:
        edges = [manifest.horizon, *(edge for page in manifest.pages for edge in (page.start, page.until))]
        coming = min((edge for edge in edges if edge > moment.wall), default=None)
        if coming is not None:
            left = min(left, (coming - moment.wall).total_seconds())
    return max(0.0, left)
