"""The players that wait to be paired: which requests are kept, and which one a typed code belongs to. I/O: SQLite.

Anyone on the network may send requests, so their number is bounded, and none is refused: a new request replaces the
oldest one from its own address or, when the table is full, from the address that has most of them. A real player sends
its request again every 3 seconds and is back at once. `candidates` gives the requests to try a code on, ordered so that
no address can keep the others out.
"""

from __future__ import annotations

import hashlib
import ipaddress
import sqlite3
import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from signage.fleet.messages import PairingRequest
from signage.storage.sqlite_file import SqliteFile

MOST_WAITING = 500  # requests in all: 1 KB each; four hundred screens of a county that are switched on in one minute
MOST_OF_ADDRESS = 50  # requests from one address: a house with 50 new screens behind one router
FORGOTTEN = timedelta(seconds=60)  # a request that was not repeated for this long no longer waits
REMEMBERED = timedelta(hours=1)  # an answer that got lost is given again; an old code is distinguished from a wrong one
MOST_GRANTED = 200  # answered requests of that hour
NOTED = timedelta(seconds=10)  # precision of `last_at` while there is room: a player repeats it every 3 seconds

SCHEMA = """
DROP TABLE IF EXISTS questions;
CREATE TABLE IF NOT EXISTS requests (
    id TEXT PRIMARY KEY, question TEXT NOT NULL, handle TEXT NOT NULL, origin TEXT NOT NULL,
    first_at TEXT NOT NULL, last_at TEXT NOT NULL, granted TEXT, mac TEXT
);
"""
_REQUESTS = "SELECT question, origin, first_at, last_at, granted FROM requests"


@dataclass(frozen=True, slots=True)
class WaitingPlayer:
    """A request: when it came first, and last. `granted`: somebody has typed its code. `origin`: see `origin_of`."""

    question: PairingRequest
    first_at: datetime
    last_at: datetime
    granted: bool = False
    origin: str = ""


@dataclass(frozen=True, slots=True)
class PairingAnswer:
    """A grant, sealed with the code."""

    grant: str
    mac: str


class WaitingLimits:
    """For `grants.pair`: look 20 times a second, until a player has had time to send its request twice."""

    SECONDS = 7.0
    PAUSE = 0.05  # seconds

    def __init__(self) -> None:
        self._until = time.monotonic() + self.SECONDS

    def __call__(self) -> bool:
        time.sleep(self.PAUSE)
        return time.monotonic() < self._until


