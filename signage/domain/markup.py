"""HTML that strangers write, as text: in a time that grows as the text does, whatever it contains. Pure.

Read by libxml2 (lxml) as a stream of tags and text, without a tree. docs/adr/0004-text-out-of-markup.md says why.
"""

from __future__ import annotations

import html
import re

from lxml import etree

# What is on both sides of these is not one word.
BREAKING = frozenset({"address", "article", "br", "div", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li"})
BREAKING |= {"ol", "p", "section", "table", "td", "th", "tr", "ul"}
_UNREAD = frozenset({"script", "style", "template", "head", "title", "noscript", "iframe", "object"})
# Tags that need no parser to be read
_SIMPLE = re.compile(r"</?(b|br|div|em|h[1-6]|i|li|ol|p|small|span|strong|u|ul)\s*+/?>", re.IGNORECASE)
# The parser says nothing of an end without a beginning ("one</p>two", "one</br>two").
_BLOCK_ENDS = re.compile(rf"</(?={'|'.join(sorted(BREAKING))})", re.IGNORECASE)
# More digits than any letter's number has; Python refuses to read 4,300 of them.
_NO_LETTER = re.compile(r"&#(?:[xX][0-9a-fA-F]{8,}+|[0-9]{8,}+);?")
_REPLACEMENT = "\ufffd"


def unescape(text: str) -> str:
    """Text with its character references replaced (HTML, 13.5): "&aring;" is "å"."""
    return html.unescape(_NO_LETTER.sub(_REPLACEMENT, text)) if "&" in text else text


def without_markup(markup: str) -> str:
    """The text of HTML, with a space where a block or a line ends. Scripts and styles are none of it."""
    parts = _SIMPLE.split(markup)  # text and the names of tags by turns
    if not any("<" in part for part in parts[::2]):
        parts[::2] = [unescape(part) for part in parts[::2]]
        parts[1::2] = [" " if tag.lower() in BREAKING else "" for tag in parts[1::2]]
        return "".join(parts)
    parser = etree.HTMLParser(encoding="utf-8", target=_Text(), no_network=True)
    try:
        parser.feed(_BLOCK_ENDS.sub(" </", _closed(markup)).encode("utf-8", "ignore"))
        return str(parser.close())
    except etree.LxmlError:
        return ""  # an empty document


def _closed(markup: str) -> str:
    """Markup in which every "<" that may begin a tag has its ">": "less <b" at the end is text, and not half a tag."""
    markup = markup.replace("\0", "")
    whole = markup.rfind(">") + 1
    return markup[:whole] + markup[whole:].replace("<", "&lt;")


class _Text:
    """What the parser finds in a document, as text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._unread = 0

    def start(self, tag: str | bytes, attrib: dict[str | bytes, str | bytes]) -> None:
        if tag in _UNREAD:
            self._unread += 1
        elif tag in BREAKING:
            self._parts.append(" ")

    def end(self, tag: str | bytes) -> None:
        if tag in _UNREAD:
            self._unread = max(0, self._unread - 1)
        elif tag in BREAKING:
            self._parts.append(" ")

    def data(self, data: str | bytes) -> None:
        if not self._unread:
            self._parts.append(str(data))

    def comment(self, text: str | bytes) -> None:
        """Nothing of it is read."""

    def close(self) -> str:
        return "".join(self._parts)
