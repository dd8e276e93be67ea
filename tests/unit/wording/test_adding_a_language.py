"""docs/languages.md shows a whole language. With that one file added, and nothing else, all pages speak it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.fixtures.paths import ROOT

# Runs in the copy: everything that a language is needed for, once.
SPEAK = """
import json, sys
from pathlib import Path
import signage.app.configuration  # registers the source types and page kinds
from signage.config.schema import schema_text
from signage.config.words import did_you_mean
from signage.preview.samples import SIZES, read_sample
from signage.rendering.document import Renderer
from signage.rendering.layouts import load_layout
from signage.wording.hyphens import hyphenate
from signage.wording.typography import set_text

pages = {}
for path in sorted(Path("layouts").glob("*/layout.toml")):
    layout = load_layout(path.parent)
    renderer = Renderer(layout)
    for stress in (False, True):
        sample = read_sample(path.parent, stress)
        for size in SIZES:
            for kind, spec in sample.pages(layout, size, "da").items():
                pages.setdefault(f"{path.parent.name} {kind}", renderer.document(spec).html)
print(json.dumps({
    "pages": pages,
    "in_schema": '"da"' in schema_text(),
    "meant": did_you_mean("dansk", ["nb", "da"]),
    "typography": set_text("10 procent"),
}))
"""


def test_the_documented_language_needs_no_other_file(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(# Dansk\n.*?)```", (ROOT / "docs" / "languages.md").read_text("utf-8"), re.S)
    shutil.copytree(ROOT / "signage", tmp_path / "signage", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "layouts").symlink_to(ROOT / "layouts")
    (tmp_path / "signage" / "wording" / "languages" / "da.toml").write_text(example, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", SPEAK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()
    spoken = json.loads(done.stdout)
    assert spoken["in_schema"]
    assert spoken["meant"] == 'did you mean "da"?'
    assert spoken["typography"] == "10\u00a0procent"
    pages = {name: html.replace("\u00ad", "").replace("\u00a0", " ") for name, html in spoken["pages"].items()}
    assert len(pages) >= 3 * 15
    assert all('"da"' in html or "lang=da" in html for html in pages.values())
    for kind, words in {
        "today": "I dag",
        "week": "Ugen i",
        "now": "Nu",
        "countdown": "dage igen",
        "organisation": "Mød",
        "sponsor": "Annonce",
        "evergreen": "Det sker i",
    }.items():
        shown = " ".join(re.sub("<[^>]+>", " ", pages[f"fjord {kind}"]).split())
        assert words in shown, kind
