"""From an alert to its pictures, with some row of browsers: each distinct size, language and text is rendered once.

A text is shown whole where it fits. Where it doesn't, its last paragraphs are left out, each of them whole, and the
sender is told how much of it fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from signage.config.legibility import reading_seconds, required_px
from signage.config.models import Config, Screen
from signage.domain.alert_pictures import AlertPage, AlertPictureSet, AlertProblem, ScreenPictures
from signage.domain.alerts import AlertDraft, AlertLevel, AlertText
from signage.domain.model import PageSpec, Rendered
from signage.domain.server_status import Message
from signage.planning.alert_pages import (
    AlertForm,
    banner,
    banner_shares,
    first_words,
    shorter,
    texts_for,
    whole_page,
    word_count,
)
from signage.publishing import data_age_label
from signage.rendering.alert_layout import alert_layout
from signage.rendering.document import LEAST_LETTER, unit_of
from signage.rendering.failed_pages import Outcome
from signage.rendering.renderer_pool import RendererPool
from signage.runtime.cancel import CancelToken
from signage.wording.alert_times import widest_lines
from signage.wording.languages import load as load_words


@dataclass(frozen=True, slots=True)
class Wanted:
    """One picture that is needed. `smallest`: the smallest type (px) for the distance of the screens that share it."""

    width: int
    height: int
    smallest: float
    language: str
    strip: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way to set a picture. `whole`: all of the text is on it; `legible`: no letter is smaller than it should be."""

    spec: PageSpec
    whole: bool = True
    legible: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """A picture as it was made; `reason` without one: why there is none. `failed`: the browser could not make it, or a
    better one, so it isn't known whether that fits.
    """

    attempt: Attempt
    rendered: Rendered | None = None
    reason: str = ""
    failed: bool = False

    @property
    def good(self) -> bool:
        return self.rendered is not None and self.attempt.whole and self.attempt.legible


class _Search:
    """The first of some ways to set a picture that fits, each of which needs less room than the one before: the best,
    which is usual, then by halves. A text of many paragraphs would else take as many attempts.
    """

    def __init__(self, ways: Sequence[Attempt]) -> None:
        self.made: Made | None = None
        """The best so far that fits; until there is one, the last that doesn't."""
        self._failed = False
        self._ways = ways
        self._fails, self._fits = -1, len(ways)  # the ways up to the one don't fit, and from the other on they do

    def next(self) -> Attempt | None:
        """What is to be tried; None: the search is over."""
        if self._fits - self._fails <= 1:
            return None
        return self._ways[self._at()]

    def note(self, made: Made) -> None:
        """What became of it."""
        self._failed |= made.failed
        if made.rendered is not None:
            self._fits = self._at()
        else:
            self._fails = self._at()
        if made.rendered is not None or self._fits == len(self._ways):
            self.made = replace(made, failed=self._failed)

    def _at(self) -> int:
        return 0 if self._fails < 0 else (self._fails + self._fits) // 2


