"""A refresh without news reads nothing again, and shows what a process that remembers nothing would show.

The oracle is such a process, as it were: a pipeline with an empty memory, over a copy of the store as it was before.
"""

from __future__ import annotations

import cProfile
import gc
import json
import os
import random
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from signage.app.folders import Folders
from signage.app.gathered import Gathered
from signage.app.pipeline import Pipeline
from signage.config.models import Config
from signage.errors import NotWritable
from signage.events import merge_events
from signage.runtime.workers import WorkerPool
from tests.fixtures.make import oslo
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.portal import Portal, ok, picture, status, tagged

NOW = oslo("2026-11-23 08:00")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def calendar(titles: list[str], start: date = date(2026, 11, 23), uid: str = "") -> bytes:
    """One event a day, from eleven to noon, and one that comes every day for a year."""
    events = ["BEGIN:VEVENT\r\nUID:daily\r\nDTSTART:20261101T170000Z\r\nRRULE:FREQ=DAILY\r\nSUMMARY:Trim\r\nEND:VEVENT"]
    for number, title in enumerate(titles):
        day = f"{start + number % 90 * DAY:%Y%m%d}"
        events.append(
            f"BEGIN:VEVENT\r\nUID:{uid}{number}\r\nDTSTART:{day}T100000Z\r\nDTEND:{day}T110000Z\r\n"
            f"SUMMARY:{title}\r\nEND:VEVENT"
        )
    return "\r\n".join(["BEGIN:VCALENDAR", *events, "END:VCALENDAR", ""]).encode()


def listing(titles: list[str]) -> str:
    """The portal's answer; every other event has a picture."""
    return json.dumps(
        [
            {
                "id": number,
                "title": title,
                "startDate": f"{date(2026, 11, 23) + number % 60 * DAY}",
                "startTime": "18:00",
                "endTime": "20:00",
                "location": "Kirka",
                **({"imageId": 7} if number % 2 else {}),
            }
            for number, title in enumerate(titles)
        ]
    )


