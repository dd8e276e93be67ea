"""`signage-player doctor`: how the box is, on one page that a caretaker can read aloud. Changes nothing.

Each section has its own function; an error in one is a finding, and the page comes to its end. Secrets
are never printed: of keys and tokens only the first digits of what is public.
"""

from __future__ import annotations

import os
import platform
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from player import __version__, texts
from player.clock import Anchor, ClockTrust, boot_id
from player.config.options import Options, start_options
from player.config.settings import PLACES
from player.health import vitals
from player.store import identity, trusted_keys
from player.store.identity import Identity
from player.store.manifest import MAX_MANIFEST, Manifest, ManifestRefused, verify_with
from player.store.packed_manifest import MAX_PACKED, unpack
from player.store.pinned_key import PINNED, read_key
from player.store.store import KEY_LINE, read_anchor
from player.texts import Text, joined

SERVICE = "signage-player"  # the system's user and unit
LIBRARIES = {
    "pygame": "python3-pygame",
    "requests": "python3-requests",
    "nacl": "python3-nacl",
    "schedule": "python3-schedule",
}
DISTRIBUTIONS = {
    "pygame": ("pygame", "pygame-ce"),
    "requests": ("requests",),
    "nacl": ("PyNaCl",),
    "schedule": ("schedule",),
}
LEAST_FREE = 100_000_000  # bytes: two bundles of 40 MB, and some room
SHOWN_DIGITS = 8  # of something public, enough to compare it on the telephone
COMMAND_SECONDS = 5.0


@dataclass(slots=True)
class Section:
    """One subject: what is so, and what is wrong with a hint each."""

    name: Text
    facts: list[Text] = field(default_factory=list)
    findings: list[tuple[Text, Text | None]] = field(default_factory=list)

    def wrong(self, what: Text, hint: Text | None = None) -> None:
        self.findings.append((what, hint))


@dataclass(slots=True)
class Box:
    """What is examined: the options, and what the store holds."""

    options: Options
    root: Path = Path("/")
    identity: Identity | None = None
    manifest: Manifest | None = None


def examine(options: Options, root: Path = Path("/")) -> list[Section]:
    """Look at everything; takes some seconds, for it uses the network."""
    box = Box(options, root)
    subjects: list[tuple[Text, Callable[[Section, Box], None]]] = [
        (texts.PROGRAM, _program),
        (texts.SETTINGS, _settings),
        (texts.IDENTITY, _identity),
        (texts.STORAGE, _storage),
        (texts.DISPLAY, _display),
        (texts.FONTS, _fonts),
        (texts.CLOCK, _clock),
        (texts.NETWORK, _network),
    ]
    sections = []
    for name, look in subjects:
        section = Section(name)
        try:
            look(section, box)
        except Exception as error:  # the page comes to its end; this section is given up
            section.wrong(texts.CHECK_FAILED.fill(error=type(error).__name__), _sudo())
        sections.append(section)
    return sections


def page(sections: list[Section], language: str) -> list[str]:
    """The page, line by line: the verdict first, then the numbered sections, so that a line can be referred to."""
    n = 0 if language == "nb" else 1
    bad = [str(number) for number, section in enumerate(sections, 1) if section.findings]
    lines = [(texts.SOMETHING_WRONG.fill(numbers=", ".join(bad)) if bad else texts.ALL_RIGHT)[n]]
    for number, section in enumerate(sections, 1):
        state = texts.WRONG if section.findings else texts.RIGHT
        lines += ["", f"{number}. {section.name[n]}: {state[n]}"]
        for what, hint in section.findings:
            lines.append(f"   ✗ {what[n]}")
            if hint is not None:
                lines.append(f"     {texts.HINT[n].format(hint=hint[n])}")
        lines += [f"   {fact[n]}" for fact in section.facts]
    return lines


def _program(section: Section, box: Box) -> None:
    section.facts.append(texts.VERSION.fill(version=__version__))
    model = vitals.model(box.root)
    named = Text(model, model) if model else texts.UNKNOWN_MODEL
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    section.facts.append(
        Text(*(text.format(model=m, system=system) for text, m in zip(texts.MACHINE, named, strict=True)))
    )
    found = [f"Python {platform.python_version()}"]
    for library, package in LIBRARIES.items():
        try:
            import_module(library if library != "pygame" else "player.display.slim_pygame")
        except ImportError:
            hint = texts.INSTALL_PACKAGE.fill(package=package)
            section.wrong(texts.LIBRARY_MISSING.fill(name=library), hint)
        else:
            found += list(_versions(library))
    section.facts.append(texts.LIBRARIES.fill(listed=", ".join(found)))
    _service(section, box)


def _versions(library: str) -> Iterator[str]:
    for name in DISTRIBUTIONS[library]:
        try:
            yield f"{name} {version(name)}"
        except ImportError:
            continue


