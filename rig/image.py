"""Build a disk: Debian with a package installed as docs/player.md says, kept under build/rig by what it was made of.

Two steps, so that a new package costs half a minute and not five: a *base* (Debian, kernel, what the package depends
on) as a folder, and the *image* (the base with the package) as one ext4 file beside its kernel and initrd. Needs root:
debootstrap and chroot do. Mounts live in a namespace of their own, so that nothing stays mounted, however it ends.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "rig"
GUEST = Path(__file__).parent / "guest"
SIZE = "3G"  # of the disk; a sparse file
SYSTEM = (
    "systemd,systemd-sysv,udev,dbus,libpam-systemd,systemd-timesyncd,linux-image-amd64,initramfs-tools,kmod,procps,"
    "iproute2,ifupdown,ca-certificates"
)
# What a picture's way takes to the other players of the comparison; cage is the least Wayland that shows one window.
OTHERS = ("chromium", "cage", "xwayland", "seatd", "mpv", "fbi", "fonts-dejavu-core")
# What plays films, as docs/video.md has it.
FILMS = ("gstreamer1.0-tools", "gstreamer1.0-plugins-good", "gstreamer1.0-plugins-bad")
# What the server takes: Python with venv, the browser, typefaces; the rest comes from the lock file.
SERVER = ("python3", "python3-venv", "chromium", "libatomic1", "fonts-dejavu-core", "curl")
SERVER_SIZE = "6G"
PROGRAM = ("signage", "player", "layouts", "screens.toml", "pyproject.toml", "README.md", "requirements.lock")
HOME = "opt/signage"  # of the program, in the image
# The whole story goes to the serial port, for a machine that takes no commands; none of it to the display.
JOURNAL = "[Journal]\nForwardToConsole=yes\nTTYPath=/dev/ttyS0\nMaxLevelConsole=info\n"
# systemd measures by the clock. On a host with a load of 39 the player got 15 % of the time that it wanted, was silent
# for longer than its watchdog's 30 s before there was a display, and was killed and started again.
PATIENT_PLAYER = "[Service]\nWatchdogSec=300\nTimeoutStartSec=900\n"
IN_ROOT = """
root=$1; shift
mount -t proc proc "$root/proc"
mount -t sysfs sys "$root/sys"
mount --bind /dev "$root/dev"
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive \
    http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" chroot "$root" "$@"
