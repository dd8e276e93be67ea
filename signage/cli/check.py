"""`signage check`: is screens.toml in order, and with --pages, can the pages of the day be read?"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from signage.app.configuration import find_warnings, load, read
from signage.app.folders import STATE_FILE, Folders, is_empty
from signage.app.signals import interruptible
from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_STATE,
    AsJson,
    At,
    ConfigFile,
    DemoSources,
    LayoutsFolder,
    OneScreen,
    StateFolder,
    chosen_screens,
    layouts_folder,
    new_app,
    the_instant,
)
from signage.cli.output import make_console, message_console, print_json, print_success, print_warning
from signage.config.base import OTHER_SPELLINGS, other_spellings
from signage.config.built_in import find_layout
from signage.config.legibility import judge, mm_per_px, module_mm, reading_seconds
from signage.config.models import Config
from signage.config.parts import read_parts
from signage.config.positions import Path, dotted, find_positions
from signage.config.syntax import parse
from signage.domain.model import PageSpec, Rendered
from signage.domain.printable import counted
from signage.errors import EXIT_OK, EXIT_PARTIAL, ConfigError, NotWritable
from signage.fleet.registry_file import REGISTRY_FILE
from signage.planning.kinds import TEMPLATES, wanted_posters
from signage.planning.kinds.table import TYPE
from signage.planning.screen_plan import lines_of
from signage.planning.sponsor_report import idle_sponsoring
from signage.planning.table_advice import table_advice
from signage.rendering.layouts import load_layout, own_typefaces
from signage.wording.qr import modules

if TYPE_CHECKING:
    from rich.table import Table

DAY = timedelta(hours=24)
MOST_PROBLEMS = 1000  # of the files of one folder that are named
WIDE = 140  # columns, in a pipe
app = new_app()


@dataclass(frozen=True, slots=True)
class Figures:
    """One page on one screen's display. `module_mm`: of its QR code, None without one."""

    screen: str
    kind: str
    letter_mm: float
    needed_mm: float
    contrast: float
    contrast_needed: float
    where: str
    words: int
    seconds: float
    module_mm: float | None
    module_needed_mm: float
    problems: tuple[str, ...]


@app.command()
def check(
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: StateFolder = DEFAULT_STATE,
    demo: DemoSources = False,
    pages: Annotated[
        bool, typer.Option("--pages", help="Also measure the pages of the day: letters, contrast, reading time.")
    ] = False,
    screen: OneScreen = None,
    at: At = None,
    json: AsJson = False,
) -> int:
    """Check screens.toml and the layouts, and stop.

    --screen and --json are for --pages.
    """
    folder = layouts_folder(layouts, config)
    site = load(config, folder)
    own_typefaces(site.site.fonts)
    names = sorted({n for s in site.screens.values() for n in (s.layout, s.night_layout) if n})
    notes = [note for name in names for note in load_layout(find_layout(folder, name), TEMPLATES).notes]
    found = {"screen": len(site.screens), "place": len(site.places), "source": len(site.sources)}
    print_success(f"{config}: {', '.join(counted(number, noun) for noun, number in found.items())}")
    unusable = _unusable_pictures(config, site)
    folders = Folders(var, None, demo=demo)
    lost = _players_without_screen(folders.state / REGISTRY_FILE, site)
    now = the_instant(at, ZoneInfo(site.site.zone))
    parts = [part for part in read_parts(config) if part.name not in site.parts.broken]
    doubts = [str(problem) for problem in find_warnings(read(config), str(config), site, now, parts=parts)]
    posters, about_posters = _posters(site, now, demo=demo)
    unusable += posters
    for sentence in [
        *notes,
        *_other_spellings(config),
        *unusable,
        *about_posters,
        *_tables(site, now),
        *doubts,
        *idle_sponsoring(site),
        *lost,
    ]:
        print_warning(sentence)
    failed = False
    for sentence in _prepared_alerts(site, now):
        print_warning(sentence)
    if pages:
        wanted = chosen_screens(screen, site)
        failed = _print_figures(_measured(folders, folder, site, now, wanted), json)
    for sentence in _doubts_about_events(folders, folder, site, now):
        print_warning(sentence)
    if site.parts.problems:
        raise ConfigError(list(site.parts.problems))
    return EXIT_PARTIAL if unusable or failed else EXIT_OK


