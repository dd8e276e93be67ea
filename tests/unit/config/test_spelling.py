"""One spelling of a setting is documented; the other is accepted, and `signage check` mentions it once."""

from __future__ import annotations

from pathlib import Path

import pytest

from signage.cli.main import main
from signage.config.load import parse_config
from signage.errors import ConfigError
from tests.fixtures.paths import FIXTURES, LAYOUTS

TEXT = (FIXTURES / "config" / "everything.toml").read_text("utf-8")
OTHER = TEXT.replace("organiser", "organizer")


def test_both_spellings_mean_the_same() -> None:
    assert OTHER.count("organizer") >= 3
    assert parse_config(OTHER.encode(), "screens.toml", LAYOUTS) == parse_config(TEXT.encode(), "screens.toml", LAYOUTS)


def test_best_for_takes_both() -> None:
    text = TEXT.replace('best_for = ["text", "picture"]', 'best_for = ["organizer"]')
    config = parse_config(text.encode(), "screens.toml", LAYOUTS)
    assert [source.best_for for source in config.sources if source.best_for] == [["organiser"]]


def test_a_wrong_value_is_found_where_it_is_written() -> None:
    text = OTHER.replace('organizer = "Hemne songlag"', "organizer = 5", 1)
    line = text[: text.index("organizer = 5")].count("\n") + 1
    with pytest.raises(ConfigError) as caught:
        parse_config(text.encode(), "screens.toml", LAYOUTS)
    (problem,) = caught.value.problems
    assert (problem.line, problem.message) == (line, "This must be text in quotation marks, not 5.")


def test_both_at_once_is_a_mistake() -> None:
    text = TEXT.replace('organiser = "Hemne songlag"', 'organiser = "A"\norganizer = "B"', 1)
    with pytest.raises(ConfigError):
        parse_config(text.encode(), "screens.toml", LAYOUTS)


def test_check_mentions_it_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = (FIXTURES / "config" / "small.toml").read_text("utf-8")
    rule = '\n[[hold_back]]\norganizer = "A*"\n\n[[hold_back]]\norganizer = "B*"\n'
    file = tmp_path / "screens.toml"
    file.write_text(small + rule, "utf-8")
    assert main(["check", "--config", str(file)]) == 0
    assert capsys.readouterr().err.count("organizer") == 1
