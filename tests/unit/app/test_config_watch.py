"""screens.toml is edited while the screens run: a good edit counts at once, a bad one never takes anything down."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signage.app.followed_config import FollowedConfig
from signage.config.watch import WatchedConfig
from tests.fixtures.paths import FIXTURES

HERE = FIXTURES / "config"
GOOD = (HERE / "small.toml").read_text(encoding="utf-8")
OTHER = GOOD.replace("Heim kommune", "Hitra kommune")
BAD = GOOD.replace('"today"', '"todya"')
MORE = GOOD + '\n[screens.second]\nplace = "library"\nplaylist = [{ show = "week" }]\n'


@pytest.fixture
def layouts(tmp_path: Path) -> Path:
    folder = tmp_path / "layouts"
    (folder / "fjord").mkdir(parents=True)
    (folder / "fjord" / "layout.toml").touch()
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "screens.toml"
    path.write_text(GOOD)
    return path


def name(watched: WatchedConfig) -> str:
    assert watched.current is not None
    return watched.current.site.name


def test_the_file_is_there_from_the_start(path: Path, layouts: Path) -> None:
    watched = WatchedConfig(path, layouts)
    assert name(watched) == "Heim kommune"
    assert watched.problems is None
    assert [watched.poll() for _ in range(3)] == ["unchanged"] * 3


def test_a_good_edit_counts_at_the_next_poll(path: Path, layouts: Path) -> None:
    watched = WatchedConfig(path, layouts)
    path.write_text(OTHER)
    assert watched.poll() == "changed"
    assert name(watched) == "Hitra kommune"
    assert watched.poll() == "unchanged"


def test_an_edit_of_the_same_size_at_the_same_time_is_noticed(path: Path, layouts: Path) -> None:
    watched = WatchedConfig(path, layouts)
    times = path.stat()
    path.write_text(GOOD.replace("Heim", "Hjem"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert watched.poll() == "changed"


def test_a_new_note_in_the_file_changes_nothing(path: Path, layouts: Path) -> None:
    watched = WatchedConfig(path, layouts)
    path.write_text("# call the caretaker first\n" + GOOD)
    assert watched.poll() == "unchanged"


def test_a_broken_file_keeps_the_last_good_and_says_so_once(path: Path, layouts: Path) -> None:
    watched = WatchedConfig(path, layouts)
    path.write_text(BAD)
    assert [watched.poll() for _ in range(4)] == ["broken", "unchanged", "unchanged", "unchanged"]
    assert name(watched) == "Heim kommune"
    assert 'did you mean "today"?' in str(watched.problems)
    path.write_text(OTHER)
    assert watched.poll() == "repaired"
    assert (name(watched), watched.problems) == ("Hitra kommune", None)


def test_broken_in_another_way_is_said_again(path: Path, layouts: Path) -> None:
    watched = WatchedConfig(path, layouts)
    path.write_text(BAD)
    assert watched.poll() == "broken"
    path.write_text(GOOD + "screens = 3\n")
    assert watched.poll() == "broken"
    assert "todya" not in str(watched.problems)


def test_going_back_to_the_last_good_is_a_repair(path: Path, layouts: Path) -> None:
    watched = WatchedConfig(path, layouts)
    path.write_text(BAD)
    watched.poll()
    path.write_text(GOOD)
    assert watched.poll() == "repaired"
    assert watched.poll() == "unchanged"


def test_an_editor_that_replaces_the_file_is_followed(path: Path, layouts: Path) -> None:
    watched = WatchedConfig(path, layouts)
    new = path.with_suffix(".new")
    new.write_text(OTHER)
    new.replace(path)
    assert watched.poll() == "changed"


@pytest.mark.parametrize("moment", ["away", "empty"])
def test_a_file_that_is_gone_for_a_moment_is_no_news(path: Path, layouts: Path, moment: str) -> None:
    watched = WatchedConfig(path, layouts)
    for text in (OTHER, GOOD):
        path.unlink() if moment == "away" else path.write_text("")
        assert watched.poll() == "unchanged"
        path.write_text(text)
        assert watched.poll() == "changed"


def test_a_file_that_stays_away_is_said_once_and_its_return_too(path: Path, layouts: Path) -> None:
    watched = WatchedConfig(path, layouts)
    path.unlink()
    assert [watched.poll() for _ in range(4)] == ["unchanged", "broken", "unchanged", "unchanged"]
    assert name(watched) == "Heim kommune"
    assert "no such file" in str(watched.problems)
    path.write_text(GOOD)
    assert watched.poll() == "repaired"


def test_a_half_written_file_never_takes_a_screen_away(path: Path, layouts: Path) -> None:
    path.write_text(MORE)
    watched = WatchedConfig(path, layouts)
    for length in range(0, len(MORE)):
        path.write_text(MORE[:length].rstrip("\n"))
        watched.poll()
        assert watched.current is not None
        assert set(watched.current.screens) == {"library", "second"}
        path.write_text(MORE)
        assert watched.poll() in ("repaired", "unchanged")
        assert watched.problems is None


def test_a_screen_that_is_really_taken_out_goes(path: Path, layouts: Path) -> None:
    path.write_text(MORE)
    watched = WatchedConfig(path, layouts)
    path.write_text(GOOD)
    assert watched.poll() == "changed"
    path.write_text(MORE)
    watched.poll()
    path.write_text(GOOD.rstrip("\n"))  # an editor that ends no line
    assert [watched.poll(), watched.poll()] == ["unchanged", "changed"]


def test_a_layout_that_arrives_later_repairs_the_file_that_names_it(path: Path, layouts: Path) -> None:
    path.write_text(GOOD.replace("[screens.library]", '[screens.library]\nlayout = "winter"'))
    watched = WatchedConfig(path, layouts)
    assert watched.current is None
    assert 'There is no layout "winter"' in str(watched.problems)
    (layouts / "winter").mkdir()
    (layouts / "winter" / "layout.toml").touch()
    assert watched.poll() == "repaired"
    assert watched.current is not None


def test_started_on_no_file_it_waits_for_one(tmp_path: Path, layouts: Path) -> None:
    watched = WatchedConfig(tmp_path / "screens.toml", layouts)
    assert watched.current is None
    assert "no such file" in str(watched.problems)
    (tmp_path / "screens.toml").write_text(GOOD)
    assert watched.poll() == "repaired"
    assert name(watched) == "Heim kommune"


def test_a_glance_takes_a_whole_edit(path: Path, layouts: Path) -> None:
    watched = WatchedConfig(path, layouts)
    assert watched.glance() == "unchanged"
    path.write_text(OTHER)
    assert watched.glance() == "changed"
    assert name(watched) == "Hitra kommune"
    assert watched.glance() == watched.poll() == "unchanged"


@pytest.mark.parametrize("written", ["", BAD, OTHER[: OTHER.rindex("[screens")], OTHER.rstrip("\n")])
def test_glances_leave_everything_doubtful_to_the_looks(path: Path, layouts: Path, written: str) -> None:
    watched, looked = WatchedConfig(path, layouts), WatchedConfig(path, layouts)
    path.write_text(written)
    before = [looked.poll() for _ in range(3)]
    after = []
    for _ in range(3):
        assert [watched.glance() for _ in range(3)] == ["unchanged"] * 3
        after.append(watched.poll())
    assert after == before


def test_a_glance_at_a_file_that_is_away_is_no_look(path: Path, layouts: Path) -> None:
    watched = WatchedConfig(path, layouts)
    path.unlink()
    assert [watched.glance(), watched.poll(), watched.glance(), watched.poll()] == ["unchanged"] * 3 + ["broken"]
    path.write_text(OTHER)
    assert watched.glance() == "repaired"
    assert watched.problems is None


HALL = '[screens.hall]\nplace = "library"\nplaylist = [{ show = "week" }]\n'


@pytest.fixture
def part(path: Path) -> Path:
    folder = path.parent / "screens.d"
    folder.mkdir()
    return folder / "hall.toml"


def screens(watched: WatchedConfig) -> list[str]:
    assert watched.current is not None
    return list(watched.current.screens)


def test_files_beside_it_come_change_and_go(path: Path, layouts: Path, part: Path) -> None:
    watched = WatchedConfig(path, layouts)
    part.write_text(HALL)
    assert watched.glance() == "changed"
    assert screens(watched) == ["library", "hall"]
    part.write_text(HALL.replace("week", "today"))
    assert watched.poll() == "changed"
    part.unlink()
    assert watched.glance() == "unchanged"  # an editor may be about to write it again
    assert [watched.poll() for _ in range(3)] == ["unchanged", "changed", "unchanged"]
    assert screens(watched) == ["library"]


def test_a_mistake_in_a_file_beside_it_breaks_nothing_else(path: Path, layouts: Path, part: Path) -> None:
    part.write_text(HALL)
    watched = WatchedConfig(path, layouts)
    part.write_text(HALL.replace("week", "wek"))
    assert watched.glance() == "unchanged"
    assert watched.poll() == "unchanged"  # for all that is shown
    assert watched.problems is None
    assert watched.current is not None
    assert [problem.file for problem in watched.current.parts.problems] == [str(part)]
    assert screens(watched) == ["library", "hall"]  # as it was before
    path.write_text(OTHER)
    assert watched.poll() == "changed"
    assert name(watched) == "Hitra kommune"
    assert screens(watched) == ["library", "hall"]
    part.write_text(HALL)
    assert watched.poll() == "unchanged"
    assert watched.current.parts.problems == ()


def test_half_a_file_beside_it_is_believed_at_the_second_look(path: Path, layouts: Path, part: Path) -> None:
    part.write_text(HALL + HALL.replace("hall", "pool"))
    watched = WatchedConfig(path, layouts)
    part.write_text(HALL.rstrip("\n"))
    assert watched.glance() == "unchanged"
    assert [watched.poll() for _ in range(2)] == ["unchanged", "changed"]
    assert screens(watched) == ["library", "hall"]


def test_a_mistake_beside_it_is_logged_once_and_builds_nothing_again(
    path: Path, layouts: Path, part: Path, caplog: pytest.LogCaptureFixture
) -> None:
    part.write_text(HALL)
    used: list[str] = []
    following = FollowedConfig(
        path, layouts, path.parent, lambda: datetime(2026, 11, 23, tzinfo=UTC), lambda: used.append("used")
    )
    with caplog.at_level("INFO", "signage"):
        part.write_text(HALL.replace("week", "wek"))
        for _ in range(3):
            following.look()
        part.write_text(HALL)
        following.look()
    logged = [record.getMessage().replace(str(part), "PART") for record in caplog.records]
    assert [re.sub(r"This must be .*\. Hint", "Hint", line) for line in logged] == [
        "PART can't be used; its screens stay as they are:",
        '  PART:3:22: screens.hall.playlist[0].show: Hint: did you mean "week"?',
        "PART is valid again, or gone",
    ]
    assert used == []


def test_what_is_used_is_the_same_object_until_an_edit(path: Path, layouts: Path) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    following = FollowedConfig(
        path, layouts, path.parent, lambda: now, lambda: None, lambda config: config.model_copy()
    )
    before = following.effective
    following.look()
    assert following.effective is before
    path.write_text(OTHER)
    following.look()
    assert following.effective is not before
    assert following.effective is following.effective
    assert following.effective.site.name == "Hitra kommune"
