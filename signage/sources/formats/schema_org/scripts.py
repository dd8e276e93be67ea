"""Structured data in a web page's scripts: JSON-LD, as plain dicts. Pure.

Lenient for each script by itself: a comment, a line break within a text or a comma too many are mended, and a script
that stays unreadable costs that script, not the page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from signage.domain.markup import unescape
from signage.sources.base import Warnings
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.json_answer import loads as loads_json

_WRAPPERS = re.compile(
    r"^\s*(?:/\*\s*)?(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)(?:\s*\*/)?|(?:/\*\s*)?(?:-->|//\s*\]\]>|\]\]>)(?:\s*\*/)?\s*$"
)
# A text or a comment without an end goes on to the end of the script: every letter is looked at once, so that a script
# of nothing but quotation marks takes no longer than another (63 s for 40 kB, before).
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|//[^\n]*|/\*.*?(?:\*/|\Z)|,(?=\s*[}\]])', re.DOTALL)
_HALF_LETTER = re.compile(r"\\ud[89a-f]", re.IGNORECASE)


def json_ld(page: HtmlPage, warnings: Warnings) -> Iterator[Any]:
    """The value of every JSON-LD script that can be read."""
    number = 0
    for script in page.tree.iter("script"):
        if not (script.get("type") or "").strip().lower().startswith("application/ld+json"):
            continue
        number += 1
        text = (script.text or "").strip()
        if not text:
            warnings.add(f"JSON-LD script {number} is empty.")
            continue
        try:
            yield loads(text)
        except (ValueError, RecursionError):
            warnings.add(f"JSON-LD script {number} can't be read.")


def loads(text: str) -> Any:
    """JSON as web sites write it. Raises ValueError or RecursionError."""
    value = _mended(text)
    if _HALF_LETTER.search(text):  # "\\ud83d" alone, which no file can hold, becomes "?"
        value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    return value


def _mended(text: str) -> Any:
    try:
        return loads_json(text, strict=False)  # line breaks within texts
    except ValueError:
        mended = _without_comments(_WRAPPERS.sub("", _WRAPPERS.sub("", text)).strip().rstrip(";"))
    try:
        return loads_json(mended, strict=False)
    except ValueError:
        # Escaped as a whole by a content management system.
        return loads_json(_without_comments(unescape(mended)), strict=False)


def _without_comments(text: str) -> str:
    """Without comments, and commas before a closing bracket; texts stay as they are."""
    once = _TOKEN.sub(lambda found: found[0] if found[0].startswith('"') else "", text)
    return _TOKEN.sub(lambda found: found[0] if found[0].startswith('"') else "", once)
