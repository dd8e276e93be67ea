"""`signage show`: what a screen shows at an instant, from its manifest; or how it is configured."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path
from textwrap import shorten
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from typer.core import TyperCommand

from signage.app.folders import Folders
from signage.cli.options import (
    DEFAULT_CONFIG,
    DEFAULT_STATE,
    AsJson,
    At,
    LayoutsFolder,
    OfDemo,
    OutFolder,
    StateFolder,
    layouts_folder,
    new_app,
    the_instant,
)
from signage.cli.output import print_json, print_line, print_warning
from signage.errors import EXIT_OK, ConfigError, NotFound
from signage.publishing import open_pages
from signage.publishing.bundle_format import Manifest
from signage.publishing.current_manifests import CurrentManifests

LONGEST_WORDS = 80  # characters of a page that are printed
app = new_app()


class _ShowCommand(TyperCommand):
    """`--config` needs no file: without one it is screens.toml."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        words = list(args)
        for number, word in enumerate(words):
            following = words[number + 1] if number + 1 < len(words) else "-"
            if word == "--config" and (following.startswith("-") or not _is_file_name(following)):
                words[number] = f"--config={DEFAULT_CONFIG}"
        return list(super().parse_args(ctx, words))


def _is_file_name(word: str) -> bool:
    return word.endswith(".toml") or "/" in word


@app.command(cls=_ShowCommand)
def show(
    context: typer.Context,
    screen: Annotated[str, typer.Argument(metavar="SCREEN", help="The screen's id, or the name of a group.")],
    at: At = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="[FILE]",
            help="Explain its settings and its playlist instead: what they are, and where each is written.",
            show_default="screens.toml",
        ),
    ] = None,
    layouts: LayoutsFolder = None,
    out: OutFolder = None,
    var: StateFolder = DEFAULT_STATE,
    demo: OfDemo = False,
    json: AsJson = False,
) -> int:
    """List the pages that a screen shows at an instant.

    It reads what is published, and needs neither the configuration nor a network. With --config it reads only that.
    """
    if config is not None:
        from signage.cli.show_config import show_config  # the configuration is large

        file = _usual_config(context) if config == DEFAULT_CONFIG else config
        show_config(file, layouts_folder(layouts, file), screen, json=json)
        return EXIT_OK
    published = Folders(var, out, demo=demo).published
    manifests = [
        _read_manifest(published, name) for name in _screens(published, screen, _usual_config(context), layouts)
    ]
    shown = [_pages(manifest, at, json) for manifest in manifests]
    if json:
        print_json(shown if len(shown) > 1 else shown[0], indent=1)
    return EXIT_OK


def _usual_config(context: typer.Context) -> Path:
    """screens.toml, or with --demo the demo's own where there is none."""
    return Path((context.default_map or {}).get("config", DEFAULT_CONFIG))


def _screens(published: Path, name: str, config: Path, layouts: Path | None) -> list[str]:
    """The screen of this name, or those of a group, which only the configuration knows."""
    if CurrentManifests(published).of(name) is not None or not config.is_file():
        return [name]
    from signage.app.configuration import load

    with suppress(ConfigError):
        return list(load(config, layouts_folder(layouts, config)).named_screens(name)) or [name]
    return [name]


def _pages(manifest: Manifest, at: datetime | None, json: bool) -> object:
    """Print the pages of one screen, or give them as JSON data."""
    zone = ZoneInfo(manifest["zone"])
    instant = the_instant(at, zone).astimezone(zone)
    pages = open_pages(manifest, instant)
    if json:
        keep = ("id", "kind", "asset", "from", "until", "dwell_seconds", "events", "dated", "fallback")
        rows = [{key: value for key, value in page.items() if key in keep} for page in pages]
        head = {"screen": manifest["screen"], "at": instant.isoformat(), "serial": manifest["serial"]}
        return {**head, "pages": rows}
    print_line(f"{manifest['name']} at {instant:%A %d %B %Y %H.%M} ({zone}), serial {manifest['serial']}:")
    horizon = datetime.fromisoformat(manifest["horizon"]).astimezone(zone)
    if instant >= horizon:
        print_warning(f"So far, its pages are published until {horizon:%a %d %b %H.%M}.")
    for page in pages:
        until = datetime.fromisoformat(page["until"])
        window = "whenever nothing else is on" if page["fallback"] else f"until {until:%a %d %b %H.%M}"
        print_line(f"  {page['kind']:10} {page['dwell_seconds']:g} s, {window}  [{page['asset'][:12]}]")
        if not page["events"] and (words := _words(page["alt"], manifest["name"])):
            print_line(f"    {words}")
        for event in page["events"]:
            start, end = (datetime.fromisoformat(event[key]) for key in ("start", "end"))
            print_line(f"    {start:%a %d %b %H.%M} – {end:%a %d %b %H.%M}  {event['title']}  ({event['id']})")
    return None


def _words(alt: str, screen: str) -> str:
    """The beginning of what is on a page, by which people tell two notices apart."""
    lines = [line for line in alt.splitlines() if line.strip() and line != screen]
    return shorten(" · ".join(lines), LONGEST_WORDS, placeholder=" …")


def _read_manifest(published: Path, screen: str) -> Manifest:
    manifest = CurrentManifests(published).of(screen)
    if manifest is None:
        known = sorted(path.name for path in (published / "screens").glob("[a-z0-9]*") if path.is_dir())
        empty = "signage build publishes; --demo shows what the demo has published."
        hint = f"the published screens are {', '.join(known)}." if known else empty
        raise NotFound(f'No screen "{screen}" is published.', f"Looked in {published}.", hint)
    return manifest
