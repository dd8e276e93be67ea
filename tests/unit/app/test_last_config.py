"""While screens.toml has a mistake, what was in force goes on: in a server that starts, and in commands."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signage.app.followed_config import FollowedConfig
from signage.app.last_config import LAST_CONFIG, LastConfig
from signage.cli.in_force import load_in_force
from signage.cli.main import main
from signage.errors import EXIT_CONFIG, EXIT_OK, ConfigError
from tests.fixtures.paths import FIXTURES, LAYOUTS

GOOD = (FIXTURES / "config" / "small.toml").read_text("utf-8")
OTHER = GOOD.replace("Heim kommune", "Hitra kommune")
BAD = OTHER.replace('"today"', '"todya"')
HALL = '[screens.hall]\nplace = "library"\nplaylist = [{ show = "week" }]\n'


class Folder:
    """A folder with screens.toml and a state, in which servers start."""

    def __init__(self, folder: Path) -> None:
        self.path, self.state = folder / "screens.toml", folder / "var"
        self.path.write_text(GOOD)
        self.used: list[str] = []

    def start(self) -> FollowedConfig:
        now = datetime(2026, 11, 27, 16, tzinfo=UTC)
        return FollowedConfig(self.path, LAYOUTS, self.state, lambda: now, lambda: self.used.append("used"))

    @property
    def arguments(self) -> list[str]:
        return ["--config", str(self.path), "--layouts", str(LAYOUTS), "--var", str(self.state)]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_server_that_starts_with_a_mistake_goes_on_as_before(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    folder.start()
    folder.path.write_text(BAD)
    with caplog.at_level("INFO", "signage"):
        following = folder.start()
        following.look()
    assert following.current.site.name == "Heim kommune"
    assert following.watched.problems is not None
    said = [record.getMessage().removeprefix(f"{folder.path}") for record in caplog.records]
    assert said[0] == " can't be used; the previous version stays in force:"
    assert len(said) == 2
    assert 'did you mean "today"?' in said[1]
    folder.path.write_text(OTHER)
    following.look()
    assert following.current.site.name == "Hitra kommune"
    assert folder.used == ["used"]


def test_an_edit_is_kept_and_a_mistake_is_not(folder: Folder) -> None:
    following = folder.start()
    for text in (OTHER, BAD):
        folder.path.write_text(text)
        following.look()
    assert folder.start().current.site.name == "Hitra kommune"


@pytest.mark.parametrize("gone", ["deleted", "empty"])
def test_a_file_that_is_gone_is_a_mistake_as_well(folder: Folder, gone: str) -> None:
    folder.start()
    folder.path.unlink() if gone == "deleted" else folder.path.write_text("")
    assert folder.start().current.site.name == "Heim kommune"


def test_files_beside_it_are_kept_too(folder: Folder) -> None:
    part = folder.path.with_suffix(".d") / "hall.toml"
    part.parent.mkdir()
    part.write_text(HALL)
    folder.start()
    part.write_text("[screens.")
    folder.path.write_text(BAD)
    following = folder.start()
    assert set(following.current.screens) == {"library", "hall"}
    folder.path.write_text(GOOD)
    following.look()
    assert set(following.current.screens) == {"library", "hall"}  # its own file is still wrong, and costs nothing


def test_the_first_start_needs_a_file_that_is_right(folder: Folder) -> None:
    folder.path.write_text(BAD)
    with pytest.raises(ConfigError, match="todya"):
        folder.start()


@pytest.mark.parametrize("damage", [b"", b"{", b'{"format": 9}', b'{"format": 1, "config": 3}', b"[]", b"\xff"])
def test_what_is_damaged_or_of_another_version_is_not_used(folder: Folder, damage: bytes) -> None:
    folder.start()
    folder.path.write_text(BAD)
    (folder.state / LAST_CONFIG).write_bytes(damage)
    with pytest.raises(ConfigError, match="todya"):
        folder.start()


def test_another_screens_toml_has_its_own(folder: Folder) -> None:
    folder.start()
    other = folder.path.with_name("other.toml")
    other.write_text(BAD)
    assert LastConfig(folder.state, other).read() is None


def test_it_is_for_the_owner_only_and_written_only_when_it_changes(folder: Folder) -> None:
    folder.start()
    before = (folder.state / LAST_CONFIG).stat()
    assert stat.S_IMODE(before.st_mode) == 0o600
    folder.start()
    assert (folder.state / LAST_CONFIG).stat() == before


def test_a_state_that_cannot_be_written_costs_only_this(folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    folder.state.write_text("no folder")
    assert folder.start().current.site.name == "Heim kommune"
    assert "last_config.json could not be written" in caplog.text


@pytest.mark.parametrize("command", [["status"], ["pair"], ["alert", "--list"], ["pair", "--link"]])
def test_commands_that_cannot_wait_go_on(
    folder: Folder, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder.start()
    folder.path.write_text(BAD)
    assert main([*command, *folder.arguments]) != EXIT_CONFIG
    assert "can't be used; the previous version stays in force." in " ".join(capsys.readouterr().err.split())
    assert main(["check", *folder.arguments]) == EXIT_CONFIG


def test_without_a_mistake_the_file_itself_counts(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    folder.start()
    folder.path.write_text(OTHER)
    assert load_in_force(folder.path, LAYOUTS, folder.state).site.name == "Hitra kommune"
    assert main(["alert", "--list", *folder.arguments]) == EXIT_OK
    assert "can't be used" not in capsys.readouterr().err