class AlertRenderer:
    """Makes the pictures of one alert after the other with the browsers of `pool`."""

    def __init__(self, pool: RendererPool, config: Config, cancel: CancelToken) -> None:
        self._pool = pool
        self._config = config
        self._cancel = cancel
        self._strictest: dict[str, float] = {}  # by size: the largest of the smallest types that its screens ask for
        for screen in config.screens.values():
            self._strictest[screen.size] = max(smallest_type(screen), self._strictest.get(screen.size, 0.0))

    def make(self, draft: AlertDraft) -> AlertPictureSet:
        """The pictures on each screen of the draft. Raises Cancelled, NoBrowser, NotWritable."""
        made = self._make(draft, self._wanted(draft, self._strictest))
        # What doesn't fit in the largest letters that a screen of a size needs may fit in those of another one.
        own = {name: smallest_type(screen) for name, screen in self._config.screens.items()}
        again = {
            want
            for want in self._wanted(draft, own)
            if want not in made and not made[replace(want, smallest=self._strictest[size_of(want)])].good
        }
        made |= self._make(draft, again)
        screens: dict[str, ScreenPictures] = {}
        faulty: dict[Wanted, list[str]] = {}
        files = {data_age_label.font()[0]: data_age_label.FONT}
        for name in draft.screens:
            plain, strips = (self._pages(draft, name, made, files, faulty, strip=strip) for strip in (False, True))
            screens[name] = ScreenPictures(strips if draft.level is AlertLevel.BANNER else plain, plain)
        # An official text is its authority's: it can't be shortened, so by how much is not asked.
        reported = {} if draft.source else faulty
        problems = [self._problem(draft, want, made[want], names) for want, names in reported.items()]
        failed = any(made[want].failed for want in faulty)
        return AlertPictureSet(screens, files, data_age_label.font(), tuple(problems), failed)

    def _wanted(self, draft: AlertDraft, smallest: Mapping[str, float]) -> list[Wanted]:
        """Every picture that is needed. `smallest`: the smallest type, by size or by screen."""
        found: dict[Wanted, None] = {}
        for name in draft.screens:
            screen = self._config.screens[name]
            least = smallest.get(screen.size, smallest.get(name, 0.0))
            for language in texts_for(draft, self._languages(screen)):
                for strip in (False, True) if draft.level is AlertLevel.BANNER else (False,):
                    found[Wanted(screen.width, screen.height, least, language, strip)] = None
        return list(found)

    def _languages(self, screen: Screen) -> Sequence[str]:
        return screen.spoken or self._config.site.languages[:1]

    def _pages(
        self,
        draft: AlertDraft,
        name: str,
        made: Mapping[Wanted, Made],
        files: dict[str, Path],
        faulty: dict[Wanted, list[str]],
        *,
        strip: bool,
    ) -> tuple[AlertPage, ...]:
        """A screen's pages, whole ones or strips; their files go to `files`, and what isn't good to `faulty`."""
        if strip and draft.level is not AlertLevel.BANNER:
            return ()
        screen, pages = self._config.screens[name], []
        limits = (self._config.site.seconds_least, self._config.site.seconds_most)
        for language in texts_for(draft, self._languages(screen)):
            own = Wanted(screen.width, screen.height, smallest_type(screen), language, strip)
            strict = replace(own, smallest=self._strictest[screen.size])
            want = strict if made[strict].good else own
            rendered = made[want].rendered
            if not made[want].good:
                faulty.setdefault(want, []).append(name)
            if rendered is None:
                continue
            files[rendered.sha256] = self._pool.path(rendered)
            height = made[want].attempt.spec.height
            top = screen.height - height
            lines = {line: replace(box, y=box.y + top) for line, box in rendered.report.lines}
            pages.append(
                AlertPage(
                    language,
                    rendered.sha256,
                    rendered.bytes,
                    rendered.media_type,
                    0,
                    top,
                    screen.width,
                    height,
                    reading_seconds(rendered.report, *limits),
                    rendered.report.text,
                    lines,
                )
            )
        return tuple(pages)

    def _make(self, draft: AlertDraft, wanted: Iterable[Wanted]) -> dict[Wanted, Made]:
        """Find the best way to set each picture, all pictures at the same time."""
        searches = {want: _Search(list(self._attempts(draft, want))) for want in wanted}
        while tried := {want: attempt for want, search in searches.items() if (attempt := search.next()) is not None}:
            outcomes = self._render({want: attempt.spec for want, attempt in tried.items()})
            for want, attempt in tried.items():
                searches[want].note(_made(attempt, outcomes[want]))
        return {want: search.made for want, search in searches.items() if search.made is not None}

    def _render(self, specs: Mapping[Wanted, PageSpec]) -> dict[Wanted, Outcome]:
        """What is known already isn't rendered again."""
        keys = {want: self._pool.key(spec) for want, spec in specs.items()}
        pages = {keys[want]: spec for want, spec in specs.items()}
        outcomes = self._pool.look_up(pages)
        missing = {key: spec for key, spec in pages.items() if key not in outcomes}
        outcomes |= self._pool.render(missing, cancel=self._cancel)
        return {want: outcomes[key] for want, key in keys.items()}

    def _attempts(self, draft: AlertDraft, want: Wanted) -> Iterator[Attempt]:
        """The ways to set a picture, the best first."""
        text = draft.texts[want.language]
        yield from (Attempt(spec) for spec in self._specs(draft, text, want))
        for less in shorter(text):
            yield from (Attempt(spec, whole=False) for spec in self._specs(draft, less, want)[-1:])
        least = replace(want, smallest=LEAST_LETTER)
        bare = AlertText(text.title)
        yield from (Attempt(spec, bare == text, legible=False) for spec in self._specs(draft, bare, least)[-1:])

    def _specs(self, draft: AlertDraft, text: AlertText, want: Wanted) -> list[PageSpec]:
        """One text in the forms that a picture may have, the best first and the one that has most room last."""
        words = load_words(want.language)
        unit = unit_of(want.width, want.height)
        form = AlertForm(want.width, want.height, unit, want.smallest, _widths(words.language))
        if want.strip:
            return [banner(draft, text, words, form, share) for share in banner_shares(form)]
        return [whole_page(draft, text, words, form, large_title=large) for large in (True, False)]

    def _problem(self, draft: AlertDraft, want: Wanted, made: Made, screens: Sequence[str]) -> AlertProblem:
        """What the sender should know about a picture that isn't good."""
        return AlertProblem(self._message(draft, want, made, screens), tuple(screens), want.language)

    def _message(self, draft: AlertDraft, want: Wanted, made: Made, screens: Sequence[str]) -> Message:
        names = self._config.screen_names
        about = {"screens": ", ".join(names[name] for name in screens), "size": f"{want.width}×{want.height}"}
        if made.rendered is None:
            return Message("alerts.not_shown", {**about, "reason": made.reason})
        if not made.attempt.legible:
            return Message("alerts.title_too_long", about)
        text = draft.texts[want.language]
        fits = self._most_words(draft, text, want)
        letters = len(text.text)
        room = len(first_words(text, fits).text)
        key = "alerts.banner_too_long" if want.strip else "alerts.too_long"
        if not room:
            return Message("alerts.only_title", about)
        return Message(key, {**about, "letters": letters, "room": room, "over": letters - room})

    def _most_words(self, draft: AlertDraft, text: AlertText, want: Wanted) -> int:
        """How many words of a text fit that doesn't as a whole."""
        fits, fails = 0, word_count(text)
        while fails - fits > 1:
            middle = (fits + fails) // 2
            spec = self._specs(draft, first_words(text, middle), want)[-1]
            outcome = self._render({want: spec})[want]
            if isinstance(outcome, Rendered) and not outcome.report.overflow:
                fits = middle
            else:
                fails = middle
        return fits


