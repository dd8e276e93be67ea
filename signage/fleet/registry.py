"""Which players there are and how they last were: `var/players.db`, shared by the daemon and the command line.

Deleting it loses the pairings: players go on showing, but their reports are rejected until they are paired again. So
what the administrator decided is on the disk before it is answered; a heartbeat may be lost in a power cut.
No address of anybody is kept, and of the players' secrets only sha256.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from signage.errors import NotFound
from signage.fleet.alert_self_tests import AlertTestOutcome, AlertTestResult
from signage.fleet.messages import HeartbeatReport, PairingRequest
from signage.fleet.pairing_codes import player_id
from signage.fleet.verdict import HealthState, PlayerProblem
from signage.fleet.waiting_players import SCHEMA, PairingAnswer, PairingRequests, instant, key_of, text
from signage.publishing.serials import MOST_REPORTED

QUARTER = 15 * 60  # seconds: one row of history each
HISTORY = timedelta(days=14)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS players (
    id TEXT PRIMARY KEY, token_sha256 TEXT NOT NULL UNIQUE, screen TEXT, serial INTEGER NOT NULL, about TEXT NOT NULL,
    prepared INTEGER NOT NULL, paired_at TEXT NOT NULL, changed_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS keys (
    player TEXT PRIMARY KEY, key TEXT NOT NULL, since TEXT NOT NULL, first_use INTEGER NOT NULL, contested_at TEXT
);
CREATE TABLE IF NOT EXISTS beats (
    player TEXT PRIMARY KEY, received_at TEXT NOT NULL, report TEXT NOT NULL, errors TEXT NOT NULL, thumbnail BLOB,
    reasons TEXT NOT NULL, state_since TEXT NOT NULL, page_since TEXT NOT NULL, odd INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS history (
    player TEXT NOT NULL, quarter INTEGER NOT NULL, state TEXT NOT NULL, page TEXT, why TEXT NOT NULL, temperature REAL,
    PRIMARY KEY (player, quarter)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alert_tests (
    player TEXT PRIMARY KEY, tested_at TEXT NOT NULL, outcome TEXT NOT NULL, seconds REAL
);
"""

_PLAYERS = (
    "SELECT players.*, keys.key, keys.since, keys.first_use, keys.contested_at"
    " FROM players LEFT JOIN keys ON keys.player = players.id"
)

_HIGHEST = """
SELECT json_extract(report, '$.screen'), max(json_extract(report, '$.serial')) FROM beats
WHERE json_valid(report) AND typeof(json_extract(report, '$.serial')) = 'integer' GROUP BY 1
"""
_HIGHEST_OF_ALERTS = """
SELECT json_extract(report, '$.screen'), max(json_extract(report, '$.alerts.serial')) FROM beats
WHERE json_valid(report) AND typeof(json_extract(report, '$.alerts.serial')) = 'integer' GROUP BY 1
"""
LOCK_SECONDS = 10.0  # as long as signage.storage.sqlite_file waits for another process


@dataclass(frozen=True, slots=True)
class Key:
    """With which a player signs its heartbeats: `public` are the 64 hexadecimal digits of an Ed25519 key.

    `first_use`: it came with a heartbeat and the token, and not with the pairing. `contested_at`: when somebody last
    reported with the token and without this key.
    """

    public: str
    since: datetime
    first_use: bool = False
    contested_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Player:
    """A box that is, or was, paired. `screen` None: revoked. `prepared`: by file, before it ever sent a request.

    `serial` and `changed_at` are of its assignment. `key` None: it was paired before 0.5.0, and has not shown one yet.
    """

    id: str
    token_sha256: str
    screen: str | None
    serial: int
    about: str
    prepared: bool
    paired_at: datetime
    changed_at: datetime
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class LastHeartbeat:
    """A player's last heartbeat and its verdict. `mismatches`: thumbnails in a row that looked like another page."""

    player: str
    received_at: datetime
    report: HeartbeatReport
    errors: tuple[str, ...]
    thumbnail: bytes | None
    reasons: tuple[PlayerProblem, ...]
    state_since: datetime
    page_since: datetime
    mismatches: int