"""


class BuildFailed(Exception):
    """A step of the build ended badly; the message names its log."""


@dataclass(frozen=True)
class Image:
    """A disk to start machines from; each gets a layer of its own above it."""

    disk: Path
    kernel: Path
    initrd: Path
    options: str  # of the kernel, as the installed package has them set


def build(deb: Path, suite: str = "bookworm") -> Image:
    """The image with this package in it."""
    return _image(f"{suite}-player", _player_base(deb, suite), deb)


def build_films(deb: Path, suite: str = "bookworm") -> Image:
    """The image of a player that can play films."""
    return _image(f"{suite}-films", _player_base(deb, suite), deb, FILMS)


def build_others(deb: Path, suite: str = "bookworm") -> Image:
    """The image for the comparison: the player and the usual ways to show a picture, in one system."""
    return _image(f"{suite}-others", _player_base(deb, suite), deb, OTHERS)


def build_server(suite: str = "bookworm") -> Image:
    """The image with the server's program in /opt/signage, installed as docs/running-a-server.md says; no service yet.

    The wheels are those of the lock file, fetched outside and checked by their hashes; inside nothing is fetched.
    """
    base = _base(suite, list(SERVER))
    wheels = _wheels()
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        tree = Path(scratch) / HOME
        copy_program(tree)
        key = _hash(
            base.name, JOURNAL, wheels.name, *(file.read_bytes() for file in sorted(tree.rglob("*")) if file.is_file())
        )
        return _made(f"{suite}-server", key, base, lambda log, root: _put_server(log, root, tree, wheels), SERVER_SIZE)


def copy_program(folder: Path) -> None:
    """What a release of the server holds, without what was compiled or measured here."""
    folder.mkdir(parents=True)
    for name in PROGRAM:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)


def _put_server(log: Path, root: Path, tree: Path, wheels: Path) -> None:
    """/opt/signage and its virtual environment; the wheels are gone again afterwards."""
    shutil.copytree(tree, root / HOME)
    shutil.copytree(wheels, root / "root/wheels")
    _in_root(log, root, "python3", "-m", "venv", f"/{HOME}/.venv")
    pip = (f"/{HOME}/.venv/bin/pip", "install", "--no-index", "--find-links", "/root/wheels")
    _in_root(log, root, *pip, "hatchling>=1.27")
    _in_root(log, root, *pip, "--no-build-isolation", "--editable", f"/{HOME}")
    shutil.rmtree(root / "root/wheels")


def _wheels() -> Path:
    """Everything that the lock file names, checked by its hashes."""
    lock = ROOT / "requirements.lock"
    folder = BUILD / f"wheels-{_hash(lock.read_bytes())}"
    if not folder.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        print(f"rig: fetching the packages of the lock file into {folder.name}", flush=True)
        half = BUILD / f"half-{folder.name}"
        shutil.rmtree(half, ignore_errors=True)
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--prefer-binary", "--require-hashes")
        _run(BUILD / f"{folder.name}.log", *pip, "--requirement", str(lock), "--dest", str(half))
        _forget("wheels-*", keep=1)
        half.rename(folder)
    return folder


def _field(deb: Path, name: str) -> str:
    return _output("dpkg-deb", "-f", str(deb), name)


def _player_base(deb: Path, suite: str) -> Path:
    wants = [part for field in ("Depends", "Recommends") for part in _field(deb, field).split(", ") if part]
    return _base(suite, wants)


def _base(suite: str, wants: list[str]) -> Path:
    """A folder with a whole system, but for the package."""
    key = _hash(suite, SYSTEM, IN_ROOT, *sorted(wants), *(file.read_text() for file in sorted(GUEST.iterdir())))
    base = BUILD / f"base-{suite}-{key}"
    if base.exists():
        return base
    BUILD.mkdir(parents=True, exist_ok=True)
    print(f"rig: building {base.name} (once, some minutes)", flush=True)
    log = BUILD / f"{base.name}.log"
    half = BUILD / f"half-{base.name}"
    shutil.rmtree(half, ignore_errors=True)
    log.unlink(missing_ok=True)
    _run(log, "debootstrap", "--variant=minbase", f"--include={SYSTEM}", suite, str(half))
    for file in ("/etc/resolv.conf", "/etc/hosts"):
        shutil.copy(file, half / file.lstrip("/"))
    policy = _no_services(half)
    _in_root(log, half, "apt-get", "satisfy", "-y", "-q", *wants)
    _in_root(log, half, "apt-get", "clean")
    shutil.copytree(GUEST, half / "root/rig")
    _in_root(log, half, "sh", "/root/rig/setup.sh")
    shutil.rmtree(half / "root/rig")
    policy.unlink()
    _forget(f"base-{suite}-*", keep=2)
    half.rename(base)
    return base


def _image(name: str, base: Path, deb: Path, more: Sequence[str] = ()) -> Image:
    """The base with the package (and `more`) installed, as a disk."""
    key = _hash(base.name, SIZE, JOURNAL, PATIENT_PLAYER, deb.read_bytes(), *more)
    return _made(name, key, base, lambda log, root: _put_player(log, root, deb, more), SIZE)


def _put_player(log: Path, root: Path, deb: Path, more: Sequence[str]) -> None:
    policy = _no_services(root)
    if more:
        _in_root(log, root, "apt-get", "install", "-y", "-q", "--no-install-recommends", *more)
        _in_root(log, root, "apt-get", "clean")
    shutil.copy(deb, root / "root" / deb.name)
    _in_root(log, root, "apt-get", "install", "-y", "-q", f"/root/{deb.name}")
    (root / "root" / deb.name).unlink()
    policy.unlink()
    drop_in = root / "etc/systemd/system/signage-player.service.d/rig.conf"
    drop_in.parent.mkdir(parents=True, exist_ok=True)
    drop_in.write_text(PATIENT_PLAYER)
    # As docs/player.md has it. There is no boot loader in here to be told; _options reads what it would be told.
    (root / "etc/default/grub.d").mkdir(parents=True, exist_ok=True)
    _in_root(log, root, "env", "SIGNAGE_ROOT=/", "signage-player", "quiet-boot")


def _made(name: str, key: str, base: Path, put: Callable[[Path, Path], None], size: str) -> Image:
    """The base, and what `put` (given a log and a root folder) adds to it, as a disk of this size."""
    folder = BUILD / f"image-{name}-{key}"
    if not folder.exists():
        print(f"rig: building {folder.name}", flush=True)
        log = BUILD / f"{folder.name}.log"
        half, root = BUILD / f"half-{folder.name}", BUILD / f"half-{folder.name}.root"
        for left in BUILD.glob(f"half-image-{name}-*"):  # of a build that was broken off, each a gigabyte
            shutil.rmtree(left, ignore_errors=True)
        log.unlink(missing_ok=True)
        half.mkdir()
        _run(log, "cp", "-a", "--reflink=auto", str(base), str(root))
        put(log, root)
        conf = root / "etc/systemd/journald.conf.d/rig.conf"
        conf.parent.mkdir(parents=True, exist_ok=True)
        conf.write_text(JOURNAL)
        for kind in ("vmlinuz", "initrd.img"):
            shutil.copy(max(root.glob(f"boot/{kind}-*")), half / kind)
        (half / "options").write_text(_options(root))
        with (half / "disk.img").open("wb") as file:
            file.truncate(int(size.removesuffix("G")) << 30)
        lazy = "lazy_itable_init=1,lazy_journal_init=1"
        _run(log, "mkfs.ext4", "-q", "-F", "-L", "root", "-E", lazy, "-d", str(root), str(half / "disk.img"))
        shutil.rmtree(root)
        _forget(f"image-{name}-*", keep=1)
        half.rename(folder)
    return Image(folder / "disk.img", folder / "vmlinuz", folder / "initrd.img", (folder / "options").read_text())


def _no_services(root: Path) -> Path:
    """Let nothing be started in there: the processes would be the host's. Gives the file that says so."""
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    return policy


