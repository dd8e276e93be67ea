"""The HTML that the server itself writes. Everything that comes from outside is escaped."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

RIDGE = (
    '<svg viewBox="0 0 1600 420" preserveAspectRatio="none" aria-hidden="true">'
    '<path fill="#123b53" '
    'd="M0 300 180 210 300 265 520 120 720 290 860 225 1080 360 1290 230 1400 285 1600 190V420H0Z"/>'
    "</svg>"
)
WAITING_SECONDS = 3  # how often the start page looks whether the first pictures are there

Screen = dict[str, Any]


def policy(framed: bool, style: str = "", forms: bool = False) -> dict[str, str]:
    """The Content-Security-Policy header. Screens may stand in the frames of other signage systems (`framed`); only
    the status page has `forms`.
    """
    rules = [
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' {style}".rstrip(),
        "img-src 'self' blob: data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        f"form-action '{'self' if forms else 'none'}'",
        *([] if framed else ["frame-ancestors 'self'"]),
    ]
    return {"Content-Security-Policy": "; ".join(rules)}


def read_index(screens: Path) -> list[Screen]:
    """What screens/index.json lists; nothing while there is none that can be read."""
    try:
        listed = json.loads((screens / "index.json").read_bytes())["screens"]
        return [screen for screen in listed if isinstance(screen["id"], str)]
    except (OSError, ValueError, KeyError, TypeError):
        return []


class WebPages:
    """The pages, as bytes."""

    def __init__(self) -> None:
        static = files("signage.web").joinpath("static")
        player = static.joinpath("screen.html").read_text("utf-8")
        css = player.partition("<style>")[2].partition("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
        self.player = player.encode()
        self.player_style = f"'sha256-{digest}'"
        self.style = static.joinpath("start.css").read_bytes()

    def start(
        self,
        screens: Sequence[Screen],
        problems: Sequence[str],
        origin: str,
        glass: Mapping[str, Any] | None = None,
        alarms: Sequence[str] = (),
        wrong: bool = False,
    ) -> bytes:
        """Every screen, small and alive. `origin`: what to type before /screen/... on a television. `glass`: how each
        screen's players are (`signage.fleet.overview.as_data`), None where players can't be paired. `alarms`: what
        the server raises of itself, in Norwegian. `wrong`: something is, and what it is isn't to be said.
        """
        told = alarm_list(alarms) + _problems(problems, wrong)
        if not screens:
            text = (
                '<p class="calm">Skjermene lages nå. De første bildene kommer om noen sekunder, og denne siden henter '
                "dem av seg selv.</p>"
            )
            return whole_page("Infoskjermene", "", told + text, refresh=WAITING_SECONDS)
        cards = "".join(_card(screen, origin, (glass or {}).get(screen["id"])) for screen in screens)
        lead = (
            "Slik ser de ut akkurat nå. Vil du ha en av dem på en TV, så skriv adressen under bildet i nettleseren der."
        )
        if glass is not None:
            lead += ' <a href="/status">Se hvordan det står til med spillerne</a>'
        body = f'{told}<ul class="screens">{cards}</ul><script type="module" src="/start.js"></script>'
        return whole_page("Infoskjermene", lead, body)

    def no_such_screen(self, wanted: str, known: Sequence[Screen]) -> bytes:
        """For the person who hangs up a screen. Looks again by itself: the screen may be configured in a moment."""
        text = f'<p class="calm">Det er ingen skjerm som heter «{escape(wanted)}» her. Disse finnes:</p>{_links(known)}'
        return whole_page("Skriv adressen en gang til", "", text, refresh=30)

    def nothing_here(self, known: Sequence[Screen]) -> bytes:
        text = f'<p class="calm">Her er det ingenting å se. Dette finnes:</p>{_links(known)}'
        return whole_page("Ingen side her", "", text)


def _card(screen: Screen, origin: str, glass: Mapping[str, Any] | None) -> str:
    identity, name = escape(screen["id"]), escape(str(screen.get("name") or screen["id"]))
    width, height = int(screen["width"]), int(screen["height"])
    shape = "liggende" if width >= height else "stående"
    wide = ' class="wide"' if width >= height else ""
    preview = f"/screen/{identity}?rotate=0"
    turned = f", bildet dreies {int(screen['rotate'])}°" if screen.get("rotate") else ""
    ratio = f'<svg viewBox="0 0 {width} {height}" width="{width}" height="{height}" aria-hidden="true"></svg>'
    return (
        f'<li data-screen="{identity}"{wide}><div class="frame"><a class="glass" data-glass href="{preview}" '
        f'tabindex="-1" aria-hidden="true">{ratio}</a></div>'
        f'<h2><a href="{preview}">{name}</a></h2>'
        f'<p class="about">{width} × {height}, {shape}{turned}<br><span data-fresh>&nbsp;</span></p>{_state(glass)}'
        f'<p class="type">På TV-en: <code>{escape(origin)}<wbr><span>/screen/{identity}</span></code></p></li>'
    )


def _state(glass: Mapping[str, Any] | None) -> str:
    """A line on how the screen's players are; hidden where there are none. start.js keeps it up to date."""
    if glass is None:
        return ""
    state, hidden = escape(str(glass["state"])), "" if glass["players"] else " hidden"
    word = escape(str(glass["word"]))
    return f'<p class="state {state}" data-state{hidden}><a href="/status#{escape(glass["screen"])}">{word}</a></p>'


def alarm_list(alarms: Sequence[str]) -> str:
    """What the server raises of itself: Norwegian sentences; hidden while there are none."""
    items = "".join(f"<li>{escape(alarm)}</li>" for alarm in alarms)
    hidden = "" if alarms else " hidden"
    return (
        f'<section class="problems" role="alert" data-alarms{hidden}><strong>Serveren trenger tilsyn</strong>'
        f"<ul>{items}</ul></section>"
    )


def _problems(problems: Sequence[str], wrong: bool = False) -> str:
    items = "".join(f"<li>{escape(problem)}</li>" for problem in problems)
    hidden = "" if problems or wrong else " hidden"
    return (
        f'<section class="problems" role="status" data-problems{hidden}><strong>Noe trenger tilsyn. '
        f'Skjermene viser det de har.</strong><ul lang="en">{items}</ul></section>'
    )


def _links(known: Sequence[Screen]) -> str:
    links = "".join(
        f'<li><a href="/screen/{escape(s["id"])}">{escape(str(s.get("name") or s["id"]))}</a></li>' for s in known
    )
    return f'<ul><li><a href="/">Alle skjermene</a></li>{links}</ul>'


def whole_page(title: str, lead: str, body: str, refresh: int = 0, styles: Sequence[str] = ("/start.css",)) -> bytes:
    """A page in the server's dress. `title` is text of our own; `lead` and `body` are HTML."""
    again = f'<meta http-equiv="refresh" content="{refresh}">' if refresh else ""
    intro = f"<p>{lead}</p>" if lead else ""
    links = "".join(f'<link rel="stylesheet" href="{style}">' for style in styles)
    return (
        '<!doctype html><html lang="nb"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{again}<title>{title}</title>'
        f'<link rel="icon" href="data:,">{links}</head>'
        f"<body><header>{RIDGE}<div><h1>{title}</h1>{intro}</div></header><main>{body}</main></body></html>"
    ).encode()
