"""Put a backup in place: all of it or nothing, and nothing is replaced unless that was requested. I/O: disk.

Everything is checked before the first file is written. Each file is written beside its place, synced, and renamed; what
it replaces is moved to `var/replaced-<instant>`. When something fails, what was done is undone. A kill in between
leaves whole files; the same command goes on from there, for files that are there already are left alone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath

from signage.app.alert_log import ALERT_LOG
from signage.app.server_lock import no_build, no_server
from signage.backup.archive import SECRET_MODE, ArchiveContent, Backup, BadBackup
from signage.backup.save import BackupPlaces, without_wal
from signage.config.parts import is_part, parts_folder
from signage.errors import NotWritable, SignageError
from signage.fleet.registry_file import REGISTRY_FILE
from signage.publishing.serials import MARGIN, SERIALS_FOLDER, SerialLedger
from signage.storage.durable_file import sync

MOST_SHOWN = 10  # files that are in the way
_LATE = ("var/signage.key", f"var/{REGISTRY_FILE}")  # in this order, after all others: they make it a server
_ONLY_GROWS = (f"var/{ALERT_LOG}",)  # what is here and begins like the backup's has everything, and what came since
_FOLDER_MODE = 0o700
_STOP_FIRST = "stop it first, then restore, then start it again."
_WAIT = "wait for it to finish, or stop it."


class InTheWay(SignageError):
    """Files exist already: `paths`."""

    def __init__(self, paths: list[Path]) -> None:
        shown = "".join(f"\n  {path}" for path in paths[:MOST_SHOWN])
        more = f"\n  and {len(paths) - MOST_SHOWN} more" if len(paths) > MOST_SHOWN else ""
        super().__init__(
            f"These files exist already, and differ from the backup:{shown}{more}\nNothing was restored.",
            hint="--overwrite replaces them, and keeps the old ones.",
        )
        self.paths = paths


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done. `replaced`: the folder where what was there before is kept now; None when nothing was."""

    written: tuple[Path, ...]
    unchanged: tuple[Path, ...]
    replaced: Path | None


@dataclass(slots=True)
class _Undo:
    """What to do when something fails, the last thing first."""

    made: list[Path] = field(default_factory=list)
    moved: list[tuple[Path, Path]] = field(default_factory=list)  # (where it was, where it is)

    def run(self) -> None:
        for path in reversed(self.made):
            with contextlib.suppress(OSError):
                path.unlink()
        for before, now in reversed(self.moved):
            with contextlib.suppress(OSError):
                now.replace(before)


def restore(backup: Backup, places: BackupPlaces, now: datetime, overwrite: bool) -> Restored:
    """Write the files of a checked backup. Raises SignageError; then everything is as it was before."""
    targets = _targets(backup, places)
    _check_folders(targets, places)
    with ExitStack() as held:
        held.enter_context(no_server(places.var, f"A server runs in {places.var}.", _STOP_FIRST))
        held.enter_context(no_build(places.var, f"Another signage process is building in {places.var}.", _WAIT))
        files = dict(backup.files)
        database = f"var/{REGISTRY_FILE}"
        if database in files:
            files[database] = ArchiveContent(_raised(files[database].data, places.var, now), SECRET_MODE)
        same = {name for name, path in targets.items() if _is_same(path, backup.files[name])}
        same |= {name for name in _ONLY_GROWS if name in targets and _goes_on(targets[name], backup.files[name])}
        in_the_way = [path for name, path in sorted(targets.items()) if name not in same and _is_there(path)]
        if in_the_way and not overwrite:
            raise InTheWay(in_the_way)
        with _clear():
            replaced = _put_all(files, {name: path for name, path in targets.items() if name not in same}, places, now)
    order = sorted(targets)
    written = tuple(targets[name] for name in order if name not in same)
    return Restored(written, tuple(targets[name] for name in order if name in same), replaced)


def _targets(backup: Backup, places: BackupPlaces) -> dict[str, Path]:
    """Where each file goes. Their names are checked already."""
    roots = {"var": places.var, "config": places.config.resolve().parent, "layouts": places.layouts}
    parts = Path("config", parts_folder(Path(backup.contents.config)).name)
    found: dict[str, Path] = {}
    for name in backup.files:
        root, _, rest = name.partition("/")
        found[name] = roots[root].joinpath(*PurePosixPath(rest).parts)
        if Path(name).parent == parts and is_part(found[name]):
            # named after the configuration, which may have another name here; a picture beside it stays where it was
            found[name] = roots["config"] / parts_folder(places.config).name / found[name].name
    found[f"config/{backup.contents.config}"] = places.config
    secrets = {path.resolve() for name, path in found.items() if name.startswith("var/")}
    taken = [name for name, path in found.items() if not name.startswith("var/") and path.resolve() in secrets]
    if taken or len(set(found.values())) < len(found):
        raise BadBackup(f"Two files of the backup have the same place here: {', '.join(taken) or 'see its list'}.")
    return found


