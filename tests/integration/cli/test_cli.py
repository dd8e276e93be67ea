"""The commands as they are typed, and what they say and answer when something is wrong."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from signage.cli.main import main
from signage.errors import EXIT_CANTCREAT, EXIT_CONFIG, EXIT_OK, EXIT_PARTIAL, EXIT_UNAVAILABLE, EXIT_USAGE
from tests.fixtures.paths import FIXTURES, ROOT
from tests.fixtures.portal import html
from tests.fixtures.site import PLAYLIST, Site

AT = ["--at", "2026-11-23T12:00"]


def test_events_prints_one_object_a_line(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write()
    assert main(site.arguments("events", "--json", *AT)) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["title"] for line in lines] == ["Kaffe", "Kino: Vaiana", "Bokprat", "Strikkekafé"]
    first = lines[0]
    assert {"id", "source", "title", "start", "end", "all_day", "venue", "status", "url", "ticket"} <= set(first)
    assert first["start"] == "2026-11-23T13:00:00+01:00"


def test_events_says_what_is_held_back(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.listings.append({**site.listings[0], "id": 9, "title": "Stengt: Svømmehallen"})
    site.write()
    assert main(site.arguments("events", "--held-back", *AT)) == 0
    assert "Stengt: Svømmehallen" in capsys.readouterr().out


def test_nothing_to_list_is_said(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.listings.clear()
    site.write()
    for command, said in (
        (["events"], "No events are coming."),
        (["events", "--held-back"], "No event is held back."),
        (["organisations"], "No source names an organiser."),
    ):
        assert main(site.arguments(*command, *AT)) == EXIT_OK
        out, err = capsys.readouterr()
        assert (out, said in err) == ("", True)


@pytest.mark.browser
def test_build_and_show_from_the_manifest_alone(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write(f'{PLAYLIST}, {{ show = "notice", title = "Dugnad på lørdag", text = "Ta med kost." }}')
    out = site.folder / "out"
    assert main(site.arguments("build", "--json", "--out", str(out), *AT)) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["screens"][0]["pictures_rendered"] == report["screens"][0]["pictures"] > 0
    assert report["sources"][0]["events"] == 4
    site.path.unlink()
    assert main(["show", "bibliotek", "--out", str(out), "--at", "2026-11-23T18:30"]) == 0
    said = capsys.readouterr().out
    assert "Kino: Vaiana" in said
    assert "\n    Dugnad på lørdag · Ta med kost.\n" in said
    assert "Kaffe" not in said
    assert main(["show", "bibliotek", "--out", str(out), "--at", "2026-11-23T18:30", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pages"][0]["events"][0]["title"] == "Kino: Vaiana"


def test_an_unknown_screen_is_said_with_those_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "screens" / "bibliotek").mkdir(parents=True)
    assert main(["show", "biblotek", "--out", str(tmp_path)]) == EXIT_USAGE
    assert "the published screens are bibliotek" in capsys.readouterr().err


def test_a_broken_configuration_is_told_whole(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write()
    text = site.path.read_text().replace('show = "today"', 'show = "todya"').replace("motto", "moto")
    site.path.write_text(text)
    assert main(site.arguments("check")) == EXIT_CONFIG
    said = capsys.readouterr().err
    assert 'did you mean "today"' in said
    assert 'did you mean "motto"' in said


def test_a_source_that_sends_a_web_page_is_said_and_the_exit_code_tells(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.write()
    site.portal.wis(html)
    assert main(site.arguments("events", *AT)) == EXIT_PARTIAL
    assert "HTML" in capsys.readouterr().err


def test_no_browser_is_a_message_with_the_command_to_type(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    site.write()
    monkeypatch.setenv("PATH", str(site.folder))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(site.folder))
    monkeypatch.delenv("SIGNAGE_BROWSER", raising=False)
    assert main(site.arguments("build", *AT)) == EXIT_UNAVAILABLE
    said = capsys.readouterr().err.strip().splitlines()
    assert said == ["✗ There is no browser to render pages with.", "  Hint: sudo apt install chromium-headless-shell"]


def test_a_folder_that_cannot_be_written_is_said(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write()
    (site.folder / "var").write_text("a file where the folder should be")
    assert main(site.arguments("build", *AT)) == EXIT_CANTCREAT
    assert str(site.folder / "var") in capsys.readouterr().err


def test_a_port_in_use_is_said_with_what_to_do(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(site.arguments("run", "--host", "127.0.0.1", "--port", port)) == EXIT_UNAVAILABLE
    assert f"Port {port} is used by another program." in capsys.readouterr().err


def test_a_wrong_instant_is_said(site: Site) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "signage", "show", "x", "--at", "Saturday"], capture_output=True, text=True, check=False
    )
    assert done.returncode == EXIT_USAGE
    assert 'Invalid date/time "Saturday".' in done.stderr
    assert "2026-12-05 14:00" in done.stderr


def test_every_command_and_option_is_in_the_readme_or_the_help() -> None:
    root = ROOT
    readme = (root / "README.md").read_text("utf-8")
    for command in ("run", "build", "events", "show", "check"):
        assert f"signage {command}" in readme


@pytest.mark.browser
def test_a_full_disk_is_said_and_the_screens_keep_what_they_have(site: Site) -> None:
    """The kernel's limit on a file's size stands in for a disk that takes no more."""
    site.build()
    before = site.manifest()
    site.listings[0] = {**site.listings[0], "title": "Kaffe og kake"}
    site.write()
    limited = "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    limited += "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); "
    limited += "from signage.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", limited, *site.arguments("build", *AT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == EXIT_CANTCREAT, done.stderr
    message, hint = done.stderr.strip().splitlines()
    assert message.startswith("✗ ")
    assert hint.startswith("  Hint: ")
    assert site.manifest() == before


def test_check_warns_of_settings_that_were_hardly_meant(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write(playlist='{ show = "notice", title = "Dugnad", until = 2026-11-20 }, { show = "today" }')
    (line,) = [n for n, text in enumerate(site.path.read_text("utf-8").splitlines(), 1) if "Dugnad" in text]
    assert main(site.arguments("check", *AT)) == 0
    assert f"{site.path}:{line}:" in (said := capsys.readouterr().err)
    assert "This is over: its last day was 2026-11-20." in said
    assert main(site.arguments("check", "--at", "2026-11-20T23:59")) == 0
    assert "This is over" not in capsys.readouterr().err


def test_check_reports_a_picture_file_that_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = FIXTURES / "config" / "mistakes" / "051-picture-file-missing.toml"
    assert main(["check", "--config", str(file), "--var", str(tmp_path), *AT]) == EXIT_PARTIAL
    assert f"{file}:26:11: sponsors[0].picture: " in capsys.readouterr().err.replace("\n", "")
