"""Files of screens.d that come, go and change while the server runs: whose fault it is, and what stays in force."""

from __future__ import annotations

from pathlib import Path

import pytest

from signage.config.models import Config
from signage.config.parts import MOST_FILES
from signage.config.watch import WatchedConfig
from tests.fixtures.paths import LAYOUTS
from tests.unit.config.test_parts import HALL, MAIN, POOL

ROOM = '[screens.room]\nplace = "hall"\nplaylist = [{ show = "today" }]\n'  # in a place of another file


class Edited:
    """A configuration that is looked at often enough after each edit."""

    def __init__(self, folder: Path, **files: str) -> None:
        self.parts = folder / "screens.d"
        self.parts.mkdir()
        self.main = folder / "screens.toml"
        self.main.write_text(MAIN)
        self._write(**files)
        self._watched = WatchedConfig(self.main, LAYOUTS)

    def _write(self, **files: str) -> None:
        for name, text in files.items():
            (self.parts / f"{name}.toml").write_text(text)

    def after(self, **files: str) -> Config:
        self._write(**files)
        for _ in range(3):
            self._watched.poll()
        assert self._watched.problems is None
        assert self._watched.current
        return self._watched.current


def shown(config: Config, screen: str) -> list[str]:
    return [line.entry.show for line in config.screens[screen].lines]


def problems(config: Config) -> list[str]:
    return [str(problem).replace(problem.file, Path(problem.file).name) for problem in config.parts.problems]


@pytest.mark.parametrize("copy", ["hall - Kopi", "hall (1)", "hall.sync-conflict-20261129", "annex"])
def test_a_copy_of_a_file_takes_no_screen_from_it(tmp_path: Path, copy: str) -> None:
    edited = Edited(tmp_path, hall=HALL)
    config = edited.after(**{copy: HALL.replace("now", "week")})
    assert shown(config, "hall") == ["today", "now"]
    assert config.parts.broken == {str(edited.parts / f"{copy}.toml")}
    config = edited.after(hall=HALL.replace("now", "agenda"))  # its owner goes on editing
    assert shown(config, "hall") == ["today", "agenda"]
    assert config.parts.broken == {str(edited.parts / f"{copy}.toml")}
    (edited.parts / "hall.toml").unlink()  # the copy was the new one
    config = edited.after()
    assert shown(config, "hall") == ["today", "week"]
    assert problems(config) == []


@pytest.mark.parametrize("copy", ["hall - Kopi", "hall (1)", "hall.sync-conflict-20261129"])
def test_after_a_restart_a_file_goes_before_its_copies(tmp_path: Path, copy: str) -> None:
    config = Edited(tmp_path, hall=HALL, **{copy: HALL.replace("now", "week")}).after()
    assert shown(config, "hall") == ["today", "now"]


def test_whoever_takes_away_what_another_file_needs_is_told(tmp_path: Path) -> None:
    edited = Edited(tmp_path, hall=HALL, room=ROOM)
    config = edited.after(hall=HALL.replace("[places.hall]", "[places.halsa]").replace('"hall"', '"halsa"'))
    assert list(config.screens) == ["library", "hall", "room"]
    (found,) = problems(config)
    assert found == (
        f'hall.toml:5:1: screens: What is in {edited.parts}/room.toml:2:9 would be wrong: There is no place "hall". '
        "Hint: change that file first."
    )
    config = edited.after(room=ROOM.replace('"hall"', '"halsa"'))
    assert [config.screens[name].place for name in ("hall", "room")] == ["halsa", "halsa"]
    assert problems(config) == []


def test_a_new_file_with_which_another_one_would_be_wrong_is_the_one_to_blame(tmp_path: Path) -> None:
    edited = Edited(tmp_path, hall=HALL)  # which has the group "halls"
    config = edited.after(all=POOL.replace("pool", "halls"))
    assert list(config.screens) == ["library", "hall"]
    assert config.parts.broken == {str(edited.parts / "all.toml")}


@pytest.mark.parametrize("data", ["", "\n\n", "\0" * 512])
def test_a_file_that_a_full_disk_has_emptied_keeps_its_screens(tmp_path: Path, data: str) -> None:
    edited = Edited(tmp_path, hall=HALL)
    config = edited.after(hall=data)
    assert shown(config, "hall") == ["today", "now"]
    assert problems(config) == ["hall.toml: The file is empty. Hint: delete it if its screens are to go."]
    assert WatchedConfig(edited.main, LAYOUTS).current.may_have("hall")  # type: ignore[union-attr]  # it is right
    (edited.parts / "hall.toml").unlink()
    assert not edited.after().may_have("hall")


