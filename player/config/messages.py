"""What the glass says when there is nothing to show: Norwegian, then English, to be read out on the telephone."""

from __future__ import annotations

from player.config.settings import SettingsProblem
from player.display.notices import NoticePicture, waiting
from player.net.http import Unreachable
from player.net.pairing import BadGrant
from player.store.manifest import ManifestRefused

Both = tuple[str, str]

_CALL = ("Ring den som har ansvar for skjermene.", "Call whoever looks after the screens.")
_AGAIN = ("Skjermen prøver igjen av seg selv.", "The screen tries again by itself.")
_WEB_PAGE = ("not-json", "shape", "too-large", "truncated", "answer")
FORGETFUL = (
    "Minnekortet kan ikke skrives på, så skjermen må kobles til på nytt etter hver start.",
    "The memory card can't be written, so the screen must be paired again after each start.",
)


def link(code: str, server: str) -> str:
    """What the QR code leads to: the status page, with the code filled in."""
    return f"{server.rstrip('/')}/status#pair={code}"


def pairing(code: str, server: str, problem: Both | None, qr: tuple[tuple[bool, ...], ...] | None) -> NoticePicture:
    """The code to type. `problem` is something that stands in the way, or that was wrong in the settings."""
    headline = ("Koble til skjermen", "Pair this screen")
    typed = f"signage pair {code} --screen ".replace(" ", "\u00a0")  # on one line, as it is typed
    text = (
        f"Skriv koden på serverens statusside, eller kjør: {typed}SKJERM",
        f"Type the code on the server's status page, or run: {typed}SCREEN",
    )
    return NoticePicture("pairing", headline, _joined(problem, text), code=code, address=server, qr=qr)


def searching() -> NoticePicture:
    """Before any server was found."""
    return NoticePicture(
        "waiting",
        ("Leter etter serveren", "Looking for the server"),
        ("Skjermen spør etter den på nettverket.", "The screen asks for it on the network."),
    )


def no_server(problem: Both | None) -> NoticePicture:
    """Nobody answered on the network, and no file names one."""
    text = (
        "Ingen server svarte på nettverket her. Skriv adressen i filen signage-player.txt på minnekortet, slik: "
        "server = http://192.0.2.10:8080",
        "No server answered on this network. Write its address in the file signage-player.txt on the memory card, "
        "like this: server = http://192.0.2.10:8080",
    )
    return NoticePicture("fault", ("Finner ingen server", "No server found"), _joined(problem, text))


def settings(problem: SettingsProblem, server: str) -> NoticePicture:
    """A line of the settings file could not be used."""
    return NoticePicture(
        "fault", ("Feil i innstillingene", "A fault in the settings"), problem.on_glass, address=server
    )


def no_pictures(server: str) -> NoticePicture:
    """There is a bundle, but none of its pictures can be shown."""
    text = (
        "Ingen av bildene kan vises: de er skadet, eller har en annen størrelse enn innholdet sier.",
        "None of the pictures can be shown: they are damaged, or of another size than the content says.",
    )
    return NoticePicture(
        "fault", ("Bildene kan ikke vises", "The pictures can't be shown"), _plus(text, _CALL), address=server
    )


def trouble(error: Exception | None, server: str, screen: str, clock_trusted: bool) -> NoticePicture:
    """Why there is no content yet. None: nothing went wrong so far."""
    if error is None:
        return waiting(server)
    headline, text = why(error, server, screen, clock_trusted)
    return NoticePicture("fault", headline, text, address=server)


