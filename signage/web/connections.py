"""Who is connected: how many in total and from each address, which of them have waited too long, and who must go.

A flood must not lock anybody out. Where there are too many connections, the newcomer stays and the oldest goes that
has not even finished its headers; then the oldest that waits for its next request, or with a body that does not come.
Only when all are being answered is a newcomer turned away. How much a client may take is in docs/server-limits.md.

Nor must a crowd: a thousand players behind one router or proxy are answered in the same moment, and all come back.
What has just come waits for us, not we for it, so it counts as waiting only after a while.
"""

from __future__ import annotations

import enum
import resource
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Protocol

from signage.web.reserved_descriptors import Episodes

THIS_MACHINE = ("127.0.0.1", "::1")  # a reverse proxy here brings everybody's connections from one address
SHED = 32  # connections dropped at once when the process has no descriptors left
SHED_SECONDS = 1.0
FEWEST_HELD = 64  # held requests, however few descriptors there are
WANTED_DESCRIPTORS = 4096  # most systems begin a service with 1024 of 524288; epoll has no use for fewer


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Seconds, connections and descriptors. `whole_machine` addresses may have as many connections as there are."""

    head_seconds: float = 10.0  # from the accept or a request's first byte; a player sends its 300 bytes at once
    body_seconds: float = 30.0  # the largest body is 96 KiB; `bodies` answers 408 after 20 s, this is what backs it
    idle_seconds: int = 5  # between two requests; players poll once a minute, and connect again for it
    write_seconds: float = 30.0  # without 112 KiB of an answer being taken: 30 kbit/s, less than the worst mobile line
    linger_seconds: float = 5.0  # for the rest of a body that nobody wants, after the answer
    linger_bytes: int = 256 * 1024  # of such a rest
    patience_seconds: float = 2.0  # until a connection counts as one that keeps us waiting: we may be late ourselves
    per_address: int = 256  # of those, for an IPv4 address or an IPv6 /64; it may have as many others as there are
    total: int = 1024  # about 20 kB each while they wait, 150 kB while a large answer is not taken
    held: int = 1500  # requests that wait for a publication, beside `total`: 1,000 screens and some
    held_per_address: int = 1200  # 1,000 screens behind one router, or behind a proxy on another machine
    reserved_descriptors: int = 256  # for SQLite, configuration, fetches, workers' and the browser's pipes: 70 in use


def raise_descriptor_limit(wanted: int = WANTED_DESCRIPTORS) -> int:
    """Raise this process's soft limit of open files towards its hard limit. Gives the limit now in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    goal = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft < goal:
        resource.setrlimit(resource.RLIMIT_NOFILE, (goal, hard))
        return goal
    return soft


