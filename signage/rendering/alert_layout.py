"""The layout of emergency alerts: one for all screens, built in (layouts/alert), and no layout for pages. I/O: disk."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache

from signage.config.built_in import LAYOUTS, built_in
from signage.rendering.layouts import Layout, inline_typefaces

NAME = "alert"


@cache
def alert_layout() -> Layout:
    """Read once: it comes with the program."""
    folder = built_in(LAYOUTS) / NAME
    about = tomllib.loads((folder / "alert.toml").read_text("utf-8"))
    templates = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.html"))}
    css = inline_typefaces(folder, (folder / "style.css").read_text("utf-8"))
    digest = hashlib.sha256(repr((templates, css, about)).encode()).hexdigest()
    return Layout(NAME, templates, css, b"", float(about["smallest"]), {}, digest, palette=tuple(about["palette"]))
