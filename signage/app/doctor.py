"""What `signage doctor` looks at: one function per subject, from the versions to the network.

Each function imports what it needs itself, and a fault in it is a finding: the page comes to its end even when a
library is missing or broken, which is when it is needed most.
"""

from __future__ import annotations

import os
import platform
import shutil
import socket
import stat
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from urllib.parse import urlsplit

from signage import __version__
from signage.errors import SignageError

LEAST_FREE = 500_000_000  # bytes; 14 days of ten screens, which have at most 40 MB each, and a build beside them
# From Unicode 3.0 to 13.0. DejaVu, which every Debian has, draws some older ones: one alone proves nothing.
EMOJI = ("🎄", "🎉", "🎭", "🥳", "🪗")
LETTERS = ("å", "š", "ŋ", "і", "ґ")  # Norwegian, Sámi and Ukrainian
ANSWER_SECONDS = 5.0  # for one source; a doctor that takes minutes is not waited for
LARGEST_OFFSET = timedelta(minutes=2)  # of the clock: windows of pages change by the minute
DISTRIBUTION = "heim-signage"
SERVICE_CONFIG = Path("/etc/signage/screens.toml")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that needs attention. `wrong`: it keeps screens from being right; otherwise it only might."""

    message: str
    hint: str = ""
    wrong: bool = True


@dataclass(slots=True)
class Section:
    """One subject: what was found to be so, and what needs attention."""

    name: str
    facts: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def wrong(self) -> bool:
        return any(finding.wrong for finding in self.findings)

    def report(self, message: str, hint: str = "", wrong: bool = True) -> None:
        """Add a finding."""
        self.findings.append(Finding(message, hint, wrong))

    def report_error(self, error: SignageError) -> None:
        """Add an error as a finding."""
        self.report(f"{error.message} {error.place}".rstrip(), error.hint)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is looked at: the files of the command line, and the instant by this machine's clock."""

    config: Path
    layouts: Path
    var: Path
    now: datetime


def examine(around: Surroundings) -> list[Section]:
    """Look at everything. It takes some seconds: the browser is started, and each source's server gets a request."""
    subjects: dict[str, Callable[[Section, Surroundings], None]] = {
        "versions": _versions,
        "paths": _paths,
        "permissions": _permissions,
        "browser": _browser,
        "fonts": _fonts,
        "clock": _clock,
        "network": _network,
        "object store": _object_store,
    }
    sections = []
    for name, look in subjects.items():
        section = Section(name)
        try:
            look(section, around)
        except SignageError as error:
            section.report_error(error)
        except Exception as error:  # whatever it is, it is what somebody has to know
            section.report(f"This could not be checked: {type(error).__name__}: {error}.", "report this to us.")
        sections.append(section)
    return sections


def _versions(section: Section, around: Surroundings) -> None:
    section.facts += [f"signage {__version__}", f"Python {platform.python_version()}, {sys.executable}"]
    section.facts.append(f"{_system_name()}, Linux {platform.release()}, {platform.machine()}")
    missing = []
    for requirement in requires(DISTRIBUTION) or []:
        name, _, condition = requirement.partition(";")
        package = "".join(letter for letter in name if letter.isalnum() or letter in "-_.>").partition(">")[0]
        if "extra" not in condition:
            try:
                version(package)
            except PackageNotFoundError:
                missing.append(package)
    if missing:
        section.report(f"These libraries are missing: {', '.join(missing)}.", "install signage again.")


def _system_name() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def _paths(section: Section, around: Surroundings) -> None:
    from signage.app.configuration import load
    from signage.config.built_in import available_layouts, places_searched
    from signage.errors import ConfigError

    section.facts.append(f"state: {around.var.absolute()}")
    layouts = available_layouts(around.layouts)
    section.facts.append(f"layouts in {places_searched(around.layouts)}: {', '.join(layouts) or 'none'}")
    section.facts.append(f"configuration: {around.config.absolute()}")
    free = shutil.disk_usage(_existing(around.var)).free
    section.facts.append(f"free disk space: {free / 1e9:.1f} GB")
    if free < LEAST_FREE:
        section.report(f"Only {free / 1e6:.0f} MB of disk space are free.", "delete files that aren't needed.")
    if not around.config.exists():
        other = f"the service uses --config {SERVICE_CONFIG}." if SERVICE_CONFIG.exists() else "give it with --config."
        section.report(f"There is no configuration at {around.config.absolute()}.", other)
        return
    try:
        config = load(around.config, around.layouts)
        section.facts.append(f"screens: {len(config.screens)}, sources: {len(config.sources)}")
        for problem in config.parts.problems[:1]:
            section.report(f"A file of screens.d has errors. The first is: {problem}", "signage check lists them.")
    except ConfigError as error:
        count = len(error.problems)
        errors = "an error" if count == 1 else f"{count} errors"
        section.report(f"{around.config} has {errors}. The first is: {error.problems[0]}", "signage check lists them.")


