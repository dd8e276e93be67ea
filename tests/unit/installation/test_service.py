"""`signage service`: the unit, its security, what is installed where, and what stays."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.main import get_command

from signage.cli.main import main
from signage.cli.service import NotPossible, _check_program, app, install_service
from signage.errors import ConfigError
from signage.installation.program import browser_environment, driver_problem, hidden_parts
from signage.installation.service_unit import UnitSettings, quoted, unit_text, unit_value
from signage.installation.steps import TargetSystem
from tests.fixtures.paths import LAYOUTS, ROOT

HIGHEST_EXPOSURE = 3.0  # of `systemd-analyze security`, 0 (best) to 10
SETTINGS = UnitSettings(
    version="1.2.3",
    python=Path(sys.executable),
    program=(Path("/opt/signage"),),
    layouts=LAYOUTS,
    port=8080,
    host="0.0.0.0",  # noqa: S104 as it is installed
    memory=8 << 30,
    systemd_version=252,
)
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd's own tools")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other users, as only root may")
VARIANTS = {
    "usual": SETTINGS,
    "low port": replace(SETTINGS, port=80),
    "in a home": replace(SETTINGS, program=(Path("/home/kari/signage"),)),
    "little memory": replace(SETTINGS, memory=1 << 30),
    "odd names": replace(SETTINGS, layouts=Path('/srv/mine "100 %" $HOME/layouts'), environment={"A_B": "c d%"}),
    "new systemd": replace(SETTINGS, systemd_version=257),
}


def written(folder: Path, settings: UnitSettings) -> Path:
    file = folder / "signage.service"
    file.write_text(unit_text(settings), "utf-8")
    return file


@needs_systemd
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_unit_is_hardened(variant: str, tmp_path: Path) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager"]
    command += [f"--threshold={HIGHEST_EXPOSURE * 10:.0f}", str(written(tmp_path, VARIANTS[variant]))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"Overall exposure level for signage.service: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= HIGHEST_EXPOSURE
    assert done.returncode == 0


@needs_systemd
@pytest.mark.parametrize("variant", [name for name in VARIANTS if name != "new systemd"])
def test_systemd_understands_every_line_of_the_unit(variant: str, tmp_path: Path) -> None:
    command = ["systemd-analyze", "verify", "--man=no", str(written(tmp_path, VARIANTS[variant]))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    about = [line for line in done.stderr.splitlines() if "signage" in line]
    assert (done.returncode, about) == (0, [])


def test_the_unit_has_watchdog_restart_and_memory_cap() -> None:
    text = unit_text(SETTINGS)
    assert unit_value(text, "Type") == "notify"
    assert unit_value(text, "WatchdogSec") == "60"
    assert unit_value(text, "Restart") == "always"
    assert unit_value(text, "StartLimitIntervalSec") == "0"
    assert unit_value(text, "MemoryMax") == str(3 << 30)
    assert unit_value(text, "ExecReload") == "/bin/kill -HUP $MAINPID"
    assert unit_value(text, "OOMPolicy") == "continue"
    assert "@" not in re.sub(r"(?m)^SystemCallFilter=.*$", "", text)


def test_the_unit_fits_the_machine() -> None:
    assert unit_value(unit_text(VARIANTS["little memory"]), "MemoryMax") == str(int((1 << 30) * 0.8))
    low = unit_text(VARIANTS["low port"])
    assert unit_value(low, "AmbientCapabilities") == "CAP_NET_BIND_SERVICE"
    assert "PrivateUsers" not in low
    assert unit_value(unit_text(SETTINGS), "CapabilityBoundingSet") == ""
    assert unit_value(unit_text(SETTINGS), "ProtectHome") == "yes"
    assert unit_value(unit_text(VARIANTS["in a home"]), "ProtectHome") == "read-only"
    assert "RestartSteps" not in unit_text(SETTINGS)
    assert unit_value(unit_text(VARIANTS["new systemd"]), "RestartMaxDelaySec") == "300"


def test_words_of_the_command_stand_for_themselves() -> None:
    assert quoted("/opt/signage") == "/opt/signage"
    assert quoted('/a b/"c"\\d/100%/$HOME') == '"/a b/\\"c\\"\\\\d/100%%/$$HOME"'


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody can read, as no folder of pytest's is."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_a_program_that_others_cannot_read_is_found(open_folder: Path) -> None:
    tmp_path = open_folder
    home = tmp_path / "home"
    inner = home / "signage"
    inner.mkdir(parents=True)
    (inner / "python").write_text("")
    home.chmod(0o700)
    link = tmp_path / "python"
    link.symlink_to(inner / "python")
    assert hidden_parts([Path("/usr/bin/env"), tmp_path]) == []
    assert home in hidden_parts([inner])
    assert home in hidden_parts([link])  # a link leads where it leads
    home.chmod(0o755)
    (inner / "python").chmod(0o600)
    assert inner / "python" in hidden_parts([inner / "python"])
    assert tmp_path / "nothing" in hidden_parts([tmp_path / "nothing"])


def test_the_driver_of_the_browser_starts() -> None:
    assert driver_problem() is None


def test_a_browser_that_only_its_owner_has_is_none(tmp_path: Path) -> None:
    assert browser_environment({"SIGNAGE_BROWSER": str(tmp_path / "nothing")}) is None
    browser = tmp_path / "chrome"
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)
    assert browser_environment({"SIGNAGE_BROWSER": str(browser)}) == {"SIGNAGE_BROWSER": str(browser)}


# -- installing into a folder: everything but starting ---------------------------------------------------------------


@pytest.fixture
def system(tmp_path: Path) -> TargetSystem:
    """A system with nothing in it but what Debian's has before anything is installed."""
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/bash\n")
    (root / "etc/group").write_text("root:x:0:\n")
    return TargetSystem(root)


