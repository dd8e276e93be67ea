"""Collect what a backup holds, also while the server runs. I/O: disk, only read."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from signage.app.alert_log import ALERT_LOG
from signage.app.config_files import named_files
from signage.app.configuration import load
from signage.app.posters import ENDINGS, FILMS, ending
from signage.backup.archive import MAX_FILE, MAX_FILES, MAX_SAVED, SECRET_MODE, ArchiveContent, is_safe
from signage.config.parts import read_parts
from signage.errors import ConfigError, NotFound, SignageError
from signage.fleet.admin_key import ADMIN_FILE
from signage.fleet.registry_file import REGISTRY_FILE
from signage.publishing.keys import KEY_FILE, NEXT_FILE
from signage.publishing.serials import SERIALS_FOLDER

LOCK_SECONDS = 10.0  # as long as signage.storage.sqlite_file waits for another process
TRIES = 5  # to read two files that belong together, while somebody exchanges the key


@dataclass(frozen=True, slots=True)
class BackupPlaces:
    """Where things are: screens.toml, the folder of layouts, and the folder of the state."""

    config: Path
    layouts: Path
    var: Path


@dataclass(frozen=True, slots=True)
class CollectedFiles:
    """`files` by their name in the backup; `left_out`: what isn't in it, each with the reason."""

    files: dict[str, ArchiveContent]
    left_out: tuple[str, ...]


def collect_files(places: BackupPlaces) -> CollectedFiles:
    """Everything that can't be recreated. Raises SignageError when there is no key, or a file can't be read."""
    files = _state(places.var)
    folder = places.config.resolve().parent
    try:
        data = places.config.read_bytes()
    except OSError as error:
        raise NotFound(
            f"The configuration can't be read: {error.strerror}.",
            f"The file is {places.config}.",
            "give it with --config.",
        ) from error
    files[f"config/{places.config.name}"] = ArchiveContent(data, _mode(places.config))
    collection = _Collection(files)
    for part in read_parts(places.config):
        path = Path(part.name)
        collection.add(f"config/{path.parent.name}/{path.name}", path)
    left_out = collection.left_out
    try:
        config = load(places.config, places.layouts)
    except ConfigError as error:
        left_out.append(f"the files that {places.config} names, and the layouts. {error.problems[0]}")
        return CollectedFiles(files, tuple(left_out))
    wanted: list[tuple[str, Path]] = []
    for path in named_files(config):
        inside = Path(os.path.normpath(path))
        if not inside.is_relative_to(folder) or not path.resolve().is_relative_to(folder):
            left_out.append(f"{path}, which is outside {folder}. Hint: save it yourself.")
            continue
        wanted.append((f"config/{inside.relative_to(folder).as_posix()}", path))
    names = {name for screen in config.screens.values() for name in (screen.layout, screen.night_layout) if name}
    for name in sorted(_with_bases(names, places.layouts)):
        for path in sorted((places.layouts / name).rglob("*")):
            if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in path.parts[-2:]):
                wanted.append((f"layouts/{path.relative_to(places.layouts).as_posix()}", path))
    for name, path in sorted(wanted, key=lambda each: _rank(each[0])):
        collection.add(name, path)
    return CollectedFiles(files, tuple(left_out))