def _existing(path: Path) -> Path:
    """The path, or the first folder above it that exists."""
    return next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())


def _permissions(section: Section, around: Surroundings) -> None:
    section.facts.append(f"this command runs as {_user(os.geteuid())}")
    if not around.var.exists():
        section.facts.append(f"{around.var.absolute()} doesn't exist yet; signage run creates it")
        _check_writable(section, [_existing(around.var)])
        return
    owner = around.var.stat().st_uid
    section.facts.append(f"{around.var.absolute()} belongs to {_user(owner)}")
    inside = sorted(around.var.iterdir())
    _check_writable(section, [around.var, *(path for path in inside if path.is_dir())])
    strangers = [path for path in inside if path.stat().st_uid != owner]
    if strangers:
        section.report(
            f"{strangers[0]} belongs to {_user(strangers[0].stat().st_uid)}, not to {_user(owner)}.",
            f"sudo chown -R --reference={around.var.absolute()} {around.var.absolute()}",
        )
    for path in inside:
        if path.suffix in {".key", ".next"} and stat.S_IMODE(path.stat().st_mode) & 0o077:
            section.report(f"Other users can read the secret file {path}.", f"chmod 600 {path.absolute()}")


def _check_writable(section: Section, folders: Iterable[Path]) -> None:
    for folder in folders:
        if not os.access(folder, os.W_OK | os.X_OK):
            section.report(
                f"{_user(os.geteuid())} can't write to {folder.absolute()}.",
                "run this command as the user that the server runs as: sudo -u signage ...",
            )
            return


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _browser(section: Section, around: Surroundings) -> None:
    from signage.installation.program import driver_problem
    from signage.rendering.browser import HEADLESS_SHELL, browser_version, find_browser
    from signage.rendering.sandbox import sandbox_problem

    if problem := driver_problem():
        section.report(f"The browser's driver doesn't start: {problem}.", "sudo apt install libatomic1")
    browser = find_browser()
    section.facts.append(f"{browser_version(browser)}, {browser}")
    if "headless" not in browser.name:
        section.facts.append(f"{HEADLESS_SHELL}, where the system has it, makes the same pages at a lower cost")
    if problem := sandbox_problem():
        message, _, hint = problem.partition(" Hint: ")
        section.report(message, hint, wrong=False)


def _fonts(section: Section, around: Surroundings) -> None:
    from signage.rendering.glyphs import missing_glyphs

    missing = missing_glyphs([*LETTERS, *EMOJI], _stylesheets(around))
    section.facts.append("the browser starts, and draws text")
    if letters := [letter for letter in LETTERS if letter in missing]:
        section.report(f"No font has the letters {' '.join(letters)}.", "sudo apt install fonts-dejavu-core")
    if set(EMOJI) & set(missing):
        section.report(
            "A layout in use has no emoji font, and neither has this machine. Emoji appear as empty boxes.",
            'add "Noto Emoji" to the font-family in its style.css, or sudo apt install fonts-noto-color-emoji.',
        )
    else:
        section.facts.append("there is an emoji font")


def _stylesheets(around: Surroundings) -> list[str]:
    """Of the layouts in use; of the built-in one as long as screens.toml can't be read."""
    from signage.app import salvage
    from signage.app.configuration import load
    from signage.config.built_in import find_layout
    from signage.rendering.layouts import load_layout
    from signage.runtime.containment import Failures

    try:
        used = list(salvage.layouts(around.layouts, load(around.config, around.layouts), Failures()).values())
    except SignageError:
        used = []
    return [layout.css for layout in used or [load_layout(find_layout(around.layouts, "fjord"))]]


def _clock(section: Section, around: Surroundings) -> None:
    from signage.app.clock_watch import check_clock, reading

    section.facts.append(f"this machine's clock: {around.now.astimezone():%A %d %B %Y, %H:%M:%S %Z}")
    if not reading(around.now).synchronised:
        section.report("No time server keeps this machine's clock right.", "sudo timedatectl set-ntp true", wrong=False)
    check_clock(around.now)


