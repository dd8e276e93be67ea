"""Make the typeface that players draw the clock with: one weight of Bricolage Grotesque, digits and a point only.

    python layouts/make_clock_font.py        needs fonttools and brotli; writes layouts/fjord/fonts/clock.ttf

Players draw with SDL_ttf, which knows neither WOFF2 nor variable fonts nor OpenType features; so the tabular
figures, which stand still when a minute passes, take the place of the plain ones.
"""

from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FONTS = Path(__file__).parent / "fjord" / "fonts"
WEIGHT = 400
CHARACTERS = "0123456789.: "


def main() -> None:
    font = TTFont(FONTS / "bricolage-latin.woff2")
    font = instantiateVariableFont(font, {"wght": WEIGHT})
    table = font["GSUB"].table
    tabular = {}
    for record in table.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for subtable in table.LookupList.Lookup[index].SubTable:
                    tabular.update(getattr(subtable, "ExtSubTable", subtable).mapping)
    for cmap in font["cmap"].tables:
        cmap.cmap = {code: tabular.get(name, name) for code, name in cmap.cmap.items()}
    options = Options(layout_features=[], name_IDs=[0, 1, 2, 13, 14], hinting=False, notdef_outline=True)
    subsetter = Subsetter(options)
    subsetter.populate(text=CHARACTERS)
    subsetter.subset(font)
    font.flavor = None
    font["head"].modified = font["head"].created  # the same input gives the same bytes
    font.save(FONTS / "clock.ttf", reorderTables=True)


if __name__ == "__main__":
    main()
