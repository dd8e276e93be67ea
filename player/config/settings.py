"""The settings file: one `key = value` a line, in /etc or on the card's boot partition, made in any editor.

A line that can't be used costs that line and nothing else, and is reported: in the journal, and on the display.
"""

from __future__ import annotations

import difflib
import errno
import os
import re
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from player import texts
from player.config import settings_text, settings_values
from player.config.settings_values import InvalidValue
from player.display.display_options import Resolution
from player.texts import Text, joined

# The card's file comes first: the person who has the card prepares or repairs a screen. Keys that it lacks are taken
# from /etc.
PLACES = (
    Path("/boot/firmware/signage-player.txt"),
    Path("/boot/signage-player.txt"),
    Path("/etc/signage-player.txt"),
)
MAX_BYTES = 64 * 1024  # the file with all its comments has two thousand
MOST_PROBLEMS = 20  # of a file: a whole book in it must not flood the journal
SHOWN = 40  # characters of what somebody wrote
_NAME = re.compile(r"signage[-_ .]?player(?: ?\(\d+\)| - kopi| - copy)?(?:\.txt){0,2}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the files. None, or "auto": not set.

    `server`: base address without a slash at its end. `screen`: its id. `key`: the bundle's public key, 32 bytes.
    `token`: by which the server knows the player, 32 bytes. `secret`: the private key that it signs its reports with,
    32 bytes. `rotate`, `overscan`, `output`, `resolution`, `display`: as in
    `player.display.display_options.Look`. `certificates`: a PEM file with the authorities to trust, and no others.
    `verbose`: log more.
    """

    server: str | None = None
    screen: str | None = None
    key: bytes | None = field(default=None, repr=False)
    token: bytes | None = field(default=None, repr=False)
    secret: bytes | None = field(default=None, repr=False)
    rotate: int | None = None
    overscan: float = 0.0
    output: str = "auto"
    resolution: Resolution | None = None
    display: str = "auto"
    certificates: Path | None = None
    verbose: bool = False


@dataclass(frozen=True, slots=True)
class SettingsProblem:
    """Something in a file that could not be used. `line` counts from 1; 0: the file as a whole.

    `text` never holds a key or a token.
    """

    file: Path
    line: int
    key: str
    text: Text

    def __str__(self) -> str:
        """For the journal: file:line: key: what is wrong and what to write."""
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.key + ': ' if self.key else ''}{self.text.english}"

    @property
    def on_display(self) -> Text:
        """One sentence or two in each language, that a caretaker can read out."""
        name = self.file.name
        place = texts.LINE_OF_FILE.fill(line=self.line, file=name) if self.line else Text(name, name)
        key = f" ({self.key})" if self.key else ""
        return Text(f"{place[0]}{key}: {self.text[0]}", f"{place[1]}{key}: {self.text[1]}")


_READERS: dict[str, Callable[[str], Any]] = {
    "server": settings_values.server,
    "screen": settings_values.screen,
    "key": settings_values.digits,
    "token": settings_values.digits,
    "secret": settings_values.digits,
    "rotate": settings_values.rotate,
    "overscan": settings_values.overscan,
    "output": settings_values.output,
    "resolution": settings_values.resolution,
    "display": settings_values.display,
    "certificates": Path,
    "verbose": settings_values.yes,
}
KEYS = tuple(_READERS)
_ALIASES = {
    "tjener": "server",
    "adresse": "server",
    "address": "server",
    "url": "server",
    "skjerm": "screen",
    "screenid": "screen",
    "nøkkel": "key",
    "nokkel": "key",
    "publickey": "key",
    "roter": "rotate",
    "rotasjon": "rotate",
    "rotation": "rotate",
    "utgang": "output",
    "oppløsning": "resolution",
    "opplosning": "resolution",
    "visning": "display",
    "certificate": "certificates",
    "sertifikat": "certificates",
    "sertifikater": "certificates",
    "cafile": "certificates",
}
_SECRET = ("key", "token", "secret")


def parse_settings(file: Path, data: bytes) -> tuple[dict[str, Any], list[SettingsProblem]]:
    """The keys that one file's bytes set, and what could not be used. Pure; never raises."""
    if data.startswith((b"{\\rtf", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return {}, [SettingsProblem(file, 0, "", texts.WORD_PROCESSOR)]
    found: dict[str, Any] = {}
    lines: dict[str, int] = {}
    problems: list[SettingsProblem] = []
    for line in settings_text.lines(data[:MAX_BYTES]):
        key = _ALIASES.get(line.key, line.key)
        try:
            if key not in _READERS:
                raise _unknown(line)
            if not line.value:
                continue  # as in the file that comes with the package
            if key in lines:
                problems.append(SettingsProblem(file, line.number, key, texts.SET_TWICE.fill(line=lines[key])))
            found[key] = _read(key, line.value)
            lines[key] = line.number
        except InvalidValue as wrong:
            problems.append(SettingsProblem(file, line.number, key if key in _READERS else "", wrong.text))
    address = found.get("server")
    if address is not None:
        found["server"] = address.base
        if address.screen is not None:
            found.setdefault("screen", address.screen)
    if "certificates" in found:  # beside the settings, as on the card
        found["certificates"] = file.parent / found["certificates"]
    if len(data) > MAX_BYTES:
        problems.insert(0, SettingsProblem(file, 0, "", texts.FILE_TOO_LONG.fill(limit=MAX_BYTES // 1024)))
    return found, problems[:MOST_PROBLEMS]


def read_settings(places: Iterable[Path] = PLACES) -> tuple[Settings, list[SettingsProblem]]:
    """Read the files; for each key the first file that sets it counts. A missing file is not a problem."""
    chosen: dict[str, Any] = {}
    problems: list[SettingsProblem] = []
    for place in places:
        for file in _written(place):
            try:
                data = _bytes(file)
            except OSError as error:
                problems.append(SettingsProblem(file, 0, "", _unreadable(error)))
                continue
            found, wrong = parse_settings(file, data)
            problems += wrong
            if (named := found.get("certificates")) and (unusable := _unusable_certificates(named)):
                line = max(n for n, key, *_ in settings_text.lines(data) if _ALIASES.get(key, key) == "certificates")
                problems.append(SettingsProblem(file, line, "certificates", unusable))
                del found["certificates"]
            chosen = {**found, **chosen}
            break
    return replace(Settings(), **chosen), problems


def _unusable_certificates(file: Path) -> Text | None:
    """What is wrong with a file of authorities; without one, the system's are trusted."""
    import ssl  # takes 0.1 s on a Pi 3, which most players can do without

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except FileNotFoundError:
        return texts.NO_CERTIFICATES_FILE.fill(path=file)
    except ssl.SSLError:
        return texts.NO_CERTIFICATES.fill(path=file)
    except OSError as error:
        return joined(Text(f"{file}:", f"{file}:"), _unreadable(error))
    return None


def _written(place: Path) -> list[Path]:
    """The file; if it isn't there, what editors and browsers make of its name: Signage-Player.txt.txt, ... (1).txt."""
    if os.path.lexists(place):
        return [place]
    try:
        others = sorted(entry for entry in place.parent.iterdir() if _NAME.fullmatch(entry.name))
    except OSError:
        return []
    return others[:1] if _NAME.fullmatch(place.name) else []


def _bytes(file: Path) -> bytes:
    # a pipe of that name must not hold the start up
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as handle:
        if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
            raise IsADirectoryError(errno.EISDIR, "not a regular file")
        return handle.read(MAX_BYTES + 1)


def _read(key: str, value: str) -> Any:
    try:
        return _READERS[key](value)
    except InvalidValue as wrong:
        if key in _SECRET:
            raise
        raise InvalidValue(joined(texts.INVALID_VALUE.fill(value=_shown(value)), wrong.text)) from None


def _shown(written: str) -> str:
    """Short, and without what might be the token on a wrong line: a public place will read it."""
    written = re.sub(r"[0-9a-fA-F]{12,}|(?<=//)[^/@]*(?=@)", "…", written)
    return written if len(written) <= SHOWN else written[: SHOWN - 1] + "…"


def _unknown(line: settings_text.SettingsLine) -> InvalidValue:
    shown = _shown(line.written)
    if not line.key:
        return InvalidValue(texts.NO_KEY_AND_VALUE.fill(written=shown))
    near = difflib.get_close_matches(line.key, [*KEYS, *_ALIASES], 1, 0.6)
    listed = texts.SETTINGS_LISTED.fill(names=", ".join(KEYS))
    hint = texts.DID_YOU_MEAN.fill(likely=near[0]) if near else listed
    return InvalidValue(joined(texts.UNKNOWN_SETTING.fill(written=shown), hint))


_WHY_UNREADABLE = {
    errno.EACCES: texts.FILE_FORBIDDEN,
    errno.EPERM: texts.FILE_FORBIDDEN,
    errno.EIO: texts.FILE_DAMAGED,
    errno.ENOENT: texts.FILE_MISSING,
    errno.EISDIR: texts.NOT_A_FILE,
}


def _unreadable(error: OSError) -> Text:
    why = _WHY_UNREADABLE.get(error.errno or 0) or texts.FILE_ERROR.fill(number=error.errno)
    return Text(
        texts.FILE_UNREADABLE.norwegian.format(why=why.norwegian),
        texts.FILE_UNREADABLE.english.format(why=why.english),
    )