@dataclass
class Town:
    """Sources at a portal and in a file, the configuration that names them, and a pipeline that reads them."""

    portal: Portal
    folder: Path
    now: datetime = NOW
    parsed: int = 0
    merged: int = 0
    site: dict[str, Any] = field(default_factory=lambda: {"name": "Heim", "calendar": "https://iheim.no"})
    more: dict[str, dict[str, Any]] = field(default_factory=dict)  # settings of sources, by id
    sources: list[str] = field(default_factory=lambda: ["bygda"])

    def __post_init__(self) -> None:
        self.file = self.folder / "kor.ics"
        self.file.write_bytes(calendar(["Korøvelse", "Konsert"], uid="k"))
        self.portal.paths["/bygda.ics"] = tagged(calendar(["Bokkafé", "Quiz"]), "text/calendar")
        self.portal.paths["/laget.ics"] = ok(calendar(["Quiz", "Basar"], uid="l"), "text/calendar")
        self.portal.wis(tagged(listing(["Kino", "Messe", "Dans"])))
        self.portal.paths["/irisimage/7/7.jpg"] = ok(picture(), "image/jpeg", etag='"p"')
        self.pipeline = Pipeline(Folders(self.folder / "var"), LAYOUTS)

    @property
    def config(self) -> Config:
        here = f"http://127.0.0.1:{self.portal.port}"
        known = {  # of two hosts, so that most need not wait for their turn
            "bygda": {"type": "ical", "url": f"{here}/bygda.ics"},
            "laget": {"type": "ical", "url": f"http://localhost:{self.portal.port}/laget.ics"},
            "kor": {"type": "ical", "url": self.file.as_uri()},
            "iheim": {"type": "wis", "url": f"http://localhost:{self.portal.port}"},
        }
        return Config.model_validate(
            {
                "site": self.site,
                "sources": [{"id": name, **known[name], **self.more.get(name, {})} for name in self.sources],
                "places": {"b": {"name": "Hemne bibliotek"}},
                "screens": {"b": {"place": "b", "playlist": [{"show": "today"}]}},
            }
        )

    def refresh(self, by: timedelta = MINUTE) -> Gathered:
        """As a build does it, so much later than the last one."""
        self.now += by
        return refresh(self.pipeline, self.config, self.now)

    def refresh_without_memory(self) -> Gathered:
        """What comes next of a process that begins with the store as it is."""
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.folder / "var", copy)
        other = Pipeline(Folders(copy), LAYOUTS)
        found = refresh(other, self.config, self.now)
        other.store.close()
        return found

    def titles(self) -> list[str]:
        return sorted({event.title for event in self.refresh().merged.events})

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The SQL that is done meanwhile, up to its first bracket or comparison."""
        done: list[str] = []
        connection = self.pipeline.store._connection
        assert connection is not None
        connection.set_trace_callback(lambda statement: done.append(statement.partition(" (")[0].partition(" =")[0]))
        yield done
        connection.set_trace_callback(None)


def refresh(pipeline: Pipeline, config: Config, now: datetime) -> Gathered:
    pipeline.store.clock_was_put_right(now)
    return pipeline.gather(config, now)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    with Portal() as portal:
        made = Town(portal, tmp_path)
        call, merge = WorkerPool.call, merge_events

        def counted(self: WorkerPool, function: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
            made.parsed += 1
            return call(self, function, *arguments, **more)

        def counted_merge(*arguments: Any) -> Any:
            made.merged += 1
            return merge(*arguments)

        monkeypatch.setattr(WorkerPool, "call", counted)
        monkeypatch.setattr("signage.app.salvage.merge_events", counted_merge)
        yield made
        made.pipeline.store.close()


def test_a_calendar_without_news_is_not_read_and_the_store_only_notes_that_it_was_asked(town: Town) -> None:
    town.refresh()
    before = town.refresh()
    town.parsed = town.merged = 0
    with town.statements() as done:
        after = town.refresh()
    assert (town.parsed, town.merged) == (0, 0)
    assert after.merged is before.merged
    assert town.portal.asked[-1][1]["If-None-Match"]
    assert after.data_as_of == town.now
    assert done == [
        "PRAGMA data_version",  # has another program written? before the clock is looked at ...
        "PRAGMA data_version",  # ... and before the sources are read
        "BEGIN ",
        "UPDATE answer_heads SET fetched_at",  # the answer holds for eight days more
        "INSERT OR REPLACE INTO sources",  # when it was asked, for another process
        "COMMIT",
    ]


def test_several_sources_and_a_file(town: Town) -> None:
    town.sources = ["bygda", "laget", "kor", "iheim"]
    town.refresh()
    before = town.refresh()  # the pictures of the first one are known now
    town.parsed = town.merged = 0
    with town.statements() as done:
        after = town.refresh()
    assert (town.parsed, town.merged) == (0, 0)
    assert after.merged is before.merged
    assert any(event.picture for event in after.merged.events)
    writes = [statement for statement in done if statement.split()[0] not in ("PRAGMA", "BEGIN", "COMMIT")]
    assert len(writes) == 2 * len(town.sources)
    town.file.write_bytes(calendar(["Korøvelse", "Julekonsert"], uid="k"))
    assert "Julekonsert" in town.titles()
    assert town.parsed == 1
    assert town.merged > 0
    assert town.sources.pop() == "iheim"  # the others are as they were
    assert "Kino" not in town.titles()


def test_files_that_screens_toml_names_are_read_again_when_they_have_changed(town: Town) -> None:
    logo, sheet = town.folder / "logo.png", town.folder / "lag.csv"
    logo.write_bytes(picture(kind="PNG"))
    sheet.write_text("Navn;Bilde\nKoret;logo.png\nTurlaget;nei.png\n", "utf-8")
    town.site.update(logo=str(logo), organisations=str(sheet))
    before = town.refresh()
    town.parsed = town.merged = 0
    again = town.refresh()
    assert (town.parsed, town.merged) == (0, 0)
    assert again.pictures == before.pictures
    assert again.warnings == before.warnings
    assert len(again.warnings) == 1  # that there is no nei.png
    for file in (town.folder / "var" / "images").iterdir():
        file.unlink()
    assert town.refresh().pictures == before.pictures
    assert (town.folder / "var" / "images" / f"{before.pictures[str(logo)].sha256}.jpg").is_file()
    logo.write_bytes(picture(300, 300, kind="PNG"))
    sheet.write_text("Navn\nSanglaget\n", "utf-8")
    after = town.refresh()
    assert after.pictures[str(logo)].width == 300
    assert [one.name for one in after.merged.organisations] == ["Sanglaget"]


def test_the_count_of_the_coming_week_is_written_when_it_has_changed(town: Town) -> None:
    town.refresh()
    with town.statements() as done:
        town.refresh(5 * timedelta(hours=1))  # Quiz in a week has come nearer, and Bokkafé is over
    assert [statement for statement in done if "source_days" in statement] == [
        "INSERT OR REPLACE INTO source_days VALUES",
        "DELETE FROM source_days WHERE source",
    ]


def test_the_cost_is_not_that_of_the_calendars_events(town: Town) -> None:
    calls = []
    for number in (60, 600):
        town.portal.paths["/bygda.ics"] = tagged(calendar([f"Kurs {n}" for n in range(number)]), "text/calendar")
        town.refresh(DAY)
        town.refresh()
        with cProfile.Profile() as profile:
            town.refresh()
        calls.append(sum(entry.callcount for entry in profile.getstats()))
    assert calls[1] < calls[0] * 1.2


def test_many_refreshes_show_what_a_process_without_memory_shows(town: Town) -> None:
    dice = random.Random(os.environ.get("SEED", "1"))
    town.sources = ["bygda", "kor", "iheim"]
    numbers = count()

    def titles() -> list[str]:
        return [
            f"{dice.choice(('Quiz', 'Basar', 'Dans', 'Kor'))} {next(numbers) if dice.random() < 0.3 else n}"
            for n in range(5)
        ]

    def break_store() -> None:
        assert town.pipeline.store._connection is not None
        town.pipeline.store._connection.execute("PRAGMA query_only = ON")

    def write_from_elsewhere() -> None:
        with closing(sqlite3.connect(town.folder / "var" / "state.sqlite")) as other, other:
            name, kept = dice.choice(["bygda", "iheim"]), '{"id": "x", "address": "ical elsewhere"}'
            other.execute("UPDATE sources SET state = ? WHERE id = ?", (kept, name))

    def lose_store() -> None:
        for file in (town.folder / "var").glob("state.sqlite*"):
            file.unlink()

    changes: list[tuple[int, Callable[[], object]]] = [
        (8, lambda: None),
        (3, lambda: town.portal.paths.update({"/bygda.ics": tagged(calendar(titles()), "text/calendar")})),
        (2, lambda: town.portal.wis(tagged(listing(titles())))),
        (1, lambda: town.portal.wis(tagged("[]"))),
        (2, lambda: town.portal.paths.update({"/bygda.ics": status(404)})),
        (1, lambda: town.portal.paths.update({"/bygda.ics": ok("BEGIN:VCALENDAR", "text/calendar", etag='"half"')})),
        (2, lambda: town.file.write_bytes(calendar(titles(), uid="k"))),
        (1, lambda: town.file.unlink(missing_ok=True)),
        (2, lambda: town.more.update(bygda={"venue": dice.choice(["Hemne bibliotek", "Kirka"])})),
        (1, lambda: town.more.update(bygda={"categories": ["Kultur"]})),
        (2, lambda: town.site.update(expiry_hours=dice.choice([1, 2, 5]))),  # only the merging needs it
        (1, lambda: town.site.update(zone=dice.choice(["Europe/Oslo", "Europe/London"]))),
        (2, lambda: setattr(town, "sources", dice.sample(["bygda", "laget", "kor", "iheim"], dice.randint(1, 4)))),
        (1, break_store),
        (1, write_from_elsewhere),
        (1, lose_store),
    ]
    weights = [weight for weight, _ in changes]
    jumps = [MINUTE, 10 * MINUTE, timedelta(hours=5), DAY, 9 * DAY, -timedelta(hours=3), -2 * DAY]
    for _ in range(20):
        for _, change in dice.choices(changes, weights, k=2):
            change()
        town.now += dice.choices(jumps, [6, 6, 3, 2, 1, 1, 1])[0]
        expected = town.refresh_without_memory()
        try:
            found = town.refresh(timedelta())
        except NotWritable:
            assert town.pipeline.store._connection is not None
            town.pipeline.store._connection.execute("PRAGMA query_only = OFF")
            found = town.refresh(timedelta())
        assert _comparable(found) == _comparable(expected)
        assert _rows(town.folder / "var") == _rows(town.folder / "copy")


def _comparable(found: Gathered) -> Gathered:
    """Without which of the words of the log were used."""
    return replace(found, records=tuple(sorted(found.records, key=repr)))


def _rows(folder: Path) -> list[Any]:
    """What the store has of the sources."""
    with closing(sqlite3.connect(folder / "state.sqlite")) as store:
        return [
            store.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608
            for table in ("sources", "source_records", "source_days", "answer_heads", "answer_bodies")
        ]


def test_new_events_come_in_when_the_days_pass(town: Town) -> None:
    """Of the last of those that are listed, too: the calendar has more than the horizon holds."""
    far = NOW.date() + 75 * DAY
    town.portal.paths["/bygda.ics"] = tagged(calendar(["Sommerfest"], start=far), "text/calendar")
    assert "Sommerfest" not in town.titles()
    for _ in range(15):
        town.refresh(DAY)
    town.parsed = 0
    assert "Sommerfest" in town.titles()
    assert town.parsed == 0  # it was read some days ago, of which nothing is lost by waiting
    assert "If-None-Match" in town.portal.asked[-1][1]


def test_an_answer_whose_events_could_not_be_stored_is_read_again(town: Town) -> None:
    """Its ETag must not be known without them: the server would say that nothing has changed."""
    town.refresh()
    store = town.pipeline.store
    store._write("CREATE TRIGGER full BEFORE INSERT ON sources BEGIN SELECT RAISE(ABORT, 'the disk is full'); END", ())
    town.portal.paths["/bygda.ics"] = tagged(calendar(["Bokkafé", "Nyttårsquiz"]), "text/calendar")
    with pytest.raises(NotWritable, match="the disk is full"):
        town.refresh()
    store._write("DROP TRIGGER full", ())
    assert "Nyttårsquiz" in {event.title for event in town.refresh_without_memory().merged.events}
    assert "Nyttårsquiz" in town.titles()


def test_the_memory_does_not_grow(town: Town) -> None:
    town.sources = ["bygda", "iheim"]
    blocks = []
    for number in range(40):
        if number % 5 == 0:  # what changes takes the place of what was
            town.portal.paths["/bygda.ics"] = tagged(calendar([f"Quiz {number}"] * 60), "text/calendar")
        town.refresh()
        if number % 10 == 9:
            town.portal.asked.clear()
            gc.collect()
            blocks.append(sys.getallocatedblocks())
    assert blocks[-1] - blocks[1] < 500
