"""State that is lost costs time; state that can't be kept is said in one sentence."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from contextlib import closing
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signage.errors import EXIT_CANTCREAT, NotWritable
from signage.storage import sqlite_file as module
from signage.storage.store import Store
from signage.storage.stored_values import ImageState, SourceState, StoredAnswer, StoredRecords

NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "state.sqlite"


def test_everything_is_there_after_a_restart(path: Path) -> None:
    first = Store(path)
    answer = StoredAnswer(b"\x00[]", '"1"', None, "utf-8", NOW)
    stored = StoredRecords('[{"title": "Kor"}]', "[]")
    covers = (NOW.date(), NOW.date() + timedelta(days=67))
    state = SourceState(
        "iheim",
        "wis x",
        stored.hash,
        ("a",),
        NOW,
        NOW,
        NOW,
        "The server answered with status 500.",
        NOW,
        NOW,
        NOW,
        covers,
        "rules",
        "[]",
        {"end": 0.5},
    )
    image = ImageState("https://x/1.jpg", "ab" * 32, 400, 300, '"e"', None, NOW, None)
    first.http_put("https://x", answer)
    first.source_put(state, stored)
    first.image_put(image)
    first.rendered_put("key", '{"a": 1}')
    first.close()
    second = Store(path)
    assert second.http_get("https://x") == answer
    assert second.source_get("iheim") == state
    assert second.records_get(state) == stored
    assert second.images_get(["https://x/1.jpg", "other"]) == {"https://x/1.jpg": image}
    assert second.rendered_get(["key", "other"]) == {"key": '{"a": 1}'}
    second.close()


def test_nothing_is_known_of_what_was_never_put(store: Store) -> None:
    assert store.http_get("x") is None
    assert store.source_get("x") == SourceState("x")
    assert store.images_get(["x"]) == {}
    assert store.rendered_get([]) == {}


def test_counts_of_days_are_kept_for_a_while(store: Store) -> None:
    days = [NOW.date() - timedelta(days=n) for n in range(5)]
    for number, day in enumerate(days):
        store.week_put("iheim", day, number, forget=days[3])
    store.week_put("other", days[0], 99, forget=days[3])
    assert store.weeks_get("iheim", days[-1], days[0]) == [3, 2, 1]


def test_what_another_version_kept_of_a_source_is_nothing(store: Store) -> None:
    store._write("INSERT INTO sources VALUES (?, ?)", ("iheim", '{"id": "iheim", "problem": 7}'))
    assert store.source_get("iheim") == SourceState("iheim")


def test_more_keys_than_sqlite_takes_parameters(store: Store) -> None:
    keys = [f"k{n}" for n in range(1200)]
    for key in keys[:700]:
        store.rendered_put(key, key.upper())
    assert store.rendered_get(keys) == {key: key.upper() for key in keys[:700]}


def test_sweeps(store: Store) -> None:
    for key in "abc":
        store.rendered_put(key, key)
    store.rendered_sweep({"b", "never seen"})
    assert store.rendered_get(["a", "b", "c"]) == {"b": "b"}
    store.http_put("old", StoredAnswer(b"", None, None, None, NOW - timedelta(days=4)))
    store.http_put("new", StoredAnswer(b"", None, None, None, NOW))
    store.http_put("confirmed", StoredAnswer(b"1", '"1"', None, None, NOW - timedelta(days=4)))
    store.http_confirm("confirmed", NOW)
    store.http_sweep(NOW - timedelta(days=3))
    for _ in range(2):  # what is in memory, and what is in the file
        assert store.http_get("confirmed") == StoredAnswer(b"1", '"1"', None, None, NOW)
        store.close()
    assert store.http_get("old") is None
    assert store.http_get("new") is not None
    store.image_put(ImageState("old", "a" * 64, 1, 1, None, None, NOW - timedelta(days=40)))
    store.image_put(ImageState("used", "b" * 64, 1, 1, None, None, NOW - timedelta(days=40)))
    store.images_touch(["used"], NOW)
    assert store.images_sweep(NOW - timedelta(days=30)) == {"b" * 64}


def test_many_threads(store: Store) -> None:
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for i in range(50):
                store.rendered_put(f"{number}-{i}", "x")
                store.rendered_get([f"{number}-{i}"])
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(store.rendered_get([f"{n}-{i}" for n in range(6) for i in range(50)])) == 300


def test_a_damaged_file_is_moved_aside_and_begun_anew(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is not a database, and long enough to be looked at" * 100)
    store = Store(path)
    store.rendered_put("a", "b")
    assert store.rendered_get(["a"]) == {"a": "b"}
    assert path.with_name("state.sqlite.broken").read_bytes().startswith(b"this is not")
    store.close()


def test_a_file_that_is_damaged_in_its_middle(path: Path) -> None:
    store = Store(path)
    for number in range(2000):
        store.rendered_put(f"key {number}", "x" * 200)
    store.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(size - 4096))
    store.rendered_put("a", "b")
    assert store.rendered_get(["a"]) == {"a": "b"}
    store.close()


def test_a_folder_that_cant_be_made(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(NotWritable) as caught:
        Store(tmp_path / "var" / "state.sqlite")
    assert caught.value.exit_code == EXIT_CANTCREAT
    assert "can't be created" in str(caught.value)


def test_a_path_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(NotWritable, match="can't be opened"):
        Store(tmp_path)


def test_a_file_that_another_program_holds(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.05)
    store = Store(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(NotWritable, match="another program is using it"):
        store.rendered_put("a", "b")
    other.execute("ROLLBACK")
    other.close()
    store.rendered_put("a", "b")
    assert store.rendered_get(["a"]) == {"a": "b"}
    store.close()


def test_a_full_disk(store: Store) -> None:
    """SQLite's own limit on the size of the file gives the same error as a full disk."""
    assert store._connection is not None
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(NotWritable, match="the disk is full"):
        store.http_put("x", StoredAnswer(b"x" * 100_000, None, None, None, NOW))
    assert store.http_get("x") is None
    store.rendered_put("a", "b")