def put(
    system: TargetSystem, config: Path | None = None, *, settings: UnitSettings = SETTINGS, dry_run: bool = False
) -> int:
    return install_service(settings, system, config, dry_run=dry_run)


def owner_and_mode(system: TargetSystem, path: str) -> tuple[int, int, str]:
    found = system.path(Path(path)).stat()
    return found.st_uid, found.st_gid, f"{stat.S_IMODE(found.st_mode):o}"


@needs_root
@needs_systemd
def test_install_makes_user_folders_and_unit(system: TargetSystem) -> None:
    assert put(system) == 0
    ids = system.ids("signage")
    assert ids is not None
    uid, gid = ids
    assert 0 < uid < 1000
    entry = next(line for line in (system.root / "etc/passwd").read_text().splitlines() if line.startswith("signage:"))
    assert entry.endswith(":/var/lib/signage:/usr/sbin/nologin")
    assert owner_and_mode(system, "/etc/signage") == (0, gid, "750")
    assert owner_and_mode(system, "/etc/signage/screens.toml") == (0, gid, "640")
    assert owner_and_mode(system, "/var/lib/signage") == (uid, gid, "700")
    assert owner_and_mode(system, "/etc/systemd/system/signage.service") == (0, 0, "644")
    assert (system.root / "etc/systemd/system/multi-user.target.wants/signage.service").is_symlink()


def test_a_person_with_the_name_of_the_service_is_left_alone(system: TargetSystem) -> None:
    with (system.root / "etc/passwd").open("a") as file:
        file.write("signage:x:1000:1000:Sigrid Nagel:/home/signage:/bin/bash\n")
    with pytest.raises(NotPossible, match=r"may be a person.*1000"):
        put(system)
    assert sorted(path.name for path in (system.root / "etc").iterdir()) == ["group", "passwd"]


def test_layouts_beside_the_configuration_are_read_by_the_service_s_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """That folder is 0750 from the first installation on: the next one still takes them."""
    monkeypatch.setattr("signage.cli.service.program_paths", lambda: (Path("/usr/bin/env"),))
    monkeypatch.setenv("SIGNAGE_BROWSER", "env")
    folder = tmp_path / "etc/signage"
    shutil.copytree(LAYOUTS / "fjord", folder / "layouts/fjord")
    folder.chmod(0o750)
    assert main(["service", "install", "--dry-run", "--root", str(tmp_path)]) == 0
    assert "Nothing was changed." in capsys.readouterr().err
    settings = replace(SETTINGS, program=(Path("/usr/bin/env"),), layouts=tmp_path / "nothing")
    with pytest.raises(NotPossible, match="could not read this program"):
        _check_program(settings)


@needs_root
@needs_systemd
def test_the_example_that_is_written_can_be_used(system: TargetSystem, capsys: pytest.CaptureFixture[str]) -> None:
    put(system)
    written_file = str(system.path(Path("/etc/signage/screens.toml")))
    assert main(["check", "--config", written_file, "--layouts", str(LAYOUTS)]) == 0


@needs_root
@needs_systemd
def test_a_second_install_is_an_upgrade(system: TargetSystem) -> None:
    put(system)
    config = system.path(Path("/etc/signage/screens.toml"))
    config.write_text(config.read_text().replace("Kommunen", "Heim kommune"))
    stray = system.path(Path("/var/lib/signage/published/page"))
    stray.parent.mkdir()
    stray.write_text("written by root")
    (stray.parent / "link").symlink_to("/etc/passwd")
    assert put(system, settings=replace(SETTINGS, version="1.2.4")) == 0
    assert "Heim kommune" in config.read_text()
    assert "X-Version=1.2.4" in system.path(Path("/etc/systemd/system/signage.service")).read_text()
    assert (stray.stat().st_uid, stray.stat().st_gid) == system.ids("signage")
    assert Path("/etc/passwd").stat().st_uid == 0
    assert (system.root / "etc/passwd").read_text().count("signage:x:") == 1


