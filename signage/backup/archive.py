"""The backup file: a zip with `backup.json`, which lists every other file with its hash. I/O: disk.

    backup.json                  format, when and of what it was made, and the files
    var/...                      keys, pairings, serials, the log of alerts
    config/...                   screens.toml and the files that it names, seen from its folder
    layouts/<name>/...           the layouts that the screens use

A backup that somebody sends is data like any other: nothing in it is believed before it is checked. Names can't leave
their folder, sizes are limited before anything is read, and a file that `backup.json` doesn't list is an error.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from signage.errors import NotFound, NotWritable, SignageError
from signage.storage.durable_file import sync

FORMAT: Literal[1] = 1
CONTENTS = "backup.json"
ROOTS = ("var", "config", "layouts")
MAX_FILES = 5000  # a layout has some 30
MAX_FILE = 256 * 1024 * 1024  # bytes of one; the list of a county's thousand players, with pictures, has 60 MB
MAX_TOTAL = 1024 * 1024 * 1024  # bytes of all, unpacked, and of the zip
MAX_CONTENTS = 4 * 1024 * 1024  # bytes of backup.json, and of the zip's own list
MAX_SAVED = MAX_TOTAL - 16 * 1024 * 1024  # bytes of all that is saved: films don't shrink, and the zip has its lists
SECRET_MODE = 0o600
_PART = re.compile(r"[^/\\\x00-\x1f\x7f]{1,255}")
_VAR = re.compile(
    r"signage\.key|signage\.next|admin\.key|players\.db|alerts\.log|serials/(_issued|[a-z0-9][a-z0-9-]{0,62})\.json"
)
_END, _END_BYTES, _COMMENT = b"PK\x05\x06", 22, 65535  # a zip's last record (APPNOTE.TXT, 4.3.16)
_LOCATOR, _LOCATOR_BYTES = b"PK\x06\x07", 20  # APPNOTE.TXT, 4.3.15


class BadBackup(SignageError):
    """A file that isn't a backup, or a damaged one."""


class ArchiveEntry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0, le=MAX_FILE)]
    mode: Annotated[int, Field(ge=0, le=0o777)]


class Contents(BaseModel):
    """The content of `backup.json`. `config`: the name of screens.toml; `address`: where players found the server."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    format: Literal[1]
    version: Annotated[str, StringConstraints(max_length=40)]
    made: AwareDatetime
    config: Annotated[str, StringConstraints(pattern=r"^[^/\\\x00-\x1f]{1,255}$")]
    address: Annotated[str, StringConstraints(max_length=300)] | None = None
    files: Annotated[dict[str, ArchiveEntry], Field(max_length=MAX_FILES)]


@dataclass(frozen=True, slots=True)
class ArchiveContent:
    """A file to be saved, or restored: its bytes and permissions."""

    data: bytes
    mode: int


@dataclass(frozen=True, slots=True)
class Backup:
    """A whole backup, every hash checked. `files` are by their name in the zip."""

    contents: Contents
    files: Mapping[str, ArchiveContent]


def is_safe(name: str) -> bool:
    """Does the name stay in its folder, and is it one that a backup may hold?"""
    root, *parts = name.split("/")
    if root not in ROOTS or not parts or any(part in (".", "..") or not _PART.fullmatch(part) for part in parts):
        return False
    return root != "var" or _VAR.fullmatch("/".join(parts)) is not None


def pack(files: Mapping[str, ArchiveContent], config: str, version: str, made: datetime, address: str | None) -> bytes:
    """The zip's bytes. The same files and the same instant give the same bytes."""
    entries = {
        name: ArchiveEntry(sha256=hashlib.sha256(content.data).hexdigest(), bytes=len(content.data), mode=content.mode)
        for name, content in sorted(files.items())
    }
    contents = Contents(format=FORMAT, version=version, made=made, config=config, address=address, files=entries)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        _add(packed, CONTENTS, ArchiveContent(contents.model_dump_json(indent=1).encode() + b"\n", SECRET_MODE))
        for name, content in sorted(files.items()):
            _add(packed, name, content)
    return out.getvalue()


def _add(packed: zipfile.ZipFile, name: str, content: ArchiveContent) -> None:
    about = zipfile.ZipInfo(name)  # with the format's first day as its time: the same each time
    about.compress_type = zipfile.ZIP_DEFLATED
    about.create_system = 3  # Unix, so that the permissions count
    about.external_attr = (stat.S_IFREG | content.mode) << 16
    packed.writestr(about, content.data)


def read_backup(path: Path) -> Backup:
    """Read and check everything. Raises NotFound, or BadBackup with what is wrong."""
    try:
        with path.open("rb") as file:
            _check_directory(file, path)
            with zipfile.ZipFile(file) as packed:
                return _read(packed, path)
    except BadBackup:
        raise
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}.") from None
    except OSError as error:
        raise BadBackup(f"{path} can't be read: {error.strerror or error}.") from error
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OverflowError) as error:
        raise _damaged(path, str(error)) from error
    except Exception as error:  # zlib and zipfile raise whatever broken bytes lead them to
        raise _damaged(path, type(error).__name__) from error


