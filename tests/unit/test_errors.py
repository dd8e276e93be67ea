"""Errors have three parts, and keep them on the way from a worker process."""

from __future__ import annotations

import errno
import pickle
from pathlib import Path

import pytest

from signage.config.words import SettingError
from signage.errors import (
    EXIT_CANTCREAT,
    EXIT_USAGE,
    ConfigError,
    NotFound,
    NotWritable,
    Problem,
    SignageError,
    SourceError,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (SignageError("It broke."), "It broke."),
        (NotFound("There is no file.", "Looked in var."), "There is no file. Looked in var."),
        (UsageError("Invalid date.", hint="write 2026-12-05."), "Invalid date. Hint: write 2026-12-05."),
        (SignageError("A.", "B.", "c."), "A. B. Hint: c."),
        (SourceError("iheim", "https://iheim.no", "It is empty."), "It is empty. The address is https://iheim.no."),
        (ConfigError([Problem("s.toml", 2, 3, "site.zone", "No.", "yes.")]), "s.toml:2:3: site.zone: No. Hint: yes."),
    ],
)
def test_an_error_is_one_line_for_logs_and_survives_a_pickle(error: SignageError, line: str) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 our own bytes
    for each in (error, again):
        assert str(each) == line
        assert type(each) is type(error)
    assert (again.message, again.place, again.hint) == (error.message, error.place, error.hint)


def test_what_cannot_be_written_says_why_and_what_to_do() -> None:
    full = NotWritable.from_os_error("The key", Path("var/signage.key"), OSError(errno.ENOSPC, "No space left"))
    assert str(full) == (
        "The key can't be written: No space left. The path is var/signage.key. Hint: delete files that aren't needed."
    )
    assert full.exit_code == EXIT_CANTCREAT
    other = NotWritable.from_os_error("A folder", Path("x"), OSError(errno.EIO, "Input/output error"), "created")
    assert (other.message, other.hint) == ("A folder can't be created: Input/output error.", "")


def test_wrong_arguments_have_an_error_of_their_own() -> None:
    assert UsageError("x").exit_code == NotFound("x").exit_code == EXIT_USAGE
    assert not issubclass(UsageError, NotFound)
    assert str(SettingError("There is no day.", "write one.")) == "There is no day. Hint: write one."
