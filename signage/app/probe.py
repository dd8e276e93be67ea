"""`signage sources probe`: find out what can be read at an address, and try it.

A web page is searched for what it offers to programs; each offer is fetched and read as its source type would. Only the
address itself and what it links to are fetched.
"""

from __future__ import annotations

import logging
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from signage.config.models import Config
from signage.config.sources import FILE, Source
from signage.domain.model import News
from signage.errors import EXIT_UNAVAILABLE, SignageError, SourceError
from signage.events import Merged, merge_events
from signage.sources.base import Fetched, FetchWindow, SourceType
from signage.sources.formats.html_page import HtmlPage
from signage.sources.formats.offered_feeds import FeedSearch, Offer, describe, has_events, look_at, offers_of
from signage.sources.net.caching_fetcher import CachingFetcher, FetchSession, Response, is_file
from signage.sources.net.fetch_limits import FetchLimits
from signage.sources.net.network import Network
from signage.sources.registry import SOURCE_TYPES, by_likelihood, source_type
from signage.storage.store import Store

log = logging.getLogger(__name__)

MOST_TRIED = 8  # offers of one page; the first ones are the best
SAMPLE = timedelta(days=60)
STAND_IN = "https://example.org"
LIMITS = FetchLimits(total_seconds=90.0)


class NothingToRead(SignageError):
    """Nothing at the address can be read as a source; the message names what was tried."""

    exit_code = EXIT_UNAVAILABLE


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """A source that can be read, and what it gives in the window, merged as the screens would have it."""

    source: Source
    merged: Merged
    news: tuple[News, ...]
    warnings: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing came of it, not even what is held back."""
        return not (self.merged.events or self.merged.held_back or self.news)

    @property
    def rank(self) -> tuple[int, int, int]:
        """More is better: events, then news, then the order of the types."""
        return (len(self.merged.events), len(self.news), -source_type(self.source.type).order)


@dataclass(frozen=True, slots=True)
class Probed:
    """What was found at an address, the best first, and what was tried in vain. `seen`: what the answer is."""

    found: tuple[ProbeResult, ...]
    failures: tuple[str, ...] = field(default=())
    seen: str = ""


def probe(address: str, config: Config, window: FetchWindow, now: datetime, limits: FetchLimits = LIMITS) -> Probed:
    """Look at an address or a file. `config`: whose zone and places count. Raises `NothingToRead`, `SourceError`."""
    with tempfile.TemporaryDirectory(prefix="signage-probe-") as folder:
        store = Store(Path(folder) / "state.sqlite")
        try:
            return _Probe(address, config, window, now, store, limits).run()
        finally:
            store.close()


class _Probe:
    def __init__(
        self, address: str, config: Config, window: FetchWindow, now: datetime, store: Store, limits: FetchLimits
    ) -> None:
        self.address = whole(address)
        self.config = config
        self.window = window
        self.zone = ZoneInfo(config.site.zone)
        self.failures: list[str] = []
        # Only the address that was typed may lead into a private network; what a page offers may not.
        session = FetchSession(store, now, config.site.contact, limits, network=Network.of(config.site))
        self._fetchers = {page: CachingFetcher("probe", self.address, session, page) for page in (False, True)}

    def run(self) -> Probed:
        answer: Response | None = None
        look: FeedSearch | None = None
        offers: list[Offer] = []
        try:
            answer = self._fetchers[False].feed(self.address, "*/*")
        except SourceError as error:
            if is_file(self.address):
                raise
            self.failures.append(f"{error.url}: {error.reason}")
            offers += offers_of(HtmlPage(self.address, b""))
        else:
            look = self._look(answer)
            offers += [(name, self.address) for name in look.recognised]
            if not offers and (suggestion := _suggestion(self.address)):
                # it can't be read as its name suggests, and that type has the reason
                offers.append((suggestion, self.address))
            if is_file(self.address) or (offers and not look.is_html):
                look = None
            else:
                offers += look.offers
        found = [each for name, url in _once(offers)[:MOST_TRIED] if (each := self._try(name, url, answer))]
        if answer is not None and look is not None and not any(each.merged.events for each in found):
            found += self._lists(answer.url, look)
        seen = "" if answer is None else self._describe(answer)
        if not found:
            tried = "".join(f"\n  {failure}" for failure in self.failures)
            raise NothingToRead(
                f"Nothing at {self.address} can be read as a source.{f' {seen}' if seen else ''}{tried}",
                hint=f"the types of sources are {', '.join(SOURCE_TYPES)}.",
            )
        return Probed(tuple(sorted(found, key=lambda each: each.rank, reverse=True)), tuple(self.failures), seen)

    def _describe(self, answer: Response) -> str:
        try:
            return answer.read(describe, answer.url, answer.charset)
        except SourceError:
            return ""

    def _look(self, answer: Response) -> FeedSearch:
        try:
            return answer.read(look_at, answer.url, answer.charset)
        except SourceError as error:  # too large, or made to take long: the type that its name suggests has the reason
            self.failures.append(f"{error.url}: {error.reason}")
            return FeedSearch((), False, (), ())

    def _lists(self, url: str, look: FeedSearch) -> Iterator[ProbeResult]:
        """The page as a list of pages, when one of those that it links to has events."""
        for each in look.listings:
            try:
                answer = self._fetchers[True].feed(each.sample, source_type("jsonld").accept)
                has_event = answer.read(has_events, each.sample, answer.charset)
            except SourceError as error:
                self.failures.append(f"jsonld {error.url}: {error.reason}")
                continue
            if has_event:
                found = self._try("jsonld", url, None, links=each.pattern)
                if found:
                    yield found
                    return

    def _try(self, name: str, url: str, answer: Response | None, **more: str) -> ProbeResult | None:
        kind = source_type(name)
        try:
            # An answer in a file reveals what is at an address that only the administrator knows.
            there = STAND_IN if is_file(url) and FILE not in kind.settings.schemes else url
            given = {"id": short_name(url), "type": name, "url": there, **kind.to_fill, **more}
            source = kind.settings.model_validate(given)
            fetched = self._fetched(kind, source, url, answer)
        except SourceError as error:
            self.failures.append(f"{name} {error.url}: {error.reason}")
            return None
        except ValidationError as error:
            self.failures.append(f"{name} {url}: {error.errors()[0]['msg'].removeprefix('Value error, ')}")
            return None
        except Exception as error:  # a fault of ours in one type costs that type
            log.exception("internal error while reading %s as %s", url, name)
            self.failures.append(f"{name} {url}: Internal error ({type(error).__name__}).")
            return None
        config = self.config.model_copy(update={"sources": [source]})
        return ProbeResult(source, merge_events(fetched.records, config), fetched.news, fetched.warnings)

    def _fetched(self, kind: SourceType[Any], source: Source, url: str, answer: Response | None) -> Fetched:
        if answer is not None and url == self.address and (is_file(url) or kind.to_fill):
            parsed = answer.read(kind.parse, source, self.window, self.zone)
            return Fetched(parsed.records, parsed.warnings, False, parsed.news)
        if kind.to_fill:
            needs = " and ".join(f"{key} = {example!r}" for key, example in kind.to_fill.items())
            raise SourceError(
                "probe", url, "Reading it needs more settings.", f"write for example {needs} in screens.toml."
            )
        return kind.fetch(source, self._fetchers[kind.page], self.window, self.zone)


def whole(address: str) -> str:
    """An address as people type it, made whole: "iheim.no" is a site unless there is a file of that name."""
    address = address.strip()
    if "://" in address or address.startswith(("webcal:", "file:")):
        return address
    return str(Path(address).resolve()) if Path(address).exists() or not _like_a_site(address) else f"https://{address}"


def short_name(url: str) -> str:
    """An id for screens.toml made of an address: "kulturskolen" of https://www.kulturskolen.no/kalender.ics."""
    if is_file(url):
        name = Path(urlsplit(url).path if url.startswith("file:") else url).stem
    else:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
        name = host.rpartition(".")[0] if not host.replace(".", "").isdigit() else host
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40].strip("-") or "kilde"


