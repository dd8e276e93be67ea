"""What a screen shows when nothing else can be made for it: one page that needs no layout, no event and no browser."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from signage.config.models import Config
from signage.domain.model import Rendered
from signage.publishing import Bundle, BundlePage, data_age_label
from signage.publishing.data_age_label import INK, PAPER
from signage.publishing.manifest import ALWAYS
from signage.rendering.plain_page import PlainPage
from signage.wording.languages import load as load_words

FALLBACK_SECONDS = 30.0


def plain_page(config: Config, screen_id: str, name: str) -> PlainPage:
    """What is on the plain fallback page of a screen: its name, and where the calendar is."""
    site, screen = config.site, config.screens[screen_id]
    calendar = str(site.calendar)
    label = site.calendar_label or (urlsplit(calendar).hostname or calendar).removeprefix("www.")
    try:
        words = load_words((screen.spoken or site.languages)[0])
        text = words("evergreen_text", calendar=label)
    except Exception:  # the language's file is at fault; the address alone is enough
        text = label
    paper, ink = site.colours.paper or PAPER, site.colours.ink or INK
    return PlainPage(screen.width, screen.height, name, text, calendar, paper, ink, data_age_label.FONT)


def only_fallback(config: Config, screen_id: str, name: str, rendered: Rendered, now: datetime) -> Bundle:
    """A bundle with nothing but the fallback page."""
    site, screen = config.site, config.screens[screen_id]
    start, end = ALWAYS
    page = BundlePage("fallback", "evergreen", rendered, start, end, FALLBACK_SECONDS, dated=False, fallback=True)
    return Bundle(
        screen=screen_id,
        name=name,
        width=screen.width,
        height=screen.height,
        rotate=screen.rotate,
        generated=now,
        data_as_of=None,
        horizon=now,
        zone=config.zone_of(screen_id).key,
        language=(screen.spoken or site.languages)[0],
        poll_seconds=site.poll_seconds,
        pages=(page,),
        font=data_age_label.font(),
    )
