"""`signage preview`: pictures of every kind of page, from sample data, to look over."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from signage.cli.shared import layouts_folder
from signage.config.load import available_layouts
from signage.errors import EXIT_OK, EXIT_PARTIAL, NotFound, NotWritable
from signage.preview import KINDS, SIZES, Shot, read_sample, shoot_sample
from signage.preview.sheet import sheet
from signage.rendering.layouts import load_layout


def preview(options: Namespace, console: Console) -> int:
    """Single pictures, or a sheet for each layout. EXIT_PARTIAL when a page does not fit."""
    folder: Path = layouts_folder(options)
    names = [options.layout] if options.layout else available_layouts(folder)
    if unknown := [name for name in names if name not in available_layouts(folder)]:
        raise NotFound(f'no layout "{unknown[0]}"; there is {", ".join(available_layouts(folder))}')
    if options.kind and options.kind not in KINDS:
        raise NotFound(f'no page "{options.kind}"; there is {", ".join(KINDS)}')
    out: Path = options.out
    failed = 0
    for name in names:
        shots = _shots(options, folder, name)
        failed += _tell(shots, name, console)
        try:
            out.mkdir(parents=True, exist_ok=True)
            if options.sheet:
                path = out / f"{name}{'-stress' if options.stress else ''}.png"
                sheet(shots).save(path)
                console.print(f"[green]✓[/] {path}: {_pages(shots)}")
                continue
            for page, shot in shots.items():
                if shot.picture:
                    shot.picture.save(out / f"{name}-{page}.png")
        except OSError as error:
            raise NotWritable(f"{out}: can't be written: {error.strerror}") from error
        console.print(f"[green]✓[/] {out}: {_pages(shots)} of {name}")
    return EXIT_PARTIAL if failed else EXIT_OK


def _shots(options: Namespace, folder: Path, name: str) -> dict[str, Shot]:
    layout, sample = load_layout(folder / name), read_sample(folder / name, options.stress)
    return {
        f"{kind}-{size}": shot
        for size in ([options.size] if options.size else SIZES)
        for kind, shot in shoot_sample(sample, layout, size, options.language, options.season).items()
        if options.kind in (None, kind)
    }


def _pages(shots: dict[str, Shot]) -> str:
    return "1 page" if len(shots) == 1 else f"{len(shots)} pages"


def _tell(shots: dict[str, Shot], name: str, console: Console) -> int:
    faulty = {page: shot.report.problems for page, shot in shots.items() if shot.report.problems}
    for page, problems in faulty.items():
        console.print(f"[yellow]![/] {name}, {page}: {escape('; '.join(problems[:3]))}")
    return len(faulty)
