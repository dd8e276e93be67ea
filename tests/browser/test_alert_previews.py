"""What people see of alerts before there is one: `signage preview`, and what `signage check` says of prepared ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from signage.cli.main import main
from signage.errors import EXIT_OK

CONFIG = """
[site]
name = "Heim kommune"
calendar = "https://iheim.no"
[[sources]]
id = "iheim"
type = "wis"
url = "https://iheim.no"
[places.library]
name = "Hemne bibliotek"
[screens.library]
place = "library"
size = "320x240"
playlist = [{ show = "evergreen" }]
[prepared_alerts.water]
title = "Vannet må kokes"
[prepared_alerts.power]
title = "Strømmen er borte"
text = "Strømmen kommer tilbake i kveld. Hold kjøleskapet lukket. Slå av komfyren. Ring naboer som trenger hjelp nå."
level = "banner"
"""


@pytest.mark.browser
def test_preview_shows_alerts_of_every_kind(tmp_path: Path) -> None:
    only = ["--layout", "alert", "--size", "1920x540", "--out", str(tmp_path)]
    assert main(["preview", *only]) == EXIT_OK
    names = {f"{kind}-1920x540.png" for kind in ("alert", "alert-banner", "alert-warning")}
    assert {path.name for path in tmp_path.iterdir()} == names
    for name in names:
        with Image.open(tmp_path / name) as picture:
            assert picture.size == (1920, 540)


@pytest.mark.browser
def test_check_says_where_a_prepared_alert_does_not_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "screens.toml").write_text(CONFIG, "utf-8")
    assert main(["check", "--config", str(tmp_path / "screens.toml"), "--var", str(tmp_path / "var")]) == EXIT_OK
    said = " ".join("".join(capsys.readouterr()).split())
    assert "prepared_alerts.power: The text is too long for a strip on Hemne bibliotek (320×240):" in said
    assert "prepared_alerts.water" not in said
