"""Which players there are and how they last were: `var/players.db`, shared by the daemon and the command line.

Deleting it loses the pairings: players go on showing, but nobody hears how they are until they are paired anew. So what
the administrator decided is on the disk before anybody hears of it; a heartbeat may be lost in a power cut.
No address of anybody is kept, and of the players' secrets only sha256.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from signage.errors import NotFound
from signage.players.codes import player_id
from signage.players.messages import Question, Report
from signage.players.verdict import Reason, State
from signage.sqlite_file import SqliteFile

REGISTRY_FILE = "players.db"
MOST_WAITING = 50  # questions; who comes then is told to ask again later
FORGOTTEN = timedelta(seconds=60)  # a question that was not repeated for so long waits no more
REMEMBERED = timedelta(hours=1)  # an answer that got lost is given again; an old code is told from a wrong one
MOST_REMEMBERED = 200  # questions of that hour
NOTED = timedelta(seconds=10)  # how exactly "asked last" is kept: a player asks every 3 seconds
QUARTER = 15 * 60  # seconds: one row of history each
HISTORY = timedelta(days=14)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS players (
    id TEXT PRIMARY KEY, token_sha256 TEXT NOT NULL UNIQUE, screen TEXT, serial INTEGER NOT NULL, about TEXT NOT NULL,
    prepared INTEGER NOT NULL, paired_at TEXT NOT NULL, changed_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS questions (
    id TEXT PRIMARY KEY, question TEXT NOT NULL, first_at TEXT NOT NULL, last_at TEXT NOT NULL,
    granted TEXT, mac TEXT
);
CREATE TABLE IF NOT EXISTS beats (
    player TEXT PRIMARY KEY, received_at TEXT NOT NULL, report TEXT NOT NULL, errors TEXT NOT NULL, thumbnail BLOB,
    reasons TEXT NOT NULL, state_since TEXT NOT NULL, page_since TEXT NOT NULL, odd INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS history (
    player TEXT NOT NULL, quarter INTEGER NOT NULL, state TEXT NOT NULL, page TEXT, why TEXT NOT NULL, temperature REAL,
    PRIMARY KEY (player, quarter)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Player:
    """A box that is, or was, paired. `screen` None: revoked. `prepared`: by file, and never seen asking.

    `serial` and `changed_at` are of its assignment.
    """

    id: str
    token_sha256: str
    screen: str | None
    serial: int
    about: str
    prepared: bool
    paired_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Asking:
    """A question: when it came first, and last. `granted`: somebody has typed its code."""

    question: Question
    first_at: datetime
    last_at: datetime
    granted: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A grant, sealed with the code."""

    grant: str
    mac: str


@dataclass(frozen=True, slots=True)
class Heard:
    """A player's last heartbeat and what it came to. `odd`: thumbnails in a row that looked like another page."""

    player: str
    received_at: datetime
    report: Report
    errors: tuple[str, ...]
    thumbnail: bytes | None
    reasons: tuple[Reason, ...]
    state_since: datetime
    page_since: datetime
    odd: int


@dataclass(frozen=True, slots=True)
class Quarter:
    """How a player was in a quarter of an hour: at its worst moment that is known."""

    at: datetime
    state: State
    page: str | None
    why: tuple[str, ...]
    temperature: float | None


class TooMany(Exception):
    """More players ask at once than anybody hangs up in a day."""


