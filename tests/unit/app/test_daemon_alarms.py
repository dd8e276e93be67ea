"""The daemon raises alarms by the time that passes: with clocks that are moved on, and nothing that waits."""

from __future__ import annotations

import errno
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from signage.app.builder import Builder
from signage.app.clock import Clocks
from signage.app.clock_watch import ClockNotSet, Reading
from signage.app.daemon import Daemon
from signage.app.folders import Folders
from signage.app.sign_of_life import SIGN_FILE, SignOfLife, read_sign, write_sign
from signage.errors import NotWritable, SignageError
from signage.runtime.cancel import CancelToken
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.site import Site

START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
REFRESH = 600.0  # what screens.toml says when it says nothing


class Time:
    """Both clocks of a daemon."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.set_by = timedelta(0)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds - 1000.0) + self.set_by

    @property
    def clocks(self) -> Clocks:
        return Clocks(self.now, lambda: self.seconds, lambda wall: Reading(wall, self.seconds, True))


def daemon_of(site: Site, time: Time) -> Daemon:
    """A daemon that has begun, without its threads."""
    site.write()
    folders = Folders(site.folder / "var")
    daemon = Daemon(site.path, LAYOUTS, folders, "127.0.0.1", 0, False, Console(), clocks=time.clocks)
    stop = CancelToken()
    daemon._builder = Builder(daemon.pipeline, daemon._effective, daemon.console, daemon._clock, stop)
    daemon._carry_over(daemon._builder)
    daemon._raise_alarms()
    return daemon


def kinds(daemon: Daemon) -> list[str]:
    daemon._raise_alarms()
    return [alarm.kind for alarm in daemon.status().alarms]


def test_two_refreshes_without_a_publication_are_an_alarm_everywhere_and_then_none(site: Site) -> None:
    time = Time()
    daemon = daemon_of(site, time)
    time.seconds += 2 * REFRESH
    assert kinds(daemon) == []
    time.seconds += 1
    assert kinds(daemon) == ["not_published"]
    status = daemon.status()
    assert status.ok is False
    assert status.alarms[0].since == START
    daemon._sign.write_if_due()
    sign = read_sign(site.folder / "var")
    assert sign is not None
    assert [alarm["kind"] for alarm in sign.alarms] == ["not_published"]
    assert daemon._builder is not None
    daemon._builder.note_published("bibliotek")  # published, or found unchanged
    assert kinds(daemon) == []
    assert daemon.status().ok is True


def test_a_clock_that_is_set_a_year_ahead_raises_no_alarm_of_publication(site: Site) -> None:
    time = Time()
    daemon = daemon_of(site, time)
    time.set_by = timedelta(days=365)
    assert "not_published" not in kinds(daemon)


def test_a_server_that_restarts_over_and_over_has_not_published_either(site: Site) -> None:
    time = Time()
    waiting = {"bibliotek": START - timedelta(minutes=25)}
    write_sign(site.folder / "var", SignOfLife(START - timedelta(seconds=30), 4711, False, waiting))
    assert kinds(daemon_of(site, time)) == ["not_published"]


@pytest.mark.parametrize(("ago", "ended"), [(timedelta(minutes=1), True), (timedelta(days=2), False)])
def test_a_server_that_was_off_begins_to_count_when_it_starts(site: Site, ago: timedelta, ended: bool) -> None:
    time = Time()
    waiting = {"bibliotek": START - timedelta(days=3)}
    write_sign(site.folder / "var", SignOfLife(START - ago, 4711, ended, waiting))
    assert kinds(daemon_of(site, time)) == []


def test_the_sign_of_life_is_written_once_a_minute_and_when_something_changes(site: Site) -> None:
    time = Time()
    daemon = daemon_of(site, time)
    path = site.folder / "var" / SIGN_FILE
    daemon._sign.write_if_due()
    first = json.loads(path.read_text())["at"]
    time.seconds += 59
    daemon._sign.write_if_due()
    assert json.loads(path.read_text())["at"] == first
    time.seconds += 1
    daemon._sign.write_if_due()
    assert json.loads(path.read_text())["at"] != first


def test_what_cannot_be_written_costs_the_sign_only_and_is_among_the_problems(site: Site) -> None:
    time = Time()
    daemon = daemon_of(site, time)
    path = site.folder / "var" / SIGN_FILE
    path.mkdir()
    Path(path / "in the way").touch()
    daemon._jobs.repeat(1.0, "writing the sign of life", daemon._sign.write_if_due)
    for _ in range(3):
        time.seconds += 1
        daemon._jobs.run_pending()
        (problem,) = daemon.status().problems
        assert problem.detail.startswith("writing the sign of life:")
    (path / "in the way").unlink()
    path.rmdir()
    time.seconds += 1
    daemon._jobs.run_pending()
    assert daemon.status().problems == ()


def test_a_new_screen_begins_to_wait_when_it_is_configured(site: Site) -> None:
    time = Time()
    daemon = daemon_of(site, time)
    assert daemon._builder is not None
    time.seconds += 1000
    daemon._builder.note_published("bibliotek")
    assert set(daemon._builder.published(["bibliotek", "new"], time.seconds)) == {"bibliotek", "new"}
    time.seconds += 2 * REFRESH
    assert daemon._builder.published(["new"], time.seconds) == {"new": 2000.0}


def test_a_disk_that_cannot_be_written_has_a_sentence_of_its_own(site: Site) -> None:
    daemon = daemon_of(site, Time())
    assert daemon._builder is not None
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    failures = {
        "problems.disk": NotWritable.from_os_error("A page", site.folder, full),
        "problems.server": SignageError("A refresh failed."),
    }
    for key, failure in failures.items():
        daemon._builder.failure = failure
        (problem,) = daemon.status().problems
        assert (problem.message.key, problem.detail) == (key, str(failure))
    daemon._builder.failure = ClockNotSet("The clock says 1970.")
    assert daemon.status().problems == ()  # which is an alarm
