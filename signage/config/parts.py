"""screens.d/*.toml beside screens.toml: one file per building, each with an owner of its own. Pure but for reading.

A mistake in one of them costs that file only: an earlier version of it stays in force, or it is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath

from signage.config.defaults import where_written
from signage.config.explain import Finding
from signage.config.lost import SECTIONS
from signage.config.positions import Path, Positions, Spot, find_positions
from signage.config.syntax import Table
from signage.config.words import written

NOUNS = {"screens": "screen", "places": "place", "playlists": "playlist", "groups": "group"}
MOST_FILES = 500  # a county has as many buildings; more is another folder
MAX_BYTES = 1024 * 1024  # 1 MiB; a county's thousand screens need half of it


@dataclass(frozen=True, slots=True)
class FileBytes:
    """A file as it was read. `fault`: why it couldn't be."""

    name: str
    data: bytes = b""
    fault: str = ""


def parts_folder(config: FilePath) -> FilePath:
    """screens.d for screens.toml."""
    return config.with_suffix(".d")


def read_parts(config: FilePath) -> tuple[FileBytes, ...]:
    """The files beside a configuration, in the order of their names. One that can't be read has a fault."""
    folder = parts_folder(config)
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml" and not path.name.startswith("."))
    except OSError:  # there is none
        return ()
    return tuple(_read(path) for path in paths[:MOST_FILES])


def _read(path: FilePath) -> FileBytes:
    name = str(path)
    try:
        if not path.is_file():
            return FileBytes(name, fault="This is no file." if path.exists() else "The file is away.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return FileBytes(name, fault=f"The file can't be read: {(error.strerror or str(error)).lower()}.")
    if len(data) > MAX_BYTES:
        return FileBytes(name, fault="The file is over 1 MiB, too large for a configuration.")
    return FileBytes(name, data)


@dataclass(frozen=True)
class Document:
    """A file of the configuration, parsed."""

    name: str
    table: Table = field(default_factory=dict)
    text: str = ""

    @cached_property
    def positions(self) -> Positions:
        return find_positions(self.text)


@dataclass(frozen=True)
class Origins:
    """Where each setting is written. `owners`: the file of what isn't in the first one, by the first two names of its
    path: ("screens", "library").
    """

    main: Document
    owners: Mapping[Path, Document] = field(default_factory=dict)

    def file(self, path: Path) -> Document:
        return self.owners.get(path[:2], self.main)

    def spot(self, finding: Finding) -> tuple[str, Spot]:
        """The file, and line and column in it."""
        document = self.file(finding.path)
        of = document.positions.of_key if finding.at == "key" else document.positions.of_value
        return document.name, of(finding.path)

    def place(self, path: Path, data: Table) -> str:
        """ "screens.toml:12", of a setting that may be a default."""
        path = where_written(path, data)
        document = self.file(path)
        return f"{document.name}:{document.positions.of_value(path)[0]}"


def misplaced(document: Document) -> Iterator[Finding]:
    """Sections that only screens.toml may have."""
    for section in document.table:
        if section not in SECTIONS:
            hint = f"write it there; here are {', '.join(SECTIONS[:-1])} and {SECTIONS[-1]}."
            yield Finding((section,), f"{written(section)} belongs in screens.toml, not here.", hint, at="key")


def merge(main: Document, parts: Sequence[Document]) -> tuple[Table, Origins, dict[str, list[Finding]]]:
    """All files as one, where each thing comes from, and what is in a file and was in another one before, by file."""
    data: Table = dict(main.table)
    owners: dict[Path, Document] = {}
    clashes: dict[str, list[Finding]] = {}
    for part in parts:
        for section in SECTIONS:
            tables = part.table.get(section)
            if not isinstance(tables, dict):
                if section in part.table:
                    message = f"{written(section)} must be headings like [{section}.library]."
                    clashes.setdefault(part.name, []).append(Finding((section,), message, at="key"))
                continue
            here = data.get(section, {})
            if not isinstance(here, dict):
                continue  # a problem of screens.toml
            for name in tables:
                if name in here:
                    first = owners.get((section, name), main)
                    line, column = first.positions.of_key((section, name))
                    message = f"There is another {NOUNS[section]} {written(name)}, in {first.name}:{line}:{column}."
                    finding = Finding((section, name), message, "give one of the two another name.", at="key")
                    clashes.setdefault(part.name, []).append(finding)
                else:
                    owners[section, name] = part
            data[section] = {**tables, **here}
    if any(isinstance(data.get(section), dict) for section in SECTIONS):
        data = _in_order(data, main, parts)
    return data, Origins(main, owners), clashes


def _in_order(data: Table, main: Document, parts: Sequence[Document]) -> Table:
    """What is in screens.toml comes first, then the files by their names."""
    ordered = dict(data)
    for section in SECTIONS:
        tables = data.get(section)
        if not isinstance(tables, dict):
            continue
        documents = [document.table.get(section) for document in (main, *parts)]
        names = dict.fromkeys(name for table in documents if isinstance(table, dict) for name in table)
        ordered[section] = {name: tables[name] for name in names}
    return ordered
