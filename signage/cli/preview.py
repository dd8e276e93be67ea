"""`signage preview`: pictures of every kind of page, from sample data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from pydantic import ValidationError

from signage.app.alert_pictures import AlertPictures
from signage.app.folders import Folders
from signage.cli.alert_previews import KINDS, alert_shots
from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_STATE,
    ConfigFile,
    LayoutsFolder,
    UnusedState,
    layouts_folder,
    new_app,
    unknown,
)
from signage.cli.output import Steps, print_success, print_warning
from signage.config.built_in import available_layouts, find_layout, places_searched
from signage.config.languages import KNOWN
from signage.config.models import ScreenSettings
from signage.errors import EXIT_OK, EXIT_PARTIAL, NotWritable, UsageError
from signage.planning.kinds import TEMPLATES
from signage.preview import SIZES, Shot, photographer, read_sample
from signage.preview.sheet import sheet as make_sheet
from signage.rendering.alert_layout import NAME as ALERT
from signage.rendering.layouts import load_layout

app = new_app()


def screen_size(text: str) -> str:
    """A size that a screen may have in screens.toml: "1920x1080"."""
    try:
        return ScreenSettings(size=text).size
    except ValidationError:
        raise UsageError(
            f'Invalid size "{text}".',
            hint="write width x height in pixels: 1920x1080, 1080x1920, 3840x2160. 7680x2160 is about the most.",
        ) from None


def known_language(code: str) -> str:
    """A language that there are words for: "nb"."""
    if code not in KNOWN:
        raise unknown("language", code, KNOWN)
    return code


@app.command()
def preview(
    config: ConfigFile = DEFAULT_CONFIG,
    layouts: LayoutsFolder = None,
    var: UnusedState = DEFAULT_STATE,
    layout: Annotated[str | None, typer.Option("--layout", metavar="NAME", help="Only this layout.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", metavar="KIND", help="Only this kind of page.")] = None,
    size: Annotated[
        str | None, typer.Option("--size", metavar="SIZE", parser=screen_size, help="Only this size: 1920x1080.")
    ] = None,
    language: Annotated[
        str, typer.Option("--language", metavar="CODE", parser=known_language, help="The language of the pages.")
    ] = "nb",
    season: Annotated[
        str, typer.Option("--season", metavar="NAME", help="The decoration: jul, 17mai or sommer.", show_default="none")
    ] = "",
    stress: Annotated[
        bool, typer.Option("--stress", help="Use long titles, many events and other difficult content.")
    ] = False,
    sheet: Annotated[bool, typer.Option("--sheet", help="Make one picture of all pages for each layout.")] = False,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="The folder for the pictures.")] = Path(
        "build/preview"
    ),
) -> int:
    """Make pictures of all pages and alerts, from sample data.

    Alerts look the same in all layouts: --layout alert makes only their pictures.
    """
    folder = layouts_folder(layouts, config)
    known = available_layouts(folder)
    if layout and layout not in (*known, ALERT):
        raise unknown("layout", layout, known, f"Looked in {places_searched(folder)}.")
    _make_folder(out)  # before anything is rendered, which takes a minute
    failed = 0
    chosen, sizes = [layout] if layout else known, [size] if size else SIZES
    chosen = [name for name in chosen if name != ALERT and kind not in KINDS]
    with_alerts = kind in KINDS or (kind is None and layout in (None, ALERT))
    steps = Steps((len(chosen) + with_alerts) * len(sizes))
    for name in chosen:
        found = find_layout(folder, name)
        loaded, sample = load_layout(found, TEMPLATES), read_sample(found, stress)
        pages = sample.pages(loaded, SIZES[0])
        if kind and kind not in pages:
            raise unknown("kind of page", kind, [*pages, *KINDS])
        shots: dict[str, Shot] = {}
        with photographer({name: loaded}, sample.pictures) as camera:
            for each in sizes:
                steps.next(f"{name}, {each}")
                taken = camera.take_sample(sample, loaded, each, language, season)
                shots |= {f"{page}-{each}": shot for page, shot in taken.items() if kind in (None, page)}
        failed += _print_problems(shots, name)
        _save(shots, name, out, f"{name}{'-stress' if stress else ''}.png" if sheet else None)
    if with_alerts:
        shots = _alerts(sizes, language, kind, steps, stress=stress)
        failed += _print_problems(shots, ALERT)
        _save(shots, "", out, f"{ALERT}{'-stress' if stress else ''}.png" if sheet else None)
    return EXIT_PARTIAL if failed else EXIT_OK


def _alerts(sizes: Sequence[str], language: str, kind: str | None, steps: Steps, *, stress: bool) -> dict[str, Shot]:
    shots: dict[str, Shot] = {}
    with TemporaryDirectory() as folder:
        pictures = AlertPictures(Folders(Path(folder)))
        try:
            for size in sizes:
                steps.next(f"{ALERT}, {size}")
                taken = alert_shots(pictures, size, language, stress=stress)
                shots |= {f"{name}-{size}": shot for name, shot in taken.items() if kind in (None, name)}
        finally:
            pictures.close()
    return shots


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotWritable.from_os_error("The folder of the pictures", out, error) from error


def _save(shots: dict[str, Shot], name: str, out: Path, sheet: str | None) -> None:
    """Single pictures, or one sheet of that file name."""
    try:
        if sheet:
            make_sheet(shots).save(out / sheet)
            print_success(f"{out / sheet}: {_pages(shots)}")
            return
        for page, shot in shots.items():
            if shot.picture:
                shot.picture.save(out / f"{f'{name}-' if name else ''}{page}.png")
    except OSError as error:
        raise NotWritable.from_os_error("A picture", out, error) from error
    print_success(f"{out}: {_pages(shots)} of {name or 'alerts'}")


def _pages(shots: dict[str, Shot]) -> str:
    return "1 page" if len(shots) == 1 else f"{len(shots)} pages"


def _print_problems(shots: dict[str, Shot], name: str) -> int:
    """A warning for each page with problems, and how many there are."""
    faulty = {page: shot.report.problems for page, shot in shots.items() if shot.report.problems}
    for page, problems in faulty.items():
        print_warning(f"{name}, {page}: {'; '.join(problems[:3])}")
    return len(faulty)