def test_a_folder_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path) -> None:
    """Its network drive is away, for example. What was read before stays, and nothing is taken for removed."""
    edited = Edited(tmp_path, hall=HALL, pool=POOL)
    edited.parts.rename(tmp_path / "elsewhere")
    edited.parts.symlink_to("nowhere")
    config = edited.after()
    assert list(config.screens) == ["library", "hall", "pool"]
    assert problems(config) == ["screens.d: This folder can't be read: no such file or directory."]
    restarted = WatchedConfig(edited.main, LAYOUTS).current
    assert restarted is not None
    assert list(restarted.screens) == ["library"]
    assert restarted.may_have("hall")
    edited.parts.unlink()
    edited.parts.symlink_to("elsewhere")
    assert problems(edited.after(pool=POOL.replace("pool", "pools"))) == []
    assert list(edited.after().screens) == ["library", "hall", "pools"]


def test_more_files_than_are_read_are_reported(tmp_path: Path) -> None:
    many = {f"n{number:03}": "# nothing yet\n" for number in range(MOST_FILES)}
    edited = Edited(tmp_path, **many)
    assert problems(edited.after()) == []
    config = edited.after(zoo=POOL)
    assert problems(config) == [
        f"screens.d: There are more than {MOST_FILES} files in this folder: zoo.toml isn't read, nor what follows. "
        "Hint: write several screens into one file."
    ]
    assert config.may_have("pool")


def test_a_name_that_an_editor_has_made_longer_is_reported(tmp_path: Path) -> None:
    """Notepad does that, and Windows hides it."""
    edited = Edited(tmp_path)
    (edited.parts / "POOL.TOML").write_text(POOL)
    for name in ("hall.toml.swp", "hall.toml~", ".hall.toml.txt", "~hall.toml", "hall.toml.bak", "#hall.toml#"):
        (edited.parts / name).write_text("nonsense")
    assert problems(edited.after()) == []
    assert list(edited.after().screens) == ["library", "pool"]
    (edited.parts / "hall.toml.txt").write_text(HALL)
    assert problems(edited.after()) == [
        "hall.toml.txt: This file isn't read: its name must end in .toml. "
        "Hint: if it is to be read, call it hall.toml; if not, give it another name or delete it."
    ]


@pytest.mark.parametrize("encode", [
    lambda text: b"\xef\xbb\xbf" + text.encode(),
    lambda text: text.replace("\n", "\r\n").encode(),
    lambda text: text.replace("\n", "\r").encode(),
])  # fmt: skip
def test_every_way_to_end_lines_can_be_read(tmp_path: Path, encode: object) -> None:
    edited = Edited(tmp_path)
    (edited.parts / "hall.toml").write_bytes(encode(HALL))  # type: ignore[operator]  # one of the functions above
    assert list(edited.after().screens) == ["library", "hall"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_recognised_without_a_mark_too(tmp_path: Path, encoding: str) -> None:
    edited = Edited(tmp_path)
    (edited.parts / "hall.toml").write_bytes(HALL.encode(encoding))
    assert problems(edited.after()) == [
        "hall.toml:1:1: This file is in UTF-16. Hint: save the file with the encoding UTF-8."
    ]


def test_a_file_with_mistakes_of_its_own_makes_no_other_file_wrong(tmp_path: Path) -> None:
    edited = Edited(tmp_path, hall=HALL, room=ROOM)
    config = edited.after(hall=HALL.replace('"hall"', '"halsa"').replace("[places.hall]", "[places.halsa]") + "x = 3\n")
    assert list(config.screens) == ["library", "hall", "room"]
    assert config.parts.broken == {str(edited.parts / "hall.toml")}


def test_a_screen_whose_own_name_is_mistyped_is_not_taken_for_removed_after_a_restart(tmp_path: Path) -> None:
    edited = Edited(tmp_path, hall=HALL)
    config = edited.after(hall=HALL.replace("[screens.hall]", "[screens.Hall]"))
    assert shown(config, "hall") == ["today", "now"]
    restarted = WatchedConfig(edited.main, LAYOUTS).current
    assert restarted is not None
    assert list(restarted.screens) == ["library"]
    assert restarted.may_have("hall")
