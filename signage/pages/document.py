"""Set a page in its layout: from `PageSpec` to HTML, by Jinja2. Pure: the layout has been read by somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import segno
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from signage.model import PageSpec

SHORT_SIDE = 1080  # px; layouts are drawn for a page whose short side is this long, and scale
# Second lock behind the offline browser: nothing from outside, no script.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"


class Laid(Protocol):
    """What is needed of a layout."""

    @property
    def templates(self) -> object: ...
    @property
    def css(self) -> str: ...
    @property
    def smallest(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Document:
    """A page as HTML. `head` is equal for all pages of a layout, so that a browser loads it once; `body` is the page.

    Pictures stand in `body` as `picture:SHA256`; whoever renders puts their bytes in.
    """

    language: str
    head: str
    body: str

    @property
    def html(self) -> str:
        """The whole page, to stand alone."""
        return f'<!doctype html><html lang="{self.language}"><head>{self.head}</head><body>{self.body}</body></html>'


class Renderer:
    """Sets pages in one layout."""

    def __init__(self, layout: Laid) -> None:
        assert isinstance(layout.templates, dict)
        self.layout = layout
        self.environment = Environment(
            loader=DictLoader(layout.templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.filters["qr"] = qr
        policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        self.head = f'<meta charset="utf-8">{policy}<style>{layout.css}</style>'

    def document(self, spec: PageSpec) -> Document:
        """The page's HTML. Raises jinja2.UndefinedError when the template asks for what the context lacks."""
        unit = min(spec.width, spec.height) / SHORT_SIDE
        template = self.environment.get_template(f"{spec.kind}.html")
        smallest = spec.context["screen"]["smallest"] or self.layout.smallest * unit
        body = template.render(
            page=spec.context, kind=spec.kind, width=spec.width, height=spec.height, unit=unit, smallest=smallest
        )
        return Document(spec.language, self.head, body)


@lru_cache(512)
def qr(address: str) -> Markup:
    """A QR code (ISO/IEC 18004, level M, quiet zone of 4 modules) as inline SVG, black on white."""
    code = segno.make(address, error="m", micro=False)
    svg = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    return Markup(svg)  # noqa: S704 made by segno from an address, no text of anybody's in it
