"""The reasons in sentences: Norwegian for the status page, English for the command line and the metrics. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date

from signage.fleet.verdict import HealthState, PlayerProblem

Language = Literal["nb", "en"]

STATES: dict[HealthState, tuple[str, str]] = {
    HealthState.GREEN: ("Alt i orden", "all is well"),
    HealthState.YELLOW: ("Bør ses til", "needs looking after"),
    HealthState.RED: ("Virker ikke", "does not work"),
    HealthState.GREY: ("Ikke paret", "not paired"),
}

# What a player calls the pages of its own.
_NOTICES = {
    "waiting": ("«Venter på innhold»", '"waiting for content"'),
    "pairing": ("en paringskode", "a code for pairing"),
    "fault": ("en feilmelding", "a message about a fault"),
    "": ("ingen side", "no page"),
}

_SENTENCES: dict[str, tuple[str, str]] = {
    "unpaired": ("Ingen spiller er paret med skjermen.", "no player is paired with it"),
    "prepared": (
        "En spiller er klargjort med fil, men har ikke meldt seg ennå.",
        "a player is prepared by file, and has not been heard of yet",
    ),
    "starting": (
        "Nettopp paret. Den skal melde seg innen et minutt.",
        "just paired; it should be heard of in a minute",
    ),
    "fetching": ("Nettopp startet. Den henter sidene sine.", "just started; it fetches its pages"),
    "never": (
        "Ble paret {since}, men har aldri meldt seg. Kommer den til denne serveren?",
        "was paired {since} and never heard of; can it reach this server?",
    ),
    "silent": (
        "Ikke hørt fra siden {since}. Har den strøm og nett?",
        "last heard of {since}; has it power and a network?",
    ),
    "no_page": ("Viser {notice} i stedet for en side.", "shows {notice} instead of a page"),
    "frame": (
        "Bildet på glasset er ikke det som spilleren ville vise. Slå strømmen av og på.",
        "the picture on the glass is not what the player meant to show; switch its power off and on",
    ),
    "looks": (
        "Bildet på glasset ligner ikke på siden som skal stå der.",
        "the picture on the glass does not look like the page that should be there",
    ),
    "looks_once": (
        "Bildet på glasset lignet ikke på siden som skal stå der. Venter på neste bilde.",
        "the picture on the glass did not look like the page that should be there; waiting for the next one",
    ),
    "wrong_page": (
        "Viser en side ({kind}) som ikke hører til nå.",
        "shows a page ({kind}) that is not meant for this time",
    ),
    "moving": (
        "Viser fortsatt {screen}. Den bytter ved neste oppdatering.",
        "still shows {screen}; it moves at its next poll",
    ),
    "other_screen": ("Viser {screen}, og ikke denne skjermen.", "shows {screen} instead of this screen"),
    "not_configured": (
        "Skjermen står ikke lenger i screens.toml. Flytt spilleren eller koble den fra.",
        "the screen is not in screens.toml any more; move the player or revoke it",
    ),
    "unsigned": (
        "Meldingene fra spilleren er ikke signert, så de kan være fra hvem som helst. Oppdater spilleren, eller par "
        "den på nytt.",
        "its reports are not signed, so anybody may have sent them; update the player, or pair it again",
    ),
    "contested": (
        "Noen melder seg som denne spilleren uten nøkkelen dens. Står en eldre versjon inn for den? Hvis ikke, par den "
        "på nytt.",
        "somebody reports as this player without its key; does an older version stand in for it? If not, pair it again",
    ),
    "absent": (
        "Ingen TV er tilkoblet, eller den er slått av ved veggen.",
        "no television is connected, or it is switched off at the wall",
    ),
    "stays_off": ("TV-en er av, men skulle vært på.", "the television is off and should be on"),
    "stays_on": ("TV-en er på, men skulle vært av.", "the television is on and should be off"),
    "clock": (
        "Klokka i spilleren er ikke til å stole på. Den viser bare sider uten dato.",
        "its clock can't be trusted: {why}",
    ),
    "clock_apart": (
        "Klokka i spilleren går {seconds} sekunder feil mot serverens.",
        "its clock is {seconds} seconds off the server's",
    ),
    "old_bundle": (
        "Viser innhold fra {generated}. Nyere er lagt ut, men ikke hentet.",
        "shows what was published {generated}; it has not fetched what is newer",
    ),
    "horizon": (
        "Planen tok slutt {since}. Den viser bare siden som alltid gjelder.",
        "its plan ended {since}; it shows the evergreen page only",
    ),
    "fallback": (
        "Versjon {broken} virket ikke. Versjon {version} står inn for den.",
        "version {broken} did not work; version {version} stands in for it",
    ),
    "under_voltage": (
        "Spilleren får for lite strøm. Bytt strømforsyning eller kabel.",
        "it gets too little power; change the power supply or its cable",
    ),
    "hot": (
        "Spilleren er {temperature} °C varm. Gi den luft.",
        "it is {temperature} °C hot; give it air",
    ),
    "storage": ("Minnekortet: {problem}", "its storage: {problem}"),
    "little_storage": ("Bare {free} MB ledig på minnekortet.", "only {free} MB are free on its card"),
    "network": ("Nettet: {problem}", "its network: {problem}"),
}

_IN_SHORT: dict[str, tuple[str, str]] = {
    "fetching": ("hentet sidene sine", "fetched its pages"),
    "no_page": ("viste ingen side", "showed no page"),
    "frame": ("feil bilde på glasset", "wrong picture on the glass"),
    "looks": ("bildet lignet ikke på siden", "the picture did not look like the page"),
    "looks_once": ("et bilde lignet ikke på siden", "one picture did not look like the page"),
    "wrong_page": ("viste en side som ikke hørte til", "showed a page that was not meant"),
    "moving": ("byttet skjerm", "moved to another screen"),
    "other_screen": ("viste en annen skjerm", "showed another screen"),
    "unsigned": ("meldingene var ikke signert", "its reports were not signed"),
    "contested": ("noen meldte seg uten nøkkelen", "somebody reported without its key"),
    "absent": ("ingen TV tilkoblet", "no television"),
    "stays_off": ("TV-en var av", "the television was off"),
    "stays_on": ("TV-en var på da huset var stengt", "the television was on while the house was closed"),
    "clock": ("klokka var ikke til å stole på", "its clock could not be trusted"),
    "clock_apart": ("klokka gikk feil", "its clock was wrong"),
    "old_bundle": ("gammelt innhold", "old content"),
    "horizon": ("planen var slutt", "its plan had ended"),
    "fallback": ("en eldre versjon sto inn", "an older version stood in"),
    "under_voltage": ("for lite strøm", "too little power"),
    "hot": ("for varm", "too hot"),
    "storage": ("minnekortet", "its storage"),
    "little_storage": ("lite plass på minnekortet", "little room on its card"),
    "network": ("nettet falt ut", "the network failed"),
}

# What players report in English, by the word that goes with it (docs/heartbeat.md).
_STORAGE = {
    "full": "Det er fullt. Bildene ligger i minnet, og er borte etter en omstart.",
    "failing": "Det er i ferd med å ryke. Bytt det snart.",
    "unwritable": "Det kan ikke skrives på. Bildene ligger i minnet, og er borte etter en omstart.",
}
_NETWORK = {
    "silent": "Spilleren når av og til ikke serveren.",
    "name": "Spilleren finner ikke navnet i serverens adresse.",
    "certificate": "Spilleren godtar ikke serverens sertifikat.",
    "missing": "Serveren mangler noe som spilleren spør etter.",
    "host": "Serveren svarer ikke til adressen som spilleren bruker. Legg navnet til under hosts i screens.toml.",
    "busy": "Serveren har for mye å gjøre.",
    "redirected": "En innloggingsside svarer i stedet for serveren.",
    "answer": "Serveren svarer noe annet enn den skal.",
    "not-json": "Serveren svarer med noe annet enn innhold for skjermer.",
    "shape": "Serveren svarer med noe annet enn innhold for skjermer.",
    "format": "Serveren er nyere enn spilleren. Oppdater spilleren.",
    "truncated": "Svaret fra serveren ble kuttet.",
    "other-screen": "Serveren svarte med innhold for en annen skjerm, og det ble avvist.",
    "other-player": "Serveren svarte med et oppdrag for en annen spiller, og det ble avvist.",
    "asset": "Et bilde kom ikke uskadd fram.",
    "too-large": "Noe som skulle hentes, er større enn det skal være.",
    "forged": "Noe kom fram uten gyldig signatur, og ble avvist.",
    "rolled-back": "Serveren tilbyr eldre innhold enn det som vises, og det ble avvist.",
    "wrong-key": "Serveren signerer med en annen nøkkel enn den som er festet.",
    "fault": "En feil i spilleren selv. Den prøver igjen.",
}
_CLOCK = {
    "synchronised": "stilt av en tidsserver",
    "unbroken": "har gått uavbrutt siden den ble stilt",
    "vouched": "satt til å stoles på",
    "hardware": "en maskinklokke står bak",
    "pretended": "later som, med --at",
    "unknown": "ingen har stilt den ennå",
    "set": "noen har stilt den, og ingen går god for den nye tiden",
    "behind": "den går bak det nyeste innholdet",
    "disagrees": "bare en maskinklokke går god for den, og serveren er uenig",
}
_REPORTED = {"storage": _STORAGE, "network": _NETWORK}


def sentence(reason: PlayerProblem, language: Language, zone: ZoneInfo, now: datetime) -> str:
    """One sentence. Instants in it are said in the zone; without their day when it is today."""
    which = 0 if language == "nb" else 1
    words = {key: _word(key, value, which, zone, now) for key, value in reason.about.items()}
    if language == "nb" and reason.code in _REPORTED:
        known = _REPORTED[reason.code].get(str(reason.about.get("word", "")))
        words["problem"] = known or f"«{words['problem']}»"
    return _SENTENCES[reason.code][which].format(**words)


def in_short(code: str, language: Language) -> str:
    """A reason in two or three words, for a list of what went wrong on a day."""
    return _IN_SHORT.get(code, (code, code))[0 if language == "nb" else 1]


def span(minutes: int, language: Language) -> str:
    """ "45 min", "3 t 15 min"; "3 h 15 min"."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} {'t' if language == 'nb' else 'h'}" if hours else "", f"{rest} min" if rest or not hours else ""]
    return "\u00a0".join(part.replace(" ", "\u00a0") for part in parts if part)


