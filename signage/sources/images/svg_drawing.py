"""Drawings that people drop: an SVG made harmless, so that the browser can show it as a picture. Pure; in a worker.

A browser that shows an SVG as a picture runs no scripts in it and loads nothing (SVG 2, "secure animated mode"), and
ours has no network. What could still make it slow, or look otherwise than meant, is refused or taken out here.
"""

from __future__ import annotations

import re

from lxml import etree

from signage.sources.images.decoding import LEAST_SIDE, BadPicture

SVG = "http://www.w3.org/2000/svg"
MOST_BYTES = 5_000_000
MOST_ELEMENTS = 50_000  # also as often as they are used
HINT = "Hint: save it as PDF or PNG."
REMOVED = frozenset(("script", "foreignObject", "iframe", "audio", "video", "handler", "listener"))
MOVING = frozenset(("animate", "animateColor", "animateMotion", "animateTransform", "set", "discard"))
LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+(?:[eE][0-9]+)?)\s*(px|pt|pc|mm|cm|in|q)?\s*", re.IGNORECASE)
PX = {"px": 1.0, "pt": 96 / 72, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0, "q": 96 / 101.6}
INSIDE = re.compile(r"\s*(?:#|data:image/(?:png|jpe?g|gif|webp)[;,])", re.IGNORECASE)
ADDRESS = re.compile(r"url\(\s*[\"']?([^)\"']*)|(@import[^;]*)", re.IGNORECASE)


def is_svg(body: bytes) -> bool:
    """Whether the bytes look like a drawing."""
    start = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith(b"<svg") or (
        start.startswith((b"<?xml", b"<!doctype", b"<!--")) and b"<svg" in body[:65536]
    )


def harmless(body: bytes, longest: int) -> tuple[bytes, int, int]:
    """The drawing without what moves or runs, and its size in px, the long side `longest`. Raises BadPicture."""
    if len(body) > MOST_BYTES:
        raise BadPicture(f"It is a drawing of more than {MOST_BYTES // 1_000_000} MB. {HINT}")
    if b"<!ENTITY" in body or re.search(rb"<!DOCTYPE[^>]*\[", body):
        raise BadPicture(f"It is a drawing with definitions of its own (<!ENTITY>). {HINT}")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise BadPicture("It is a drawing that is cut or damaged.") from None
    if root.tag != f"{{{SVG}}}svg":
        raise BadPicture("It isn't a picture.")
    _clean(root)
    _measure(root)
    width, height = _size(root)
    scale = longest / max(width, height)
    wide, high = round(width * scale), round(height * scale)
    if min(wide, high) < LEAST_SIDE:
        raise BadPicture("It is too narrow to be shown.")
    if not root.get("viewBox"):
        root.set("viewBox", f"0 0 {width:g} {height:g}")
    root.set("width", str(wide))
    root.set("height", str(high))
    return etree.tostring(root, encoding="utf-8", xml_declaration=True), wide, high


def _clean(root: etree._Element) -> None:
    etree.strip_elements(root, *(f"{{*}}{name}" for name in REMOVED | MOVING), with_tail=False)  # and what is in them
    for element in root.iter(etree.Element):
        name = etree.QName(element).localname
        for key, written in list(element.attrib.items()):
            value = str(written)
            plain = etree.QName(key).localname.lower()
            if plain.startswith("on"):
                del element.attrib[key]
            elif plain in ("href", "src") and name != "a" and not INSIDE.match(value):
                raise _outside(value)
            else:
                _check_style(value)
        if name == "style":
            _check_style(element.text or "")


def _check_style(text: str) -> None:
    for found in ADDRESS.finditer(text):
        if found[2] or not INSIDE.match(found[1]):
            raise _outside(found[2] or found[1])


def _outside(address: str) -> BadPicture:
    short = " ".join(address.split())[:60]
    return BadPicture(
        f'It is a drawing that refers to another file or address, "{short}". Hint: save it as PDF or PNG.'
    )


def _measure(root: etree._Element) -> None:
    """Raises BadPicture for more elements than a browser draws in a moment, each counted as often as it is used."""
    by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
    weights: dict[etree._Element, int] = {}
    open_ones: set[etree._Element] = set()

    def weigh(element: etree._Element) -> int:
        if element in weights:
            return weights[element]
        if element in open_ones:
            raise BadPicture(f"It is a drawing that contains itself. {HINT}")
        open_ones.add(element)
        weight = 1 + sum(weigh(child) for child in element)
        for key, written in element.attrib.items():
            value = str(written).strip()
            is_link = etree.QName(key).localname == "href" and value.startswith("#")
            references = [value[1:]] if is_link else []
            references += re.findall(r"url\(\s*[\"']?#([^)\"']*)", value)
            weight += sum(weigh(by_id[name]) for name in references if name in by_id)
        open_ones.discard(element)
        weights[element] = weight
        if weight > MOST_ELEMENTS:
            raise BadPicture(f"It is a drawing of more than {MOST_ELEMENTS:,} parts. {HINT}")
        return weight

    try:
        weigh(root)
    except RecursionError:
        raise BadPicture(f"It is a drawing with too many parts inside each other. {HINT}") from None


def _size(root: etree._Element) -> tuple[float, float]:
    """In px. The proportions of the view box come first: the picture is drawn in them."""
    numbers = [float(n) for n in re.findall(r"-?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?", root.get("viewBox") or "")]
    if len(numbers) == 4 and numbers[2] > 0 and numbers[3] > 0:
        return numbers[2], numbers[3]
    lengths = [LENGTH.fullmatch(root.get(name) or "") for name in ("width", "height")]
    sides = [float(found[1]) * PX[(found[2] or "px").lower()] for found in lengths if found]
    if len(sides) != 2 or min(sides) <= 0:
        raise BadPicture(f"It is a drawing without a size. {HINT}")
    return sides[0], sides[1]
