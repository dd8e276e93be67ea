"""The docs: short lines, no paragraph in a table, links that lead somewhere, and names of files that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from signage.config.load import parse_config
from signage.errors import ConfigError
from signage.wording.languages.messages import load_messages
from tests.fixtures.paths import ROOT

LONGEST_LINE = 120  # characters, as in the code
LONGEST_CELL = 80  # characters that are seen; more is a paragraph, which belongs in a list or a section
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"!?\[([^\]]*)\](?:\(([^)\s]+)\)|\[[^\]]*\])|^\[[^\]]+\]: (\S+)", re.MULTILINE)


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def prose(page: Path) -> str:
    """The page without its examples."""
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_line_is_too_long(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > LONGEST_LINE] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_table_cell_holds_a_paragraph(page: Path) -> None:
    rows = [LINK.sub(r"\1", line) for line in prose(page).splitlines() if line.lstrip().startswith("|")]
    cells = [cell.strip() for row in rows for cell in re.split(r"(?<!\\)\|", row)]
    assert [cell for cell in cells if len(cell) > LONGEST_CELL] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = {(found[2] or found[3] or "").split("#")[0] for found in LINK.finditer(prose(page))}
    files = {target for target in targets if target and "://" not in target and not target.startswith("mailto:")}
    assert {file for file in files if not (page.parent / file).exists()} == set()


def test_each_page_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    pages = [page for page in (ROOT / "docs").glob("*.md") if page.name != "README.md"]
    pages += (ROOT / "docs" / "sources").glob("*.md")
    assert [name(page) for page in pages if f"({page.relative_to(ROOT / 'docs').as_posix()})" not in index] == []


def test_each_file_that_the_architecture_names_exists() -> None:
    named = re.findall(
        r"`((?:signage|player)/[\w/]+(?:\.py|/))`", (ROOT / "docs" / "architecture.md").read_text("utf-8")
    )
    assert len(named) > 40
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_each_type_of_source_is_in_the_configuration_and_in_the_sources() -> None:
    types = {path.stem for path in (ROOT / "signage" / "sources" / "types").glob("*.py")} - {"__init__"}
    assert len(types) > 10
    for page in ("configuration.md", "sources.md"):
        text = (ROOT / "docs" / page).read_text("utf-8")
        assert {each for each in types if f'`"{each}"`' not in text and f"[`{each}`]" not in text} == set(), page


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").split()) < 600


def test_the_readme_shows_a_message_as_it_is_printed() -> None:
    """All of it but the number of the line, which each edit of screens.toml changes."""
    wrong = (ROOT / "screens.toml").read_bytes().replace(b'layout = "fjord"', b'layout = "fjrd"', 1)
    with pytest.raises(ConfigError) as caught:
        parse_config(wrong, "screens.toml", ROOT / "layouts")
    message, hint = re.sub(r"\.toml:\d+:", ".toml:N:", str(caught.value)).split(" Hint: ")
    readme = re.sub(r"\.toml:\d+:", ".toml:N:", (ROOT / "README.md").read_text("utf-8"))
    assert f"    ✗ {message}\n      Hint: {hint}\n" in readme


def test_the_status_page_says_what_the_docs_quote_of_it() -> None:
    """What to do about each sentence about a player, with the beginning of the sentence as the page has it."""
    sections = re.split(r"^## ", (ROOT / "docs" / "status.md").read_text("utf-8"), flags=re.MULTILINE)
    advice = " ".join(section for section in sections if re.match("(Red|Yellow): what to do", section))
    quoted = re.findall(r"«([^»]{9,})»(?=[:,])", " ".join(advice.split()))
    catalogue = load_messages("nb").sentences
    said = {key: re.sub(r"\{\w+\}", "...", catalogue[key]) for key in catalogue if key.startswith("players.")}
    assert [quote for quote in quoted if not any(each.startswith(quote.rstrip(".")) for each in said.values())] == []
    unexplained = {key for key, each in said.items() if not any(each.startswith(quote.rstrip(".")) for quote in quoted)}
    assert unexplained == {"players.unpaired", "players.prepared"}  # grey, and to do with no player at all
