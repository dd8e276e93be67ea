"""What two machines must have in common, and the words for what they have not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from signage.rendering.tools import Tools, differences, from_dict, system_fonts

OURS = Tools("1.0, rendering 2", "x86_64", "Chromium 156", "12.0", "1.5", "ab", ("A.ttf 10", "B.ttf 20"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"browser": "Chromium 155"}, "the browser Chromium 155 instead of Chromium 156"),
        ({"program": "0.9, rendering 2"}, "signage 0.9, rendering 2 instead of 1.0, rendering 2"),
        ({"machine": "aarch64"}, "a processor of the type aarch64 instead of x86_64"),
        ({"pillow": "11.0"}, "Pillow 11.0 instead of 12.0"),
        ({"webp": ""}, "libwebp none instead of 1.5"),
        ({"script": "cd"}, "another script that measures pages"),
        ({"fonts": ("A.ttf 10", "C.ttf 1", "D.ttf 1", "E.ttf 1", "F.ttf 1")},
         "other fonts (without B.ttf, with C.ttf, D.ttf, E.ttf and 1 more)"),
        ({"fonts": ("A.ttf 10", "B.ttf 21")}, "other fonts (without B.ttf, with B.ttf)"),
    ],
)  # fmt: skip
def test_each_difference_has_words_and_another_digest(change: dict[str, object], words: str) -> None:
    theirs = replace(OURS, **change)  # type: ignore[arg-type]
    assert differences(theirs, OURS) == [words]
    assert theirs.digest != OURS.digest


def test_tools_survive_the_journey_and_nothing_else_passes_for_them() -> None:
    assert from_dict(OURS.as_dict()) == OURS
    assert differences(OURS, OURS) == []
    for other in (None, "x", {}, {"fonts": ["A.ttf 10"]}, {**OURS.as_dict(), "more": 1}):
        assert from_dict(other) is None


def test_fonts_are_found_in_all_folders_wherever_they_are(tmp_path: Path) -> None:
    for name in ("one/A.ttf", "two/deep/B.OTF", "two/readme.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1234")
    folders = (str(tmp_path / "one"), str(tmp_path / "two"), str(tmp_path / "missing"))
    assert system_fonts(folders) == ("A.ttf 4", "B.OTF 4")
