"""Find the files that come with the program, and layouts: a user's own ones first, then the built-in ones. I/O: disk.

`layouts/` and `screens.toml` are at the top of the repository, where people edit them. A wheel holds them in the
package (pyproject.toml: tool.hatch.build.targets.wheel).
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

LAYOUT_FILE = "layout.toml"  # a folder with such a file is a layout
DEMO_CONFIG = "screens.toml"  # what the demo shows when there is no configuration
LAYOUTS = "layouts"


def built_in(name: str) -> Path:
    """The file or folder of this name that came with the program."""
    package = Path(str(files("signage")))
    installed = package / "_built_in" / name
    return installed if installed.exists() else package.parent / name


def layouts_in(folder: Path) -> list[str]:
    """Names of the layouts in one folder."""
    return sorted(found.parent.name for found in folder.glob(f"*/{LAYOUT_FILE}"))


def available_layouts(own: Path) -> list[str]:
    """Names of the layouts in the user's folder, which may not exist, and of the built-in ones."""
    return sorted({*layouts_in(own), *layouts_in(built_in(LAYOUTS))})


def find_layout(own: Path, name: str) -> Path:
    """The folder of the layout: in the user's folder, or else a built-in one. It may not exist."""
    folder = own / name
    return folder if (folder / LAYOUT_FILE).is_file() else built_in(LAYOUTS) / name


def base_of(layout: Path, name: str) -> Path:
    """The folder of the layout that the one in `layout` builds on, which may be the built-in one of the same name."""
    same_name = built_in(LAYOUTS) / name
    extends_built_in = layout.name == name and (same_name / LAYOUT_FILE).is_file()
    return same_name if extends_built_in else find_layout(layout.parent, name)


def places_searched(own: Path) -> str:
    """Where layouts are looked for, in the middle of a sentence."""
    places = dict.fromkeys((own.absolute(), built_in(LAYOUTS)))
    return " and in ".join(map(str, places))