def clock(trusted: bool, kind: str | None, why: str | None) -> str:
    """Norwegian: is a player's clock trusted, and why?"""
    because = _CLOCK.get(kind or "", why or "")
    return ("til å stole på" if trusted else "ikke til å stole på") + (f" ({because})" if because else "")


def state_word(state: HealthState, language: Language) -> str:
    """Two or three words that go with the colour."""
    return STATES[state][0 if language == "nb" else 1]


def when(at: datetime, language: Language, zone: ZoneInfo, now: datetime) -> str:
    """ "kl. 14.05", "3. mai kl. 14.05"; "at 14:05", "2026-05-03 at 14:05"."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    if language == "en":
        return f"at {local:%H:%M}" if local.date() == today else f"{local:%Y-%m-%d} at {local:%H:%M}"
    clock = f"kl.\u00a0{local:%H.%M}"  # stays on one line
    return clock if local.date() == today else f"{format_date(local, 'd. MMMM', 'nb')} {clock}"


def _word(key: str, value: str | float, which: int, zone: ZoneInfo, now: datetime) -> str:
    language: Language = "nb" if which == 0 else "en"
    if key in ("since", "generated"):
        return when(datetime.fromisoformat(str(value)), language, zone, now) if value else "?"
    if key == "notice":
        return _NOTICES.get(str(value), (f"«{value}»", f'"{value}"'))[which]
    if key == "free":
        return f"{float(value) / 1e6:.0f}"
    if key == "temperature":
        return f"{float(value):.0f}"
    return str(value)
