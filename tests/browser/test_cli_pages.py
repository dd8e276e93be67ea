"""What is said of pages before they hang anywhere: `signage check --pages` and `signage preview`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from signage.cli.main import main
from signage.errors import EXIT_PARTIAL, EXIT_USAGE
from tests.fixtures.site import Site

AT = ["--at", "2026-11-23T12:00"]


@pytest.mark.browser
def test_check_pages_gives_the_figures_of_each_page(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write()
    assert main(site.arguments("check", "--pages", "--json", *AT)) == 0
    said = capsys.readouterr().out
    figures = json.loads(said[said.index("[") :])
    assert {one["screen"] for one in figures} == {"bibliotek"}
    for one in figures:
        assert one["letter_mm"] >= one["needed_mm"] > 0
        assert one["contrast"] >= one["contrast_needed"] >= 4.5
        assert one["words"] > 0
        assert one["seconds"] > 0
        assert one["problems"] == []


@pytest.mark.browser
def test_check_pages_leaves_dark_pages_out(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write()
    text = site.path.read_text("utf-8").replace(
        "[screens.bibliotek]", '[screens.bibliotek]\nwhen_closed = "dark"\nhours = { mon-fri = "10-18" }', 1
    )
    site.path.write_text(text, "utf-8")
    assert main(site.arguments("check", "--pages", "--json", *AT)) == 0
    said = capsys.readouterr().out
    kinds = {one["kind"] for one in json.loads(said[said.index("[") :])}
    assert "today" in kinds
    assert "dark" not in kinds


@pytest.mark.browser
def test_check_pages_fails_what_cannot_be_read(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.write()
    pale = '[site.colours]\nink = "#cccccc"\npaper = "#ffffff"\n'
    site.path.write_text(site.path.read_text("utf-8").replace("[[sources]]", f"{pale}[[sources]]", 1), "utf-8")
    assert main(site.arguments("check", "--pages", *AT)) == EXIT_PARTIAL
    assert "contrast" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "can't be read"), (b"<svg xmlns='x'/>", "is an SVG drawing"), (b"ikke et bilde", "is ")],
)
def test_check_tells_of_a_picture_file_that_cannot_be_used(
    site: Site, capsys: pytest.CaptureFixture[str], content: bytes | None, said: str
) -> None:
    site.write()
    text = site.path.read_text("utf-8").replace("[site]", '[site]\nlogo = "vapen.png"', 1)
    site.path.write_text(text, "utf-8")
    if content:
        (site.path.parent / "vapen.png").write_bytes(content)
    line = text.splitlines().index('logo = "vapen.png"') + 1
    assert main(site.arguments("check")) == EXIT_PARTIAL
    told = capsys.readouterr().err.replace("\n", " ")
    assert f"{site.path}:{line}:8: site.logo: " in told
    assert said in told


@pytest.mark.browser
def test_preview_writes_a_sheet_or_single_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    only = ["--layout", "natt", "--kind", "event", "--size", "1080x1920", "--out", str(tmp_path)]
    assert main(["preview", *only]) == 0
    with Image.open(tmp_path / "natt-event-1080x1920.png") as page:
        assert page.size == (1080, 1920)
    assert main(["preview", *only, "--sheet", "--stress"]) == 0
    assert (tmp_path / "natt-stress.png").is_file()
    said = capsys.readouterr().err
    assert "1 page of natt" in said
    assert said.startswith("1 of 1: natt, 1080x1920\n"), "before it is rendered, which takes a while"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--layout", "fjrd"], 'did you mean "fjord"'),
        (["--kind", "evnt"], 'did you mean "event"'),
        (["--size", "4k"], "write width x height in pixels: 1920x1080"),
        (["--size", "9999x9999"], "7680x2160 is about the most"),
        (["--language", "no"], 'did you mean "nb"'),
        (["--language", "xx"], "choose one of de, en, nb"),
        (["--layout", "alert", "--language", "no"], 'did you mean "nb"'),
    ],
)
def test_preview_of_what_there_is_not(given: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["preview", *given]) == EXIT_USAGE
    assert said in capsys.readouterr().err