def origin_of(address: str, secret: bytes) -> str:
    """Requests with the same origin come from the same place: an IPv4 address, or an IPv6 network of 64 bits, which is
    what a single machine can fill (RFC 4291, 2.5.4).

    The address itself is not kept: it is hashed with a `secret` that is gone when the server ends.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        place = "unknown"
    else:
        if isinstance(parsed, ipaddress.IPv6Address):
            mapped = parsed.ipv4_mapped
            place = str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
        else:
            place = str(parsed)
    return hashlib.blake2b(place.encode(), key=secret, digest_size=8).hexdigest()


class PairingRequests(SqliteFile):
    """The table. Every instant comes from the caller."""

    schema = SCHEMA

    def request_pairing(self, question: PairingRequest, now: datetime, origin: str = "") -> PairingAnswer | None:
        """Note the request of a player; gives its answer once somebody has typed its code."""
        key, stamp = key_of(question), text(now)

        def note(connection: sqlite3.Connection) -> PairingAnswer | None:
            known = connection.execute("SELECT granted, mac, last_at FROM requests WHERE id = ?", (key,)).fetchone()
            if known is None:
                _make_room(connection, origin, now)
                values = (key, question.model_dump_json(), question.handle or "", origin, stamp, stamp)
                connection.execute("INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)", values)
                return None
            exactly = _waiting_from(connection, origin) > MOST_OF_ADDRESS // 2
            if exactly or instant(known[2]) < now - NOTED:
                connection.execute("UPDATE requests SET last_at = ? WHERE id = ?", (stamp, key))
            return PairingAnswer(known[0], known[1]) if known[0] else None

        return self._run(note)

    def waiting(self, now: datetime) -> list[WaitingPlayer]:
        """The requests whose code nobody has typed yet, the longest waiting first."""
        rows = self._rows(
            f"{_REQUESTS} WHERE granted IS NULL AND last_at >= ? ORDER BY first_at, id",
            text(now - FORGOTTEN),
        )
        return [_waiting_player(row) for row in rows]

    def all_requests(self) -> list[WaitingPlayer]:
        """Every request that is remembered, the latest first."""
        return [_waiting_player(row) for row in self._rows(f"{_REQUESTS} ORDER BY last_at DESC, id")]

    def candidates(self, handle: str, now: datetime) -> list[WaitingPlayer]:
        """The waiting requests that a code with this handle may belong to, likeliest first ("": of older players)."""
        rows = self._rows(
            f"{_REQUESTS} WHERE handle = ? AND granted IS NULL AND last_at >= ?",
            handle,
            text(now - FORGOTTEN),
        )
        return fair(map(_waiting_player, rows))

    def crowded(self) -> bool:
        """Whether requests are dropped for others because there are too many."""
        rows = self._rows("SELECT origin, count(*) FROM requests WHERE granted IS NULL GROUP BY origin")
        return sum(count for _, count in rows) >= MOST_WAITING or any(count >= MOST_OF_ADDRESS for _, count in rows)


def fair(found: Iterable[WaitingPlayer]) -> list[WaitingPlayer]:
    """One request of each origin in turn; of an origin first those that have been repeated for longest.

    Anyone who overhears a request and floods its handle comes after the player, like requests that are sent once.
    """
    by_origin = sorted(found, key=lambda each: (each.origin, each.first_at - each.last_at, each.first_at))
    ranked = []
    for _, group in groupby(by_origin, key=lambda each: each.origin):
        ranked += list(enumerate(group))
    return [each for _, each in sorted(ranked, key=lambda pair: (pair[0], pair[1].first_at))]


def key_of(question: PairingRequest) -> str:
    """A hash of the whole request, so that nobody can replace one that was overheard."""
    return hashlib.sha256(question.model_dump_json().encode()).hexdigest()


def _make_room(connection: sqlite3.Connection, origin: str, now: datetime) -> None:
    connection.execute("DELETE FROM requests WHERE last_at < ?", (text(now - REMEMBERED),))
    connection.execute(
        "DELETE FROM requests WHERE id IN"
        " (SELECT id FROM requests WHERE granted IS NOT NULL ORDER BY last_at DESC LIMIT -1 OFFSET ?)",
        (MOST_GRANTED,),
    )
    counts = Counter(
        dict(connection.execute("SELECT origin, count(*) FROM requests WHERE granted IS NULL GROUP BY origin"))
    )
    if counts[origin] >= MOST_OF_ADDRESS:
        _drop_oldest(connection, (origin,))
    elif counts.total() >= MOST_WAITING:
        most = max(counts.values())
        _drop_oldest(connection, [each for each, count in counts.items() if count == most])


def _drop_oldest(connection: sqlite3.Connection, origins: Collection[str]) -> None:
    """The one that was not repeated for longest."""
    rows = connection.execute("SELECT id, origin FROM requests WHERE granted IS NULL ORDER BY last_at, first_at, id")
    oldest = next(row_id for row_id, origin in rows if origin in origins)
    connection.execute("DELETE FROM requests WHERE id = ?", (oldest,))


def _waiting_from(connection: sqlite3.Connection, origin: str) -> int:
    count = "SELECT count(*) FROM requests WHERE granted IS NULL AND origin = ?"
    return int(connection.execute(count, (origin,)).fetchone()[0])


def _waiting_player(row: tuple[str, str, str, str, str | None]) -> WaitingPlayer:
    question, origin, first, last, granted = row
    return WaitingPlayer(
        PairingRequest.model_validate_json(question), instant(first), instant(last), granted is not None, origin
    )


def text(at: datetime) -> str:
    """RFC 3339 in UTC, with milliseconds, which sorts as the instants do: "2026-09-14T10:00:00.000+00:00"."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def instant(written: str) -> datetime:
    """Aware, in UTC."""
    return datetime.fromisoformat(written)
