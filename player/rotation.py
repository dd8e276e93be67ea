"""What to show now, and until when. Pure: the moment is an argument. docs/bundle-format.md, "What a player does", 4."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from player.store.manifest import Manifest, ManifestPage

SHORTEST_TURN = timedelta(seconds=3)  # where windows open and close, a turn that would be shorter is left out
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Moment:
    """Now: `wall` is aware, `ticks` are seconds that never jump, `trusted`: `wall` can be relied on.

    `server`: the time by the server's answers, None when it isn't known.
    """

    wall: datetime
    ticks: float
    trusted: bool
    server: datetime | None = None

    @property
    def reliable(self) -> datetime | None:
        """The time for what must never be shown past its end; None when it isn't known."""
        return self.wall if self.trusted else self.server

    def ahead(self, seconds: float) -> Moment:
        """The same moment by clocks that are fast by so many seconds."""
        server = _plus(self.server, seconds) if self.server else None
        return Moment(_plus(self.wall, seconds), self.ticks, self.trusted, server)

    def later(self, seconds: float) -> Moment:
        """The moment that comes so many seconds later."""
        then = self.ahead(seconds)
        return Moment(then.wall, self.ticks + seconds, then.trusted, then.server)


def _plus(at: datetime, seconds: float) -> datetime:
    """`at` itself where the calendar ends before that."""
    try:
        return at + timedelta(seconds=seconds)
    except OverflowError:
        return at


@dataclass(frozen=True, slots=True)
class Turn:
    """A page is shown, and may stay until this many ticks."""

    page: ManifestPage
    until: float


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

    While the clock is trusted, the wall clock alone decides, so that screens side by side show the same. Without it, a
    page stays for its dwell, and the next one is the next open one in the manifest's order.
    """
    pages = open_pages(manifest, moment.wall, moment.trusted, unreadable)
    return turn_among(pages, manifest.pages, manifest.edges, moment, shown)


def turn_among(
    pages: tuple[ManifestPage, ...],
    listed: Sequence[ManifestPage],
    edges: Sequence[datetime],
    moment: Moment,
    shown: Turn | None,
) -> Turn | None:
    """Whose turn it is among `pages`, those of `listed` that are open; `edges`: where windows open or close, sorted."""
    if not pages:
        return None
    if moment.trusted:
        page, until = _by_the_clock(pages, moment.wall, *_edges(edges, moment.wall))
        return Turn(page, moment.ticks + (until - moment.wall).total_seconds())
    page = pages[0]
    if shown is not None:
        current = next((p for p in pages if (p.id, p.picture) == (shown.page.id, shown.page.picture)), None)
        if current is not None and moment.ticks < shown.until:
            return Turn(current, shown.until)
        page = _after(listed, pages, shown.page)
    return Turn(page, moment.ticks + page.dwell_seconds)


def _by_the_clock(
    pages: tuple[ManifestPage, ...], now: datetime, since: datetime, until: datetime
) -> tuple[ManifestPage, datetime]:
    """The page of `pages` whose turn it is, and when the turn ends. These pages are open from `since` to `until`.

    Rounds are counted from 1970 on: every player is at the same place of the same round, whenever it was started.
    """
    dwells = [timedelta(milliseconds=int(page.dwell_seconds * 1000 + 0.5)) for page in pages]
    passed = (now - _EPOCH) % sum(dwells, timedelta())
    index = 0
    while passed >= dwells[index]:
        passed -= dwells[index]
        index += 1
    begin = now - passed
    end = begin + dwells[index]
    before, after = (index - 1) % len(pages), (index + 1) % len(pages)
    if end < until and end - since < _short(dwells[index]):  # what is left of its turn is not worth a change
        index, after = after, (after + 1) % len(pages)
        end += dwells[index]
    elif since < begin and until - begin < _short(dwells[index]) and begin - since >= _short(dwells[before]):
        return pages[before], until  # its turn is not worth beginning
    if until - end < _short(dwells[after]):
        end = until
    return pages[index], min(end, until)


def _short(dwell: timedelta) -> timedelta:
    return min(SHORTEST_TURN, dwell / 2)


def _edges(edges: Sequence[datetime], now: datetime) -> tuple[datetime, datetime]:
    """The last instant until `now`, and the first one after it, at which a window opens or closes."""
    number = bisect_right(edges, now)
    since = edges[number - 1] if number else _NEVER[0]
    return since, edges[number] if number < len(edges) else _NEVER[1]


def _after(listed: Sequence[ManifestPage], pages: tuple[ManifestPage, ...], last: ManifestPage) -> ManifestPage:
    """The first of `pages` behind the page `last` in the list, round and round. Pages of an alert share their id."""
    ids = {page.id: number for number, page in enumerate(listed)}
    order = {(page.id, page.picture): number for number, page in enumerate(listed)}
    place = order.get((last.id, last.picture), ids.get(last.id, len(listed)))
    return next((page for page in pages if order[page.id, page.picture] > place), pages[0])


def seconds_left(moment: Moment, turn: Turn) -> float:
    """How long until it may be another page's turn: its turn is over, or some window opens or closes. Not negative."""
    return max(0.0, turn.until - moment.ticks)
