"""screens.toml -> `Config`, or every problem in it at once, in file order, in words for the person who wrote it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from signage.config.built_in import available_layouts, places_searched
from signage.config.certificates import certificate_problem
from signage.config.checks import check_lines, cross_check
from signage.config.entry_paths import place_paths
from signage.config.explain import Finding, explain
from signage.config.models import Config
from signage.config.moments import place_moments
from signage.config.positions import Positions, Spot, dotted, find_positions
from signage.config.rendering import NO_EXTRA, NO_EXTRA_HINT, TLS_FILES, has_extra
from signage.config.syntax import parse
from signage.config.warnings import doubtful
from signage.domain.printable import without_login
from signage.errors import ConfigError, Problem

MAX_BYTES = 1024 * 1024  # 1 MiB; a county's thousand screens need half of it
LONGEST = 500  # letters of a message or a hint, which may quote the file
HELP = "signage new FOLDER writes a first one, and docs/configuration.md explains it."


class FileProblem(Problem):
    """The file as a whole can't be read; there is no line to point at."""

    __slots__ = ()

    @property
    def place(self) -> str:
        return self.file


def load(path: Path, layouts: Path) -> Config:
    """Read and check the whole file. `layouts`: the folder of the user's own layouts, which may not exist.

    Raises ConfigError with every problem that was found, in file order. Times of notices come back in UTC.
    """
    return parse_config(read(path), str(path), layouts)


def read(path: Path) -> bytes:
    """The file's bytes. Raises ConfigError when there is no such file, or it isn't one that we read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _refused(str(path), "There is no such file.", HELP) from None
    except IsADirectoryError:
        raise _refused(str(path), "This is a folder.", "name the file in it.") from None
    except OSError as error:
        raise _refused(str(path), f"The file can't be read: {os.strerror(error.errno or 0).lower()}.") from None
    if len(data) > MAX_BYTES:
        raise _refused(str(path), "The file is over 1 MiB, too large for a configuration.", "check the file's name.")
    return data


def parse_config(data: bytes, file: str, layouts: Path) -> Config:
    """As `load`, from bytes; `file` is the name that problems carry."""
    try:
        text = data.decode("utf-8-sig")  # Notepad begins its files with a byte order mark
    except UnicodeDecodeError as error:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            hint = "save the file with the encoding UTF-8."
            raise ConfigError([Problem(file, 1, 1, "", "This file is in UTF-16.", hint)]) from None
        if data.startswith(b"PK\x03\x04"):
            hint = "save it as plain text, with an editor for plain text."
            raise ConfigError([Problem(file, 1, 1, "", "This is a document of a word processor.", hint)]) from None
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode(errors="replace")) + 1
        message, hint = "This letter isn't UTF-8.", "save the file with the encoding UTF-8."
        raise ConfigError([Problem(file, line, column, "", message, hint)]) from None
    parsed, text, faults = parse(text)
    problems = [_problem_at(file, fault.spot, "", fault.message, fault.hint) for fault in faults]
    config: Config | None = None
    if parsed or not faults:
        findings: list[Finding] = []
        try:
            config = Config.model_validate(place_paths(parsed, Path(file).resolve().parent))
        except ValidationError as error:
            findings = explain(error.errors(include_url=False), parsed)
        known = {finding.path for finding in findings}
        checks = cross_check(place_moments(parsed), available_layouts(layouts), places_searched(layouts))
        findings += [check for check in checks if check.path not in known]
        if config and not checks:
            findings += check_lines(config)
        positions = find_positions(text)
        config = _with_paths(config, Path(file).resolve().parent) if config else None
        problems += [
            _problem(file, finding, positions) for finding in findings if not (faults and finding.needs_whole_file)
        ]
    if problems or config is None:
        raise ConfigError(sorted(problems, key=lambda problem: (problem.line, problem.column)))
    return config


def find_warnings(
    data: bytes, file: str, config: Config, now: datetime, environment: Mapping[str, str] = os.environ
) -> list[Problem]:
    """What is accepted in a valid file (`data`, which gave `config`) and should be looked at again, in file order."""
    positions = find_positions(data.decode("utf-8-sig").replace("\r\n", "\n"))
    findings = list(doubtful(config, now, environment))
    if advice := certificate_problem(config.site.ca_file) if config.site.ca_file else None:
        findings.append(Finding(("site", "ca_file"), *advice))
    if config.render.scheduler and not has_extra():
        findings.append(Finding(("render", "scheduler"), NO_EXTRA, NO_EXTRA_HINT))
    found = [_problem(file, finding, positions) for finding in findings]
    return sorted(found, key=lambda problem: (problem.line, problem.column))


def _with_paths(config: Config, folder: Path) -> Config:
    """Files that the configuration names are seen from its own folder, wherever the command was typed."""
    sources = [source.seen_from(folder) for source in config.sources]
    site, fonts = config.site, config.site.fonts

    def seen(path: str) -> str:
        return str(folder / path) if path else ""

    typefaces = fonts.model_copy(update={"headings": seen(fonts.headings), "texts": seen(fonts.texts)})
    files = {
        "organisations": seen(site.organisations),
        "logo": seen(site.logo),
        "ca_file": seen(site.ca_file),
        "fonts": typefaces,
    }
    render = config.render.model_copy(update={name: seen(getattr(config.render, name)) for name in TLS_FILES})
    sponsors = [sponsor.model_copy(update={"picture": seen(sponsor.picture)}) for sponsor in config.sponsors]
    site = site.model_copy(update=files)
    return config.model_copy(update={"sources": sources, "site": site, "render": render, "sponsors": sponsors})


def _problem(file: str, finding: Finding, positions: Positions) -> Problem:
    spot = positions.of_key(finding.path) if finding.at == "key" else positions.of_value(finding.path)
    return _problem_at(file, spot, dotted(finding.path), finding.message, finding.hint)


def _problem_at(file: str, spot: Spot, key: str, message: str, hint: str) -> Problem:
    """What the file has is quoted without passwords: the log and the start page have it, too."""
    message, hint = (without_login(text) for text in (message, hint))
    message, hint = (f"{text[:LONGEST]}…" if len(text) > LONGEST else text for text in (message, hint))
    return Problem(file, *spot, key, message, hint)


def _refused(file: str, message: str, hint: str = "") -> ConfigError:
    return ConfigError([FileProblem(file, 1, 1, "", message, hint)])