def _with_bases(names: Iterable[str], layouts: Path) -> set[str]:
    """The layouts, and those that they build on."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        with contextlib.suppress(OSError, ValueError):
            base = tomllib.loads((layouts / name / "layout.toml").read_text("utf-8")).get("based_on")
            waiting += [base] if isinstance(base, str) else []
    return found


def _rank(name: str) -> int:
    """What there is no room for is what comes last: films, and before them pictures. A layout needs its own ones."""
    if name.startswith("layouts/"):
        return 0
    return 2 if ending(name) in FILMS else 1 if ending(name) in ENDINGS else 0


class _Collection:
    """Adds files to those that are saved anyway, as long as there is room."""

    def __init__(self, files: dict[str, ArchiveContent]) -> None:
        self.left_out: list[str] = []
        self._files = files
        self._bytes = sum(len(content.data) for content in files.values())

    def add(self, name: str, path: Path) -> None:
        if name in self._files:  # a file of screens.d, which the configuration names again
            return
        try:
            size = path.stat().st_size
            if reason := self._refusal(name, size):
                self.left_out.append(f"{path}, {reason}")
                return
            with path.open("rb") as file:
                data = file.read(size)  # no more than there is room for, also when it grows meanwhile
            self._files[name] = ArchiveContent(data, _mode(path))
            self._bytes += len(data)
        except OSError as error:
            self.left_out.append(f"{path}, which can't be read: {error.strerror}")

    def _refusal(self, name: str, size: int) -> str:
        """Why it can't be saved; "" if it can."""
        if size > MAX_FILE:
            return f"which is larger than {MAX_FILE // 1024**2} MB"
        if not is_safe(name):
            return "whose name a backup can't hold"
        if len(self._files) >= MAX_FILES:
            return f"because a backup holds {MAX_FILES} files at most. Hint: save it yourself."
        if self._bytes + size > MAX_SAVED:
            return f"because a backup holds {MAX_SAVED // 1024**2} MB at most. Hint: save it yourself."
        return ""


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def _state(var: Path) -> dict[str, ArchiveContent]:
    files = {f"var/{name}": ArchiveContent(data, SECRET_MODE) for name, data in _keys(var).items()}
    for name in (ADMIN_FILE, ALERT_LOG):
        if (data := _read(var / name)) is not None:
            files[f"var/{name}"] = ArchiveContent(data, SECRET_MODE)
    if (var / REGISTRY_FILE).is_file():
        files[f"var/{REGISTRY_FILE}"] = ArchiveContent(_database(var / REGISTRY_FILE), SECRET_MODE)
    # last, for they only grow: what is in the backup is never lower than what the rest of it belongs to
    for path in sorted((var / SERIALS_FOLDER).glob("*.json")):
        name, data = f"var/{SERIALS_FOLDER}/{path.name}", _read(path)
        if data is not None and is_safe(name):
            files[name] = ArchiveContent(data, SECRET_MODE)
    return files


def _keys(var: Path) -> dict[str, bytes]:
    """The key and the announced one, both of the same moment."""
    before: dict[str, bytes] = {}
    for _ in range(TRIES):
        found = {name: data for name in (KEY_FILE, NEXT_FILE) if (data := _read(var / name)) is not None}
        if found and found == before:
            if KEY_FILE not in found:
                break
            return found
        before = found
    raise NotFound("There is no signing key.", f"Looked in {var}.", "give the folder of the server's state with --var.")


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SignageError(
            f"A file can't be read: {error.strerror}. Nothing was saved.", f"The file is {path}."
        ) from error


def without_wal(data: bytes) -> bytes:
    """The bytes of a database as one that needs no second file beside it (sqlite.org/fileformat2.html, 1.3.3)."""
    return data[:18] + b"\x01\x01" + data[20:]


def _database(path: Path) -> bytes:
    """A consistent copy of a database that others may be writing to (sqlite.org/backup.html)."""
    uri = f"{path.resolve().as_uri()}?mode=ro"
    try:
        with (
            contextlib.closing(sqlite3.connect(uri, uri=True, timeout=LOCK_SECONDS)) as source,
            contextlib.closing(sqlite3.connect(":memory:")) as copy,
        ):
            source.backup(copy)
            (sound,) = copy.execute("PRAGMA quick_check").fetchone()
            if sound != "ok":
                raise SignageError(f"The database is damaged: {sound}. Nothing was saved.", f"The file is {path}.")
            return without_wal(bytes(copy.serialize()))
    except sqlite3.Error as error:
        raise SignageError(
            f"The database can't be read: {error}. Nothing was saved.", f"The file is {path}."
        ) from error
