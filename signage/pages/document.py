"""Set a page in its layout: from `PageSpec` to HTML, by Jinja2. Pure: the layout has been read by somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from signage.model import PageSpec
from signage.pages.codes import qr

SHORT_SIDE = 1080  # px; layouts are drawn for a page whose short side is this long, and scale
LONGEST_SIDE = 2400  # px; a page whose long side would be longer than this is drawn for a shorter short side
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
        unit = unit_of(spec.width, spec.height)
        smallest = max(spec.context["screen"]["smallest"], self.layout.smallest * unit)
        common = {"unit": unit, "smallest": smallest}
        zones = [self._zone(part, common) for part in spec.context.get("parts", ())]
        own = {"kind": spec.kind, "width": spec.width, "height": spec.height, "zone": False, "zones": zones}
        body = self.environment.get_template(f"{spec.kind}.html").render(page=spec.context, **own, **common)
        return Document(spec.language, self.head, body)

    def _zone(self, part: Mapping[str, Any], common: Mapping[str, float]) -> Markup:
        """One part of a split page, set by its own kind's template."""
        own = {"width": part["width"], "height": part["height"], "zone": True, "zones": []}
        template = self.environment.get_template(f"{part['kind']}.html")
        return Markup(template.render(page=part["page"], kind=part["kind"], **own, **common))  # noqa: S704 escaped there


def unit_of(width: int, height: int) -> float:
    """The length in px that layouts draw with: a page is 1080 of them high, or on its short side; a strip 2400 wide."""
    return max(min(width, height) / SHORT_SIDE, max(width, height) / LONGEST_SIDE)
