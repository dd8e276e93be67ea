"""Make the typefaces that the player draws its own pages with, and the line that tells how old the data is.

    python layouts/make_player_fonts.py      needs fonttools and brotli; writes player/display/fonts/ and
                                             signage/publishing/data_age_label.ttf

Players draw with SDL_ttf, which knows neither WOFF2 nor variable fonts. The line speaks every language of the pages, so
its Latin (Atkinson Hyperlegible Next) and its Cyrillic (Golos Text) letters are put into one file.
"""

import shutil
import string
import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem
from fontTools.varLib.instancer import instantiateVariableFont

HERE = Path(__file__).parent
FONTS = HERE / "fjord" / "fonts"
PLAYER = HERE.parent / "player" / "display" / "fonts"
LINE = HERE.parent / "signage" / "publishing" / "data_age_label.ttf"
LATIN = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)])) + "–—‘’“”„•…−"
CYRILLIC = "".join(map(chr, range(0x410, 0x450))) + "ІіЇїЄєҐґ"


def cut(source: str, weight: int, characters: str) -> TTFont:
    """One weight of a variable font, these characters only, without features."""
    font = instantiateVariableFont(TTFont(FONTS / source), {"wght": weight})
    options = Options(layout_features=["kern"], name_IDs=[0, 1, 2, 13, 14], hinting=False, notdef_outline=True)
    subsetter = Subsetter(options)
    subsetter.populate(text=characters)
    subsetter.subset(font)
    font.flavor = None
    return font


def write(font: TTFont, path: Path) -> None:
    font["head"].modified = font["head"].created  # the same input gives the same bytes
    font.recalcTimestamp = False
    font.save(path, reorderTables=True)


def line() -> TTFont:
    """Latin and Cyrillic letters in one font."""
    letters = string.ascii_letters + string.digits + " .,:/–-ÆØÅæøåÄÖÜäöüß"
    latin, cyrillic = cut("atkinson-latin.woff2", 500, letters), cut("golos-cyrillic.woff2", 500, CYRILLIC)
    scale_upem(cyrillic, latin["head"].unitsPerEm)
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for number, font in enumerate((latin, cyrillic)):
            for table in ("GSUB", "GPOS", "GDEF", "STAT", "vhea", "vmtx"):
                if table in font:
                    del font[table]
            files.append(str(Path(folder) / f"{number}.ttf"))
            font.save(files[-1])
        merged = Merger().merge(files)
    merged["head"].created = latin["head"].created
    return merged


def main() -> None:
    PLAYER.mkdir(parents=True, exist_ok=True)
    write(cut("bricolage-latin.woff2", 700, LATIN), PLAYER / "headline.ttf")
    write(cut("atkinson-latin.woff2", 400, LATIN), PLAYER / "text.ttf")
    write(cut("atkinson-latin.woff2", 700, LATIN), PLAYER / "code.ttf")
    write(line(), LINE)
    for licence in ("OFL-AtkinsonHyperlegibleNext.txt", "OFL-BricolageGrotesque.txt"):
        shutil.copy(FONTS / licence, PLAYER / licence)


if __name__ == "__main__":
    main()
