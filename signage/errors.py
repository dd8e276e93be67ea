"""Failures that a person can act on: what is wrong, where, and a hint. Only `signage.cli.output` prints them.

Exit codes follow sysexits.h where it has one, so that a supervisor can tell failures apart.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from signage.domain.printable import printable_line, without_login

LONGEST_REASON = 500  # characters of a source's message and hint, which may quote what a server sent

EXIT_OK = 0
EXIT_USAGE = 2  # the command line itself, as shells and most programs have it
EXIT_PARTIAL = 3  # published, but a source, a screen or a page was left out
EXIT_UNAVAILABLE = 69  # EX_UNAVAILABLE: no browser, or the address to serve on is taken
EXIT_SOFTWARE = 70  # EX_SOFTWARE: a fault of ours
EXIT_CANTCREAT = 73  # EX_CANTCREAT: disk full, or a folder that can't be written
EXIT_CONFIG = 78  # EX_CONFIG: screens.toml


_WRITE_HINTS = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "delete files that aren't needed."),
    **dict.fromkeys((errno.EACCES, errno.EPERM), "run the command as the user that owns the folder."),
    **dict.fromkeys((errno.ENOTDIR, errno.EEXIST), "there is a file in the place of a folder; move it away."),
    errno.EROFS: "the file system is read-only; check the disk.",
}


class SignageError(Exception):
    """A failure that a person can act on. Each part is a sentence of its own, and the last two may be empty.

    `message`: what is wrong. `place`: where. `hint`: what to do about it. `str(error)` has them in one line, for logs.
    """

    exit_code = EXIT_SOFTWARE

    def __init__(self, message: str, place: str = "", hint: str = "") -> None:
        super().__init__(message, place, hint)  # pickle calls the class with these: errors come from worker processes
        self.message = message
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.place, self.hint and f"Hint: {self.hint}") if part)


class UsageError(SignageError):
    """The command line is wrong: an option, or options that don't go together."""

    exit_code = EXIT_USAGE


class NoBrowser(SignageError):
    exit_code = EXIT_UNAVAILABLE


class AddressInUse(SignageError):
    exit_code = EXIT_UNAVAILABLE


class NotWritable(SignageError):
    exit_code = EXIT_CANTCREAT

    @classmethod
    def from_os_error(cls, what: str, path: Path, error: OSError, done: str = "written") -> NotWritable:
        """For `what` ("The signing key") that the system refuses to write at `path`; `done`: or to create, or so."""
        reason = error.strerror or str(error)
        hint = _WRITE_HINTS.get(error.errno or 0, "")
        return cls(f"{what} can't be {done}: {reason}.", f"The path is {path}.", hint)


class NotFound(SignageError):
    """A screen, an event or a file that was named and doesn't exist."""

    exit_code = EXIT_USAGE


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in screens.toml. `line` and `column` count from 1; `key` is dotted ("screens.library.layout")."""

    file: str
    line: int
    column: int
    key: str
    message: str
    hint: str = ""

    @property
    def place(self) -> str:
        """Where it is, in the form that editors open with a click."""
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.key}" if self.key else where

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" + (f" Hint: {self.hint}" if self.hint else "")


class ConfigError(SignageError):
    """screens.toml can't be used. `problems` holds every problem that was found, in file order."""

    exit_code = EXIT_CONFIG

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = problems

    def __reduce__(self) -> tuple[type[ConfigError], tuple[list[Problem]]]:
        return type(self), (self.problems,)  # from a worker process


SourceFault = Literal[
    "api_error",
    "bad_address",
    "busy",
    "certificate",
    "certificate_early",
    "certificate_expired",
    "certificate_name",
    "columns",
    "denied",
    "emptied",
    "empty",
    "fault",
    "file_missing",
    "file_unreadable",
    "format",
    "gone",
    "incomplete",
    "login",
    "no_links",
    "other",
    "private_network",
    "proxy",
    "redirects",
    "robots",
    "slow",
    "status",
    "tls",
    "token",
    "too_large",
    "too_much",
    "unreachable",
    "unreadable",
    "web_page",
]


class SourceError(SignageError):
    """A source can't be read; its last good events stay. `url`: where it was asked.

    `fault` and `values`: the same for people who don't read English, as a sentence of the message catalogue
    ("sources.status", with a {status} to fill in).

    `status`: of HTTP, when the server answered with an error. `retry_after`: seconds that the server asked us to wait.
    `waiting`: nothing is wrong, it is only not the time. `body`: the beginning of an error in JSON, which the source
    type puts into words. `killed`: reading the answer hit a limit. `unreachable`: no answer came at all, which may be
    the network's fault.
    """

    def __init__(
        self,
        source: str,
        url: str,
        message: str,
        hint: str = "",
        *,
        fault: SourceFault = "other",
        values: Mapping[str, str | int] | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        waiting: bool = False,
        body: bytes = b"",
        killed: bool = False,
        unreachable: bool = False,
    ) -> None:
        # a server's own words may be in it, and it goes to logs and terminals
        url, hint = (without_login(printable_line(text))[:LONGEST_REASON] for text in (url, hint))
        message = printable_line(message)[: LONGEST_REASON - len(hint and f" Hint: {hint}")]
        super().__init__(message, f"The address is {url}.", hint)
        self.source = source
        self.url = url
        self.fault = fault
        self.values = {key: printable_line(str(value))[:LONGEST_REASON] for key, value in (values or {}).items()}
        self.status = status
        self.retry_after = retry_after
        self.waiting = waiting
        self.body = body
        self.killed = killed
        self.unreachable = unreachable

    @property
    def reason(self) -> str:
        """What is wrong, and the hint, for a list in which the source is named."""
        return f"{self.message} Hint: {self.hint}" if self.hint else self.message

    @property
    def is_client_error(self) -> bool:
        """The server answered, and repeating the request won't help (HTTP 4xx)."""
        return self.status is not None and 400 <= self.status < 500

    def __reduce__(self) -> tuple[Callable[[dict[str, Any]], SourceError], tuple[dict[str, Any]]]:
        return _source_error, (vars(self),)


def _source_error(fields: dict[str, Any]) -> SourceError:
    """From a worker process."""
    error = SourceError("", "", "")
    vars(error).update(fields)
    return error
