"""`signage show`: what a screen shows at an instant, from its manifest alone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from signage.app.folders import Folders
from signage.cli.options import DEFAULT_STATE, AsJson, At, OfDemo, OutFolder, StateFolder, new_app, the_instant
from signage.cli.output import print_json, print_line, print_warning
from signage.errors import EXIT_OK, NotFound
from signage.publishing import open_pages
from signage.publishing.bundle_format import Manifest
from signage.publishing.publish import CurrentManifests

app = new_app()


@app.command()
def show(
    screen: Annotated[str, typer.Argument(metavar="SCREEN", help="The screen's id.")],
    at: At = None,
    out: OutFolder = None,
    var: StateFolder = DEFAULT_STATE,
    demo: OfDemo = False,
    json: AsJson = False,
) -> int:
    """List the pages that a screen shows at an instant.

    It reads what is published, and needs neither the configuration nor a network.
    """
    manifest = _read_manifest(Folders(var, out, demo=demo).published, screen)
    zone = ZoneInfo(manifest["zone"])
    instant = the_instant(at, zone).astimezone(zone)
    pages = open_pages(manifest, instant)
    if json:
        keep = ("id", "kind", "asset", "from", "until", "dwell_seconds", "events", "dated", "fallback")
        rows = [{key: value for key, value in page.items() if key in keep} for page in pages]
        head = {"screen": manifest["screen"], "at": instant.isoformat(), "serial": manifest["serial"]}
        print_json({**head, "pages": rows}, indent=1)
        return EXIT_OK
    print_line(f"{manifest['name']} at {instant:%A %d %B %Y %H.%M} ({zone}), serial {manifest['serial']}:")
    horizon = datetime.fromisoformat(manifest["horizon"]).astimezone(zone)
    if instant >= horizon:
        print_warning(f"So far, its pages are published until {horizon:%a %d %b %H.%M}.")
    for page in pages:
        until = datetime.fromisoformat(page["until"])
        window = "whenever nothing else is on" if page["fallback"] else f"until {until:%a %d %b %H.%M}"
        print_line(f"  {page['kind']:10} {page['dwell_seconds']:g} s, {window}  [{page['asset'][:12]}]")
        for event in page["events"]:
            start, end = (datetime.fromisoformat(event[key]) for key in ("start", "end"))
            print_line(f"    {start:%a %d %b %H.%M} – {end:%a %d %b %H.%M}  {event['title']}  ({event['id']})")
    return EXIT_OK


def _read_manifest(published: Path, screen: str) -> Manifest:
    manifest = CurrentManifests(published).of(screen)
    if manifest is None:
        known = sorted(path.name for path in (published / "screens").glob("[a-z0-9]*") if path.is_dir())
        empty = "signage build publishes; --demo shows what the demo has published."
        hint = f"the published screens are {', '.join(known)}." if known else empty
        raise NotFound(f'No screen "{screen}" is published.', f"Looked in {published}.", hint)
    return manifest
