"""The usual ways to show a picture, in the same machine with the same two pages."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageStat

from rig import image
from rig.cases.figures import costs
from rig.machine import HEIGHT, WIDTH, Machine, MachineFault, Setup
from rig.rig import SETTINGS, UNIT, Rig, journal
from rig.watch import Unproven, Watcher, page_of

MEMORY = 1024  # MB; with 512 Chromium's page crashes
PAGES = ("/srv/first.png", "/srv/second.png")
PATIENCE = 300.0
ROUNDED = 1.0  # of 255 on average: a browser may convert colours
KIOSK = "--kiosk --no-sandbox --no-first-run --ozone-platform=wayland --disable-background-networking --disable-sync"
HTML = """<!doctype html><style>body{margin:0;background:#000;overflow:hidden;cursor:none}
img{position:fixed;inset:0;width:100vw;height:100vh;transition:opacity .8s}</style>
<img src=first.png><img src=second.png style="opacity:0"><script>
let shown = 0
setInterval(() => { shown = 1 - shown; document.images[1].style.opacity = shown }, 8000)
</script>"""


@dataclass(frozen=True)
class Player:
    """How it is started (options of systemd-run, command), and how its processes are known (pgrep -f)."""

    name: str
    options: str
    command: str
    processes: str
    fade: str


SHOW = " ".join(PAGES)
# fbi looks for a terminal on its input. cage refuses to run as root; wlroots has no GPU and no input device here
TERMINAL = "-p StandardInput=tty-force -p StandardOutput=tty -p TTYPath=/dev/tty1 -p TTYReset=yes --setenv=TERM=linux"
WLROOTS = "--setenv=WLR_RENDERER=pixman --setenv=WLR_LIBINPUT_NO_DEVICES=1 --setenv=WLR_BACKENDS=drm"
USER = "--uid=kiosk --setenv=HOME=/home/kiosk --setenv=XDG_RUNTIME_DIR=/run/kiosk --setenv=LIBSEAT_BACKEND=seatd"
PREPARE = """useradd -m -G video,render kiosk
mkdir -p /run/kiosk
chown kiosk /run/kiosk
chmod 700 /run/kiosk
systemd-run --unit seat seatd -g video"""
PLAYERS = (
    Player(
        "mpv --vo=drm",
        "",
        f"mpv --vo=drm --no-audio --really-quiet --image-display-duration=8 --loop-playlist {SHOW}",
        "bin/mpv",
        "none",
    ),
    Player("fbi", TERMINAL, f"fbi -d /dev/fb0 --noverbose -a -t 8 {SHOW}", "bin/fbi", "none"),
    Player(
        "Chromium kiosk in cage",
        f"{WLROOTS} {USER}",
        f"cage -- chromium {KIOSK} --user-data-dir=/run/kiosk/profile file:///srv/pages.html",
        "chromium|bin/seatd|Xwayland",
        "CSS",
    ),
)


def compare(rig: Rig) -> list[str]:
    """A row each: memory, when the first picture came, the fade, processor between changes."""
    first, second = rig.wall.usual()
    made = image.build_others(rig.deb, rig.suite)
    disk = rig.folder / "others.qcow2"
    disk.unlink(missing_ok=True)
    rows = [
        f"| with {MEMORY} MB, the same two pages | memory (PSS), least and most | first picture after start | fade "
        "| processor between changes |",
        "|---|---|---|---|---|",
    ]
    with Machine(made, disk, Setup(memory=MEMORY)) as machine:
        machine.wait()
        rows.append(ours(rig, machine))
        machine.run(f"systemctl disable --now {UNIT}")
        for name, path in zip((first, second), PAGES, strict=True):
            machine.put(png(rig.wall.shown[name].picture), path)
        machine.put(HTML.encode(), "/srv/pages.html")
        machine.run(PREPARE)
        for player in PLAYERS:
            rows.append(one(rig, machine, player))
    return rows


def ours(rig: Rig, machine: Machine) -> str:
    """The player of this project, as the others are measured."""
    machine.put(rig.settings(), SETTINGS, "640")
    machine.run(f"chown root:signage-player {SETTINGS}; systemctl restart {UNIT}")
    watcher = rig.watch(machine)
    watcher.until(page_of(), "a page of the player", PATIENCE)
    machine.run(f"systemctl restart {UNIT}")  # from the store, as each day
    begun = machine.seconds
    machine.run("sleep 2")
    watcher.seen.clear()
    watcher.until(page_of(), "a page of the player", PATIENCE)
    took = machine.seconds - begun
    least, most, idle = costs(machine, f"$(systemctl show -p MainPID --value {UNIT})")
    frames = [line.split("fade ")[1].split(" in ")[0] for line in journal(machine, "fade ")][-1:]
    return f"| this player | {least:.0f} to {most:.0f} MB | {took:.0f} s | {' '.join(frames)} in 0.8 s | {idle:.1f} % |"


def one(rig: Rig, machine: Machine, player: Player) -> str:
    """Start it, wait for a page, measure, end it."""
    machine.run(f"systemctl reset-failed kiosk 2>/dev/null; systemd-run --unit kiosk {player.options} {player.command}")
    begun = machine.seconds
    watcher = rig.watch(machine)
    try:
        watcher.until(lambda frame: frame.kind == "page" or nearly(watcher), f"a page by {player.name}", PATIENCE)
        took = machine.seconds - begun
        least, most, idle = costs(machine, f"$(pgrep -f '{player.processes}')")
    except (Unproven, MachineFault) as failure:
        said = machine.run("journalctl -b -o cat -u kiosk --no-pager -n 4", check=False)
        why = f"{type(failure).__name__}; {' / '.join(said.splitlines())}"
        return f"| {player.name} | no picture in {PATIENCE:.0f} s: {why} ||||"
    finally:
        machine.run("systemctl stop kiosk; sleep 2", check=False)
    return f"| {player.name} | {least:.0f} to {most:.0f} MB | {took:.0f} s | {player.fade} | {idle:.1f} % |"


def nearly(watcher: Watcher) -> bool:
    """Is it one of the pages, but for rounded colours?"""
    shot = watcher.last
    if shot is None or shot.size != (WIDTH, HEIGHT):
        return False
    return any(
        max(ImageStat.Stat(ImageChops.difference(shot, page.picture)).mean) < ROUNDED for page in watcher.pages.values()
    )


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
