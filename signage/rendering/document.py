"""Set a page in its layout: from `PageSpec` to HTML, by Jinja2. Pure: the layout has been read by somebody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from signage.domain.model import PagePicture, PageSpec
from signage.wording.qr import qr

SHORT_SIDE = 1080  # px; layouts are drawn for a page whose short side is this long, and scale
LEAST_SHORT_SIDE = 600  # px; on a video wall 7680x1080 letters would be too large for its height otherwise
LEAST_LETTER = 11.0  # px of type; with fewer, letters lose their form, however near people are
LONGEST_SIDE = 2400  # px; a page whose long side would be longer than this is drawn for a shorter short side
# Unicode's wish for an emoji in colour. Browsers then prefer a typeface of the machine's to one that the layout brings.
IN_COLOUR = "\ufe0f"
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
    @property
    def fingerprint(self) -> str: ...
    @property
    def palette(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Document:
    """A page as HTML. `head` is equal for all pages of a layout, so that a browser loads it once; `body` is the page.

    `photograph`: a picture is on it. `lacks`: sha256 of those that should be there and could not be read.
    `palette`: the only colours that its picture is to have; all if empty.
    """

    language: str
    head: str
    body: str
    photograph: bool = False
    lacks: tuple[str, ...] = ()
    palette: tuple[str, ...] = ()

    @property
    def html(self) -> str:
        """The whole page, to stand alone."""
        return f'<!doctype html><html lang="{self.language}"><head>{self.head}</head><body>{self.body}</body></html>'


def no_pictures(sha256: str) -> str | None:
    """For pages without pictures: none can be read."""
    return None


class _PagePicture:
    """A picture while its page is set: what templates know of a `PagePicture`, and the address of its bytes."""

    def __init__(self, picture: PagePicture, address: str, used: set[str]) -> None:
        self.sha256, self.width, self.height = picture.sha256, picture.width, picture.height
        self.credit, self.colour = picture.credit, picture.colour
        self.focus_x, self.focus_y = picture.focus_x, picture.focus_y
        self._address = address
        self._used = used

    @property
    def src(self) -> str:
        """What an <img> takes: a data: address."""
        self._used.add(self.sha256)
        return self._address


class _Pictures:
    """The pictures of one page: which can be read, and which of them the template used."""

    def __init__(self, address_of: Callable[[str], str | None]) -> None:
        self._address_of = address_of
        self.used: set[str] = set()
        self.lacking: set[str] = set()

    def put_in(self, value: Any) -> Any:
        """The same data with every `PagePicture` as templates see it; None for one that can't be read."""
        if isinstance(value, PagePicture):
            address = self._address_of(value.sha256)
            if address is None:
                self.lacking.add(value.sha256)
                return None
            return _PagePicture(value, address, self.used)
        if isinstance(value, Mapping):
            return {key: self.put_in(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.put_in(inner) for inner in value]
        return value


class Renderer:
    """Sets pages in one layout. `picture_address` gives a picture's bytes as a data: address by their sha256, and None
    for one that can't be read: the page is then set without it.
    """

    def __init__(self, layout: Laid, picture_address: Callable[[str], str | None] = no_pictures) -> None:
        assert isinstance(layout.templates, dict)
        self.layout = layout
        self.picture_address = picture_address
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
        """The page's HTML. Raises jinja2.TemplateError, and whatever a template's expressions raise."""
        unit = unit_of(spec.width, spec.height)
        pictures = _Pictures(self.picture_address)
        page = pictures.put_in(spec.context)
        smallest = max(page["screen"]["smallest"], self.layout.smallest * unit, LEAST_LETTER)
        common = {"unit": unit, "smallest": smallest}
        zones = [self._zone(part, common) for part in page.get("parts", ())]
        own = {"kind": spec.kind, "width": spec.width, "height": spec.height, "zone": False, "zones": zones}
        body = self.environment.get_template(f"{spec.kind}.html").render(page=page, **own, **common)
        body = body.replace(IN_COLOUR, "")
        lacking = tuple(sorted(pictures.lacking))
        return Document(spec.language, self.head, body, bool(pictures.used), lacking, self.layout.palette)

    def _zone(self, part: Mapping[str, Any], common: Mapping[str, float]) -> Markup:
        """One part of a split page, set by its own kind's template."""
        own = {"width": part["width"], "height": part["height"], "zone": True, "zones": []}
        template = self.environment.get_template(f"{part['kind']}.html")
        return Markup(template.render(page=part["page"], kind=part["kind"], **own, **common))  # noqa: S704 escaped there


class Typesetter:
    """Sets each page in its own layout; `layouts` by name, `picture_address` as for `Renderer`."""

    def __init__(self, layouts: Mapping[str, Laid], picture_address: Callable[[str], str | None] = no_pictures) -> None:
        self._renderers = {name: Renderer(layout, picture_address) for name, layout in layouts.items()}

    def document(self, spec: PageSpec) -> Document:
        """The page's HTML; raises what `Renderer.document` does."""
        return self._renderers[spec.layout].document(spec)

    def shell(self, layout: str, width: int, height: int) -> tuple[str, int, int]:
        """What all pages of a layout and a size have in common: the head of their HTML, and the size."""
        return (self._renderers[layout].head, width, height)

    def fingerprint(self, spec: PageSpec) -> str:
        """The hash of the page's layout."""
        return self._renderers[spec.layout].layout.fingerprint


def unit_of(width: int, height: int) -> float:
    """The length in px that layouts draw with: a page is 1080 of them high, or on its short side; a strip 2400 wide,
    and more where it would be less than 600 high.
    """
    short, long = min(width, height), max(width, height)
    return min(max(short / SHORT_SIDE, long / LONGEST_SIDE), short / LEAST_SHORT_SIDE)