def _check_folders(targets: Mapping[str, Path], places: BackupPlaces) -> None:
    """No link on the way leads a file out of the folder that it belongs to."""
    roots = {"var": places.var, "config": places.config.resolve().parent, "layouts": places.layouts}
    for name, path in targets.items():
        root = roots[name.partition("/")[0]].resolve()
        if not path.parent.resolve().is_relative_to(root):
            raise SignageError(
                "A link leads out of the folder. Nothing was restored.",
                f"The link is {path.parent}, and the folder {root}.",
                "remove the link.",
            )


def _is_there(path: Path) -> bool:
    """Also a link to nowhere, and what a database leaves beside its file."""
    beside = [path.with_name(path.name + suffix) for suffix in ("-wal", "-shm")] if path.name == REGISTRY_FILE else []
    return any(os.path.lexists(each) for each in (path, *beside))


def _is_same(path: Path, content: ArchiveContent) -> bool:
    try:
        return path.is_file() and not path.is_symlink() and path.read_bytes() == content.data
    except OSError:
        return False


def _goes_on(path: Path, content: ArchiveContent) -> bool:
    """Whether the file here is the one of the backup, with what was added to it since."""
    try:
        return path.is_file() and not path.is_symlink() and path.read_bytes().startswith(content.data)
    except OSError:
        return False


def _put_all(
    files: Mapping[str, ArchiveContent], targets: Mapping[str, Path], places: BackupPlaces, now: datetime
) -> Path | None:
    aside = places.var / f"replaced-{now:%Y%m%d-%H%M%S}"
    undo = _Undo()
    staged: dict[str, Path] = {}
    try:
        if f"var/{REGISTRY_FILE}" in targets or "var/signage.key" in targets:
            # before anything else: from here on, no serial is lower than one that was given out since the backup
            _make_folder(places.var / SERIALS_FOLDER)
            SerialLedger.doubt(places.var / SERIALS_FOLDER)
        for name, path in targets.items():
            _make_folder(path.parent)
            staged[name] = _stage(path, files[name])
        for name in sorted(targets, key=lambda name: (_LATE.index(name) if name in _LATE else -1, name)):
            path = targets[name]
            for old in (path, *(path.with_name(path.name + suffix) for suffix in ("-wal", "-shm"))):
                if os.path.lexists(old) and (old == path or path.name == REGISTRY_FILE):
                    _move_aside(old, aside, undo)
            staged.pop(name).rename(path)
            undo.made.append(path)
            sync(path.parent)
    except BaseException:
        undo.run()
        raise
    finally:
        for left in staged.values():
            left.unlink(missing_ok=True)
    return aside if undo.moved else None


def _stage(path: Path, content: ArchiveContent) -> Path:
    """The file beside its place, synced, and of the folder's owner: a service with its own user must read it."""
    temporary = path.with_name(f".{path.name}.restored")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, SECRET_MODE)
    with os.fdopen(handle, "wb") as file:
        file.write(content.data)
        if os.geteuid() == 0:
            owner = path.parent.stat()
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        os.fchmod(file.fileno(), content.mode)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _move_aside(path: Path, aside: Path, undo: _Undo) -> None:
    aside.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    kept = aside / path.name
    number = 1
    while os.path.lexists(kept):
        number += 1
        kept = aside / f"{path.name}.{number}"
    shutil.move(path, kept)  # the configuration may be on another disk
    undo.moved.append((path, kept))


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    if os.geteuid() == 0:
        owner = folder.parent.stat()
        os.chown(folder, owner.st_uid, owner.st_gid)


def _raised(data: bytes, folder: Path, now: datetime) -> bytes:
    """The list of players with higher serials: where a player was moved since, it comes back to what the list has.

    Raises BadBackup when it isn't a sound database, or holds anything that runs by itself.
    """
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        try:
            connection.deserialize(without_wal(data))
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            kinds = {kind for (kind,) in connection.execute("SELECT DISTINCT type FROM sqlite_master")}
            (sound,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if sound != "ok" or not kinds <= {"table", "index"}:
                raise BadBackup("The list of players in the backup is damaged. Nothing was restored.")
            with connection:
                connection.execute("UPDATE players SET serial = max(serial, ?) + ?", (int(now.timestamp()), MARGIN))
            return bytes(connection.serialize())
        except sqlite3.Error as error:
            raise BadBackup(f"The list of players in the backup is damaged: {error}. Nothing was restored.") from error


@contextlib.contextmanager
def _clear() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotWritable(
            f"A file can't be written: {error.strerror}. Nothing was restored, and everything is as before.",
            f"The file is {error.filename}.",
        ) from error
