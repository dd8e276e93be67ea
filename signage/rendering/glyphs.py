"""Which characters the rendering browser has no glyph for: it draws an empty box ("tofu") instead.

The layouts bring typefaces of their own, and what these lack comes from those of the machine.
"""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Error, sync_playwright

from signage.errors import NoBrowser
from signage.rendering.browser import arguments, find_browser, keep_from_raising_priority
from signage.rendering.sandbox import sandbox_problem

UNASSIGNED = "\U000effff"  # Unicode never gives it a character, so that every font shows its box for it
START_SECONDS = 60.0  # a cold start from a slow card
PAGE = '<style>{css}</style><main class="page" style="--u:1px;--smallest:20px"></main>'  # as layouts' templates begin
DRAW = """async ([characters, unassigned]) => {
  const font = "40px " + getComputedStyle(document.querySelector(".page")).fontFamily;
  await document.fonts.load(font, characters.join(""));
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.font = font;
  const pixels = (text) => {
    context.clearRect(0, 0, 64, 64);
    context.fillText(text, 4, 48);
    return context.getImageData(0, 0, 64, 64).data.join();
  };
  const box = pixels(unassigned);
  return characters.filter((character) => pixels(character) === box);
}"""


def missing_glyphs(characters: Sequence[str], stylesheets: Sequence[str]) -> list[str]:
    """Those of the characters that would be an empty box in the texts of a layout. `stylesheets`: the layouts'. Raises
    NoBrowser when the browser doesn't start.
    """
    executable = find_browser()
    keep_from_raising_priority()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=executable,
                args=arguments(),
                chromium_sandbox=sandbox_problem() is None,
                timeout=START_SECONDS * 1000,
            )
            try:
                page = browser.new_context(offline=True).new_page()
                missing: set[str] = set()
                for css in stylesheets:
                    page.set_content(PAGE.format(css=css))
                    missing |= set(page.evaluate(DRAW, [list(characters), UNASSIGNED]))
                return [character for character in characters if character in missing]
            finally:
                browser.close()
    except Error as error:
        first = error.message.strip().splitlines()[0]
        raise NoBrowser(
            "The browser doesn't start.", f"{executable}: {first}", "sudo apt install --reinstall chromium"
        ) from error
