"""A file per building in screens.d: together they are one configuration, and a mistake costs the file that has it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from signage.config.load import load, parse_config
from signage.config.models import Config
from signage.config.parts import MAX_BYTES, FileBytes, read_parts
from signage.errors import ConfigError
from tests.fixtures.paths import LAYOUTS

MAIN = """
[site]
name = "Heim kommune"
calendar = "https://iheim.no"

[[sources]]
id = "iheim"
type = "wis"
url = "https://iheim.no"

[places.library]
name = "Hemne bibliotek"

[playlists.common]
entries = [{ show = "today" }]

[screens.library]
place = "library"
playlist = [{ use = "common" }, { show = "week" }]
"""
HALL = """
[places.hall]
name = "Halsahallen"

[screens.hall]
place = "hall"
was = "foaje"
groups = ["halls"]
playlist = [{ use = "common" }, { show = "now" }]
"""
POOL = """
[screens.pool]
place = "library"
playlist = [{ show = "today" }]
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "screens.toml").write_text(MAIN)
    (tmp_path / "screens.d").mkdir()
    return tmp_path / "screens.toml"


def write(path: Path, **files: str) -> None:
    for name, text in files.items():
        (path.parent / "screens.d" / f"{name}.toml").write_text(text)


def read(path: Path) -> Config:
    return load(path, LAYOUTS)


def problems(config: Config) -> list[str]:
    return [str(problem).partition("screens.d/")[2] for problem in config.parts.problems]


def test_all_files_are_one_configuration(path: Path) -> None:
    write(path, pool=POOL, hall=HALL, **{".hidden": "nonsense", "notes": "# nothing\n"})
    (path.parent / "screens.d" / "hall.toml~").write_text("nonsense")
    config = read(path)
    assert list(config.screens) == ["library", "hall", "pool"]  # screens.toml first, then by the files' names
    assert [line.entry.show for line in config.screens["hall"].lines] == ["today", "now"]
    assert config.parts.problems == ()
    assert config == read(path)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (HALL.replace('"hall"\nwas', '"hal"\nwas'), 'hall.toml:6:9: screens.hall.place: There is no place "hal".'),
        (HALL + "x = [", "hall.toml:10:5: This list isn't closed."),
        (HALL.replace("now", "nwo"), "hall.toml:9:42: screens.hall.playlist[1].show: This must be"),
        (HALL.replace('"common"', '"comon"'), 'hall.toml:9:21: screens.hall.playlist[0].use: There is no playlist "'),
        (HALL + '\n[site]\nname = "Min"\n', 'hall.toml:11:1: site: "site" belongs in screens.toml, not here.'),
        (HALL + '\n[screens.pool]\nplace = "hall"\n', "hall.toml:11:1: screens.pool.playlist: This is missing."),
        (HALL + '\n[screens.library]\nplace = "hall"\n', 'hall.toml:11:1: screens.library: There is another screen "'),
        ("screens = 3\n", 'hall.toml:1:1: screens: "screens" must be headings like [screens.library].'),
        ('[playlists.a]\nentries = [{ use = "a" }]\n', 'hall.toml:2:20: playlists.a.entries[0].use: A playlist is ins'),
    ],
)  # fmt: skip
def test_a_mistake_costs_the_file_that_has_it(path: Path, wrong: str, problem: str) -> None:
    write(path, hall=wrong, swim=POOL.replace("pool", "swim"))
    config = read(path)
    assert list(config.screens) == ["library", "swim"]
    (found,) = problems(config)
    assert found.startswith(problem)
    assert config.may_have("hall") or "screens.hall" not in wrong


def test_the_version_before_stays_in_force_while_a_file_has_mistakes(path: Path) -> None:
    parts = (FileBytes("hall.toml", b"nonsense"), FileBytes("pool.toml", POOL.encode()))
    config = parse_config(MAIN.encode(), str(path), LAYOUTS, parts, {"hall.toml": HALL.encode()})
    assert list(config.screens) == ["library", "hall", "pool"]
    assert config.parts.broken == {"hall.toml"}
    assert len(config.parts.problems) == 1


def test_a_name_that_is_there_twice_is_reported_with_both_places(path: Path) -> None:
    write(path, a=POOL, b=POOL, c='\n\n[screens.library]\nplace = "library"\nplaylist = [{ show = "today" }]\n')
    config = read(path)
    assert list(config.screens) == ["library", "pool"]
    folder = path.parent
    assert [str(problem) for problem in config.parts.problems] == [
        f'{folder}/screens.d/b.toml:2:1: screens.pool: There is another screen "pool", in '
        f"{folder}/screens.d/a.toml:2:1. Hint: give one of the two another name.",
        f'{folder}/screens.d/c.toml:3:1: screens.library: There is another screen "library", in {path}:17:1. '
        "Hint: give one of the two another name.",
    ]  # fmt: skip


