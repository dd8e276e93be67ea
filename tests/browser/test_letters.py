"""Every letter that pages say comes from a typeface that is bundled: none is left to what a machine happens to have."""

from __future__ import annotations

from datetime import date
from html import escape
from pathlib import Path

import pytest
from PIL import ImageChops
from playwright.sync_api import sync_playwright

from signage.domain.page_plan import PagePlan
from signage.rendering.browser import arguments, find_browser
from signage.rendering.document import IN_COLOUR
from signage.rendering.layouts import load_layout
from signage.wording.dates import Wording
from signage.wording.languages import FOLDER, load
from signage.wording.typography import set_text
from tests.fixtures.fonts import ONLY_DEJAVU
from tests.fixtures.make import OSLO
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.shots import booth, one_screen, spec_of

NAMES = sorted(path.parent.name for path in LAYOUTS.glob("*/layout.toml"))
SIGNS = "– · … ’ № § 0123456789 æøå ÆØÅ äöüß ÄÖÜ ïéèáčđšž ÏÉÈÁČĐŠŽ ґєії ҐЄІЇ"


def said() -> str:
    """All phrases of all languages, their days and months, and the signs that texts are set with."""
    texts = [SIGNS]
    for path in FOLDER.glob("*.toml"):
        words = load(path.stem)
        texts += [*words.phrases.values(), *words.pocket.values(), *words.weather.values()]
        texts += [form for forms in words.plurals.values() for form in forms.values()]
        wording = Wording(words, OSLO)
        days = [date(2026, month, 1 + month) for month in range(1, 13)]
        texts += [wording.day(day, pattern) for day in days for pattern in ("full_day", "day_short")]
    return " ".join(set_text(text) for text in texts)


EMOJI = "🎄 🎶 🪗 🥳 ❤️ ❤ ☀️ ☎️ 1️⃣ 👨‍👩‍👧‍👦 🏳️‍🌈 👩🏽‍🚀 🇳🇴 🧑🏿‍🤝‍🧑🏻 ⚽️ ✔️ ⭐"


@pytest.mark.browser
@pytest.mark.parametrize("name", NAMES)
def test_every_letter_is_bundled(name: str) -> None:
    """Emoji, too: also where the machine has a typeface with coloured ones, they have the colour of the text."""
    css = load_layout(LAYOUTS / name).css
    text = escape(said()) + EMOJI.replace(IN_COLOUR, "")
    body = f'<main class="page" style="--u:1px;--smallest:20px"><h1>{text}</h1><p>{text}</p><p><b>{text}</b></p></main>'
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_browser()), args=arguments())
        page = browser.new_page()
        page.set_content(f"<style>{css}</style>{body}")
        page.evaluate("document.fonts.ready")
        devtools = page.context.new_cdp_session(page)
        devtools.send("DOM.enable")
        devtools.send("CSS.enable")
        root = devtools.send("DOM.getDocument")["root"]["nodeId"]
        for selector in ("h1", "p", "b"):
            node = devtools.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
            used = devtools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
            assert [font["familyName"] for font in used if not font["isCustomFont"]] == [], selector
            assert sum(font["glyphCount"] for font in used) > 1000
        browser.close()


@pytest.mark.browser
def test_a_page_with_emoji_is_the_same_on_a_machine_without_emoji(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = {"show": "notice", "title": "🎄 Julekonsert 🎶", "text": f"Vi synger og danser {EMOJI}"}
    spec = spec_of(one_screen(playlist=[notice]), PagePlan("notice", entry=(0, "")))
    with booth(tmp_path) as here:
        usual, _ = here.take(spec)
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(ONLY_DEJAVU.format(tmp_path / "cache"))
    monkeypatch.setenv("FONTCONFIG_FILE", str(fonts))
    with booth(tmp_path) as bare:
        other, _ = bare.take(spec)
    assert ImageChops.difference(usual.convert("RGB"), other.convert("RGB")).getbbox() is None
