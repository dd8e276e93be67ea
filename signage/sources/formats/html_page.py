"""A web page, read far enough to find what it says to programs. Pure.

lxml reads tag soup as browsers do, never fetches anything, and expands no entities of a document's own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from lxml import etree
from lxml import html as lxml_html

from signage.sources.formats.decoding import codec

LINK_TEXT = 200  # characters of what people see of a link
MOST_TEXT = 2000  # characters, or pieces, of a link's text that are looked at
MOST_LINKS = 5000  # of a page; more is a site map
_META_CHARSET = re.compile(rb"<meta[^<>]+?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]+)", re.IGNORECASE)
# libxml2 2.14 drops what is behind the end of a document, where plugins write scripts; browsers read it.
_ENDS = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def is_address(text: str) -> bool:
    """Whether a text can be taken apart as an address: "http://[" can't."""
    try:
        urlsplit(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Link:
    """An address that a page names: `rel` and `type` in lower case, `url` absolute, `text` what people see."""

    url: str
    rel: str = ""
    type: str = ""
    text: str = ""

    @property
    def scheme(self) -> str:
        """ "https", "webcal", "mailto"; empty for what is no address."""
        return self._part("scheme")

    @property
    def path(self) -> str:
        """The address's path, in lower case."""
        return self._part("path").lower()

    def _part(self, name: str) -> str:
        try:
            return str(getattr(urlsplit(self.url), name))
        except ValueError:
            return ""


def _beginning(element: lxml_html.HtmlElement) -> str:
    """The first words of an element's text: one that is never closed has the rest of the page in it."""
    found: list[str] = []
    length = 0
    for number, part in enumerate(element.itertext(tag=etree.Element)):
        found.append(part[:MOST_TEXT])
        length += len(part)
        if length > MOST_TEXT or number > MOST_TEXT:
            break
    return " ".join("".join(found).split())[:LINK_TEXT]


@dataclass(frozen=True)
class HtmlPage:
    """A page's address and bytes. `charset`: what the server said it is written in."""

    url: str
    body: bytes
    charset: str | None = None

    @cached_property
    def text(self) -> str:
        """The page as text: by the server's word, the page's own, else UTF-8, else Windows-1252."""
        if self.body.startswith(b"\xef\xbb\xbf"):
            return self.body.decode("utf-8-sig", "replace")
        declared = _META_CHARSET.search(self.body[:4096])
        written = [self.charset, declared[1].decode("ascii") if declared else None]
        for name in (*filter(None, map(codec, written)), "utf-8", "cp1252"):
            try:
                return self.body.decode(name)
            except UnicodeError:
                continue
        return self.body.decode("latin-1")

    @cached_property
    def tree(self) -> lxml_html.HtmlElement:
        """The document's root; an empty document when there is nothing to read."""
        text = _ENDS.sub("", _CONTROL.sub(" ", self.text))
        parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
        try:
            return lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
        except (etree.ParserError, etree.XMLSyntaxError, ValueError):
            return lxml_html.document_fromstring("<html><body></body></html>")

    @cached_property
    def base(self) -> str:
        """What the page's own addresses are relative to."""
        found = self.tree.find(".//base[@href]")
        given = self.absolute_to(self.url, found.get("href")) if found is not None else self.url
        return given if is_address(given) else self.url

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """Every `<link>`, `<a>` and `<iframe>` with an address, in the page's order; rel "iframe" for the last."""
        found = []
        for element in self.tree.iter("link", "a", "area", "iframe"):
            href = (element.get("href") or element.get("src") or "").strip()
            if not href or href.startswith("#"):
                continue
            rel = "iframe" if element.tag == "iframe" else (element.get("rel") or "").lower()
            kind = (element.get("type") or "").lower()
            text = _beginning(element) if element.tag in ("a", "area") else ""
            found.append(Link(self.absolute(href), rel, kind, text))
            if len(found) == MOST_LINKS:
                break
        return tuple(found)

    def absolute(self, href: str) -> str:
        """An address of the page, made whole. What is no address stays as it is."""
        return self.absolute_to(self.base, href)

    @staticmethod
    def absolute_to(base: str, href: str) -> str:
        """`href` seen from `base`."""
        try:
            return urljoin(base, href)
        except ValueError:
            return href