def _network(section: Section, around: Surroundings) -> None:
    import requests

    from signage.app.configuration import load
    from signage.errors import ConfigError
    from signage.sources.net.address_guard import Deadline, GuardedAdapter, WebOrigin
    from signage.sources.net.network import Network, proxy_name
    from signage.web.server_address import address_in_the_house, read_address

    section.facts.append(f"this machine: {socket.gethostname()}, {address_in_the_house()}")
    started = time.monotonic()

    def answer(address: str, network: Network | None = None) -> requests.Response:
        """As the sources are fetched, through the proxy; this server is asked without it."""
        request = requests.Request("GET", address, headers={"User-Agent": f"signage-doctor/{__version__}"}).prepare()
        proxy, tls = (network.proxy_for(address), network.tls) if network else ("", None)
        with Deadline(2 * ANSWER_SECONDS) as deadline:
            adapter = GuardedAdapter(frozenset({WebOrigin.of(address)}), deadline, proxy, tls)
            return adapter.send(request, stream=True, timeout=ANSWER_SECONDS, verify=True)

    if address := read_address(around.var):
        try:
            answer(f"{address}/").close()
            section.facts.append(f"the server answers at {address}")
        except requests.RequestException as error:
            section.report(
                f"No server answers at {address}, where it last was: {_reason(error)}.",
                "signage run, or sudo systemctl restart signage",
            )
    try:
        config = load(around.config, around.layouts)
    except ConfigError:
        section.facts.append("the sources are not checked, because the configuration can't be used")
        return
    network = Network.of(config.site)
    hosts = _hosts((source.id, source.url) for source in config.sources)
    proxies = {proxy_name(proxy) for host in hosts if (proxy := network.proxy_for(f"{host}/"))}
    section.facts += [f"sources are fetched through the proxy {name}" for name in sorted(proxies)]
    if network.ca_problem:
        section.report(network.ca_problem, "correct ca_file under [site].")
    elif config.site.ca_file:
        section.facts.append(f"certificates of {config.site.ca_file} are trusted, too")
    offsets: list[timedelta] = []
    for host, sources in hosts.items():
        try:
            with answer(f"{host}/", network) as response:
                section.facts.append(f"{host} answers ({', '.join(sources)})")
                their_now = _instant(response.headers.get("Date", ""))
        except requests.exceptions.SSLError as error:
            failure = network.tls_failure(error)
            section.report(f"{host}: {failure.message} Source: {', '.join(sources)}.", failure.hint)
        except requests.RequestException as error:
            section.report(
                f"{host} can't be reached: {_reason(error)}. Source: {', '.join(sources)}.",
                "check the network and the address. The screens keep the events that were last fetched.",
            )
        else:
            our_now = around.now + timedelta(seconds=time.monotonic() - started)
            offsets += [our_now - their_now] if their_now else []
    if offsets and abs(offset := sorted(offsets)[len(offsets) // 2]) > LARGEST_OFFSET:
        minutes = abs(offset) // timedelta(minutes=1)
        section.report(
            f"This machine's clock is {minutes} minutes {'fast' if offset > timedelta() else 'slow'}, "
            "compared with the servers of the sources.",
            "sudo timedatectl set-ntp true",
        )


def _object_store(section: Section, around: Surroundings) -> None:
    from signage.app.configuration import load
    from signage.app.store_check import check_store
    from signage.errors import ConfigError

    try:
        settings = load(around.config, around.layouts).publish
    except ConfigError:
        section.facts.append("it is not checked, because the configuration can't be used")
        return
    if settings.bucket:
        check_store(section, settings, ANSWER_SECONDS)
    else:
        section.facts.append("screens.toml names none")


def _instant(header: str) -> datetime | None:
    """The instant of an HTTP header; None when it isn't one."""
    try:
        instant = parsedate_to_datetime(header)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _hosts(addresses: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The servers of the sources, and the sources' ids by server; paths of files have none."""
    hosts: dict[str, list[str]] = {}
    for source, address in addresses:
        parts = urlsplit(address)
        if parts.hostname:
            scheme = "http" if parts.scheme == "http" else "https"  # webcal: is https:
            port = f":{parts.port}" if parts.port else ""
            hosts.setdefault(f"{scheme}://{parts.hostname}{port}", []).append(source)
    return hosts


def _reason(error: Exception) -> str:
    """Why there was no answer, in a few words."""
    import requests

    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy can't be reached, or refuses"
    if isinstance(error, requests.exceptions.SSLError):
        return "there is no secure connection"
    if isinstance(error, requests.Timeout):
        return f"no answer within {ANSWER_SECONDS:g} seconds"
    if "no such host" in str(error):  # as address_guard puts it
        return "its name is unknown"
    return "the connection failed" if isinstance(error, requests.ConnectionError) else type(error).__name__