class Registry(SqliteFile):
    """The file. Every instant comes from the caller."""

    schema = _SCHEMA

    # --- questions ---

    def ask(self, question: Question, now: datetime) -> Answer | None:
        """Note that a player asks; its answer when somebody has typed its code. Raises TooMany."""
        key, stamp = _key(question), _text(now)

        def note(connection: sqlite3.Connection) -> Answer | None:
            known = connection.execute("SELECT granted, mac, last_at FROM questions WHERE id = ?", (key,)).fetchone()
            if known is None:
                fresh = (_text(now - FORGOTTEN),)
                count = "SELECT count(*) FROM questions WHERE granted IS NULL AND last_at >= ?"
                if connection.execute(count, fresh).fetchone()[0] >= MOST_WAITING:
                    raise TooMany
                connection.execute(
                    "DELETE FROM questions WHERE last_at < ? OR id IN"
                    " (SELECT id FROM questions ORDER BY last_at DESC LIMIT -1 OFFSET ?)",
                    (_text(now - REMEMBERED), MOST_REMEMBERED),
                )
                values = (key, question.model_dump_json(), stamp, stamp)
                connection.execute("INSERT INTO questions VALUES (?, ?, ?, ?, NULL, NULL)", values)
                return None
            if datetime.fromisoformat(known[2]) < now - NOTED:
                connection.execute("UPDATE questions SET last_at = ? WHERE id = ?", (stamp, key))
            return Answer(known[0], known[1]) if known[0] else None

        return self._run(note)

    def waiting(self, now: datetime) -> list[Asking]:
        """Whose code nobody has typed yet, the longest waiting first."""
        fresh = [each for each in self.asked() if not each.granted and each.last_at >= now - FORGOTTEN]
        return sorted(fresh, key=lambda each: each.first_at)

    def asked(self) -> list[Asking]:
        """Every question that is remembered, the latest first."""
        rows = self._rows("SELECT question, first_at, last_at, granted FROM questions ORDER BY last_at DESC, id")
        return [
            Asking(Question.model_validate_json(question), _instant(first), _instant(last), granted is not None)
            for question, first, last, granted in rows
        ]

    def give(self, question: Question, screen: str, serial: int, answer: Answer, now: datetime) -> Player:
        """Pair the player that asked, and leave the answer for its next question."""
        player = player_id(question.token_sha256)
        stamp = _text(now)

        def pair(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT OR REPLACE INTO players VALUES (?, ?, ?, ?, ?, 0, ?, ?)",
                (player, question.token_sha256, screen, serial, question.about, stamp, stamp),
            )
            connection.execute(
                "UPDATE questions SET granted = ?, mac = ?, last_at = ? WHERE id = ?",
                (answer.grant, answer.mac, stamp, _key(question)),
            )

        self._run(pair)
        self._settle()
        return self.player(player)

    # --- players ---

    def players(self) -> list[Player]:
        """All that are paired, in the order of pairing."""
        rows = self._rows("SELECT * FROM players WHERE screen IS NOT NULL ORDER BY paired_at, id")
        return [_player(row) for row in rows]

    def everyone(self) -> list[Player]:
        """All that are known, the revoked ones too."""
        return [_player(row) for row in self._rows("SELECT * FROM players ORDER BY paired_at, id")]

    def player(self, player: str) -> Player:
        """One of them, a revoked one too. Raises NotFound."""
        known = self.known(player)
        if known is None:
            raise NotFound(f'no player "{player}"; signage pair lists them')
        return known

    def known(self, player: str) -> Player | None:
        """One of them, if it is known."""
        rows = self._rows("SELECT * FROM players WHERE id = ?", player)
        return _player(rows[0]) if rows else None

    def with_token(self, token_sha256: str) -> Player | None:
        """Whose token it is; None when it is nobody's, or was revoked."""
        rows = self._rows("SELECT * FROM players WHERE token_sha256 = ? AND screen IS NOT NULL", token_sha256)
        return _player(rows[0]) if rows else None

    def prepare(self, token_sha256: str, screen: str, now: datetime) -> Player:
        """Pair a player that is told by file."""
        player, stamp = player_id(token_sha256), _text(now)
        values = (player, token_sha256, screen, 1, "", stamp, stamp)
        self._write("INSERT INTO players VALUES (?, ?, ?, ?, ?, 1, ?, ?)", values)
        self._settle()
        return self.player(player)

    def assign(self, player: str, screen: str | None, serial: int, now: datetime) -> Player:
        """Move a player to a screen, or revoke it (None). Raises NotFound."""
        self.player(player)
        values = (screen, serial, _text(now), player)
        self._write("UPDATE players SET screen = ?, serial = ?, changed_at = ? WHERE id = ?", values)
        if screen is None:
            for table in ("beats", "history"):
                self._write(f"DELETE FROM {table} WHERE player = ?", (player,))  # noqa: S608 - names of our own
        self._settle()
        return self.player(player)

    def revoke_unknown(self, player: str, serial: int, now: datetime) -> Player:
        """Revoke a player that this list has lost; its token is unknown, so no heartbeat of it will be taken."""
        stamp = _text(now)
        values = (player, f"unknown {player}", None, serial, "", stamp, stamp)
        self._write("INSERT INTO players VALUES (?, ?, ?, ?, ?, 0, ?, ?)", values)
        self._settle()
        return self.player(player)

    # --- heartbeats ---

    def heard(self, player: str) -> Heard | None:
        """A player's last heartbeat."""
        rows = self._rows("SELECT * FROM beats WHERE player = ?", player)
        return _heard(rows[0]) if rows else None

    def all_heard(self) -> dict[str, Heard]:
        """The last heartbeat of every player that has sent one."""
        found = (_heard(row) for row in self._rows("SELECT * FROM beats"))
        return {heard.player: heard for heard in found if heard}

    def hear(self, heard: Heard, quarters: Iterable[Quarter]) -> None:
        """Replace a player's last heartbeat, and add to its history. A quarter keeps its worst state."""
        values = (
            heard.player,
            _text(heard.received_at),
            heard.report.model_dump_json(),
            json.dumps(heard.errors, ensure_ascii=False),
            heard.thumbnail,
            json.dumps([reason.as_row() for reason in heard.reasons], ensure_ascii=False),
            _text(heard.state_since),
            _text(heard.page_since),
            heard.odd,
        )
        rows = [
            (heard.player, int(q.at.timestamp()) // QUARTER, q.state, q.page, " ".join(q.why), q.temperature)
            for q in sorted(quarters, key=lambda quarter: quarter.state.badness)
        ]
        oldest = int((heard.received_at - HISTORY).timestamp()) // QUARTER

        def write(connection: sqlite3.Connection) -> None:
            paired = "SELECT 1 FROM players WHERE id = ? AND screen IS NOT NULL"
            if connection.execute(paired, (heard.player,)).fetchone() is None:
                return  # revoked while this was judged
            connection.execute("INSERT OR REPLACE INTO beats VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
            for row in rows:
                known = connection.execute("SELECT state FROM history WHERE player = ? AND quarter = ?", row[:2])
                before = known.fetchone()
                if before is None or State(before[0]).badness < State(row[2]).badness:
                    connection.execute("INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?, ?, ?)", row)
            connection.execute("DELETE FROM history WHERE player = ? AND quarter < ?", (heard.player, oldest))

        self._run(write)

    def history(self, player: str) -> list[Quarter]:
        """The last 14 days of a player, oldest first; quarters in which nothing was heard are missing."""
        rows = self._rows(
            "SELECT quarter, state, page, why, temperature FROM history WHERE player = ? ORDER BY quarter", player
        )
        return [
            Quarter(datetime.fromtimestamp(at * QUARTER, UTC), State(state), page, tuple(why.split()), temperature)
            for at, state, page, why, temperature in rows
        ]


def _key(question: Question) -> str:
    """Every word of a question counts: nobody can put another in the place of one that was overheard."""
    return hashlib.sha256(question.model_dump_json().encode()).hexdigest()


def _player(row: tuple[Any, ...]) -> Player:
    player, token, screen, serial, about, prepared, paired, changed = row
    return Player(player, token, screen, serial, about, bool(prepared), _instant(paired), _instant(changed))


def _heard(row: tuple[Any, ...]) -> Heard | None:
    player, received, report, errors, thumbnail, reasons, state_since, page_since, odd = row
    try:
        known = Report.model_validate_json(report)
    except ValidationError:  # kept by another version; the next heartbeat is a minute away
        return None
    return Heard(
        player,
        _instant(received),
        known,
        tuple(json.loads(errors)),
        thumbnail,
        tuple(Reason.from_row(row) for row in json.loads(reasons)),
        _instant(state_since),
        _instant(page_since),
        odd,
    )


def _text(at: datetime) -> str:
    """Text in UTC that sorts as the instants do."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
