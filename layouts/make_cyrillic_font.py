"""Make the Cyrillic typeface beside Bricolage Grotesque and Atkinson Hyperlegible Next: Golos Text, lighter.

    npm pack @fontsource-variable/golos-text     (5.3.0), unpack it, and then, with fonttools and brotli:
    python layouts/make_cyrillic_font.py package/files/golos-text-cyrillic-wght-normal.woff2
    writes layouts/fjord/fonts/golos-cyrillic.woff2

At the same number for its weight Golos is much bolder: the stem of a capital is 180 thousandths of an em at 700, and
146 in Bricolage. So its weights from 400 to 655 are given the numbers from 400 to 800; at the size that style.css sets
it in (size-adjust), stems differ from Bricolage's by 5 thousandths at most. Its licence allows this under its name.
"""

import sys
from pathlib import Path

from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

TARGET = Path(__file__).parent / "fjord" / "fonts" / "golos-cyrillic.woff2"
LIGHTEST, BOLDEST = 400, 655  # Golos' own numbers
CALLED = 800  # the number that the boldest gets, Bricolage's last


def main(source: Path) -> None:
    font = instantiateVariableFont(TTFont(source, recalcTimestamp=False), {"wght": (LIGHTEST, BOLDEST)})
    (axis,) = font["fvar"].axes
    assert (axis.minValue, axis.defaultValue, axis.maxValue) == (LIGHTEST, LIGHTEST, BOLDEST)
    assert "avar" not in font, "weights between the two would not be where they are expected"
    axis.maxValue = CALLED
    font["fvar"].instances = []
    font.flavor = "woff2"
    font.save(TARGET, reorderTables=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