def test_what_a_clock_that_was_a_year_ahead_wrote_is_brought_back_to_now(store: Store) -> None:
    ahead = NOW + timedelta(days=365)
    store.http_put("https://x", StoredAnswer(b"[]", '"1"', None, None, ahead))
    store.image_put(ImageState("https://x/1.jpg", "ab" * 32, 400, 300, None, None, ahead))
    lost = {"end": ahead, "venue": NOW - timedelta(days=1)}
    store.source_put(
        SourceState("a", last_good_at=ahead, last_tried_at=ahead, not_before=ahead, empty_since=ahead, shape_lost=lost)
    )
    waits = SourceState("b", last_good_at=NOW - timedelta(hours=1), not_before=NOW + timedelta(hours=3))
    store.source_put(waits)
    store.week_put("a", ahead.date(), 9, NOW.date() - timedelta(days=56))
    store._write("INSERT INTO sources VALUES ('c', '{half')", ())  # of a disk that failed
    store.clock_was_put_right(NOW)
    answer = store.http_get("https://x")
    assert answer is not None
    assert answer.fetched_at == NOW
    assert store.images_get(["https://x/1.jpg"])["https://x/1.jpg"].checked_at == NOW
    right = {"end": NOW, "venue": NOW - timedelta(days=1)}
    expected = SourceState("a", last_good_at=NOW, last_tried_at=NOW, empty_since=NOW, shape_lost=right)
    assert store.source_get("a") == expected
    assert store.source_get("b") == waits  # nothing of it was wrong
    assert store.weeks_get("a", NOW.date(), ahead.date() + timedelta(days=1)) == []


def test_every_instant_of_a_sources_state_is_brought_back(store: Store) -> None:
    """Also one that somebody adds: else a source would not be asked for as long as the clock was ahead."""
    ahead = NOW + timedelta(days=365)
    instants = [
        each.name for each in fields(SourceState) if "datetime" in str(each.type) and "dict" not in str(each.type)
    ]
    assert len(instants) >= 6
    store.source_put(SourceState("a", **dict.fromkeys(instants, ahead)))  # type: ignore[arg-type]
    store.clock_was_put_right(NOW)
    state = store.source_get("a")
    assert all((at := getattr(state, name)) is None or at <= NOW for name in instants)


def test_what_another_program_writes_is_noticed(path: Path) -> None:
    """What is small stays in memory, until `look` finds that the file is not as it was."""
    first, second = Store(path), Store(path)
    first.source_put(SourceState("a", "ical here"))
    first.look()
    second.source_put(SourceState("a", "ical there"))
    second.http_put("https://x", StoredAnswer(b"2", None, None, None, NOW))
    first.look()
    assert first.source_get("a").address == "ical there"
    assert first.http_has("https://x", b"2")
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    first.look()
    assert first.source_get("a") == SourceState("a")
    first.close()
    second.close()