def test_what_names_something_in_a_file_with_mistakes_is_not_wrong_itself(path: Path) -> None:
    """A place nearby, a sponsor's screen, a group, a shared playlist; but a screen there can't be shown."""
    more = """
[[sponsors]]
id = "bygg"
name = "Bygg"
screens = ["hall", "halls"]
[groups.some]
screens = ["hall", "library"]
[screens.other]
place = "hall"
playlist = [{ show = "today" }]
"""
    path.write_text(MAIN.replace('name = "Hemne bibliotek"', 'name = "Hemne bibliotek"\nnear = ["hall"]') + more)
    write(path, hall=HALL)
    assert problems(read(path)) == []
    write(path, hall=HALL.replace('show = "now"', 'show = "now", x = 1'))
    config = read(path)
    assert list(config.screens) == ["library"]
    assert config.members["some"] == ("library",)
    assert not config.sponsors[0].is_on("library")
    for name in ("hall", "foaje", "other", "library"):
        assert config.may_have(name)
    assert not config.may_have("cellar")
    assert len(config.parts.problems) == 1


def test_a_file_that_makes_something_else_wrong_is_the_one_to_blame(path: Path) -> None:
    """A screen that is called like a group, and a shared playlist with which another one is too long."""
    path.write_text(MAIN + '[groups.hall]\n[screens.long]\nplace = "library"\nplaylist = [{ use = "more" }]\n')
    entries = ", ".join(['{ show = "today" }'] * 101)
    more = f"[playlists.more]\nentries = [{entries}]\n"
    write(path, hall=HALL, more=more, pool=POOL)
    config = read(path)
    assert list(config.screens) == ["library", "long", "pool"]
    assert problems(config) == [
        'hall.toml:5:1: screens: There is a screen "hall", too. Hint: give the group another name.',
        "more.toml:1:1: playlists: With what it includes, this playlist has 100 entries or more. Hint: include fewer.",
    ]  # fmt: skip


def test_a_file_that_is_taken_away_leaves_no_mistake_behind(path: Path) -> None:
    """Its owner can't edit what names its screens; but a screen's own place must be there."""
    sponsor = '[[sponsors]]\nid = "a"\nname = "A"\nscreens = ["hall"]\n[groups.a]\nscreens = ["hall", "library"]\n'
    path.write_text(MAIN + sponsor)
    with pytest.raises(ConfigError):
        read(path)
    write(path, pool=POOL)
    config = read(path)
    assert list(config.screens) == ["library", "pool"]
    assert config.members["a"] == ("library",)
    assert [problem.key for problem in config.parts.problems] == ["groups.a.screens[0]", "sponsors[0].screens[0]"]
    path.write_text(MAIN.replace('place = "library"', 'place = "libary"'))
    with pytest.raises(ConfigError):
        read(path)


def test_of_a_file_that_is_unreadable_nobody_knows_what_it_has(path: Path) -> None:
    folder = path.parent / "screens.d"
    (folder / "a.toml").write_bytes(b"\xff\xfe\x00")
    (folder / "b.toml").mkdir()
    os.mkfifo(folder / "c.toml")
    (folder / "d.toml").symlink_to("nowhere")
    (folder / "e.toml").write_bytes(b"#" * (MAX_BYTES + 1))
    config = read(path)
    assert list(config.screens) == ["library"]
    assert [found[:1] for found in problems(config)] == list("abcde")
    assert config.may_have("anything")


def test_a_mistake_in_screens_toml_is_reported_with_all_others(path: Path) -> None:
    path.write_text(MAIN.replace('"week"', '"wek"'))
    write(path, hall=HALL.replace("now", "nwo"))
    with pytest.raises(ConfigError) as caught:
        read(path)
    found = [str(problem) for problem in caught.value.problems]
    assert [problem.partition(": ")[0].rpartition("/")[2] for problem in found] == [
        "screens.toml:19:42",
        "hall.toml:9:42",
    ]


def test_screens_may_all_be_in_files_of_their_own(path: Path) -> None:
    path.write_text(MAIN.partition("[screens.library]")[0])
    write(path, hall=HALL)
    assert list(read(path).screens) == ["hall"]


def test_files_are_read_in_the_order_of_their_names(path: Path) -> None:
    write(path, b="", a="", c="")
    assert [Path(part.name).name for part in read_parts(path)] == ["a.toml", "b.toml", "c.toml"]
    assert read_parts(path.with_name("other.toml")) == ()
