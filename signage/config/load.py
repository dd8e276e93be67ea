"""screens.toml -> `Config`, or every problem in it at once, in file order, in words for the person who wrote it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from signage.config.alert_feed_checks import check_alert_feeds
from signage.config.built_in import available_layouts, places_searched
from signage.config.certificates import certificate_problem
from signage.config.checks import check_lines, cross_check
from signage.config.defaults import where_written
from signage.config.entry_paths import place_paths
from signage.config.explain import Finding, explain, misnamed
from signage.config.lost import SECTIONS, Lost, PartNotes
from signage.config.models import Config
from signage.config.moments import place_moments
from signage.config.parts import (
    MAX_BYTES,
    Document,
    FileBytes,
    Origins,
    merge,
    misplaced,
    names_in,
    read_parts,
)
from signage.config.place_positions import check_positions
from signage.config.positions import Path as Keys
from signage.config.positions import Spot, dotted
from signage.config.publishing import NO_BOTO3, NO_BOTO3_HINT, has_boto3
from signage.config.rendering import NO_EXTRA, NO_EXTRA_HINT, TLS_FILES, has_extra
from signage.config.syntax import Table, parse
from signage.config.warnings import doubtful
from signage.domain.printable import without_login
from signage.errors import ConfigError, Problem

NO_BYTES: Mapping[str, bytes] = MappingProxyType({})
LONGEST = 500  # letters of a message or a hint, which may quote the file
HELP = "signage new FOLDER writes a first one, and docs/configuration.md explains it."


class FileProblem(Problem):
    """The file as a whole can't be read; there is no line to point at."""

    __slots__ = ()

    @property
    def place(self) -> str:
        return self.file


def load(path: Path, layouts: Path) -> Config:
    """Read and check the whole file, and those beside it in screens.d. `layouts`: the folder of the user's own layouts,
    which may not exist.

    Raises ConfigError with every problem that was found, in file order. Times of entries come back in UTC. Mistakes in
    screens.d are in the configuration's `parts.problems`: they cost what is in their file.
    """
    return parse_config(read(path), str(path), layouts, read_parts(path))


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


def parse_config(
    data: bytes,
    file: str,
    layouts: Path,
    parts: Sequence[FileBytes] = (),
    earlier: Mapping[str, bytes] = NO_BYTES,
) -> Config:
    """As `load`, from bytes; `file` is the name that problems carry. `parts`: the files beside it, and `earlier` what
    was in those when they were right, by name.
    """
    return parse_with_origins(data, file, layouts, parts, earlier)[0]


def parse_with_origins(
    data: bytes,
    file: str,
    layouts: Path,
    parts: Sequence[FileBytes] = (),
    earlier: Mapping[str, bytes] = NO_BYTES,
) -> tuple[Config, Origins, Table]:
    """As `parse_config`, with where everything is written, and the data of all files before it was checked."""
    main, faults = _document(file, data)
    assembly = _Assembly(main, parts, earlier, layouts)
    config, findings, origins, merged = assembly.run(salvaged=bool(faults))
    problems = [*faults, *(_problem(finding, origins) for finding in findings if not _hidden(finding, faults))]
    if problems or config is None:
        ordered = sorted(problems, key=lambda problem: (problem.line, problem.column))
        raise ConfigError([*ordered, *assembly.problems])
    config = _with_paths(config, Path(file).resolve().parent)
    names = [Path(part.name) for part in parts if not part.is_folder]
    files = [name.parent.resolve() / name.name for name in names]
    config.note_parts(PartNotes(tuple(files), tuple(assembly.problems), frozenset(assembly.broken), assembly.lost))
    return config, origins, merged


def _hidden(finding: Finding, faults: Sequence[Problem]) -> bool:
    return bool(faults) and finding.needs_whole_file