def affordable(limits: ConnectionLimits, descriptors: int) -> int:
    """How many connections `descriptors` open files leave room for; each may have a file open that it is sent."""
    return max(16, min(limits.total, (descriptors - limits.reserved_descriptors) // 2))


def affordable_held(limits: ConnectionLimits, descriptors: int, total: int) -> int:
    """How many requests may be held beside `total` connections. A few always may: there is room in the reserve."""
    return min(limits.held, max(FEWEST_HELD, descriptors - limits.reserved_descriptors - 2 * total))


class Phase(enum.IntEnum):
    """What a connection is at; about in the order in which connections are dropped when there are too many."""

    HEAD = 0  # request line and headers are not complete
    IDLE = 1  # answered, and waiting for the next request
    LINGER = 2  # answered, while the body that nobody wanted still comes
    CLOSING = 3  # closed by us, while the client has yet to take the rest of its answer
    STALLED = 4  # being answered, but the client does not take it
    BODY = 5  # the body is not complete
    BUSY = 6  # being answered. Never dropped for others
    HELD = 7  # to be answered once there is something new. Takes no other's place, and has a limit of its own


KEEP_US_WAITING = {Phase.HEAD, Phase.LINGER, Phase.CLOSING, Phase.STALLED, Phase.BODY}
# A head that has just been begun comes after what can be connected again at no cost.
IN_THE_WAY = (Phase.IDLE, Phase.LINGER, Phase.HEAD, Phase.CLOSING, Phase.STALLED, Phase.BODY)


class RefusalReason(enum.Enum):
    """Why a connection is ended, as the end of the sentence "The server is ..." in the log."""

    HEAD = "closing connections that did not finish their headers in time"
    BODY = "closing connections whose request's body did not come in time"
    WRITE = "closing connections of clients that don't take their answers"
    ADDRESS = "dropping connections of an address that has too many"
    TOTAL = "dropping connections that wait, because there are too many"
    REFUSED = "turning connections away, because all that it may have are being answered"
    HELD = "answering at once what it was asked to hold, because it holds too many requests"
    INVALID = "refusing what is not a valid HTTP request"
    DESCRIPTORS = "out of file descriptors, and drops connections that wait"
    IDLE = ""  # an everyday thing


class HeldConnection(Protocol):
    """A connection, as this module sees it. Seconds are of the clock of `Connections`."""

    address: str
    phase: Phase
    since: float  # when the phase began

    def look(self) -> None:
        """Find out the phase, and pass a new one to `Connections.moved`."""

    def end(self, reason: RefusalReason) -> None:
        """Close the connection. It leaves when that is done."""

    def drop(self) -> None:
        """Close the connection without a word."""


class Connections:
    """The book of all connections of one server. Belongs to the thread of its event loop."""

    def __init__(
        self,
        limits: ConnectionLimits,
        clock: Callable[[], float],
        episodes: Episodes,
        total: int | None = None,
        held: int | None = None,
    ) -> None:
        self.limits = limits
        self.clock = clock
        self.episodes = episodes
        self.total = limits.total if total is None else total
        self.held = limits.held if held is None else held
        self._phases: dict[Phase, dict[HeldConnection, None]] = {
            phase: {} for phase in Phase
        }  # each: longest there comes first
        self._addresses: dict[str, dict[HeldConnection, None]] = {}
        self._shed_at = float("-inf")

    def __len__(self) -> int:
        return sum(len(held) for held in self._phases.values())

    def admit(self, newcomer: HeldConnection) -> bool:
        """Accept it, if need be in the place of another. False: there is no room, so it is refused."""
        if len(self) - len(self._phases[Phase.HELD]) >= self.total:
            oldest = self._dispensable()
            if oldest is None:
                self.note(RefusalReason.REFUSED)
                return False
            self.note(RefusalReason.TOTAL)
            self._remove(oldest)
        self._phases[newcomer.phase][newcomer] = None
        self._addresses.setdefault(newcomer.address, {})[newcomer] = None
        return True

    def may_hold(self, held: HeldConnection) -> bool:
        """Is there room to let its request wait?"""
        mine = sum(each.phase is Phase.HELD for each in self._addresses.get(held.address, ()))
        too_many = held.address not in THIS_MACHINE and mine >= self.limits.held_per_address
        if too_many or len(self._phases[Phase.HELD]) >= self.held:
            self.note(RefusalReason.HELD)
            return False
        return True

    def moved(self, held: HeldConnection, phase: Phase) -> None:
        """It has another phase now."""
        if held in self._phases[held.phase]:
            del self._phases[held.phase][held]
            self._phases[phase][held] = None
        held.phase, held.since = phase, self.clock()

    def leave(self, held: HeldConnection) -> None:
        """It is gone."""
        self._phases[held.phase].pop(held, None)
        neighbours = self._addresses.get(held.address, {})
        neighbours.pop(held, None)
        if not neighbours:
            self._addresses.pop(held.address, None)

    def sweep(self) -> None:
        """End what has taken too long. To be called every second."""
        now = self.clock()
        for held in self._all():
            held.look()
            reason = self._overdue(held, now)
            if reason:
                self.note(reason)
                held.end(reason)
        for address, connections in [*self._addresses.items()]:
            if address not in THIS_MACHINE:
                self._share(connections)
        self.episodes.look()

    def shed(self) -> None:
        """The process has no descriptors left: drop some that wait, at most once a second."""
        self.note(RefusalReason.DESCRIPTORS)
        if self.clock() - self._shed_at < SHED_SECONDS:
            return
        self._shed_at = self.clock()
        for held in [held for held in self._all() if held.phase < Phase.BUSY][:SHED]:
            self._remove(held)

    def drop_all(self) -> None:
        """The server ends."""
        for held in self._all():
            self._remove(held)

    def note(self, reason: RefusalReason) -> None:
        """For the log: this happened."""
        if reason.value:
            self.episodes.note(reason.value)

    def _all(self) -> Iterable[HeldConnection]:
        return [held for phase in Phase for held in self._phases[phase]]

    def _share(self, connections: Iterable[HeldConnection]) -> None:
        """Drop the oldest connections of an address that keep us waiting, as many as are too many."""
        waiting = [held for held in connections if held.phase in KEEP_US_WAITING and self._is_late(held)]
        waiting.sort(key=lambda held: (held.phase, held.since))
        for held in waiting[: max(0, len(waiting) - self.limits.per_address)]:
            self.note(RefusalReason.ADDRESS)
            self._remove(held)

    def _dispensable(self) -> HeldConnection | None:
        """The connection whose place a newcomer gets; None: all are being answered."""
        late = next((held for held in self._phases[Phase.HEAD] if self._is_late(held)), None)
        return late or next((held for phase in IN_THE_WAY for held in self._phases[phase]), None)

    def _is_late(self, held: HeldConnection) -> bool:
        return self.clock() - held.since > self.limits.patience_seconds

    def _remove(self, held: HeldConnection) -> None:
        """Its place is free at once; its descriptor a moment later."""
        self.leave(held)
        held.drop()

    def _overdue(self, held: HeldConnection, now: float) -> RefusalReason | None:
        limits = self.limits
        allowed = {
            Phase.HEAD: (limits.head_seconds, RefusalReason.HEAD),
            Phase.IDLE: (limits.idle_seconds, RefusalReason.IDLE),
            Phase.LINGER: (limits.linger_seconds, RefusalReason.BODY),
            Phase.CLOSING: (limits.write_seconds, RefusalReason.WRITE),
            Phase.STALLED: (limits.write_seconds, RefusalReason.WRITE),
            Phase.BODY: (limits.body_seconds, RefusalReason.BODY),
        }
        seconds, reason = allowed.get(held.phase, (None, RefusalReason.IDLE))
        return reason if seconds is not None and now - held.since > seconds else None


def address_of(peer: object) -> str:
    """The IPv4 address or the IPv6 /64 (a household's or a building's) that a socket's peer name belongs to."""
    try:
        address = ip_address(str(peer[0]).partition("%")[0])  # type: ignore[index]
    except (TypeError, IndexError, ValueError):
        return ""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        if not address.is_loopback:
            return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)
