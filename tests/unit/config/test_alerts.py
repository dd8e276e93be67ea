"""[alerts] and [prepared_alerts.water] in screens.toml: what is accepted, and what a mistake is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from signage.config.load import parse_config
from signage.config.models import Config
from signage.domain.alerts import AlertLevel, AlertText
from signage.errors import ConfigError

REST = """
[site]
name = "Heim kommune"
calendar = "https://iheim.no"
languages = ["nb", "nn"]
[[sources]]
id = "iheim"
type = "wis"
url = "https://iheim.no"
[places.library]
name = "Biblioteket"
[screens.library]
place = "library"
layout = "fjord"
playlist = [{ show = "today" }]
"""


def read(text: str, folder: Path) -> Config:
    (folder / "fjord").mkdir(exist_ok=True)
    (folder / "fjord" / "layout.toml").touch()
    return parse_config((REST + text).encode(), "screens.toml", folder)


def mistakes(text: str, folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        read(text, folder)
    first = REST.count("\n")
    return [f"{p.line - first} {p.key}: {p.message} {p.hint}".strip() for p in raised.value.problems]


def test_nothing_needs_to_be_written(tmp_path: Path) -> None:
    config = read("", tmp_path)
    assert (config.alerts.sender, config.alerts.longest_hours, config.prepared_alerts) == ("", 24.0, {})


def test_a_message_without_languages_is_in_the_first_one_of_the_site(tmp_path: Path) -> None:
    config = read('[prepared_alerts.water]\ntitle = "Vannet må kokes"\ntext = "Kok alt.\\n\\nDusj."', tmp_path)
    message = config.prepared_alerts["water"]
    assert message.texts(config.site.languages) == {"nb": AlertText("Vannet må kokes", "Kok alt.\n\nDusj.")}
    assert message.alert_level is AlertLevel.TAKEOVER


def test_a_message_in_several_languages(tmp_path: Path) -> None:
    written = '[prepared_alerts.water]\nlevel = "banner"\ntitle = { nb = "Vann", nn = "Vatn" }\ntext = { nn = " Kok " }'
    message = read(written, tmp_path).prepared_alerts["water"]
    assert message.texts(["nb"]) == {"nb": AlertText("Vann", ""), "nn": AlertText("Vatn", "Kok")}
    assert message.alert_level is AlertLevel.BANNER


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('[prepared_alerts.w]\ntext = "x"', "1 prepared_alerts.w.title: This is missing. it is what it says"),
        ('[prepared_alerts.w]\ntitle = " "', "2 prepared_alerts.w.title: This is empty. write what the screens"),
        ('[prepared_alerts.w]\ntitle = """a\nb"""', "2 prepared_alerts.w.title: A title has one line. write the rest"),
        ("[prepared_alerts.w]\ntitle = 4", "2 prepared_alerts.w.title: This must be text in quotation marks, not 4."),
        ('[prepared_alerts.w]\ntitle = { no = "x" }', '2 prepared_alerts.w.title: There is no language "no". did you'),
        (f'[prepared_alerts.w]\ntitle = "{101 * "x"}"', "2 prepared_alerts.w.title: This has 101 letters. at most 100"),
        (
            '[prepared_alerts.w]\ntitle = "x"\ntext = { nn = "y" }',
            "2 prepared_alerts.w.title: The text has languages, and the title has none. write title",
        ),
        (
            '[prepared_alerts.w]\ntitle = { nn = "x" }\ntext = "y"',
            "3 prepared_alerts.w.text: The title has languages, and the text has none. write text",
        ),
        (
            '[prepared_alerts.w]\ntitle = { nn = "x" }\ntext = { nn = "y", en = "z" }',
            '2 prepared_alerts.w.title: The text is there in "en", and the title isn\'t. add en = "…" to the title.',
        ),
        (
            '[prepared_alerts.w]\ntitle = "x"\nlevel = "baner"',
            '3 prepared_alerts.w.level: This must be "takeover", "banner" or "page", not "baner". did you mean',
        ),
        ('[prepared_alerts.w]\ntitel = "x"\ntitle = "y"', '2 prepared_alerts.w.titel: There is no setting "titel"'),
        ('[[prepared_alerts.w]]\ntitle = "x"', "1 prepared_alerts.w: This heading must have single brackets. write ["),
        ("[alerts]\nlongest_hours = 0", "2 alerts.longest_hours: This must be at least 0.25, not 0."),
        ("[alerts]\nlongest_hours = 1000", "2 alerts.longest_hours: This must be at most 744, not 1000."),
        ('[alerts]\ntitle = "x"', "2 alerts.title: "),
    ],
)
def test_a_mistake_is_named_with_its_line(written: str, said: str, tmp_path: Path) -> None:
    found = mistakes(written, tmp_path)
    assert len(found) == 1
    assert found[0].startswith(said), found[0]