class _Assembly:
    """screens.toml with the files beside it. One that has mistakes gives way to an earlier version of itself, or is
    left out.
    """

    def __init__(self, main: Document, parts: Sequence[FileBytes], earlier: Mapping[str, bytes], layouts: Path) -> None:
        self._main = main
        self._layouts = layouts
        self._folder = Path(main.name).resolve().parent
        self.problems: list[Problem] = []
        self.broken: set[str] = set()
        self.lost = Lost()
        self._versions: dict[str, list[Document]] = {}
        self._changed: set[str] = set()  # files that are new, or not as they were when they were right
        self._incumbents: dict[Keys, str] = {}  # what was in which file when it was right
        for part in parts:
            self._add(part, earlier.get(part.name))

    def _add(self, part: FileBytes, before: bytes | None) -> None:
        versions: list[Document] = []
        recovered: Table = {}
        if part.fault:
            self._broken(part.name, [FileProblem(part.name, 1, 1, "", part.fault, part.hint)])
        else:
            try:
                document, faults = _document(part.name, part.data)
            except ConfigError as error:
                self._broken(part.name, error.problems)
            else:
                recovered = document.table
                found = [*faults, *(_problem(f, Origins(document)) for f in misplaced(document))]
                if found:
                    self._broken(part.name, found)
                else:
                    versions.append(document)
        if before is None or before != part.data:
            self._changed.add(part.name)
        if before is not None:
            right = versions[0] if part.name not in self._changed and versions else _document(part.name, before)[0]
            self._incumbents |= dict.fromkeys(names_in(right), part.name)
            if part.name in self._changed:
                versions.append(right)
        self._versions[part.name] = versions
        if not versions:
            self.lost = self.lost.and_of(recovered, whole=False)

    def _broken(self, name: str, problems: Sequence[Problem]) -> None:
        self.broken.add(name)
        self.problems += problems

    def run(self, *, salvaged: bool) -> tuple[Config | None, list[Finding], Origins, Table]:
        """The configuration, the problems of screens.toml itself, where things are written, and the data."""
        while True:
            used = self._used()
            data, origins, clashes = merge(self._main, used, self._incumbents)
            config, findings = (None, []) if salvaged and not data else self._checked(data)
            of_parts: dict[str, list[Finding]] = dict(clashes)
            own = []
            for finding in findings:
                owner = origins.file(finding.path)
                if owner is self._main:
                    own.append(finding)
                else:
                    of_parts.setdefault(owner.name, []).append(finding)
            if not of_parts and own and used:
                of_parts = self._to_blame([f for f in own if f.missing is None], origins, used)
            elif changed := {name: some for name, some in of_parts.items() if name in self._changed}:
                of_parts = changed  # what is wrong in the others may be their fault
            elif of_parts:
                suspects = [document for document in used if document.name in self._changed]
                wrong = [finding for some in of_parts.values() for finding in some]
                of_parts = self._to_blame(wrong, origins, suspects) or of_parts
            if not of_parts:
                return config, self._bearable(own, origins), origins, data
            for name, some in of_parts.items():
                self._give_up(name, some)

    def _used(self) -> list[Document]:
        return [versions[0] for versions in self._versions.values() if versions]

    def _to_blame(
        self, wrong: Sequence[Finding], origins: Origins, suspects: Sequence[Document]
    ) -> dict[str, list[Finding]]:
        """The file without which, or as it was before, something isn't wrong that is written in another one: for
        example, it has a screen that is called like a group there, or it no longer has the place of a screen there.
        """
        lost = self.lost
        alone = self._checked(self._main.table)[1]
        self.lost = lost
        if all(finding in alone for finding in wrong):
            return {}
        for document in reversed(suspects):
            rest = [each for each in self._used() if each is not document] + self._versions[document.name][1:2]
            data, _, clashes = merge(self._main, rest, self._incumbents)
            left = [*self._checked(data)[1], *(finding for some in clashes.values() for finding in some)]
            self.lost = lost
            found = next((finding for finding in wrong if finding not in left), None)
            if found:
                section = next((section for section in SECTIONS if section in document.table), "")
                blamed = replace(found, path=(section,), at="key", missing=None)
                if origins.file(found.path) is not self._main:
                    file, (line, column) = origins.spot(found)
                    message = f"What is in {file}:{line}:{column} would be wrong: {found.message}"
                    blamed = replace(blamed, message=message, hint="change that file first.")
                return {document.name: [blamed]}
        return {}

    def _bearable(self, own: Sequence[Finding], origins: Origins) -> list[Finding]:
        """Without what names something that may have been in a file which is gone: it is reported, and does no harm.
        The owner of that file can't correct screens.toml.
        """
        left = []
        for finding in own:
            if self._versions and finding.missing and finding.path[2:] != ("place",):
                self.problems.append(_problem(finding, origins))
            else:
                left.append(finding)
        return left

    def _give_up(self, name: str, findings: Sequence[Finding]) -> None:
        """Take the version before, if there is one. Where the name of a screen is wrong, it may be meant for any."""
        document = self._versions[name].pop(0)
        problems = [_problem(finding, Origins(document)) for finding in findings]
        named = all(finding.path[:1] != ("screens",) or len(finding.path) != 2 for finding in findings)
        if name not in self.broken:
            self._broken(name, sorted(problems, key=lambda problem: (problem.line, problem.column)))
        if not self._versions[name]:
            self.lost = self.lost.and_of(document.table, whole=named)

    def _checked(self, data: Table) -> tuple[Config | None, list[Finding]]:
        checks = cross_check(place_moments(data), available_layouts(self._layouts), places_searched(self._layouts))
        missing = [check for check in checks if self.lost.has(check.missing)]
        checks = [check for check in checks if check not in missing]
        homeless = {check.path[1] for check in missing if check.path[0] == "screens" and check.path[2:] == ("place",)}
        screens = data.get("screens")
        if homeless and isinstance(screens, dict):
            data = {**data, "screens": {name: one for name, one in screens.items() if name not in homeless}}
            self.lost = self.lost.and_of({"screens": {str(name): {} for name in homeless}}, whole=True)
        config: Config | None = None
        findings: list[Finding] = []
        try:
            config = Config.model_validate(place_paths(data, self._folder))
        except ValidationError as error:
            findings = explain(error.errors(include_url=False), data)
        known = {finding.path for finding in findings}
        checks = [check for check in checks if check.path not in known]
        findings += [check for check in checks if not misnamed(check.missing, [*findings, *checks], data)]
        if config and not findings:
            findings += [*check_lines(config), *check_positions(config), *check_alert_feeds(config)]
        return config, findings