def test_together_all_is_kept_or_nothing(store: Store) -> None:
    store.source_put(SourceState("a", "ical here"))

    def half() -> None:
        store.source_put(SourceState("a", "ical there"), StoredRecords("[1]"))
        store.together(lambda: store.http_put("https://x", StoredAnswer(b"2", None, None, None, NOW)))
        store.week_put("a", NOW.date(), 7, NOW.date())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.together(half)
    for _ in range(2):  # what is in memory, and what is in the file
        assert store.source_get("a") == SourceState("a", "ical here")
        assert store.http_get("https://x") is None
        assert store.weeks_get("a", NOW.date(), NOW.date() + timedelta(days=1)) == []
        store.close()


def test_records_that_no_state_names_are_forgotten(store: Store) -> None:
    """Of another address under the same name, they would be another source's."""
    stored = StoredRecords("[1]", "[2]")
    state = SourceState("a", "ical here", stored.hash)
    store.source_put(state, stored)
    assert store.records_get(state) == stored
    assert store.records_get(SourceState("a", "ical here", "of others")) is None
    store.source_put(SourceState("a", "ical there"))
    assert store.records_get(state) is None


def test_what_0_5_stored_is_still_there(path: Path) -> None:
    """A source that is down while a server is updated keeps its events; the rest would be fetched again. Until this
    version's server has started, the one that still runs finds its tables as they were.
    """
    path.parent.mkdir()
    old = {"id": "a", "address": "ical here", "records": '[{"title": "Kor"}]', "news": "[]", "failures": 2}
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("CREATE TABLE source_states (id TEXT PRIMARY KEY, state TEXT NOT NULL)")
        file.execute("INSERT INTO source_states VALUES ('a', ?), ('b', '{half')", (json.dumps(old),))
        file.execute(
            "CREATE TABLE answers (url TEXT PRIMARY KEY, body BLOB NOT NULL, etag TEXT, last_modified TEXT,"
            " charset TEXT, fetched_at TEXT NOT NULL)"
        )
        file.execute("INSERT INTO answers VALUES ('https://x', ?, 'tag', NULL, 'utf-8', ?)", (b"body", NOW.isoformat()))
    for title, at in (("Kor", NOW), ("Korkveld", NOW + timedelta(minutes=10))):  # looked at twice, with news in between
        new = {**old, "records": f'[{{"title": "{title}"}}]', "last_tried_at": at.isoformat()}
        with closing(sqlite3.connect(path)) as file, file:
            file.execute("UPDATE source_states SET state = ? WHERE id = 'a'", (json.dumps(new),))
            file.execute("UPDATE answers SET etag = ?, fetched_at = ?", (title, at.isoformat()))
        store = Store(path)
        state = store.source_get("a")
        assert (state.address, state.failures) == ("ical here", 2)
        assert store.records_get(state) == StoredRecords(f'[{{"title": "{title}"}}]', "[]")
        assert store.http_get("https://x") == StoredAnswer(b"body", title, None, "utf-8", at)
        assert store.source_get("b") == SourceState("b")
        store.close()
    store = Store(path)
    later = SourceState("a", "ical there", last_tried_at=NOW + timedelta(minutes=20))
    store.source_put(later)
    store.close()
    store = Store(path)  # 0.5 knows nothing better
    assert store.source_get("a") == later
    store.forget_earlier_versions()
    tables = {name for (name,) in store._rows("SELECT name FROM sqlite_master")}
    assert not tables & {"answers", "source_states"}
    store.close()


def test_a_clock_that_goes_on_is_looked_at_once(store: Store) -> None:
    store.clock_was_put_right(NOW)
    done: list[str] = []
    assert store._connection is not None
    store._connection.set_trace_callback(done.append)
    store.clock_was_put_right(NOW + timedelta(minutes=10))
    assert done == ["PRAGMA data_version"]
    store.source_put(SourceState("a", last_tried_at=NOW + timedelta(days=9)))
    store.clock_was_put_right(NOW + timedelta(minutes=20))
    assert store.source_get("a").last_tried_at == NOW + timedelta(minutes=20)