def rehearsal(width: int, height: int) -> PageSpec:
    """A page like those of alerts, that is never shown."""
    form = AlertForm(width, height, unit_of(width, height), LEAST_LETTER, _widths("nb"))
    text = AlertText("Øvelse", "Dette er en øvelse. Ingen skal gjøre noe.\n\nEn øvelse til.")
    draft = AlertDraft({"nb": text}, (), datetime.min.replace(tzinfo=UTC))
    return whole_page(draft, text, load_words("nb"), form, large_title=True)


def smallest_type(screen: Screen) -> float:
    """The smallest type (px) that can be read from where people stand, and is in keeping with the design."""
    own = alert_layout().smallest * unit_of(screen.width, screen.height)
    return round(max(screen.smallest_text, required_px(screen), own, LEAST_LETTER), 1)


def _made(attempt: Attempt, outcome: Outcome) -> Made:
    if not isinstance(outcome, Rendered):
        return Made(attempt, reason=outcome.reason, failed=True)
    return Made(attempt, None if outcome.report.overflow else outcome, "; ".join(outcome.report.problems))


def size_of(want: Wanted) -> str:
    """As screens.toml writes it."""
    return f"{want.width}x{want.height}"


@cache
def _widths(language: str) -> dict[str, float]:
    """How wide the lines are at the most that players draw, in parts of their type size."""
    room = 1.02  # players round the type size to whole pixels
    texts = widest_lines(load_words(language))
    return {name: round(room * max(map(data_age_label.width_of, some)), 2) for name, some in texts.items()}
