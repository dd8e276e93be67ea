"""screens.d/*.toml beside screens.toml: one file per building, each with an owner of its own. Pure but for reading.

A mistake in one of them costs that file only: an earlier version of it stays in force, or it is left out.
"""

from __future__ import annotations

import os
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
NOTHING = b"\x00 \t\r\n"
MISNAMED = ".toml.txt"  # as Notepad calls a file that was to be called .toml


@dataclass(frozen=True, slots=True)
class FileBytes:
    """A file as it was read. `fault`: why it couldn't be, and `hint`. `is_folder`: it stands for the whole folder."""

    name: str
    data: bytes = b""
    fault: str = ""
    hint: str = ""
    is_folder: bool = False


def parts_folder(config: FilePath) -> FilePath:
    """screens.d for screens.toml."""
    return config.with_suffix(".d")


def read_parts(config: FilePath) -> tuple[FileBytes, ...]:
    """The files beside a configuration, in the order of their names. One that can't be read has a fault.

    A folder that can't be read isn't an empty one: it has a fault itself.
    """
    folder = parts_folder(config)
    try:
        paths = [path for path in folder.iterdir() if is_part(path)]
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not folder.is_symlink():
            return ()
        return (_folder_fault(folder, f"This folder can't be read: {os.strerror(error.errno or 0).lower()}."),)
    paths.sort(key=lambda path: (path.stem, path.name))  # a copy comes behind: "hall", "hall (1)", "hall - Kopi"
    read = [_read(path) for path in paths[:MOST_FILES]]
    if left := paths[MOST_FILES:]:
        fault = f"There are more than {MOST_FILES} files in this folder: {left[0].name} isn't read, nor what follows."
        read.append(_folder_fault(folder, fault, "write several screens into one file."))
    return tuple(read)


def is_part(path: FilePath) -> bool:
    """Whether a file in the folder is one of these, or was meant to be. Those that editors put there aren't."""
    return path.name.lower().endswith((".toml", MISNAMED)) and not path.name.startswith((".", "~"))


def _folder_fault(folder: FilePath, fault: str, hint: str = "") -> FileBytes:
    return FileBytes(str(folder), fault=fault, hint=hint, is_folder=True)


def _read(path: FilePath) -> FileBytes:
    name = str(path)
    if name.lower().endswith(MISNAMED):
        hint = f"if it is to be read, call it {path.stem}; if not, give it another name or delete it."
        return FileBytes(name, fault="This file isn't read: its name must end in .toml.", hint=hint)
    try:
        if not path.is_file():
            return FileBytes(name, fault="This is no file." if path.exists() else "The file is away.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return FileBytes(name, fault=f"The file can't be read: {(error.strerror or str(error)).lower()}.")
    if len(data) > MAX_BYTES:
        return FileBytes(name, fault="The file is over 1 MiB, too large for a configuration.")
    if not data.strip(NOTHING):  # a full disk or a power cut leaves this; its screens are not taken away for that
        return FileBytes(name, fault="The file is empty.", hint="delete it if its screens are to go.")
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


def names_in(document: Document) -> Iterator[Path]:
    """What a file has: ("screens", "library")."""
    return ((section, str(name)) for section in SECTIONS for name in _tables(document.table, section))


def misplaced(document: Document) -> Iterator[Finding]:
    """Sections that only screens.toml may have."""
    for section in document.table:
        if section not in SECTIONS:
            hint = f"write it there; here are {', '.join(SECTIONS[:-1])} and {SECTIONS[-1]}."
            yield Finding((section,), f"{written(section)} belongs in screens.toml, not here.", hint, at="key")


def merge(
    main: Document, parts: Sequence[Document], incumbents: Mapping[Path, str]
) -> tuple[Table, Origins, dict[str, list[Finding]]]:
    """All files as one, where each thing comes from, and what is in a file and belongs to another one, by file.

    A name that is in several files belongs to screens.toml, else to the file that had it before (`incumbents`), else to
    the first one: a copy of a file takes no screen from it.
    """
    claims: dict[Path, list[Document]] = {}
    clashes: dict[str, list[Finding]] = {}
    for part in parts:
        for section in SECTIONS:
            tables = part.table.get(section)
            if isinstance(tables, dict):
                for name in tables:
                    claims.setdefault((section, str(name)), []).append(part)
            elif section in part.table:
                message = f"{written(section)} must be headings like [{section}.library]."
                clashes.setdefault(part.name, []).append(Finding((section,), message, at="key"))
    data: Table = {section: dict(each) if isinstance(each, dict) else each for section, each in main.table.items()}
    owners: dict[Path, Document] = {}
    for path, documents in claims.items():
        section, name = str(path[0]), str(path[1])
        here = main.table.get(section, {})
        if not isinstance(here, dict):
            continue  # a problem of screens.toml
        owner = next((each for each in documents if each.name == incumbents.get(path)), documents[0])
        if name in here:
            owner = main
        else:
            owners[path] = owner
            added: Table = data.setdefault(section, {})  # type: ignore[assignment]  # a copy of `here`
            added[name] = _tables(owner.table, section)[name]
        for other in documents:
            if other is not owner:
                line, column = owner.positions.of_key(path)
                message = f"There is another {NOUNS[section]} {written(name)}, in {owner.name}:{line}:{column}."
                finding = Finding(path, message, "give one of the two another name.", at="key")
                clashes.setdefault(other.name, []).append(finding)
    return data, Origins(main, owners), clashes


def _tables(table: Table, section: str) -> Table:
    tables = table.get(section)
    return tables if isinstance(tables, dict) else {}
