"""Screens that have been taken out of screens.toml: each ends with a page that says so, and whom to call.

Its bundle stays published for a year, so that players that come late learn of it, too, and go on being answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from signage.app.fallback import FALLBACK_SECONDS
from signage.config.models import Config
from signage.domain.model import Rendered, RenderReport
from signage.fleet.registry import Player
from signage.publishing import Bundle, BundlePage, Publisher, data_age_label
from signage.publishing.bundle_format import Manifest
from signage.publishing.data_age_label import INK, PAPER
from signage.publishing.manifest import ALWAYS
from signage.rendering.encode import MEDIA_TYPE, encode, keep
from signage.rendering.plain_page import PlainPage, draw_plain
from signage.runtime.containment import Failures
from signage.wording.languages import load as load_words

PAGE = "retired"  # the id of the page, and the only one of its bundle
STAYS = timedelta(days=365)  # how long it is published: longer than a house is closed for rebuilding


def retire(config: Config, publisher: Publisher, pictures: Path, now: datetime, failures: Failures) -> list[str]:
    """End the bundle of every screen that is published and configured no more; gives those whose bundles stay.

    A screen that was renamed is none of them. `pictures`: the folder for the page's picture.
    """
    kept = []
    for screen in publisher.published():
        if screen in config.screens or screen in config.former_screens:
            continue
        manifest = publisher.current.of(screen)
        if manifest is None:
            continue
        if config.may_have(screen):  # its file has mistakes: what is published stays
            kept.append(screen)
            continue
        with failures.unit(f"the last page of the screen {screen}"):
            page = _page(config, manifest)
            if not _says(manifest, page, publisher.keys.next_hex):
                _publish(config, publisher, pictures, manifest, page, now)
            elif now - datetime.fromisoformat(manifest["generated"]) > STAYS:
                continue
        kept.append(screen)
    return kept


def players_without_screen(players: Iterable[Player], config: Config) -> list[str]:
    """A sentence for each player whose screen is not in screens.toml, under this name or a former one."""
    return [
        f'The screen "{player.screen}" is no longer in screens.toml. Player {player.id} still shows it. Hint: give it '
        f"another one with signage pair --move {player.id} --screen ID. If the screen was renamed, write "
        f'was = "{player.screen}" below its new name.'
        for player in players
        if player.screen and not config.may_have(player.screen)
    ]


def _page(config: Config, manifest: Manifest) -> PlainPage:
    """In the screen's size and language."""
    site = config.site
    language = manifest["language"]
    try:
        words = load_words(language)
    except Exception:  # a language of the site's own that is gone
        words = load_words(site.languages[0])
    phone = "\u00a0".join(site.phone.split())
    text = words("retired_call", name=site.name, phone=phone) if phone else words("retired_contact", name=site.name)
    address = f"tel:{''.join(site.phone.split())}" if phone else str(site.calendar)
    paper, ink = site.colours.paper or PAPER, site.colours.ink or INK
    size = (manifest["width"], manifest["height"])
    return PlainPage(*size, words("retired"), text, address, paper, ink, data_age_label.FONT)


def _says(manifest: Manifest, page: PlainPage, next_key: str) -> bool:
    """Is it published already? Its players, too, must learn of a key before it signs: the screen may come back."""
    shown = [(each["id"], each["alt"]) for each in manifest["pages"]]
    return shown == [(PAGE, page.alt)] and manifest.get("next_key", "") == next_key


def _publish(
    config: Config, publisher: Publisher, pictures: Path, old: Manifest, page: PlainPage, now: datetime
) -> None:
    data = encode(draw_plain(page), photograph=False)
    sha256 = keep(pictures, data, ".webp")
    report = RenderReport(overflow=False, smallest_px=0.0, scale=1.0, shortened=0, text=page.alt)
    rendered = Rendered(sha256, len(data), MEDIA_TYPE, report)
    start, end = ALWAYS
    bundle = Bundle(
        screen=old["screen"],
        name=old["name"],
        width=old["width"],
        height=old["height"],
        rotate=old["rotate"],
        generated=now,
        data_as_of=None,
        horizon=now,
        zone=old["zone"],
        language=old["language"],
        poll_seconds=config.site.poll_seconds,
        pages=(BundlePage(PAGE, "evergreen", rendered, start, end, FALLBACK_SECONDS, dated=False, fallback=True),),
        font=data_age_label.font(),
    )
    files: Mapping[str, Path] = {sha256: pictures / f"{sha256}.webp"}
    publisher.publish(bundle, files)
