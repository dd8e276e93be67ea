"""A list of alerts: RSS or Atom whose entries lead to CAP files or contain them, or the CAP file itself."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from signage.domain.official_alert import AlertMessage
from signage.sources.alerts.base import Problems, ReadAlerts, UnreadableAlert
from signage.sources.alerts.cap import MOST_ALERTS, children, content, message_of, name_of, text_of, texts_of, xml_root
from signage.sources.base import UnusableAnswer
from signage.sources.formats.json_answer import web_link

CAP_TYPE = "application/cap+xml"
MOST_LINKS = 500  # of a list; the newest are first in it
_LISTS = ("rss", "feed", "RDF")


def read_index(body: bytes, url: str) -> ReadAlerts:
    """What a list has. `url`: where it came from, for links that are written without a host.

    An entry that leads nowhere and contains nothing is reported, and so is an alert in it that can't be read. Raises
    UnusableAnswer when it is neither a list nor a CAP file.
    """
    root = xml_root(body)
    problems = Problems()
    messages: list[AlertMessage] = []
    alerts = [element for element in root.iter() if name_of(element) == "alert"]
    if len(alerts) > MOST_ALERTS:
        problems.add("", f"The list has {len(alerts)} alerts; the first {MOST_ALERTS} are read.")
    for element in alerts[:MOST_ALERTS]:
        try:
            messages.append(message_of(element, problems))
        except UnreadableAlert as error:
            problems.add(text_of(element, "identifier"), str(error))
    if name_of(root) not in _LISTS:
        if not messages and not problems.all:
            kind = name_of(root)[:40]
            raise UnusableAnswer(f"The XML is <{kind}> instead of an RSS or Atom list, or a CAP <alert>.")
        return ReadAlerts(tuple(messages), (), problems.all)
    entries = [each for each in root.iter() if name_of(each) in ("item", "entry")]
    links: dict[str, None] = {}
    for entry in entries:
        if any(name_of(each) == "alert" for each in entry.iter()):
            continue
        written = _link(entry)
        link = web_link(written, url) if written else None
        if link is not None and link != url:
            links[link] = None
        else:
            leads = f'leads to "{written[:80]}", which isn\'t a CAP file.' if written else "leads nowhere."
            problems.add(text_of(entry, "title"), f"This entry of the list {leads}")
    if len(links) > MOST_LINKS:
        problems.add("", f"The list has {len(links)} alerts; the first {MOST_LINKS} are read.")
    return ReadAlerts(tuple(messages), tuple(links)[:MOST_LINKS], problems.all)


def _link(entry: etree._Element) -> str:
    """Where the CAP file of an entry is: what is called CAP, then what is called XML, then where it leads to."""
    candidates = sorted(_candidates(entry), key=lambda each: each[0])
    return candidates[0][1] if candidates else ""


def _candidates(entry: etree._Element) -> Iterator[tuple[int, str]]:
    """How good an address of an entry is, and the address."""
    for link in (*children(entry, "link"), *children(entry, "enclosure"), *children(entry, "content")):
        address = (link.get("href") or link.get("url") or link.get("src") or "").strip()
        kind = (link.get("type") or "").casefold()
        if name_of(link) == "link" and not address:
            address = content(link)
        if not address or link.get("rel") in ("self", "edit", "replies"):
            continue
        yield (0 if kind.startswith(CAP_TYPE) else 1 if "xml" in kind else 3 if kind else 2), address
    for number in (*texts_of(entry, "guid"), *texts_of(entry, "id")):
        if number.startswith(("http://", "https://")):
            yield 4, number
