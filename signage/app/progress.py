"""Progress bars for fetching and rendering; on a pipe or in a log, a line at the end of each instead."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class Bars:
    """Two bars. Use as a context manager; calls may come from any thread."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("[bold]{task.description:10}"),
            BarColumn(bar_width=40),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
            console=console,
            transient=True,
        )
        self._fetch = self._progress.add_task("Fetching", total=None, note="", visible=False)
        self._render = self._progress.add_task("Rendering", total=None, note="", visible=False)

    def fetching(self, source: str, done: int, total: int) -> None:
        """`done` of `total` sources have answered; `source` is the one that just did."""
        self._progress.update(self._fetch, completed=done, total=total, note=source, visible=True)

    def rendering(self, done: int, total: int) -> None:
        """`done` of `total` pictures are made."""
        self._progress.update(self._render, completed=done, total=total, visible=True)

    def first_pages(self, pages: Mapping[str, tuple[int, int]]) -> None:
        """Not shown."""

    def published(self, screen: str) -> None:
        """Not shown."""

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()
