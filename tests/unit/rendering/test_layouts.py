"""The layout that comes along, and what is said when a layout is incomplete."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import segno

from signage.domain.model import PageSpec
from signage.errors import SignageError
from signage.planning.kinds import TEMPLATES
from signage.rendering.document import Renderer
from signage.rendering.layouts import load_layout
from signage.wording.qr import qr
from tests.fixtures.paths import LAYOUTS

FJORD = LAYOUTS / "fjord"
COMMON = {
    "site": {"name": "Heim", "calendar_label": "iheim.no", "motto": "", "colours": {"paper": "#ffffff"}},
    "screen": {
        "name": "<Biblioteket>",
        "orientation": "landscape",
        "shape": "landscape",
        "zone": False,
        "clock": True,
        "smallest": 0,
    },
    "season": None,
    "number": None,
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FJORD, tmp_path / "mine"))


def test_an_edit_of_any_file_is_another_layout(copy: Path) -> None:
    before = load_layout(copy)
    assert before.fingerprint == load_layout(FJORD).fingerprint
    for name in ("style.css", "today.html", "layout.toml"):
        file = copy / name
        file.write_text(file.read_text("utf-8").replace("28", "29").replace("today", "idag").replace("7", "6"))
        try:
            after = load_layout(copy).fingerprint
        except SignageError:
            continue  # a key of layout.toml was renamed: that is said, too
        assert after != before.fingerprint


@pytest.mark.parametrize(
    "missing", ["layout.toml", "style.css", "week.html", "fonts/clock.ttf", "fonts/atkinson-latin.woff2"]
)
def test_a_missing_file_is_named(copy: Path, missing: str) -> None:
    (copy / missing).unlink()
    with pytest.raises(SignageError, match=missing.split("/")[-1]):
        load_layout(copy, TEMPLATES)


def test_a_screen_with_larger_letters_holds_fewer_rows() -> None:
    layout = load_layout(FJORD)
    usual, large = layout.capacity(1920, 1080), layout.capacity(1920, 1080, smallest_text=52)
    assert large.today == usual.today // 2
    assert large.week >= 1


def test_text_is_escaped_and_nothing_comes_from_outside() -> None:
    nothing = {"byline": None, "link": None, "picture": None, "link_caption": "", "qr_px": 0}
    notice = {"title": "<script>x</script>", "text": "a", **nothing}
    spec = PageSpec("notice", "fjord", 1920, 1080, "nb", {**COMMON, **notice})
    document = Renderer(load_layout(FJORD)).document(spec)
    assert "<script>" not in document.html
    assert "&lt;script&gt;" in document.body
    assert "default-src 'none'" in document.head
    assert "http://" not in document.head.replace("http://www.w3.org", "")


def test_a_qr_code_keeps_its_quiet_zone() -> None:
    modules = segno.make("https://iheim.no", error="m", micro=False).symbol_size(border=0)[0]
    edge = modules + 2 * 4  # ISO/IEC 18004: four modules on every side
    assert f'viewBox="0 0 {edge} {edge}"' in str(qr("https://iheim.no"))


def test_every_kind_has_a_template() -> None:
    assert {f"{kind}.html" for kind in TEMPLATES} <= set(load_layout(FJORD).templates)
