"""The player's own pages: it waits for content, is to be paired, or shows what is wrong and what to do. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from player import texts
from player.texts import Explanation, Text, joined

NO_BREAK = "\u00a0"
LONGEST_NAME = 32  # characters of a file's name that are shown
SHOWN = 8  # of a longer one


@dataclass(frozen=True, slots=True)
class NoticePicture:
    """One of the player's own pages.

    `kind` is "waiting", "pairing" or "fault". `code` is shown large, `address` small; `qr` are rows of modules, True
    for dark, without quiet zone.
    """

    kind: str
    headline: Text
    text: Text
    code: str = ""
    address: str = ""
    qr: tuple[tuple[bool, ...], ...] | None = None


def waiting(server: str) -> NoticePicture:
    """Before the first bundle has come; `server` is where it is expected from."""
    shown = texts.WAITING
    return NoticePicture("waiting", shown.headline, joined(shown.text, shown.hint), address=server)


def searching() -> NoticePicture:
    """Before any server was found."""
    return NoticePicture("waiting", texts.SEARCHING.headline, texts.SEARCHING.text)


def no_server(problem: Text | None) -> NoticePicture:
    """No server answered on the network, and no file names one."""
    shown = texts.NO_SERVER
    return NoticePicture("fault", shown.headline, joined(problem, shown.text, shown.hint))


def link(code: str, server: str) -> str:
    """What the QR code leads to: the status page, with the code filled in."""
    return f"{server.rstrip('/')}/status#pair={code}"


def pairing(code: str, server: str, problem: Text | None, phone: str = "") -> NoticePicture:
    """The code to read out. `problem` is something that prevents pairing, or that is wrong in the settings. `phone`:
    the number of those who are responsible.
    """
    call = texts.READ_CODE_TO.fill(phone=phone.replace(" ", NO_BREAK)) if phone else texts.PAIRING.text
    text = joined(problem, call)
    return NoticePicture("pairing", texts.PAIRING.headline, text, code=code, address=server)


def invalid_settings(problem: Text, server: str) -> NoticePicture:
    """A line of the settings file could not be used."""
    return NoticePicture("fault", texts.SETTINGS_HEADLINE, problem, address=server)


def alert_words(alt: str, lines: tuple[str, ...]) -> NoticePicture:
    """An alert whose picture can't be shown, in its own words: its first line large, the others as text."""
    first, _, rest = alt.strip().partition("\n")
    text = " ".join([*rest.split(), *(line for line in lines if line not in alt)])
    return NoticePicture("fault", Text(first, ""), Text(text, ""))


def no_pictures(server: str) -> NoticePicture:
    """There is a bundle, but none of its pictures can be shown."""
    shown = texts.NO_PICTURES
    return NoticePicture("fault", shown.headline, joined(shown.text, shown.hint), address=server)


def no_content(kind: str, server: str, screen: str, clock_trusted: bool, file: str = "") -> NoticePicture:
    """Why there is no content yet; `kind` is that of the error (docs/heartbeat.md, `network`), `file` what it lacks."""
    shown = explanation(kind, server, screen, file)
    clock = texts.CLOCK_NOT_SET if kind == "certificate" and not clock_trusted else None
    return NoticePicture("fault", shown.headline, joined(clock, shown.text, shown.hint), address=server)


def explanation(kind: str, server: str, screen: str = "", file: str = "") -> Explanation:
    """What is wrong, for an error of this kind; one that is not known is a fault of the player's own."""
    shown = texts.PROBLEMS.get(kind, texts.FAULT)
    return Explanation(
        shown.headline.fill(screen=screen), shown.text.fill(server=server, file=_short(file)), shown.hint
    )


def _short(file: str) -> str:
    """A path whose name, if it is a hash, is cut: the rest of it helps nobody who reads it from a wall."""
    name = file.rpartition("/")[2]
    return file.replace(name, f"{name[:SHOWN]}…{PurePosixPath(name).suffix}") if len(name) > LONGEST_NAME else file


def in_short(kind: str, server: str) -> Text:
    """The headline as a sentence that others follow."""
    norwegian, english = explanation(kind, server).headline
    return Text(f"{norwegian}.", f"{english}.")