@needs_root
@needs_systemd
def test_the_configuration_comes_with_its_files(system: TargetSystem, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "pictures").mkdir(parents=True)
    (mine / "pictures/arms.png").write_bytes(b"arms")
    (mine / "events.csv").write_text("Tittel;Start\n")
    text = (
        (ROOT / "signage/installation/example.toml").read_text().replace("[site]", '[site]\nlogo = "pictures/arms.png"')
    )
    text = text.replace(
        'type = "ical"\nurl = "https://kommunen.example.org/kalender.ics"', 'type = "csv"\nurl = "events.csv"'
    )
    (mine / "my-screens.toml").write_text(text)
    assert put(system, mine / "my-screens.toml") == 0
    assert system.path(Path("/etc/signage/screens.toml")).read_text() == text
    assert system.path(Path("/etc/signage/pictures/arms.png")).read_bytes() == b"arms"
    assert owner_and_mode(system, "/etc/signage/events.csv")[::2] == (0, "640")
    assert owner_and_mode(system, "/etc/signage/pictures")[::2] == (0, "750")


@needs_root
@needs_systemd
def test_the_files_of_screens_d_come_with_it_whatever_it_is_called(system: TargetSystem, tmp_path: Path) -> None:
    text = (ROOT / "signage/installation/example.toml").read_text()
    place = text.partition("[places.")[2].partition("]")[0]
    (tmp_path / "heim.toml").write_text(text)
    part = tmp_path / "heim.d" / "hall.toml"
    part.parent.mkdir()
    part.write_text(f'[screens.hall]\nplace = "{place}"\nplaylist = [{{ show = "week" }}]\n')
    assert put(system, tmp_path / "heim.toml") == 0
    assert system.path(Path("/etc/signage/screens.d/hall.toml")).read_text() == part.read_text()


@needs_root
@needs_systemd
def test_a_configuration_that_is_there_is_kept_and_that_is_said(
    system: TargetSystem, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(system)
    other = tmp_path / "other.toml"
    other.write_text("# mine\n" + (ROOT / "signage/installation/example.toml").read_text())
    assert put(system, other) == 0
    assert "is kept" in capsys.readouterr().err
    assert "# mine" not in system.path(Path("/etc/signage/screens.toml")).read_text()


@needs_root
@needs_systemd
def test_an_upgrade_is_refused_while_the_configuration_is_broken(system: TargetSystem) -> None:
    put(system)
    system.path(Path("/etc/signage/screens.toml")).write_text("[site\n")
    unit = system.path(Path("/etc/systemd/system/signage.service"))
    before = unit.read_bytes()
    with pytest.raises(ConfigError):
        put(system, settings=replace(SETTINGS, version="1.2.4"))
    assert unit.read_bytes() == before


def test_a_dry_run_says_what_it_would_do_and_changes_nothing(
    system: TargetSystem, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(system.root.rglob("*"))
    assert put(system, dry_run=True) == 0
    assert sorted(system.root.rglob("*")) == before
    said = capsys.readouterr().out
    for words in (
        "system user",
        "/etc/signage",
        "/var/lib/signage",
        "/etc/systemd/system/signage.service",
        "at every boot",
    ):
        assert words in said


@needs_root
@needs_systemd
def test_remove_keeps_the_data_and_purge_does_not(system: TargetSystem, capsys: pytest.CaptureFixture[str]) -> None:
    put(system)
    (system.path(Path("/var/lib/signage")) / "signage.key").write_text("secret")
    where = ("--root", str(system.root))
    assert main(["service", "remove", *where]) == 0
    assert not list((system.root / "etc/systemd/system").rglob("signage.service"))
    assert system.path(Path("/var/lib/signage/signage.key")).exists()
    assert system.path(Path("/etc/signage/screens.toml")).exists()
    assert main(["service", "remove", "--purge", *where]) == 2  # nobody at a terminal agreed
    assert system.path(Path("/var/lib/signage/signage.key")).exists()
    assert main(["service", "remove", "--purge", "--yes", *where]) == 0
    assert not system.path(Path("/var/lib/signage")).exists()
    assert not system.path(Path("/etc/signage")).exists()
    assert system.ids("signage") is None
    assert main(["service", "remove", "--purge", "--yes", *where]) == 0  # nothing left to do


@pytest.mark.skipif(Path("/run/systemd/system").exists(), reason="systemd runs this machine")
def test_without_systemd_it_says_so_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["service", "status"]) == 69
    said = capsys.readouterr().err
    assert "systemd doesn't run this machine." in said
    assert "/run/systemd/system" in said
    assert "Hint: " in said


@needs_root
@pytest.mark.parametrize("doing", ["install", "remove"])
def test_without_root_it_says_so_and_what_to_do(doing: str, capsys: pytest.CaptureFixture[str]) -> None:
    os.seteuid(65534)
    try:
        assert main(["service", doing]) == 69
    finally:
        os.seteuid(0)
    said = capsys.readouterr().err
    assert "Only root can" in said
    assert "Hint: type sudo" in said


def test_every_option_is_in_the_docs() -> None:
    docs = (ROOT / "docs/running-a-server.md").read_text("utf-8")
    commands = get_command(app).commands.values()  # type: ignore[attr-defined]
    offered = {option for command in commands for each in command.params for option in each.opts}
    assert len(offered) > 8
    assert {option for option in offered if f"`{option}" not in docs} == set()
