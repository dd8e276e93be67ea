"""A screen's pages for telephones on disk: in a folder of their own, which one publication after the other links to.

They are hundreds of files, and seldom differ from one publication to the next. The folder is named by what it holds,
complete before anything links to it, and never changed. I/O: disk; functions may raise OSError.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from signage.storage.durable_file import sync

EXTRA = re.compile(r"(e/)?[a-z0-9]{1,40}\.(html|ics|css)")  # what the files may be called


def phone_folder(screens: Path, screen: str, digest: str) -> Path | None:
    """Where the pages with this digest are; None when there are none, with the digest ""."""
    return screens / f".{screen}.pages-{digest[:32]}" if digest else None


def place_pages(folder: Path, pages: Mapping[str, bytes], before: Path) -> None:
    """Have the folder hold these files, by path, and have them on the disk.

    Few of them change: those that are in the publication `before`, too, get a second name, for they are on the disk.
    """
    if _sizes(folder) == {name: len(content) for name, content in pages.items()}:
        return
    new = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    try:
        new.mkdir()
        folders = {new}
        for name, content in pages.items():
            assert EXTRA.fullmatch(name), name
            path = new / name
            path.parent.mkdir(exist_ok=True)
            folders.add(path.parent)
            with suppress(OSError):
                if (before / name).read_bytes() == content:
                    path.hardlink_to((before / name).resolve())
                    continue
            path.write_bytes(content)
            sync(path)
        for each in folders:
            sync(each)
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def link_pages(publication: Path, folder: Path) -> None:
    """Have a publication, a folder beside that one, show its files."""
    for path in folder.iterdir():
        (publication / path.name).symlink_to(f"../{folder.name}/{path.name}")


def _sizes(folder: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    for path, _, names in os.walk(folder):
        for name in names:
            file = Path(path, name)
            found[file.relative_to(folder).as_posix()] = file.stat().st_size
    return found