def _document(file: str, data: bytes) -> tuple[Document, list[Problem]]:
    """A file parsed, as far as it can be, and its errors of syntax. Raises ConfigError when it is no text."""
    try:
        text = data.decode("utf-8-sig")  # Notepad begins its files with a byte order mark
        if text.count("\0") > len(text) / 3:
            raise UnicodeDecodeError("utf-8", data, 0, 1, "UTF-16, without a mark")
    except UnicodeDecodeError as error:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")) or data.count(0) > len(data) / 4:
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
    return Document(file, parsed, text), [_problem_at(file, f.spot, "", f.message, f.hint) for f in faults]


def find_warnings(
    data: bytes,
    file: str,
    config: Config,
    now: datetime,
    environment: Mapping[str, str] = os.environ,
    parts: Sequence[FileBytes] = (),
) -> list[Problem]:
    """What is accepted in a valid file (`data`, which gave `config`) and should be looked at again, in file order.
    `parts`: the files beside it.
    """
    merged, origins = _merged(data, file, parts)
    findings = list(doubtful(config, now, environment))
    if advice := certificate_problem(config.site.ca_file) if config.site.ca_file else None:
        findings.append(Finding(("site", "ca_file"), *advice))
    if config.render.scheduler and not has_extra():
        findings.append(Finding(("render", "scheduler"), NO_EXTRA, NO_EXTRA_HINT))
    if config.publish.to and not has_boto3():
        findings.append(Finding(("publish", "to"), NO_BOTO3, NO_BOTO3_HINT))
    written = (replace(finding, path=where_written(finding.path, merged)) for finding in findings)
    found = [_problem(finding, origins) for finding in dict.fromkeys(written)]  # a default is in every screen
    return sorted(found, key=lambda problem: (problem.file != file, problem.file, problem.line, problem.column))


def _merged(data: bytes, file: str, parts: Sequence[FileBytes]) -> tuple[Table, Origins]:
    """Everything that is in force, and where it is written."""
    documents = []
    for part in parts:
        with suppress(ConfigError):
            documents.append(_document(part.name, part.data)[0])
    return merge(_document(file, data)[0], documents, {})[:2]


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


def _problem(finding: Finding, origins: Origins) -> Problem:
    file, spot = origins.spot(finding)
    return _problem_at(file, spot, dotted(finding.path), finding.message, finding.hint)


def _problem_at(file: str, spot: Spot, key: str, message: str, hint: str) -> Problem:
    """What the file has is quoted without passwords: the log and the start page have it, too."""
    message, hint = (without_login(text) for text in (message, hint))
    message, hint = (f"{text[:LONGEST]}…" if len(text) > LONGEST else text for text in (message, hint))
    return Problem(file, *spot, key, message, hint)


def _refused(file: str, message: str, hint: str = "") -> ConfigError:
    return ConfigError([FileProblem(file, 1, 1, "", message, hint)])