def _service(section: Section, box: Box) -> None:
    """Only where the package is installed."""
    unit = next((f for f in ("lib", "usr/lib") if (box.root / f / f"systemd/system/{SERVICE}.service").exists()), None)
    if unit is None or not (box.root / "run/systemd/system").exists():
        return
    state = subprocess.run(  # noqa: S603 - nothing in it comes from outside
        ["systemctl", "is-active", f"{SERVICE}.service"],  # noqa: S607 - wherever the system keeps it
        capture_output=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    if state.stdout.strip() in (b"active", b"activating"):
        section.facts.append(texts.SERVICE_RUNS)
    else:
        section.wrong(texts.SERVICE_STOPPED, texts.START_SERVICE)
    stood_in = box.root / "run" / SERVICE / "stood-in"
    if stood_in.exists():
        section.wrong(texts.STANDS_IN.fill(version=stood_in.read_text("utf-8").strip()), texts.CALL)


def _settings(section: Section, box: Box) -> None:
    files = [file for file in PLACES if file.exists()]
    section.facts += [texts.FILE_READ.fill(file=file) for file in files] or [texts.NO_FILE]
    for problem in box.options.problems:
        section.wrong(problem.on_display)
    server = box.options.server
    section.facts.append(texts.SERVER_SET.fill(server=_public(server)) if server else texts.SERVER_NOT_SET)


def _public(address: str) -> str:
    """Without a name and a password that somebody may have written into it."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _identity(section: Section, box: Box) -> None:
    folder = box.options.store
    if folder.exists() and not os.access(folder, os.R_OK | os.X_OK):
        section.wrong(texts.NOT_READABLE.fill(folder=folder), _sudo())
        return
    records = (identity.read(_bytes(folder / name, identity.MAX_BYTES)) for name in identity.FILES)
    record = next((found for found in records if found is not None), identity.IdentityRecord())
    box.identity = me = identity.who(start_options(box.options).identity, record)
    if me is None:
        section.wrong(texts.NOT_PAIRED, texts.TYPE_CODE)
        return
    section.facts.append(texts.SCREEN_IS.fill(screen=me.screen))
    if me.player is not None:
        section.facts.append(texts.PLAYER_ID.fill(id=me.player[:SHOWN_DIGITS]))
    key = _server_key(folder, me)
    if key is not None:
        section.facts.append(texts.SERVER_KEY.fill(digits=key.hex()[:SHOWN_DIGITS]))
    section.facts.append(texts.NO_REPORTS if me.token is None else texts.SIGNS_REPORTS)


def _server_key(folder: Path, me: Identity) -> bytes | None:
    return me.key or next((key for name in PINNED if (key := read_key(folder / name)) is not None), None)


def _bytes(file: Path, limit: int) -> bytes | None:
    try:
        with file.open("rb") as handle:
            return handle.read(limit)
    except OSError:
        return None


def _storage(section: Section, box: Box) -> None:
    folder = box.options.store
    section.facts.append(texts.FOLDER_IS.fill(folder=folder))
    if not folder.exists():
        section.wrong(texts.NO_FOLDER.fill(folder=folder), texts.REINSTALL)
        return
    if not _writable(folder):
        section.wrong(texts.NOT_WRITABLE.fill(folder=folder), texts.CALL)
    free = vitals.free(folder)
    if free is not None:
        text = texts.FREE_SPACE if free >= LEAST_FREE else texts.LITTLE_SPACE
        filled = text.fill(megabytes=free // 1_000_000)
        if free >= LEAST_FREE:
            section.facts.append(filled)
        else:
            section.wrong(filled, texts.CHANGE_CARD)
    if box.identity is not None and os.access(folder, os.R_OK | os.X_OK):
        _content(section, box, box.identity)


def _writable(folder: Path) -> bool:
    """May the service's user write there? Where there is no such user: may this one?"""
    try:
        user = pwd.getpwnam(SERVICE).pw_uid
    except KeyError:
        return os.access(folder, os.W_OK)
    at = folder.stat()
    if at.st_uid != user:
        return os.access(folder, os.W_OK) and os.geteuid() != 0
    return bool(at.st_mode & 0o200) and not os.statvfs(folder).f_flag & os.ST_RDONLY


def _content(section: Section, box: Box, me: Identity) -> None:
    folder, key = box.options.store, _server_key(box.options.store, me)
    data = _bytes(folder / f"{me.screen}.bundle", MAX_PACKED)
    if data is None or key is None:
        section.facts.append(texts.NO_CONTENT)
        return
    lines = (trusted_keys.read(_bytes(folder / name, trusted_keys.MAX_LINE)) for name in KEY_LINE)
    line = next((found for found in lines if found is not None), trusted_keys.KeyLine())
    try:
        shown, _ = verify_with(*unpack(data), line.known(key, me.player or ""), me.screen)
    except ManifestRefused:
        section.wrong(texts.CONTENT_DAMAGED, texts.CALL)
        return
    box.manifest = shown
    made, until = _day(shown.generated), _day(shown.horizon)
    about = texts.STORED_CONTENT.fill(serial=shown.version.serial, made=made, pages=len(shown.pages), until=until)
    section.facts.append(about)
    if time.time() >= shown.horizon.timestamp():
        section.wrong(texts.CONTENT_OUTDATED.fill(until=until), texts.CALL)


def _day(at: datetime) -> str:
    return at.astimezone().strftime("%d.%m.%Y %H.%M")


def _display(section: Section, box: Box) -> None:
    from player.display.cec import Television
    from player.display.outputs.base import connections

    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        section.facts.append(texts.IN_A_WINDOW)
        return
    found = connections(box.root / "sys/class/drm")
    live = {name: state for name, state in found.items() if state.status == "connected"}
    for name, state in live.items():
        modes = state.modes.split()
        section.facts.append(texts.CONNECTED.fill(name=name.partition("-")[2], mode=modes[0] if modes else "?"))
    if not found and not (box.root / "dev/fb0").exists():
        section.wrong(texts.NO_CONTROLLER, texts.CALL)
    elif found and not live:
        section.wrong(texts.NOTHING_CONNECTED, texts.CHECK_CABLE)
    if not _may_draw():
        section.wrong(texts.DISPLAY_FORBIDDEN)
    speaks = Television(box.root / "dev").reachable()
    section.facts.append(texts.TELEVISION_CONTROL if speaks else texts.NO_TELEVISION_CONTROL)


def _may_draw() -> bool:
    """Is the service's user in the group of the display? True where there is no such user."""
    try:
        user = pwd.getpwnam(SERVICE)
    except KeyError:
        return True
    import grp

    groups = {grp.getgrgid(number).gr_name for number in os.getgrouplist(SERVICE, user.pw_gid)}
    return "video" in groups


def _fonts(section: Section, box: Box) -> None:
    """The player's own; the letters of pages are part of their pictures."""
    from player.display.notice_drawing import FONTS
    from player.display.slim_pygame import pygame

    pygame.font.init()
    whole = 0
    for file in ("code.ttf", "headline.ttf", "text.ttf"):
        try:
            pygame.font.Font(str(FONTS / file), 20)
            whole += 1
        except (pygame.error, OSError):
            section.wrong(texts.FONT_BROKEN.fill(file=file), texts.REINSTALL)
    if not section.findings:
        section.facts.append(texts.FONTS_FOUND.fill(count=whole))


def _clock(section: Section, box: Box) -> None:
    anchor: Anchor | None = read_anchor(box.options.store)
    now, since_boot = time.time(), time.clock_gettime(time.CLOCK_BOOTTIME)
    newest = box.manifest.generated.timestamp() if box.manifest else None
    verdict = ClockTrust(boot_id(), anchor).judge(now, since_boot, newest)
    local = datetime.fromtimestamp(now).astimezone()
    section.facts.append(texts.TIME_IS.fill(time=f"{local:%H.%M}", date=f"{local:%d.%m.%Y}", offset=f"{local:%z}"))
    reason = texts.CLOCK_REASONS[verdict.kind]
    if verdict.trusted:
        section.facts.append(reason)
    else:
        section.wrong(reason, texts.SET_CLOCK)


def _network(section: Section, box: Box) -> None:
    server = box.options.server or _recorded_server(box.options.store)
    if not server:
        _search(section)
        return
    from player.display.notices import explanation
    from player.net.http import Http, Unreachable

    parts = urlsplit(server)
    own = _own_address(parts.hostname or "", parts.port or 80)
    if own is None:
        section.wrong(texts.NO_NETWORK, texts.CHECK_CABLE_OR_WIFI)
    else:
        section.facts.append(texts.OWN_ADDRESS.fill(address=own))
    screen = box.identity.screen if box.identity else ""
    http = Http(server)
    try:
        http.get(f"screens/{screen}/manifest.json" if screen else "signage.pub", MAX_MANIFEST)
    except (Unreachable, ManifestRefused) as error:
        shown = explanation(error.kind, _public(server), screen)
        section.wrong(Text(*(f"{headline}." for headline in shown.headline)), joined(shown.text, shown.hint))
    else:
        section.facts.append(texts.SERVER_ANSWERS.fill(server=_public(server)))
    finally:
        http.close()


def _recorded_server(folder: Path) -> str | None:
    """The server that was found on the network before."""
    records = (identity.read(_bytes(folder / name, identity.MAX_BYTES)) for name in identity.FILES)
    return next((found.server for found in records if found is not None), None)


def _search(section: Section) -> None:
    from player.net import discovery
    from player.net.helper_process import HelperProcess

    found = discovery.read(HelperProcess().run("player.net.discovery", seconds=discovery.HELPER_SECONDS))
    if found:
        section.facts.append(texts.FOUND_SERVERS.fill(listed=", ".join(server.base for server in found)))
    else:
        section.wrong(texts.NO_SERVER.text, texts.NO_SERVER.hint)


def _own_address(host: str, port: int) -> str | None:
    """The address from which this machine would connect; a UDP socket finds it without sending anything."""
    try:
        kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
        with socket.socket(kind, socket.SOCK_DGRAM) as probe:
            probe.connect(address)
            return str(probe.getsockname()[0])
    except OSError:
        return None


def _sudo() -> Text | None:
    return texts.USE_SUDO if os.geteuid() != 0 and shutil.which("sudo") else None
