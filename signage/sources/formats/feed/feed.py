"""The items of a feed, out of bytes that a stranger sends: no entities, nothing fetched, no half feeds. Pure.

Two habits of feedparser 6.0.14 are worked around here. Bytes and texts it takes for the name of a file or an address
and opens them: it gets a stream. And what encoding a document has it finds out by rules of its own: it gets UTF-8, the
text that was looked through here, from the root element on.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.entities import name2codepoint
from typing import Any

import feedparser
from feedparser.mixin import _FeedParserMixin

from signage.sources.base import UnusableAnswer
from signage.sources.formats.decoding import decode

MOST_BYTES = 3_000_000  # of a feed; feedparser reads some 100 kB a second of the worst that can be written
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_DOCTYPE = re.compile(
    r"<!DOCTYPE\s+(?P<name>[^\s>\[]+)(?:\s+(?:PUBLIC|SYSTEM)(?:\s+(?:\"[^\"]*\"|'[^']*')){1,2})?\s*(?P<ends>[>\[])",
    re.IGNORECASE,
)
_ROOT = re.compile(r"<(?P<tag>(?:[\w.-]+:)?(?P<name>rss|feed|RDF))(?=[\s/>])")
_ITEM = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]")
_HTML = re.compile(r"<(?:html|head|body|div|p|br|b|script|meta|title|h\d)\b", re.IGNORECASE)
_SPACE = re.compile(r"\s*+")
# A tag as a whole. What is in quotes holds no "<" in XML, so that each place is looked at once.
_TAG = re.compile(r"<([A-Za-z_][^<>\"'\s/]*+)(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+>")
MOST_ATTRIBUTES = 100  # of one element; feedparser takes the square of their number, and real ones have ten
_NO_LETTER = re.compile(r"&#(?:[xX][0-9a-fA-F]{7,}+|[0-9]{8,}+);")  # the last one is &#1114111;
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_AMPERSAND = re.compile(r"&(?:([A-Za-z][A-Za-z0-9]{1,30});|(?!#))")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})


# Who wrote an item is not read here; feedparser 6.0.14 looks for an e-mail address in it, with an expression that takes
# the square of the name's length.
_FeedParserMixin._sync_author_detail = lambda self, key="author": None


class NotAFeed(UnusableAnswer):
    """Why a body can't be read as a feed."""


@dataclass(frozen=True, slots=True)
class Feed:
    """The items as feedparser gives them. `faults`: why the document is no XML, where it is none."""

    entries: tuple[Mapping[str, Any], ...]
    faults: str = ""


def is_feed(body: bytes) -> bool:
    """Whether the root element is that of a feed. Never raises."""
    try:
        _root(_decoded(body[:20_000]))
    except NotAFeed:
        return False
    return True


def read_feed(body: bytes) -> Feed:
    """The items of a feed. Raises `NotAFeed`."""
    if len(body) > MOST_BYTES:
        raise NotAFeed(f"The feed is larger than {MOST_BYTES / 1_000_000:g} MB.", fault="too_large")
    text = _decoded(body)
    if not text.strip():
        raise NotAFeed("The answer is empty.", fault="empty")
    root = _root(text)
    text = text[root.start() :]
    if f"</{root['tag']}" not in text and not re.match(r"<[^<>]*/>", text):
        raise NotAFeed("The feed stops in the middle.", fault="incomplete")
    clean = _mended(text).encode("utf-8", "replace")
    try:
        parsed = feedparser.parse(io.BytesIO(clean), sanitize_html=False, resolve_relative_uris=False)
    except Exception as error:  # its parsers raise whatever comes up in them
        raise NotAFeed(f"The feed can't be read ({type(error).__name__}).") from None
    if not parsed["entries"] and _ITEM.search(text):
        raise NotAFeed("The feed's items can't be read.")
    if root["name"] == "RDF" and not parsed["entries"] and "channel" not in text:
        raise NotAFeed("The answer is RDF, but not a feed.")
    faults = ""
    if parsed.get("bozo"):
        faults = re.sub(r"^<unknown>:", "line ", str(parsed.get("bozo_exception") or "the reason is unknown"))[:100]
    # plain dictionaries: those of feedparser take one key for another, with a warning ("updated" for "published")
    return Feed(tuple(dict(entry) for entry in parsed["entries"]), faults)


def _decoded(body: bytes) -> str:
    declared = _ENCODING.search(body[:500])
    return decode(body, declared[1].decode("ascii") if declared else None).lstrip("\ufeff")


def _root(text: str) -> re.Match[str]:
    """Where the root element begins. Raises `NotAFeed`, also when a DOCTYPE declares entities.

    Entities of a document's own can grow without limit, and can be files of ours; no feed needs them.
    """
    at = 0
    while True:
        if space := _SPACE.match(text, at):
            at = space.end()
        if text.startswith("<?", at):
            at = _behind(text, "?>", at)
        elif text.startswith("<!--", at):
            at = _behind(text, "-->", at)
        elif text[at : at + 9].upper() == "<!DOCTYPE":
            doctype = _DOCTYPE.match(text, at)
            if doctype and doctype["name"].lower() == "html":
                raise NotAFeed("The answer is HTML instead of a feed.", fault="web_page")
            if doctype is None or doctype["ends"] == "[":
                raise NotAFeed("The answer is XML that declares its own entities, which aren't supported.")
            at = doctype.end()
        else:
            break
    if root := _ROOT.match(text, at):
        return root
    if _HTML.match(text, at):
        raise NotAFeed("The answer is HTML instead of a feed.", fault="web_page")
    raise NotAFeed("The answer isn't a feed.")


def _behind(text: str, end: str, at: int) -> int:
    found = text.find(end, at)
    if found < 0:
        raise NotAFeed("The feed stops in the middle.", fault="incomplete")
    return found + len(end)


def _mended(text: str) -> str:
    """The text without what makes a feed ill-formed most often: HTML's names of letters, bare &, control characters."""
    return _outside_cdata(
        _CONTROL.sub(" ", text), lambda part: _TAG.sub(_tag, _AMPERSAND.sub(_entity, _NO_LETTER.sub("\ufffd", part)))
    )


def _tag(found: re.Match[str]) -> str:
    """A tag; without its attributes, when it has more than anyone reads."""
    whole = found[0]
    if whole.count("=") <= MOST_ATTRIBUTES:
        return whole
    return f"<{found[1]}{'/' if whole.endswith('/>') else ''}>"


def _entity(found: re.Match[str]) -> str:
    name = found[1]
    if name is None:
        return "&amp;"
    if name in _XML_ENTITIES:
        return found[0]
    return chr(name2codepoint[name]) if name in name2codepoint else f"&amp;{found[0][1:]}"


def _outside_cdata(text: str, mend: Callable[[str], str]) -> str:
    parts, at = [], 0
    while (begin := text.find("<![CDATA[", at)) >= 0 and (end := text.find("]]>", begin)) >= 0:
        parts += [mend(text[at:begin]), text[begin : end + 3]]
        at = end + 3
    return "".join((*parts, mend(text[at:])))