def why(error: Exception, server: str, screen: str, clock_trusted: bool) -> tuple[Both, Both]:
    """A headline, and a sentence or two that say what to do."""
    kind = error.kind if isinstance(error, Unreachable | ManifestRefused | BadGrant) else ""
    if kind in ("silent", "name", "busy"):
        return _silent(kind, server)
    if kind == "certificate":
        clock = ("Klokka i boksen er heller ikke stilt. ", "The clock of this box is not set either. ")
        add = ("", "") if clock_trusted else clock
        return (
            ("Serverens sertifikat godtas ikke", "The server's certificate is not trusted"),
            _plus((f"{add[0]}Adressen er {server}.", f"{add[1]}The address is {server}."), _CALL),
        )
    if kind == "missing":
        return (
            (f"Serveren kjenner ikke «{screen}»", f'The server does not know "{screen}"'),
            _plus(
                (
                    f"Enten er skjermens navn feil skrevet, eller adressen {server} er feil.",
                    f"Either the screen's name is mistyped, or the address {server} is wrong.",
                ),
                _CALL,
            ),
        )
    if kind == "host":
        return (
            ("Serveren svarer ikke til denne adressen", "The server does not answer to this address"),
            _plus(
                (
                    f"Adressen {server} må legges til i screens.toml (hosts), eller skjermen må bruke IP-adressen.",
                    f"The address {server} must be added to screens.toml (hosts), or use the IP address.",
                ),
                _CALL,
            ),
        )
    if kind == "redirected":
        return (
            ("Nettverket vil at noen logger inn", "The network wants somebody to log in"),
            _plus(
                (
                    "Svaret kom fra en innloggingsside, ikke fra serveren. Skjermen trenger et nett uten innlogging.",
                    "A login page answered instead of the server. The screen needs a network without one.",
                ),
                _CALL,
            ),
        )
    if kind in ("wrong-key", "forged", "rolled-back"):
        return _not_ours(error, server)
    if kind == "format":
        return (
            ("Spilleren er for gammel", "The player is too old"),
            _plus(("Serveren er nyere. Spilleren må oppdateres.", "The server is newer; update the player."), _CALL),
        )
    if kind in _WEB_PAGE:
        return (
            ("Adressen er ikke infoskjermserveren", "The address is not the info-screen server"),
            _plus(
                (
                    f"{server} svarer, men ikke med innhold for skjermer. Er det en vanlig nettside?",
                    f"{server} answers, but not with content for screens. Is it some web page?",
                ),
                _CALL,
            ),
        )
    return (("Innholdet kan ikke hentes", "The content can't be fetched"), _plus((f"({error})", f"({error})"), _CALL))


def in_short(error: Exception, server: str, clock_trusted: bool) -> Both:
    """What stands in the way, as a sentence that others follow."""
    norwegian, english = why(error, server, "", clock_trusted)[0]
    return f"{norwegian}.", f"{english}."


def _silent(kind: str, server: str) -> tuple[Both, Both]:
    if kind == "busy":
        return (
            ("Serveren har mye å gjøre", "The server is busy"),
            _plus((f"Adressen er {server}.", f"The address is {server}."), _AGAIN),
        )
    named = kind == "name"
    headline = (
        ("Navnet i adressen er ikke kjent her", "The address' name is not known here")
        if named
        else ("Får ikke kontakt med serveren", "The server does not answer")
    )
    text = (
        f"Se etter nettverkskabelen eller Wi-Fi, og om adressen {server} er riktig.",
        f"Look after the network cable or the Wi-Fi, and whether the address {server} is right.",
    )
    return headline, _plus(text, _AGAIN)


def _not_ours(error: Exception, server: str) -> tuple[Both, Both]:
    if isinstance(error, ManifestRefused) and error.kind == "wrong-key" and "is no public key" in str(error):
        return why(Unreachable("", "answer"), server, "", True)
    return (
        ("Dette er ikke skjermens server", "This is not the screen's own server"),
        _plus(
            (
                f"Innholdet på {server} er ikke signert av den serveren som skjermen stoler på, og vises ikke.",
                f"What {server} offers is not signed by the server that this screen trusts, and is not shown.",
            ),
            _CALL,
        ),
    )


def _joined(first: Both | None, then: Both) -> Both:
    return then if first is None else _plus(first, then)


def _plus(one: Both, other: Both) -> Both:
    return f"{one[0]} {other[0]}", f"{one[1]} {other[1]}"
