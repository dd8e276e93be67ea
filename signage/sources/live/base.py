"""What a type of live data is: one file in this folder with a class that fetches and reads.

Live data is fetched for the screens that show it (`signage.domain.live_data`), each subject once for all of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

from signage.config.site import Site
from signage.sources.net.caching_fetcher import CachingFetcher

Value = TypeVar("Value")


class LiveData(ABC, Generic[Value]):
    """How to get one type of live data. Stateless.

    Subclasses give `parse`, and often an `address` or a `fetch` of their own. Both raise `SourceError`, or
    `UnusableAnswer`, when the answer as a whole can't be used.
    """

    name: ClassVar[str]  # the type, as in `WantedData`; its address is the setting of this name under [services]
    provider: ClassVar[str]  # who answers, as messages name it: "MET Norway"
    value: ClassVar[Any]  # the frozen dataclass that is made of an answer; the store keeps it as JSON
    period: ClassVar[timedelta]  # it is never asked more often than this; and never before its answer's Expires
    accept: ClassVar[str] = "application/json"

    def headers(self, site: Site) -> dict[str, str]:
        """What the service asks for in the head of a request, in addition to the usual."""
        return {}

    def address(self, service: str, subject: str) -> str:
        """What to ask for a subject; for types with one GET request. `service`: the address under [services]."""
        return service

    def fetch(self, service: str, subject: str, fetcher: CachingFetcher, now: datetime) -> Value:
        """Ask about one subject. This runs in the main process, which must not look into what comes from outside."""
        return fetcher.feed(self.address(service, subject), self.accept).read(self.parse, subject, now)

    @abstractmethod
    def parse(self, body: bytes, subject: str, now: datetime) -> Value:
        """Read one answer. Pure; runs in a worker process."""
