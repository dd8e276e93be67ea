"""What is known of pages from earlier builds, by key: pictures, and failures. I/O: the picture index."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from signage.domain.model import PageSpec, Rendered
from signage.errors import NotWritable
from signage.rendering.encode import has_size
from signage.rendering.page_faults import NotRendered, dump_fault, load_fault
from signage.rendering.picture_key import content_key, content_of, dump_rendered, load_rendered

log = logging.getLogger(__name__)

Outcome = Rendered | NotRendered


class Index(Protocol):
    """Where outcomes are remembered by key (the store)."""

    def rendered_get(self, keys: Sequence[str]) -> dict[str, str]: ...
    def rendered_all(self) -> Iterable[tuple[str, str]]: ...
    def rendered_put(self, key: str, outcome: str) -> None: ...
    def rendered_sweep(self, keep: set[str]) -> None: ...


class NoIndex:
    """Remembers nothing: what is rendered is made for one purpose, once."""

    def rendered_get(self, keys: object) -> dict[str, str]:
        return {}

    def rendered_all(self) -> list[tuple[str, str]]:
        return []

    def rendered_put(self, key: str, outcome: str) -> None:
        """Nothing to remember."""

    def rendered_sweep(self, keep: object) -> None:
        """Nothing to forget."""


class RenderMemory:
    """Outcomes of earlier builds. `path` says where a picture's bytes are; `now` is the build's instant, if it has one.

    `failures`: pages known to fail, as far as they were looked up.
    """

    def __init__(self, index: Index, path: Callable[[Rendered], Path], now: datetime | None) -> None:
        self.index = index
        self.path = path
        self.now = now
        self.failures: dict[str, NotRendered] = {}
        self._by_content: dict[str, tuple[str, Rendered]] | None = None

    def look_up(self, pages: Mapping[str, PageSpec]) -> dict[str, Outcome]:
        """The outcomes that hold without rendering: pictures whose file is there, and failures that aren't due."""
        found: dict[str, Outcome] = {}
        for key, text in self.index.rendered_get(list(pages)).items():
            if (rendered := _rendered(text)) is not None:
                if rendered.report.overflow or has_size(self.path(rendered), rendered.bytes):
                    found[key] = rendered
            elif (fault := _fault(text)) is not None:
                self.failures[key] = fault
                if not fault.due(self.now):
                    found[key] = self.with_stand_in(pages[key], fault)
        return found

    def put(self, key: str, spec: PageSpec, rendered: Rendered) -> None:
        """Remember a page that was rendered."""
        self._put(key, dump_rendered(rendered, content_key(spec)))

    def put_fault(self, key: str, fault: NotRendered) -> None:
        """Remember a page that failed; without an instant there is nothing to reckon from."""
        if fault.tried_at is not None:
            self._put(key, dump_fault(fault))
        self.failures[key] = fault

    def _put(self, key: str, outcome: str) -> None:
        try:
            self.index.rendered_put(key, outcome)
        except NotWritable as error:  # the index only saves time: what it forgets is rendered again
            log.debug("a page's outcome is not remembered: %s", error)

    def with_stand_in(self, spec: PageSpec, fault: NotRendered) -> NotRendered:
        """The failure, with an earlier picture of a page that says exactly what this one says, if there is one: in the
        layout as it was before an edit, or made by an older browser.
        """
        if self._by_content is None:
            self._by_content = dict(self._earlier())
        key, rendered = self._by_content.get(content_key(spec), ("", None))
        return fault if rendered is None else replace(fault, stand_in=rendered, stand_in_key=key)

    def _earlier(self) -> Iterator[tuple[str, tuple[str, Rendered]]]:
        for key, text in self.index.rendered_all():
            rendered = _rendered(text)
            if rendered is not None and not rendered.report.overflow and self.path(rendered).exists():
                yield content_of(text), (key, rendered)

    def sweep(self, keep: Mapping[str, Outcome], keys: Set[str] = frozenset()) -> set[str]:
        """Forget every outcome but these, their stand-ins and those under `keys`; gives the names of the first ones'
        files, which are still shown.
        """
        stand_ins = {o.stand_in_key: o.stand_in for o in keep.values() if isinstance(o, NotRendered) and o.stand_in}
        try:
            self.index.rendered_sweep({*keep, *keys, *stand_ins})
        except NotWritable as error:
            log.debug("old outcomes are not forgotten: %s", error)
        shown = [*stand_ins.values(), *(o for o in keep.values() if isinstance(o, Rendered))]
        return {self.path(rendered).name for rendered in shown}


def _rendered(text: str) -> Rendered | None:
    """None for a failure, and for an older version's words."""
    try:
        return load_rendered(text)
    except (KeyError, TypeError, ValueError):
        return None


def _fault(text: str) -> NotRendered | None:
    try:
        return load_fault(text)
    except (KeyError, TypeError, ValueError):
        return None
