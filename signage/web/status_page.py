"""The page `/status`: every screen with what its glass shows, who asks to be paired, and the form for it. Norwegian.

Everything that players send is escaped. A state is a word and a mark, and a colour besides.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from signage.fleet.heartbeats import FleetSite
from signage.fleet.messages import about_of
from signage.fleet.overview import PlayerState, ScreenState
from signage.fleet.registry import Key, LastHeartbeat
from signage.fleet.status_messages import clock, sentence, state_word, when
from signage.fleet.verdict import HealthState
from signage.fleet.waiting_players import Asking
from signage.web.pages import alarm_list, whole_page

KINDS = {
    "today": "i dag",
    "agenda": "dagene som kommer",
    "week": "uka",
    "event": "plakat",
    "notice": "melding",
    "news": "nyheter",
    "now": "rom for rom",
    "countdown": "nedtelling",
    "organisation": "bli kjent med",
    "sponsor": "sponsor",
    "split": "delt side",
    "evergreen": "siden som alltid gjelder",
    "dark": "mørk (stengt)",
}
MOST_LISTED = 20  # players that wait to be paired: the form needs none of them, and anybody may pretend to be one
DONE = {
    "pair": "{} er paret. Bildet kommer om et øyeblikk.",
    "move": "Spilleren er flyttet til {}. Den bytter innen et minutt.",
    "revoke": "Spilleren på {} er koblet fra. Den viser snart en kode.",
}
WRONG_KEY = "Nøkkelen er ikke riktig. Kjør «signage pair --link» der serveren går, og åpne lenken."
MARKS = {  # drawn, so that they look alike on every telephone
    HealthState.GREEN: '<path d="m5 10.5 3.5 3.5L15 6.5"/>',
    HealthState.YELLOW: '<path d="M10 5v6M10 14.2v.3"/>',
    HealthState.RED: '<path d="m6 6 8 8M14 6l-8 8"/>',
    HealthState.GREY: '<path d="M6 10h8"/>',
}


@dataclass(frozen=True, slots=True)
class Said:
    """What the page answers to the form: what was done for which screen, or what was wrong ("key", or a sentence)."""

    done: str = ""
    screen: str = ""
    fault: str = ""
    code: str = ""


def page(
    screens: Sequence[ScreenState],
    waiting: Sequence[Asking],
    site: FleetSite,
    now: datetime,
    said: Said = Said(),
    alarms: Sequence[str] = (),
) -> bytes:
    """The whole page. `alarms`: what the server raises of itself, in Norwegian."""
    worst_first = sorted(screens, key=lambda screen: -screen.state.badness)
    cards = "".join(_card(screen, site, now) for screen in worst_first)
    body = (
        f"{_answer(said, site.screens)}"
        f'<p class="away" role="status" data-away hidden>Får ikke kontakt med serveren. Det under her er gammelt.</p>'
        f'<div data-live="alarms">{alarm_list(alarms)}</div>'
        f'<div data-live="asking">{_asking(waiting, site, now)}</div>{_form(site.screens, said, bool(waiting))}'
        f'<h2 class="section">Skjermene</h2><ul class="glasses" data-live="screens">{cards}</ul>'
        '<script type="module" src="/status.js"></script>'
    )
    lead = f'<span data-live="lead">{_lead(screens)}</span> <a href="/">Se sidene de viser</a>'
    return whole_page("Slik står det til", lead, body, styles=("/start.css", "/status.css"))


def locked_page(well: bool, wrong_key: bool = False) -> bytes:
    """What strangers see where `status` is "private": whether all is well, and a field for the key. The script shows
    the whole page when the address carries the key.
    """
    lead = "Alle skjermene er i orden." if well else "Noe trenger tilsyn."
    body = (
        f"{_answer(Said(fault='key' if wrong_key else ''), {})}"
        '<p class="away" role="status" data-away hidden>Får ikke kontakt med serveren. Det under her er gammelt.</p>'
        '<p class="calm">Resten ser bare de som har administratorens nøkkel.</p>'
        '<form method="post" action="/status" class="unlock" data-unlock><input type="hidden" name="do" value="look">'
        '<label>Administratorens nøkkel<input name="key" type="password" required autocomplete="off">'
        "<small>«signage pair --link» gir en lenke som fyller den ut.</small></label><button>Vis</button></form>"
        '<script type="module" src="/status.js"></script>'
    )
    lead = f'<span data-live="lead">{lead}</span> <a href="/">Se sidene på skjermene</a>'
    return whole_page("Slik står det til", lead, body, styles=("/start.css", "/status.css"))


def _lead(screens: Sequence[ScreenState]) -> str:
    counted = {state: sum(screen.state is state for screen in screens) for state in HealthState}
    words = {
        HealthState.RED: "virker ikke",
        HealthState.YELLOW: "bør ses til",
        HealthState.GREEN: "i orden",
        HealthState.GREY: "ikke paret",
    }
    parts = [f"{counted[state]} {word}" for state, word in words.items() if counted[state]]
    return f"{', '.join(parts)}." if parts else "Ingen skjermer ennå."


def _answer(said: Said, screens: Mapping[str, str]) -> str:
    if said.fault:
        words = WRONG_KEY if said.fault == "key" else said.fault
        return f'<p class="answer fault" role="alert">{escape(words)}</p>'
    if said.done in DONE:
        name = screens.get(said.screen, "skjermen")
        return f'<p class="answer" role="status">{escape(DONE[said.done].format(name))}</p>'
    return ""


# --- who asks


def _asking(waiting: Sequence[Asking], site: FleetSite, now: datetime) -> str:
    if not waiting:
        return ""
    rows = "".join(_one_asking(each, site, now) for each in waiting[:MOST_LISTED])
    if len(waiting) > MOST_LISTED:
        rows += f"<li>og {len(waiting) - MOST_LISTED} til</li>"
    count = "En spiller venter" if len(waiting) == 1 else f"{len(waiting)} spillere venter"
    return f'<h2 class="section">{count} på å bli paret</h2><ul class="asking">{rows}</ul>'


def _one_asking(each: Asking, site: FleetSite, now: datetime) -> str:
    about = about_of(each.question.about)
    words = [word for word in (about.model, about.panel, about.version and f"versjon {about.version}") if word]
    since = when(each.first_at, "nb", site.zone, now)
    return f"<li>{escape(', '.join(words)) or 'En spiller'}<span>siden {since}</span></li>"


def _form(screens: Mapping[str, str], said: Said, somebody: bool) -> str:
    opened = " open" if somebody or said.fault else ""
    return (
        f'<details class="pairing"{opened}><summary>Par en spiller med en skjerm</summary>'
        '<form method="post" action="/status" data-form><input type="hidden" name="do" value="pair">'
        '<label>Koden på glasset<input name="code" required maxlength="20" autocomplete="off" '
        f'autocapitalize="characters" spellcheck="false" placeholder="K7M4P-X2QHB" value="{escape(said.code)}"></label>'
        f'<label>Skjermen<select name="screen" required><option value="">Velg …</option>'
        f"{_options(screens, said.screen)}</select></label>"
        '<label data-key-field>Administratorens nøkkel<input name="key" type="password" required autocomplete="off">'
        "<small>«signage pair --link» gir en lenke som fyller den ut.</small></label>"
        "<button>Par</button></form></details>"
    )


def _options(screens: Mapping[str, str], chosen: str = "") -> str:
    return "".join(
        f'<option value="{escape(screen)}"{" selected" if screen == chosen else ""}>{escape(name)}</option>'
        for screen, name in screens.items()
    )


# --- the screens


def _card(screen: ScreenState, site: FleetSite, now: datetime) -> str:
    if screen.players:
        body = "".join(_player(each, screen, site, now) for each in screen.players)
    else:
        body = f'<p class="why">{escape(sentence(screen.reasons[0], "nb", site.zone, now))}</p>'
    return (
        f'<li id="{escape(screen.id)}" class="{screen.state.value}" data-card="{escape(screen.id)}">'
        f'<div class="head"><h3>{escape(screen.name)}</h3>{_badge(screen.state)}</div>{body}</li>'
    )


def _badge(state: HealthState) -> str:
    return (
        f'<p class="badge {state.value}"><svg viewBox="0 0 20 20" aria-hidden="true">{MARKS[state]}</svg>'
        f"{state_word(state, 'nb')}</p>"
    )


def _player(each: PlayerState, screen: ScreenState, site: FleetSite, now: datetime) -> str:
    why = "".join(f"<li>{escape(sentence(reason, 'nb', site.zone, now))}</li>" for reason in each.reasons)
    reasons = f'<ul class="why">{why}</ul>' if why else ""
    codes = {reason.code for reason in each.reasons}
    silent = "silent" in codes
    verb = "Viste sist" if silent else "Skal vise" if codes & {"looks", "looks_once", "frame"} else "Viser"
    seen = _seen(each.heard, verb, site, now) if each.heard else ""
    return (
        f'<div class="player{" old" if silent else ""}" data-player="{escape(each.player.id)}">'
        f"{_picture(each, screen, site.private)}{reasons}{seen}"
        f"{_details(each, site, now)}</div>"
    )


def _picture(each: PlayerState, screen: ScreenState, private: bool) -> str:
    if each.heard is None:
        return ""
    if each.heard.thumbnail is None:
        return '<div class="picture none"><span>Ikke noe bilde av glasset</span></div>'
    stamp = int(each.heard.received_at.timestamp())
    alt = f"Glasset i {screen.name}, slik spilleren sist meldte det"
    source = f"/status/{each.player.id}.jpg?{stamp}"
    if private:  # an <img> can't send the key along
        source = f"data:image/jpeg;base64,{base64.b64encode(each.heard.thumbnail).decode('ascii')}"
    return f'<div class="picture"><img src="{source}" alt="{escape(alt)}"></div>'


def _seen(heard: LastHeartbeat, verb: str, site: FleetSite, now: datetime) -> str:
    page = heard.report.page
    shows = ""
    if page is not None:
        kind = KINDS.get(page.kind, page.kind)
        since = f" siden {when(heard.page_since, 'nb', site.zone, now)}" if verb == "Viser" else ""
        shows = f"{verb} «{escape(kind)}»{since}<br>"
    return f'<p class="seen">{shows}Sist hørt {when(heard.received_at, "nb", site.zone, now)}</p>'


def _details(each: PlayerState, site: FleetSite, now: datetime) -> str:
    heard = each.heard
    rows = [
        ("Spiller", each.player.id),
        ("Paret", when(each.player.paired_at, "nb", site.zone, now)),
        ("Signerte meldinger", _signs(each.player.key, site, now)),
    ]
    if heard:
        rows = [*_rows(heard, site, now), *rows]
    listed = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
    errors = "".join(f"<li>{escape(error)}</li>" for error in (heard.errors if heard else ()))
    said = f'<p class="label">Siste meldinger</p><ul class="errors" lang="en">{errors}</ul>' if errors else ""
    return (
        f'<details data-details="{escape(each.player.id)}"><summary>Mer om spilleren</summary><dl>{listed}</dl>{said}'
        f'<p class="past"><a data-past href="/status/{escape(each.player.id)}">De siste to ukene</a></p>'
        f"{_deeds(each, site)}</details>"
    )


def _signs(key: Key | None, site: FleetSite, now: datetime) -> str:
    if key is None:
        return "nei"
    how = " (nøkkelen kom med den første meldingen)" if key.first_use else " (nøkkelen kom med paringen)"
    return f"ja, siden {when(key.since, 'nb', site.zone, now)}{how}"


def _rows(heard: LastHeartbeat, site: FleetSite, now: datetime) -> list[tuple[str, str]]:
    r = heard.report
    display = {"on": "på", "off": "av", "unknown": "svarer ikke", "absent": "ikke tilkoblet"}[r.display.state]
    by = {"cec": "HDMI-CEC", "dpms": "DPMS", "black": "svart bilde"}.get(r.display.by or "", r.display.by or "")
    power = {True: "for lite", False: "god", None: "ukjent"}[r.under_voltage]
    rows = [
        ("Versjon", r.version + (f" (i stedet for {r.fallback_from})" if r.fallback_from else "")),
        ("Maskin", r.model or ""),
        ("Panel", ", ".join(part for part in (r.panel, r.output) if part)),
        ("TV", f"{display}{f', styres med {by}' if by else ''}"),
        ("Innhold", f"nr. {r.serial}, {_said(r.generated, site, now)}" if r.serial else "ikke hentet"),
        ("Kalenderen lest", _said(r.data_as_of, site, now)),
        ("Planen rekker til", _said(r.horizon, site, now)),
        ("Klokka", clock(r.clock.trusted, r.clock.kind, r.clock.why)),
        ("Temperatur", "" if r.temperature is None else f"{r.temperature:.0f} °C"),
        ("Strøm", power),
        ("Minne", _megabytes(r.memory.pss, "i bruk", r.memory.available, "ledig")),
        ("Minnekort", _megabytes(r.storage.free, "ledig", r.storage.written, "skrevet siden start")),
        ("På siden", f"{_span(r.uptime)} (spilleren {_span(r.running)})"),
    ]
    return [(name, value) for name, value in rows if value]


def _deeds(each: PlayerState, site: FleetSite) -> str:
    """Move and revoke: shown by the script once it has the administrator's key."""
    player = escape(each.player.id)
    hidden = f'<input type="hidden" name="key"><input type="hidden" name="player" value="{player}">'
    return (
        f'<div class="deeds" data-deeds hidden><form method="post" action="/status" data-form>{hidden}'
        f'<input type="hidden" name="do" value="move"><label>Flytt til<select name="screen" required>'
        f"{_options(site.screens, each.player.screen or '')}</select></label><button>Flytt</button></form>"
        f'<form method="post" action="/status" data-form data-sure>{hidden}'
        '<input type="hidden" name="do" value="revoke">'
        '<button class="plain">Koble fra</button></form></div>'
    )


def _said(at: datetime | None, site: FleetSite, now: datetime) -> str:
    return "" if at is None else when(at, "nb", site.zone, now)


def _megabytes(first: int | None, one: str, second: int | None, other: str) -> str:
    figures = [(first, one), (second, other)]
    return ", ".join(f"{_size(figure)} {word}" for figure, word in figures if figure is not None)


def _size(bytes_: int) -> str:
    return f"{bytes_ / 1e6:.0f} MB" if bytes_ < 1e9 else f"{bytes_ / 1e9:.1f} GB".replace(".", ",")


def _span(seconds: float) -> str:
    minutes = int(seconds // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} timer" if minutes < 48 * 60 else f"{minutes // 1440} døgn"
