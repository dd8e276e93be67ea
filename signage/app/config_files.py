"""Files that belong to screens.toml because it, or the sheet of organisations that it names, names them."""

from __future__ import annotations

from pathlib import Path

from signage.app.organisation_sheet import read_organisations
from signage.app.posters import BESIDE, ENDINGS, MOST_LISTED, ending
from signage.config.models import Config
from signage.domain.poster_file import WantedPosters
from signage.errors import ConfigError
from signage.planning.kinds import wanted_posters


def named_files(config: Config) -> list[Path]:
    """Absolute paths, sorted: the files in screens.d, logo, typefaces, sheets and their pictures, tokens, calendars,
    sponsors' pictures, and pictures of people's own.

    `config` as `load` gives it. A file that is named may be missing.
    """
    site = config.site
    names = [site.organisations, site.logo, site.ca_file, site.fonts.headings, site.fonts.texts]
    names += [*config.render.files, *(sponsor.picture for sponsor in config.sponsors)]
    names += [name for source in config.sources for name in source.files]
    names += [str(part) for part in config.parts.files]
    found = {Path(name) for name in names if name} | _sheet_pictures(site.organisations)
    return sorted(found.union(*(_posters(one) for screen in config.screens.values() for one in wanted_posters(screen))))


def _posters(wanted: WantedPosters) -> set[Path]:
    """The pictures of one line of a playlist, with what is written beside them."""
    path = Path(wanted.path)
    if not wanted.folder:
        beside = path.with_suffix(f".{BESIDE}")
        return {path, beside} if beside.is_file() else {path}
    try:
        listed = sorted(path.iterdir())[:MOST_LISTED]
    except OSError:
        return set()
    return {each for each in listed if ending(each.name) in (*ENDINGS, BESIDE) and each.is_file()}


def _sheet_pictures(sheet: str) -> set[Path]:
    """A sheet that can't be read names no picture; the build reports what is wrong with it."""
    if not sheet:
        return set()
    try:
        organisations, _ = read_organisations(sheet)
    except ConfigError:
        return set()
    return {Path(one.picture) for one in organisations if one.picture}