def write_backup(path: Path, data: bytes, overwrite: bool) -> None:
    """Write the file for its owner's eyes only, whole and readable, or not at all. Raises NotWritable."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, SECRET_MODE)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _check_readable(temporary, path)
            if overwrite:
                temporary.replace(path)
            else:
                _put_in_place(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        sync(path.parent)
    except FileExistsError:
        raise NotWritable(f"{path} exists already.", hint="choose another name, or add --force.") from None
    except OSError as error:
        raise NotWritable.from_os_error("The backup", path, error) from error


def _check_readable(temporary: Path, path: Path) -> None:
    """A backup that can't be read is useless, and must not replace one that can."""
    try:
        read_backup(temporary)
    except SignageError as error:
        raise NotWritable(
            f"The new backup can't be read and was deleted. Nothing was written to {path}.",
            " ".join(filter(None, (error.message, error.place))),
            "check the disk, or write the backup to another one.",
        ) from error


def _put_in_place(temporary: Path, path: Path) -> None:
    try:
        path.hardlink_to(temporary)  # fails when there is one already, no matter who made it in the meantime
    except FileExistsError:
        raise
    except OSError:  # a memory stick's file system knows no links
        if path.exists():
            raise FileExistsError from None
        temporary.rename(path)


def _check_directory(file: io.BufferedReader, path: Path) -> None:
    """A zip's own list is read whole: it must be small. `zipfile` doesn't look."""
    size = file.seek(0, os.SEEK_END)
    if size > MAX_TOTAL:
        raise BadBackup(f"{path} isn't a backup file.", f"It is larger than {MAX_TOTAL // 1024**2} MB.")
    file.seek(max(0, size - _END_BYTES - _COMMENT))
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise BadBackup(f"{path} isn't a backup file.", hint="signage backup FILE writes one.")
    # the record of larger zips, which goes before this one: we never write it
    if tail[max(0, at - _LOCATOR_BYTES) : at].startswith(_LOCATOR):
        raise BadBackup(f"{path} isn't a backup file.", "It lists more files than a backup has.")
    number, length = (
        int.from_bytes(tail[at + 10 : at + 12], "little"),
        int.from_bytes(tail[at + 12 : at + 16], "little"),
    )
    if number > MAX_FILES + 1 or length > MAX_CONTENTS:
        raise BadBackup(f"{path} isn't a backup file.", "It lists more files than a backup has.")
    file.seek(0)


def _read(packed: zipfile.ZipFile, path: Path) -> Backup:
    listed = packed.infolist()
    names = [about.filename for about in listed]
    if len(set(names)) != len(names) or CONTENTS not in names:
        raise BadBackup(
            f"{path} isn't a backup file, or it is damaged.", f"{CONTENTS} is missing, or a file is in it twice."
        )
    contents = _contents(packed, path)
    for name in (*contents.files, *names):
        if name != CONTENTS and not is_safe(name):
            raise BadBackup(f"The backup {path} has been tampered with.", f"It holds {name!r}, which no backup does.")
    if set(names) - {CONTENTS} != set(contents.files):
        raise _damaged(path, "its list of files doesn't match")
    if sum(entry.bytes for entry in contents.files.values()) > MAX_TOTAL:
        raise BadBackup(f"{path} isn't a backup file.", f"It is larger than {MAX_TOTAL // 1024**2} MB.")
    files = {}
    for name, entry in contents.files.items():
        about = packed.getinfo(name)
        kind = about.external_attr >> 16
        if (kind and not stat.S_ISREG(kind)) or about.file_size != entry.bytes:
            raise _damaged(path, f"{name} has been changed")
        with packed.open(about) as file:
            data = file.read(entry.bytes + 1)
        if len(data) != entry.bytes or hashlib.sha256(data).hexdigest() != entry.sha256:
            raise _damaged(path, f"{name} has been changed")
        files[name] = ArchiveContent(data, SECRET_MODE if name.startswith("var/") else entry.mode)
    if f"config/{contents.config}" not in files or "var/signage.key" not in files:
        raise _damaged(path, "the configuration or the key is missing")
    return Backup(contents, files)


def _contents(packed: zipfile.ZipFile, path: Path) -> Contents:
    if packed.getinfo(CONTENTS).file_size > MAX_CONTENTS:
        raise _damaged(path, f"{CONTENTS} is too large")
    with packed.open(CONTENTS) as file:
        data = file.read(MAX_CONTENTS + 1)
    try:
        return Contents.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        if first["loc"] == ("format",):
            raise BadBackup(f"{path} was made by a newer version of signage.", hint="update signage first.") from None
        raise _damaged(path, f"{CONTENTS}: {first['msg']}") from None


def _damaged(path: Path, what: str) -> BadBackup:
    return BadBackup(f"The backup {path} is damaged: {what}. Nothing was restored.", hint="use another backup.")