def _players_without_screen(registry: FilePath, config: Config) -> list[str]:
    if not registry.is_file():
        return []
    from signage.app.retirement import players_without_screen
    from signage.fleet.registry import Registry

    return players_without_screen(Registry(registry).players(), config)


def _measured(folders: Folders, layouts: FilePath, config: Config, now: datetime, screens: list[str]) -> list[Figures]:
    """The pages of the coming 24 hours, measured, of these screens."""
    from signage.app.pipeline import Pipeline
    from signage.app.progress import Bars
    from signage.cli.fetching import the_sources

    pipeline = Pipeline(folders, layouts)
    with (
        interruptible() as cancel,
        the_sources(config, folders.demo, now) as effective,
        Bars(message_console()) as bars,
    ):
        measured = pipeline.measure(effective, now, now + DAY, screens, bars, cancel)
    # a dark page has neither letters nor contrast to judge
    return [_figures(effective, name, spec, rendered) for name, spec, rendered in measured if spec.kind != "dark"]


def _doubts_about_events(folders: Folders, layouts: FilePath, config: Config, now: datetime) -> list[str]:
    """What shows nothing by the events that were read last, if any were."""
    if not (folders.state / STATE_FILE).is_file():
        return []
    from signage.app.pipeline import Pipeline

    with suppress(NotWritable):  # another user's state
        return Pipeline(folders, layouts).doubts(config, now)
    return []


def _other_spellings(file: FilePath) -> list[str]:
    """One note, however often the file uses another spelling of a setting than the documentation."""
    parsed, _, _ = parse(read(file).decode("utf-8-sig"))
    found = sorted(set(other_spellings(parsed)))
    if not found:
        return []
    ours = " and ".join(OTHER_SPELLINGS[key] for key in found)
    return [f"{file}: {' and '.join(found)}: the documentation writes {ours}. Both are accepted."]


def _unusable_pictures(file: FilePath, config: Config) -> list[str]:
    """What is wrong with the picture files that the configuration names, and where it names them."""
    named: dict[Path, str] = {("site", "logo"): config.site.logo}
    named |= {("sponsors", n, "picture"): sponsor.picture for n, sponsor in enumerate(config.sponsors)}
    if not any(named.values()):
        return []
    from signage.app.local_pictures import load_pictures  # what decodes pictures is large

    positions = find_positions(read(file).decode("utf-8-sig"))
    found = []
    with TemporaryDirectory() as folder:
        for path, picture in named.items():
            line, column = positions.of_value(path)
            for sentence in load_pictures([picture], FilePath(folder))[1]:
                where = f"{file}:{line}:{column}: {dotted(path)}"
                found.append(f"{where}: {sentence}. It is left out. Hint: put a PNG or JPEG file of that name there.")
    return found


def _posters(config: Config, now: datetime, *, demo: bool) -> tuple[list[str], list[str]]:
    """What people's own pictures can't be shown for, and what should be done about the others."""
    wanted = {each for screen in config.screens.values() for each in wanted_posters(screen)}
    if all(each.folder and is_empty(FilePath(each.path)) for each in wanted):
        return [], []
    from signage.app.posters import PosterShelf  # what decodes pictures is large
    from signage.demo.motifs import POSTERS
    from signage.planning.poster_advice import advice, over, without_alt

    with TemporaryDirectory() as folder:
        shelf = PosterShelf(FilePath(folder), quiet=True, stand_in=POSTERS if demo else None)
        shelf.pages.films.converts = False
        found = shelf.read(config, now, most_named=MOST_PROBLEMS)
    about = [
        *found.hints,
        *over(config, found.posters, now),
        *advice(config, found.posters),
        *without_alt(config, found.posters),
    ]
    return list(found.problems), about


