"""The loop "plan, word, render, learn": what overflows is planned again, until every page is measured.

It knows no planning: a screen's build makes its plan, and learns from what was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from signage.domain.model import PageSpec, Rendered
from signage.rendering.failed_pages import Outcome
from signage.rendering.renderer_pool import RendererPool
from signage.runtime.cancel import CancelToken

ALL = datetime.max.replace(tzinfo=UTC)  # of what is planned
FirstPages = Callable[[Mapping[str, tuple[int, int]]], None]


class Progress(Protocol):
    """Receives how the rendering goes: pictures done, and pictures needed in all as far as is known."""

    def __call__(self, done: int, total: int) -> None: ...


class PlannedScreen(Protocol):
    """One screen's part in the loop. `stale`: it must be planned, or planned again. `rendered`: keys of pictures that
    were made for it.
    """

    screen_id: str
    stale: bool
    rendered: set[str]

    def make_plan(self, renderers: RendererPool, cancel: CancelToken) -> None: ...
    def wanted(self, until: datetime, *, first_only: bool = False) -> list[tuple[datetime, str, PageSpec]]: ...
    def apply_measurements(self, outcomes: Mapping[str, Outcome]) -> None: ...
    def picture_keys(self) -> set[str]: ...


@dataclass
class RenderLoop:
    """Runs the loop over some screens. `outcomes`: what is known of each page so far, by key.

    `unit`: what fails inside of it costs the screen of that id, which is then among `failed`; left out, it is raised.
    `first_pages` receives, while only the first pages are made, how many of each screen's are, and how many it has.
    `ready` receives the id of each screen that has all pictures of a run, and whether any of them had to be made.
    """

    screens: Sequence[PlannedScreen]
    renderers: RendererPool
    progress: Progress
    cancel: CancelToken
    unit: Callable[[str], AbstractContextManager[None]] = lambda screen_id: nullcontext()
    failed: Container[str] = ()
    first_pages: FirstPages = lambda pages: None
    ready: Callable[[str, bool], None] = lambda screen_id, fresh: None
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def run(self, until: datetime, *, first_only: bool = False, most_quick: float = 0) -> None:
        """Make every picture that is shown before `until`, or only the first of each screen. Calls `ready` with each
        screen that has all of them, while the others' are made. Up to `most_quick` pictures have large files, until
        `compress`; if there are more, all have small ones at once. Raises Cancelled.
        """
        waiting = {screen.screen_id for screen in self.screens}
        fresh: set[str] = set()  # screens for which pictures had to be made
        quick: bool | None = None

        def hand_out(screen: PlannedScreen) -> None:
            if screen.screen_id in waiting:
                screen.apply_measurements(self.outcomes)
                if not screen.stale:
                    waiting.remove(screen.screen_id)
                    self.ready(screen.screen_id, screen.screen_id in fresh)

        while True:
            self._each(self._plan)
            missing = self._missing(until, first_only)
            lacking = {each.screen_id: missing.keys() & _keys(each, until, first_only) for each in self._sound()}
            fresh |= {screen_id for screen_id, keys in lacking.items() if keys}
            self._each(hand_out, [screen for screen in self._sound() if not lacking[screen.screen_id]])
            if missing:
                before = sum(isinstance(o, Rendered) for o in self.outcomes.values())
                total = before + len(missing) + self._later(until)
                report = partial(self._report, before, total, self._first(until) if first_only else {})
                report(())
                made = partial(self._made, lacking, hand_out)
                quick = len(missing) <= most_quick if quick is None else quick
                self.render(missing, progress=report, quick=quick, made=made)
            self.learn()
            if not any(screen.stale for screen in self._sound()):
                return

    def _made(self, lacking: Mapping[str, set[str]], hand_out: Callable[[PlannedScreen], None], key: str) -> None:
        """Hand out the screens that lacked only this page."""
        done = []
        for screen in self._sound():
            left = lacking[screen.screen_id]
            if key in left:
                left.remove(key)
                done += [] if left else [screen]
        self._each(hand_out, done)

    def render(
        self,
        pages: Mapping[str, PageSpec],
        *,
        progress: Callable[[Collection[str]], None] = lambda done: None,
        made: Callable[[str], None] = lambda key: None,
        last_try: bool = False,
        quick: bool = False,
    ) -> None:
        """Make the pictures of some pages, whatever is known of them. `made` gets the key of each, once it is known."""

        def note(done: dict[str, Outcome]) -> None:
            key = next(reversed(done))
            self.outcomes[key] = done[key]
            progress(done.keys())
            made(key)

        self.renderers.render(pages, note, self.cancel, last_try=last_try, quick=quick)

    def compress(self, until: datetime) -> None:
        """Replace the large files of pages that are shown before `until`. Raises Cancelled."""
        pages = {key: spec for key, spec in self.wanted(until).items() if key in self.outcomes}
        alive = partial(self.progress, len(pages), len(pages))
        self.outcomes |= self.renderers.compress(pages, self.outcomes, self.cancel, alive)

    def learn(self) -> None:
        """Hand every screen what was measured."""
        self._each(lambda screen: screen.apply_measurements(self.outcomes))

    def wanted(self, until: datetime, *, first_only: bool = False) -> dict[str, PageSpec]:
        """Every page that is shown before `until`, by key. Over all screens, what begins soonest is first, and of what
        begins together the first page of each screen, then each second one.
        """
        wanted: dict[str, tuple[datetime, int, PageSpec]] = {}
        for screen in self._sound():
            for turn, (start, key, spec) in enumerate(screen.wanted(until, first_only=first_only)):
                if key not in wanted or (start, turn) < wanted[key][:2]:
                    wanted[key] = (start, turn, spec)
        return {key: spec for key, (*_, spec) in sorted(wanted.items(), key=lambda item: item[1][:2])}

    def _sound(self) -> list[PlannedScreen]:
        return [screen for screen in self.screens if screen.screen_id not in self.failed]

    def _each(self, work: Callable[[PlannedScreen], None], screens: Sequence[PlannedScreen] | None = None) -> None:
        for screen in self.screens if screens is None else screens:
            self.cancel.check()
            if screen.screen_id not in self.failed:
                with self.unit(screen.screen_id):
                    work(screen)

    def _plan(self, screen: PlannedScreen) -> None:
        """Plan, and look up what is known of every planned page: whether a template works for later pages says what an
        earlier one that fails in it is worth.
        """
        if screen.stale:
            screen.make_plan(self.renderers, self.cancel)
            unknown = {key: spec for _, key, spec in screen.wanted(ALL) if key not in self.outcomes}
            self.outcomes |= self.renderers.look_up(unknown)

    def _missing(self, until: datetime, first_only: bool) -> dict[str, PageSpec]:
        """Pages without a picture, in the order of `wanted`."""
        wanted = self.wanted(until, first_only=first_only)
        missing = {key: spec for key, spec in wanted.items() if key not in self.outcomes}
        for screen in self._sound():
            screen.rendered |= _keys(screen, until) & missing.keys()
        return missing

    def _later(self, until: datetime) -> int:
        """How many pictures may be needed after `until`, for the progress bar."""
        later = {key for screen in self._sound() for key in screen.picture_keys()}
        soon = {key for screen in self.screens for key in _keys(screen, until)}
        return len(later - self.outcomes.keys() - soon)

    def _first(self, until: datetime) -> dict[str, set[str]]:
        """The pages that each screen shows first, by its id."""
        return {each.screen_id: _keys(each, until, first_only=True) for each in self._sound()}

    def _report(self, before: int, total: int, first: Mapping[str, set[str]], done: Collection[str]) -> None:
        self.progress(before + len(done), total)
        if first:
            made = {id: sum(key in done or key in self.outcomes for key in keys) for id, keys in first.items()}
            self.first_pages({id: (made[id], len(keys)) for id, keys in first.items()})


def _keys(screen: PlannedScreen, until: datetime, first_only: bool = False) -> set[str]:
    """The keys of the pages that a screen shows before `until`, or of the first of them."""
    return {key for _, key, _ in screen.wanted(until, first_only=first_only)}