@dataclass(frozen=True, slots=True)
class Quarter:
    """How a player was in a quarter of an hour: at its worst moment that is known."""

    at: datetime
    state: HealthState
    page: str | None
    why: tuple[str, ...]
    temperature: float | None


class Registry(PairingRequests):
    """The file. Every instant comes from the caller."""

    schema = SCHEMA + _SCHEMA

    # --- pairing ---

    def give(self, question: PairingRequest, screen: str, serial: int, answer: PairingAnswer, now: datetime) -> Player:
        """Pair the player with this request, and leave the answer for its next one."""
        player = player_id(question.token_sha256)
        stamp = text(now)

        def pair(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO players VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
                (player, question.token_sha256, screen, serial, question.about, stamp, stamp),
            )
            if question.key is not None:
                _keep_key(connection, player, question.key, stamp, first_use=False)
            # it may have made way for others since its code was found
            connection.execute(
                "INSERT OR REPLACE INTO requests"
                " VALUES (?, ?, ?, '', coalesce((SELECT first_at FROM requests WHERE id = ?), ?), ?, ?, ?)",
                (
                    key_of(question),
                    question.model_dump_json(),
                    question.handle or "",
                    key_of(question),
                    stamp,
                    stamp,
                    answer.grant,
                    answer.mac,
                ),
            )

        self._run(pair)
        self._settle()
        return self.player(player)

    # --- players ---

    def players(self) -> list[Player]:
        """All that are paired, in the order of pairing."""
        rows = self._rows(f"{_PLAYERS} WHERE screen IS NOT NULL ORDER BY paired_at, id")
        return [_player(row) for row in rows]

    def everyone(self) -> list[Player]:
        """All that are known, the revoked ones too."""
        return [_player(row) for row in self._rows(f"{_PLAYERS} ORDER BY paired_at, id")]

    def player(self, player: str) -> Player:
        """One of them, a revoked one too. Raises NotFound."""
        known = self.known(player)
        if known is None:
            raise NotFound(f'There is no player "{player}".', hint="signage pair lists the players.")
        return known

    def known(self, player: str) -> Player | None:
        """One of them, if it is known."""
        rows = self._rows(f"{_PLAYERS} WHERE id = ?", player)
        return _player(rows[0]) if rows else None

    def with_token(self, token_sha256: str) -> Player | None:
        """The player with this token; None when there is none, or it was revoked."""
        rows = self._rows(f"{_PLAYERS} WHERE token_sha256 = ? AND screen IS NOT NULL", token_sha256)
        return _player(rows[0]) if rows else None

    def prepare(self, token_sha256: str, screen: str, now: datetime, key: str | None = None) -> Player:
        """Pair a player by a settings file. `key`: the public key of the secret in its file."""
        player, stamp = player_id(token_sha256), text(now)
        values = (player, token_sha256, screen, 1, "", stamp, stamp)

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO players VALUES (?, ?, ?, ?, ?, 1, ?, ?)", values)
            if key is not None:
                _keep_key(connection, player, key, stamp, first_use=False)

        self._run(write)
        self._settle()
        return self.player(player)

    def assign(self, player: str, screen: str | None, serial: int, now: datetime) -> Player:
        """Move a player to a screen, or revoke it (None). Raises NotFound."""
        self.player(player)
        values = (screen, serial, text(now), player)
        self._write("UPDATE players SET screen = ?, serial = ?, changed_at = ? WHERE id = ?", values)
        if screen is None:
            for table in ("beats", "history", "keys", "alert_tests"):
                self._write(f"DELETE FROM {table} WHERE player = ?", (player,))  # noqa: S608 - names of our own
        self._settle()
        return self.player(player)

    def revoke_unknown(self, player: str, serial: int, now: datetime) -> Player:
        """Revoke a player that this list has lost; its token is unknown, so no heartbeat of it will be taken."""
        stamp = text(now)
        values = (player, f"unknown {player}", None, serial, "", stamp, stamp)
        self._write("INSERT INTO players VALUES (?, ?, ?, ?, ?, 0, ?, ?)", values)
        self._settle()
        return self.player(player)

    # --- keys that heartbeats are signed with ---

    def adopt_key(self, player: str, key: str, now: datetime) -> bool:
        """Take the first key that a player paired before 0.5.0 shows. False when it has one already."""

        def write(connection: sqlite3.Connection) -> bool:
            if connection.execute("SELECT 1 FROM keys WHERE player = ?", (player,)).fetchone():
                return False
            _keep_key(connection, player, key, text(now), first_use=True)
            return True

        adopted = self._run(write)
        self._settle()
        return adopted

    def contest(self, player: str, now: datetime) -> None:
        """Note that somebody who knows a player's token, but not its key, reported as this player."""
        self._write("UPDATE keys SET contested_at = ? WHERE player = ?", (text(now), player))

    # --- heartbeats ---

    def last_heartbeat(self, player: str) -> LastHeartbeat | None:
        """A player's last heartbeat."""
        rows = self._rows("SELECT * FROM beats WHERE player = ?", player)
        return _last_heartbeat(rows[0]) if rows else None

    def last_heartbeats(self) -> dict[str, LastHeartbeat]:
        """The last heartbeat of every player that has sent one."""
        found = (_last_heartbeat(row) for row in self._rows("SELECT * FROM beats"))
        return {heartbeat.player: heartbeat for heartbeat in found if heartbeat}

    def record_heartbeat(self, heartbeat: LastHeartbeat, quarters: Iterable[Quarter]) -> None:
        """Replace a player's last heartbeat, and add to its history. A quarter keeps its worst state."""
        values = (
            heartbeat.player,
            text(heartbeat.received_at),
            heartbeat.report.model_dump_json(),
            json.dumps(heartbeat.errors, ensure_ascii=False),
            heartbeat.thumbnail,
            json.dumps([reason.as_row() for reason in heartbeat.reasons], ensure_ascii=False),
            text(heartbeat.state_since),
            text(heartbeat.page_since),
            heartbeat.mismatches,
        )
        rows = [
            (heartbeat.player, int(q.at.timestamp()) // QUARTER, q.state, q.page, " ".join(q.why), q.temperature)
            for q in sorted(quarters, key=lambda quarter: quarter.state.badness)
        ]
        oldest = int((heartbeat.received_at - HISTORY).timestamp()) // QUARTER

        def write(connection: sqlite3.Connection) -> None:
            paired = "SELECT 1 FROM players WHERE id = ? AND screen IS NOT NULL"
            if connection.execute(paired, (heartbeat.player,)).fetchone() is None:
                return  # revoked while this was judged
            connection.execute("INSERT OR REPLACE INTO beats VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
            for row in rows:
                known = connection.execute("SELECT state FROM history WHERE player = ? AND quarter = ?", row[:2])
                before = known.fetchone()
                if before is None or HealthState(before[0]).badness < HealthState(row[2]).badness:
                    connection.execute("INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?, ?, ?)", row)
            connection.execute("DELETE FROM history WHERE player = ? AND quarter < ?", (heartbeat.player, oldest))

        self._run(write)

    def clock_was_put_right(self, now: datetime) -> None:
        """Bring back to `now` what a clock that was ahead has written: else a player that fell silent would count as
        reported until the clock gets there.
        """
        stamp = text(now)
        columns = {"players": ("paired_at", "changed_at"), "beats": ("received_at", "state_since", "page_since")}
        columns["keys"] = ("since", "contested_at")
        columns["alert_tests"] = ("tested_at",)
        for table, column in ((table, column) for table, names in columns.items() for column in names):
            statement = f"UPDATE {table} SET {column} = ? WHERE {column} > ?"  # noqa: S608 - names of our own
            self._write(statement, (stamp, stamp))
        self._write("DELETE FROM requests WHERE last_at > ?", (stamp,))
        self._write("DELETE FROM history WHERE quarter > ?", (int(now.timestamp()) // QUARTER,))

    # --- tests of alerts ---

    def note_test(self, results: Mapping[str, AlertTestResult]) -> None:
        """Keep the results of the last test, by player; those of other players stay."""
        rows = [(player, text(each.tested_at), each.outcome.value, each.seconds) for player, each in results.items()]
        self._run(
            lambda connection: connection.executemany("INSERT OR REPLACE INTO alert_tests VALUES (?, ?, ?, ?)", rows)
        )

    def test_results(self) -> dict[str, AlertTestResult]:
        """The last result of each player that has one."""
        rows = self._rows("SELECT player, tested_at, outcome, seconds FROM alert_tests")
        return {
            player: AlertTestResult(instant(at), AlertTestOutcome(outcome), seconds)
            for player, at, outcome, seconds in rows
        }

    def history(self, player: str) -> list[Quarter]:
        """The last 14 days of a player, oldest first; quarters without a report are missing."""
        rows = self._rows(
            "SELECT quarter, state, page, why, temperature FROM history WHERE player = ? ORDER BY quarter", player
        )
        return [
            Quarter(
                datetime.fromtimestamp(at * QUARTER, UTC), HealthState(state), page, tuple(why.split()), temperature
            )
            for at, state, page, why, temperature in rows
        ]


def _keep_key(connection: sqlite3.Connection, player: str, key: str, stamp: str, first_use: bool) -> None:
    connection.execute("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, NULL)", (player, key, stamp, first_use))


def _player(row: tuple[Any, ...]) -> Player:
    player, token, screen, serial, about, prepared, paired, changed, key, since, first_use, contested = row
    return Player(
        player,
        token,
        screen,
        serial,
        about,
        bool(prepared),
        instant(paired),
        instant(changed),
        Key(key, instant(since), bool(first_use), instant(contested) if contested else None) if key else None,
    )


def _last_heartbeat(row: tuple[Any, ...]) -> LastHeartbeat | None:
    player, received, report, errors, thumbnail, reasons, state_since, page_since, mismatches = row
    try:
        known = HeartbeatReport.model_validate_json(report)
    except ValidationError:  # kept by another version; the next heartbeat is a minute away
        return None
    return LastHeartbeat(
        player,
        instant(received),
        known,
        tuple(json.loads(errors)),
        thumbnail,
        tuple(PlayerProblem.from_row(row) for row in json.loads(reasons)),
        instant(state_since),
        instant(page_since),
        mismatches,
    )


def reported_serials(registry: Path) -> dict[str, int]:
    """The highest serial of each screen that a paired player says it has; empty when the file can't be read.

    It never makes the file, nor moves a damaged one aside: that is up to who owns it.
    """
    return {screen: serial for screen, serial in _read_only(registry, _HIGHEST) if isinstance(screen, str)}


def reported_alert_serials(registry: Path) -> dict[str, int]:
    """The highest serial of each screen's alert document that a paired player says it has."""
    found = _read_only(registry, _HIGHEST_OF_ALERTS)
    return {screen: serial for screen, serial in found if isinstance(screen, str) and 0 < serial <= MOST_REPORTED}


def _read_only(registry: Path, query: str) -> list[tuple[Any, ...]]:
    """What a query answers; nothing when the file can't be read."""
    if not registry.is_file():
        return []
    with contextlib.suppress(sqlite3.Error):
        uri = f"{registry.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=LOCK_SECONDS)) as connection:
            return list(connection.execute(query))
    return []
