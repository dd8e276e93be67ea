"""Files that are whole or not at all, and that a service can read although root wrote them."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from signage.fleet.admin_key import AdminKey
from signage.storage.durable_file import write_file
from signage.storage.store import Store

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
SERVICE = 65534  # Debian's "nobody"


def test_a_kill_before_the_rename_leaves_the_old_file_and_the_next_write_its_own_mode(tmp_path: Path) -> None:
    path = tmp_path / "signage.key"
    write_file(path, b"old", 0o600)
    left = tmp_path / ".signage.key.new"
    left.write_bytes(b"half of a")
    left.chmod(0o644)
    assert path.read_bytes() == b"old"
    write_file(path, b"new", 0o600)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert not left.exists()


@as_root
def test_what_root_makes_in_a_services_folder_belongs_to_the_service(tmp_path: Path) -> None:
    os.chown(tmp_path, SERVICE, SERVICE)
    AdminKey(tmp_path).load_or_make()
    store = Store(tmp_path / "state.sqlite")
    store.close()
    sqlite3.connect(tmp_path / "state.sqlite").close()
    for name in ("admin.key", "state.sqlite"):
        about = (tmp_path / name).stat()
        assert (about.st_uid, about.st_gid) == (SERVICE, SERVICE), name
        assert about.st_mode & 0o777 == 0o600, name