def _options(root: Path) -> str:
    """What the package makes the boot loader say to the kernel, read as the loader's own scripts would."""
    files = [root / "etc/default/grub", *sorted((root / "etc/default/grub.d").glob("*.cfg"))]
    script = "".join(f". {file}\n" for file in files if file.exists())
    return _output("sh", "-c", script + 'echo "$GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT"').strip()


def _forget(pattern: str, keep: int) -> None:
    """Older builds of the same thing; each is a gigabyte. Logs go with them."""
    old = sorted((path for path in BUILD.glob(pattern) if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for path in old[: len(old) - keep + 1 if keep else None]:
        shutil.rmtree(path)
        path.with_name(path.name + ".log").unlink(missing_ok=True)


def _in_root(log: Path, root: Path, *command: str) -> None:
    _run(log, "unshare", "--mount", "--propagation", "private", "sh", "-ec", IN_ROOT, "in-root", str(root), *command)


def _run(log: Path, *command: str) -> None:
    with log.open("ab") as file:
        file.write(f"\n$ {' '.join(command)}\n".encode())
        file.flush()
        # C locale: packages that print in other scripts have no say in the log
        done = subprocess.run(
            ["nice", "-n", "10", *command],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
        )
    if done.returncode:
        raise BuildFailed(f"{command[0]} ended with {done.returncode}; {log} says why")


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _hash(*parts: Iterable[int] | str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else bytes(part)
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:12]