def block(source: Source, to_fill: Mapping[str, str | int]) -> str:
    """The section for screens.toml."""
    fill = "  # an example: fill in your own"
    url = f'url = "{_toml(source.url)}"{fill if source.url == STAND_IN else ""}'
    lines = ["[[sources]]", f'id = "{source.id}"', f'type = "{source.type}"', url]
    own = {key: getattr(source, key) for key in source.own_settings() if key in source.model_fields_set - set(to_fill)}
    lines += [f'{key} = "{_toml(str(value))}"' for key, value in own.items()]
    for key, example in to_fill.items():
        value = f'"{_toml(example)}"' if isinstance(example, str) else str(example)
        lines.append(f"{key} = {value}{fill}")
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _suggestion(address: str) -> str | None:
    """The type that the end of an address or a file's name suggests; "kalender.ics" is not a site."""
    path = urlsplit(address).path if "://" in address else address
    suffix = Path(path).suffix.casefold()
    return next((name for name in by_likelihood() if suffix in source_type(name).endings), None)


def _like_a_site(address: str) -> bool:
    if "/" not in address and _suggestion(address):
        return False
    return re.fullmatch(r"[\w.-]+\.[a-z]{2,}(:\d+)?(/.*)?", address, re.IGNORECASE) is not None


def _once(offers: list[Offer]) -> list[Offer]:
    return list(dict.fromkeys(offers))
