"""The work on one screen during a build: its plan, its pages' data, what overflows, and the bundle that comes of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from signage.app.fallback import FALLBACK_SECONDS
from signage.app.live_places import live_places
from signage.app.phone_tables import PhoneTable, phone_tables, table_edges
from signage.config.legibility import judge, reading_seconds
from signage.config.models import Config, Filter
from signage.domain.model import NO_EXCESS, Event, PageSpec, Picture, Rendered, ShownOccurrence
from signage.domain.page_plan import Capacity, PagePlan, Variant
from signage.domain.poster_file import PosterFile
from signage.planning.catalog import Catalog
from signage.planning.kinds import kind_of, split_page
from signage.planning.kinds.picture import end_of, is_shown, without_copies
from signage.planning.kinds.video import clip_of, dwell_seconds
from signage.planning.page_contexts import PageContextBuilder
from signage.planning.poster_advice import shown_posters
from signage.planning.screen_plan import Planned, ScreenPlan, lines_of, may_show, plan_screen
from signage.planning.selection import pool
from signage.publishing import Bundle, BundlePage
from signage.publishing.data_age_label import INK, PAPER, DataAgeLabel, size_for
from signage.publishing.manifest import ALWAYS
from signage.publishing.phone_pages import PhonePicture, pocket_files
from signage.publishing.videos import PageVideo
from signage.rendering.failed_pages import Outcome
from signage.rendering.page_faults import NotRendered
from signage.rendering.renderer_pool import RendererPool
from signage.runtime.cancel import CancelToken
from signage.runtime.containment import Failures, describe, salvage
from signage.wording.languages import Words

log = logging.getLogger(__name__)

# Players whose clock is a little behind ours must not find that nothing is open yet.
CLOCK_SKEW = timedelta(minutes=5)
FALLBACK = PagePlan("evergreen")


class ScreenBuild:
    """One screen's pages between `now` and `end`. `problems`: what was left out, once each."""

    def __init__(
        self,
        config: Config,
        screen_id: str,
        words: Callable[[str], Words],
        capacity: Capacity,
        catalog: Catalog,
        now: datetime,
        end: datetime,
    ) -> None:
        self.config = config
        self.screen_id = screen_id
        self.screen = config.screens[screen_id]
        self.language = (self.screen.spoken or config.site.languages)[0]
        if self.screen.zone:
            catalog = catalog.in_zone(config.zone_of(screen_id))
        self.catalog = catalog
        self.now = now
        self.end = end
        self.by_id = catalog.events
        self._faults: dict[tuple[str, str], list[PagePlan]] = {}  # kind and reason -> the pages left out for good
        self._waiting: dict[PagePlan, NotRendered] = {}  # pages that could not be rendered yet
        self.failures = Failures()  # beside the pages
        self._unworded = Failures()  # pages, which `_faults` reports: here they are only logged
        self.rendered: set[str] = set()  # keys of pictures that were made in this build
        self.stale = True  # the plan must be made, or made again
        self._capacity = capacity
        self._words = words
        self._contexts: dict[str, PageContextBuilder] = {}
        self._splits: dict[PagePlan, list[PagePlan]] = {}
        self._pages: dict[PagePlan, tuple[str, PageSpec]] = {}
        self._wanted: dict[
            tuple[datetime, bool], list[tuple[datetime, str, PageSpec]]
        ] = {}  # until plan or pages change
        self._settled: dict[PagePlan, Outcome] = {}  # pages whose measurements say nothing more
        self._left_out: set[PagePlan] = set()
        self._judged: set[PagePlan] = set()
        self._pocket: tuple[Sequence[Event], Mapping[str, PhonePicture], dict[str, bytes]] | None = None
        self._pocket_shown: tuple[ScreenPlan, list[Event]] | None = None
        self._hard: dict[tuple[str, str], list[PagePlan]] = {}  # kind and reason -> pages shown though hard to read
        self._shown: dict[PagePlan, Rendered] = {}  # in the bundle that was made last
        self.plan = ScreenPlan((), 0)

    def plan_until(self, end: datetime) -> None:
        """Have the plan reach at least until `end`."""
        if end > self.end:
            self.end, self.stale = end, True

    def complete_until(self, until: datetime) -> datetime:
        """Until when a bundle of all pages that begin before `until` lacks none."""
        return min((planned.start for planned in self.plan.pages if planned.start >= until), default=self.end)

    def make_plan(self, renderers: RendererPool, cancel: CancelToken) -> None:
        """Plan until `end`, and put every distinct page into words. Raises Cancelled."""
        self.stale = True
        while self.stale:
            cancel.check()
            self.plan = plan_screen(
                self.config, self.screen_id, self.catalog, self.now, self.end, self._capacity, self._splits
            )
            self.stale = False
            self._wanted.clear()
            self._word(renderers, cancel)

    def _word(self, renderers: RendererPool, cancel: CancelToken) -> None:
        """Put new pages into words. A page that can't be is split, so that only the part at fault is left out."""
        failed: dict[PagePlan, Exception] = {}
        for plan in {FALLBACK, *(planned.plan for planned in self.plan.pages)} - self._pages.keys() - self._left_out:
            cancel.check()
            try:
                spec = self._in_language(plan.variant.language or self.language).spec(plan)
                self._pages[plan] = (renderers.key(spec), spec)
            except Exception as error:  # whatever a page's words fail for costs the page
                failed[plan] = error
        worded = {(plan.kind, plan.variant.language) for plan in self._pages}
        for plan, reason in failed.items():
            bare = replace(plan, variant=Variant())
            parts = split_page(bare) if (plan.kind, plan.variant.language) in worded else [bare]
            if bare in self._splits:
                continue
            if parts != [bare]:
                self._splits[bare] = parts
                self.stale = True
            else:
                self._leave_out(plan, f"its text can't be prepared: {describe(reason)}")
                self._unworded.add(f"a page of kind {plan.kind}", reason)

    def _in_language(self, language: str) -> PageContextBuilder:
        if language not in self._contexts:
            source_hyphenation = self._words(self.config.site.languages[0]).hyphens
            self._contexts[language] = PageContextBuilder(
                self.config, self.screen_id, self._words(language), self.catalog, source_hyphenation=source_hyphenation
            )
        return self._contexts[language]

    def wanted(self, until: datetime, *, first_only: bool = False) -> list[tuple[datetime, str, PageSpec]]:
        """Start of the first window, key and data of every page that is shown before `until`, in the order of the
        rotation. `first_only`: of the first page, and of the fallback page.
        """
        if (until, first_only) not in self._wanted:
            self._wanted[until, first_only] = self._list_wanted(until, first_only)
        return self._wanted[until, first_only]

    def _list_wanted(self, until: datetime, first_only: bool) -> list[tuple[datetime, str, PageSpec]]:
        soonest: dict[PagePlan, datetime] = {}
        for planned in self.plan.pages:
            if planned.start < until and planned.plan not in self._left_out:
                if first_only and soonest:
                    break
                soonest[planned.plan] = min(planned.start, soonest.get(planned.plan, until))
        soonest.setdefault(FALLBACK, self.now)
        return [(start, *self._pages[plan]) for plan, start in soonest.items() if plan in self._pages]

    def apply_measurements(self, outcomes: Mapping[str, Outcome]) -> None:
        """Learn from what was measured: split what overflows, leave out what can't be shown; the plan is then stale."""
        for plan, (key, _) in self._pages.items():
            outcome = outcomes.get(key)
            if outcome is None or plan in self._left_out or self._settled.get(plan) is outcome:
                continue
            bare = replace(plan, variant=Variant())  # what overflows in one dress is split in all of them
            if bare in self._splits:
                continue
            self._waiting.pop(plan, None)
            if isinstance(outcome, NotRendered) and not outcome.isolate:
                self._waiting[plan] = outcome
                continue
            if isinstance(outcome, Rendered) and not outcome.report.overflow:
                with self.failures.unit(f"the judgement on a page of kind {plan.kind}"):
                    self._judge(plan, outcome)
                self._settled[plan] = outcome
                continue
            parts = split_page(bare, outcome.report.excess if isinstance(outcome, Rendered) else NO_EXCESS)
            if parts != [bare]:
                self._splits[bare] = parts
                self.stale = True
            elif isinstance(outcome, Rendered):
                self._leave_out(plan, "it does not fit")
            else:
                self._waiting[plan] = outcome

    def _judge(self, plan: PagePlan, rendered: Rendered) -> None:
        """Note what is hard to read from a distance; whether it is shown all the same is the site's choice."""
        if self.config.site.legibility == "off" or plan in self._judged:
            return
        self._judged.add(plan)
        if failures := judge(rendered.report, self.screen).failures:
            why = f"hard to read: {failures[0]}"
            if self.config.site.legibility == "refuse" and plan != FALLBACK:
                self._leave_out(plan, why)
            else:
                self._hard.setdefault((plan.kind, why), []).append(plan)

    def _leave_out(self, plan: PagePlan, why: str) -> None:
        self._wanted.clear()
        self._left_out.add(plan)
        self._faults.setdefault((plan.kind, why), []).append(plan)

    @property
    def problems(self) -> list[str]:
        """What was left out or is not as it should be, a sentence for each kind of page and reason."""
        lasting = [(*about, "left out", plans) for about, plans in self._faults.items()]
        lasting += [(*about, "shown", plans) for about, plans in self._hard.items()]
        return [*(self._sentence(*each) for each in lasting), *self.passing_problems]

    @property
    def passing_problems(self) -> list[str]:
        """Those of them that another build of the same plan may mend."""
        planned = {FALLBACK, *(planned.plan for planned in self.plan.pages)}
        waiting: dict[tuple[str, str, str], list[PagePlan]] = {}
        for plan, fault in self._waiting.items():
            if plan in planned:
                shown = "shown as it was made before" if fault.stand_in else "left out for now"
                waiting.setdefault((plan.kind, fault.reason, shown), []).append(plan)
        sentences = [self._sentence(*about, plans) for about, plans in waiting.items()]
        return [*sentences, *map(str, self.plan.failures), *self._without_pictures(), *self.failures.sentences]

    def _sentence(self, kind: str, why: str, shown: str, plans: Sequence[PagePlan]) -> str:
        """ "2 pages of kind today left out (for 2026-11-23 with Kaffe): hard to read"."""
        named = [self.by_id[i].title for i in plans[0].event_ids[:3]]
        if plans[0].news:
            named.append(self.catalog.news[plans[0].news].title)
        titles = ", ".join(named)
        first = f"for {plans[0].day}" if plans[0].day else ""
        example = " ".join(filter(None, (first, f"with {titles}" if titles else "")))
        count = "a page" if len(plans) == 1 else f"{len(plans)} pages"
        return f"{count} of kind {kind} {shown}{f' ({example})' if example else ''}: {why}"

    def _without_pictures(self) -> list[str]:
        """A sentence for each picture that could not be read."""
        lacking = {sha256 for _, rendered in self._shown.items() for sha256 in rendered.lacks}
        sentences = []
        for sha256 in sorted(lacking):
            titles = [e.title for e in self.by_id.values() if e.picture is not None and e.picture.sha256 == sha256]
            files = [path for path, one in self.catalog.pictures.items() if one.sha256 == sha256]
            whose = ", ".join(dict.fromkeys([*titles[:3], *files])) or sha256[:12]
            sentences.append(
                f"a picture is missing or damaged on disk ({whose}): it is fetched again at the next refresh"
            )
        return sentences

    def bundle(
        self,
        until: datetime,
        outcomes: Mapping[str, Outcome],
        data_as_of: datetime | None,
        font: tuple[str, int],
        fallback: Rendered,
    ) -> Bundle:
        """What to publish for the time until `until`: pages that could be rendered, or an earlier picture of those that
        keep their old content then, and the fallback page.
        """
        self._shown = {}
        pages = []
        for planned in self.plan.pages:
            rendered = self._rendered(planned.plan, outcomes)
            if planned.start < until and rendered is not None and planned.plan not in self._left_out:
                with self.failures.unit(f"a page in the manifest, of kind {planned.plan.kind}"):
                    pages.append(self._page(planned, until, rendered))
                    self._shown[planned.plan] = rendered
        start, end = ALWAYS
        pages.append(
            BundlePage("fallback", "evergreen", fallback, start, end, FALLBACK_SECONDS, dated=False, fallback=True)
        )
        return Bundle(
            screen=self.screen_id,
            name=self.name,
            width=self.screen.width,
            height=self.screen.height,
            rotate=self.screen.rotate,
            generated=self.now,
            data_as_of=data_as_of,
            horizon=until,
            zone=self.config.zone_of(self.screen_id).key,
            language=self.language,
            poll_seconds=self.config.site.poll_seconds,
            pages=tuple(pages),
            font=font,
            updated=self._updated(),
            places=live_places(self.screen, self.plan),
        )

    def _updated(self) -> DataAgeLabel:
        """How the players show that the data is old."""
        site = self.config.site
        return DataAgeLabel(
            round(site.stale_hours * 3600),
            self._words(self.language)("updated"),
            (site.colours.ink or INK).lower(),
            (site.colours.paper or PAPER).lower(),
            size_for(self.screen.width, self.screen.height),
        )

    def pocket(self, until: datetime, pictures: Mapping[str, PhonePicture]) -> dict[str, bytes]:
        """The screen's pages for telephones: every event that its playlist may show before `until`, and no other.
        `pictures`: by the sha256 of the events' own.
        """
        events = self.phone_events(until)
        if self._pocket is None or self._pocket[:2] != (events, pictures):
            words, posters = self._words(self.language), self.phone_posters()
            tables: Sequence[PhoneTable] = []
            with self.failures.unit("the tables on the telephone pages"):
                tables = phone_tables(self.plan, self.now, self._in_language(self.language))
            files = salvage(
                events,
                lambda some: pocket_files(
                    self.config, self.screen_id, words, some, self.now, pictures, posters, tables
                ),
                lambda event, error: self.failures.add(f'"{event.title}" ({event.id}) on the telephone pages', error),
            )
            self._pocket = (events, pictures, files)
        return self._pocket[2]

    def pocket_pictures(self, until: datetime) -> list[Picture]:
        """The pictures of those events, in their order."""
        pictures = {e.picture.sha256: e.picture for e in self.phone_events(until) if e.picture}
        pictures |= {page.picture.sha256: page.picture for file in self.phone_posters() for page in file.pages}
        return list(pictures.values())

    def phone_posters(self) -> list[PosterFile]:
        """The files of people's own pictures that the playlist shows now."""
        files = shown_posters(self.config, self.screen_id, self.catalog.posters)
        return without_copies(file for file in files if is_shown(file, self.now))

    def phone_edges(self) -> list[datetime]:
        """When such files begin and end, and tables change."""
        files = shown_posters(self.config, self.screen_id, self.catalog.posters)
        edges = [edge for file in files for edge in (file.begin, end_of(file)) if edge]
        return edges + table_edges(self.plan, self.now)

    def phone_events(self, until: datetime) -> list[Event]:
        """Every event that the playlist may show before `until`, in order."""
        if self._pocket_shown is None or self._pocket_shown[0] is not self.plan:
            shown: dict[str, Event] = {}
            for line in lines_of(self.screen):
                if isinstance(line, Filter):
                    places, groups = self.config.places, self.config.group_places
                    found = pool(line, self.catalog.index, self.screen.place, places, groups=groups)
                    found = found.during(self.now, until)
                    shown |= {e.id: e for e in may_show(line, found, self.plan.reaches)}
            events = sorted(shown.values(), key=lambda e: (e.starts_at, e.title, e.id))
            self._pocket_shown = self.plan, events
        return self._pocket_shown[1]

    def fallback(self, outcomes: Mapping[str, Outcome]) -> Rendered | None:
        """The picture of the fallback page; None when it can't be made."""
        return self._rendered(FALLBACK, outcomes)

    def _page(self, planned: Planned, until: datetime, rendered: Rendered) -> BundlePage:
        plan, limits = planned.plan, (self.config.site.seconds_least, self.config.site.seconds_most)
        key, spec = self._pages[plan]
        events = [self.by_id[i] for i in plan.event_ids]
        # The windows end where an occurrence does; should they ever not, rule 1 holds all the same.
        end = min([planned.until, until, *(e.ends_at for e in events)])
        start = planned.start - CLOCK_SKEW if planned.start == self.now else planned.start
        clip = clip_of(plan, self.catalog)
        return BundlePage(
            name=f"{planned.turn * 100 + max(planned.entry, 0):02d}-{spec.kind}-{key[:12]}",
            kind=spec.kind,
            rendered=rendered,
            start=start,
            until=end,
            dwell_seconds=planned.seconds or dwell_seconds(clip) or reading_seconds(rendered.report, *limits),
            events=tuple(ShownOccurrence(e.id, e.starts_at, e.ends_at, e.title) for e in events),
            dated=self._depends_on_time(planned) or kind_of(plan).dated(plan, self.config, self.screen),
            video=PageVideo.on(clip, self.screen.width, self.screen.height) if clip else None,
        )

    def _depends_on_time(self, planned: Planned) -> bool:
        return planned.entry >= 0 and self.screen.lines[planned.entry].depends_on_time

    def _rendered(self, plan: PagePlan, outcomes: Mapping[str, Outcome]) -> Rendered | None:
        """A page's picture, or its replacement."""
        if plan not in self._pages:
            return None
        outcome = outcomes.get(self._pages[plan][0])
        if isinstance(outcome, NotRendered):
            return outcome.stand_in
        return outcome if outcome is not None and not outcome.report.overflow else None

    @property
    def name(self) -> str:
        """What people call the screen."""
        return self.screen.name or self.config.places[self.screen.place].name

    def page_keys(self) -> set[str]:
        """The keys of all pages that were planned, also of those that were split."""
        return {key for key, _ in self._pages.values()}

    def picture_keys(self) -> set[str]:
        """The keys of every picture that the plan shows."""
        shown = {FALLBACK, *(planned.plan for planned in self.plan.pages)} - self._left_out
        return {self._pages[plan][0] for plan in shown if plan in self._pages}