def _tables(config: Config, now: datetime) -> list[str]:
    """What should be done about the tables that are written in playlists."""
    if not any(line.show == TYPE for screen in config.screens.values() for line in lines_of(screen)):
        return []
    from signage.app.tables import written_tables  # slow to load

    found = written_tables(config, now)
    return [*found.warnings, *table_advice(config, found.data, now)]


def _prepared_alerts(config: Config, now: datetime) -> list[str]:
    """Where prepared alerts don't fit. They are set in the browser, if there is one and there are any."""
    if not config.prepared_alerts:
        return []
    from signage.app.alert_pictures import AlertPictures  # starts a browser
    from signage.app.prepared_alerts import prepared_problems
    from signage.errors import NoBrowser
    from signage.wording.languages.messages import load_messages

    messages = load_messages("en")
    with TemporaryDirectory() as folder, suppress(NoBrowser), interruptible() as cancel:
        pictures = AlertPictures(Folders(FilePath(folder)))
        try:
            return [
                f"prepared_alerts.{prepared}: {messages(each.message.key, **each.message.values)}"
                for prepared, made in prepared_problems(config, pictures, now, cancel)
                for each in made.problems
            ]
        finally:
            pictures.close()
    return ["There is no browser here, so it isn't known whether the prepared alerts fit."]


def _print_figures(figures: list[Figures], json: bool) -> bool:
    """Print the measurements of all pages; true when one has a problem."""
    if json:
        print_json([asdict(one) for one in figures], indent=1)
    else:
        make_console(width=None if message_console().is_terminal else WIDE).print(_table(figures))
    failed = [one for one in figures if one.problems]
    for one in failed:
        print_warning(f"{one.screen}, {one.kind}: {'; '.join(one.problems)}")
    return bool(failed)


def _figures(config: Config, screen_id: str, spec: PageSpec, rendered: Rendered) -> Figures:
    screen, site, report = config.screens[screen_id], config.site, rendered.report
    verdict = judge(report, screen)
    link, side = spec.context.get("link"), spec.context.get("qr_px")
    module = side * mm_per_px(screen) / modules(link) if isinstance(link, str) and isinstance(side, float) else None
    return Figures(
        screen_id,
        spec.kind,
        round(verdict.letter_mm, 1),
        round(verdict.needed_mm, 1),
        verdict.contrast,
        verdict.contrast_needed,
        verdict.where,
        verdict.words,
        reading_seconds(report, site.seconds_least, site.seconds_most),
        None if module is None else round(module, 1),
        round(module_mm(screen.distance), 1),
        (*report.problems, *(() if report.overflow else verdict.failures)),
    )


def _table(figures: list[Figures]) -> Table:
    """A line for each kind of page on each screen, with the worst of its pages."""
    from rich.table import Table

    table = Table(title="pages of the coming 24 hours", title_justify="left")
    for heading in ("screen", "page", "number", "letters", "contrast", "words", "seconds", "QR modules"):
        table.add_column(heading, justify="left" if heading in ("screen", "page") else "right")
    by_kind: dict[tuple[str, str], list[Figures]] = {}
    for one in figures:
        by_kind.setdefault((one.screen, one.kind), []).append(one)
    for (screen, kind), pages in by_kind.items():
        small = min(pages, key=lambda one: one.letter_mm)
        pale = min(pages, key=lambda one: one.contrast / one.contrast_needed)
        codes = [one for one in pages if one.module_mm is not None]
        fine = min(codes, key=lambda one: one.module_mm or 0.0, default=None)
        table.add_row(
            screen,
            kind,
            str(len(pages)),
            f"{small.letter_mm:.1f} of {small.needed_mm:.1f} mm",
            f"{pale.contrast:.1f} of {pale.contrast_needed:g}",
            _range([one.words for one in pages]),
            _range([round(one.seconds) for one in pages]),
            f"{fine.module_mm:.1f} of {fine.module_needed_mm:.1f} mm" if fine else "",
            style="yellow" if any(one.problems for one in pages) else "",
        )
    return table


def _range(numbers: list[int]) -> str:
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low}–{high}"
