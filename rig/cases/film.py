"""Films: played where GStreamer is, its frames those of the film; where it is not, or hangs, the page stays.

Outside the film's box every pixel is compared as on any page. Inside, what is on the glass is compared with the frames
as another decoder gives them (PyAV, here on the host).
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
from nacl.signing import SigningKey
from PIL import Image, ImageChops, ImageDraw, ImageStat

from player.display import film as film_process
from rig import image
from rig.machine import Machine
from rig.rig import SETTINGS, UNIT, Rig, synced
from rig.screen import Box
from rig.wall import AGENDA, TODAY, dated, encoded
from rig.watch import Unproven, Watcher, page_of
from signage.sources.images.films import convert_film
from tests.fixtures.office import Office

SIZE, RATE, SECONDS = (640, 360), 5, 15  # few frames: emulation is some 15 times slower than the host
BOX: Box = (640, 360, 1280, 720)  # as large as the film, so that no pixel is scaled
# The player's limits are by the clock, and emulation is slow: these are the limits in the rig's machines.
LIMITS = {"FIRST_SECONDS": 40.0, "STALLED_SECONDS": 10.0, "MORE_SECONDS": 40.0}
TURN_SECONDS = 75.0  # of the page: a film that begins late is to come to its end
FRAMES = 12  # different ones that must be seen in one turn
ALIKE = 40  # of 255, between two decoders, in the worst block of 4x4 pixels; edges of colour are rounded differently
STAYS_SECONDS = 90.0  # of looking for a film that must not come; more than a turn
MEMORY = 120.0  # MB of player and decoder together, issue 16
PATIENCE = 600.0  # for GStreamer's first look through its plugins, some 5 s on a host
DECODER = film_process.LAUNCH
PROGRAM = "/usr/share/signage-player/player/display/film.py"
TOKEN, SEED = "5a" * 32, "a5" * 32


def films(rig: Rig) -> list[str]:
    """Without GStreamer; with it; with one that stops in the middle of a film; with one that never gives a picture."""
    film, frames = a_film(rig.folder)
    office = an_office(rig)
    publish(rig, film, frames[0])
    with rig.hung_up("film-without") as machine:
        facts = [missing(rig, machine, office)]
    made = image.build_films(rig.deb, rig.suite)
    disk = rig.folder / "film.qcow2"
    disk.unlink(missing_ok=True)
    with Machine(made, disk) as machine:
        facts += played(rig, machine, office, frames)
        facts.append(stopped(rig, machine, frames))
        facts.append(silent(rig, machine, office))
    return facts


def missing(rig: Rig, machine: Machine, office: Office) -> str:
    """GStreamer isn't there: the page, and the reason."""
    watcher = start(rig, machine)
    said = reported(office, "missing")
    stays(watcher)
    return f"without GStreamer: the frame stayed for {STAYS_SECONDS:.0f} s, to the pixel; reported: {said}"


def played(rig: Rig, machine: Machine, office: Office, frames: list[Image.Image]) -> list[str]:
    """The film's frames in their order, then the page again; and the status that all is well."""
    watcher = start(rig, machine)
    begun = machine.seconds
    watcher.until(is_film, "a frame of the film", PATIENCE)
    first = machine.seconds - begun
    seen = of_the_film(watcher, frames)
    watcher.until(page_of(TODAY), "the page again, after its film")
    if len(set(seen)) < FRAMES or sorted(seen) != seen:
        raise Unproven(f"the film's frames were {seen}: fewer than {FRAMES} different ones, or out of order")
    watcher.until(page_of(AGENDA), "the next page")
    watcher.until(is_film, "the film in its next turn")
    most = memory(machine)
    watcher.until(page_of(TODAY), "the page again")
    said = reported(office, None)
    watcher.clean()
    if most > MEMORY:
        raise Unproven(f"player and decoder take {most:.0f} MB; {MEMORY:.0f} are allowed")
    return [
        f"with GStreamer: {len(set(seen))} of the film's {len(frames)} frames were seen in one turn, in order, nothing "
        f"else; the first {first:.0f} s after the page (GStreamer looks through its plugins once); then the page again",
        f"player and decoder take {most:.0f} MB (PSS) while the film plays; the status: {said}",
    ]


def stopped(rig: Rig, machine: Machine, frames: list[Image.Image]) -> str:
    """The decoder stops in the middle of the film: the frame of the page is back by itself, and the next turn plays."""
    watcher = rig.watch(machine)
    watcher.until(is_film, "the film")
    machine.run(f"pkill -STOP -f '^{DECODER}'")
    at = machine.seconds
    watcher.until(page_of(TODAY), "the page, for its film has stopped")
    took = machine.seconds - at
    left = machine.run(f"pgrep -c -f '^{DECODER}' || true")
    if left != "0":
        raise Unproven(f"{left} decoders are left")
    watcher.until(page_of(AGENDA), "the next page")
    watcher.until(is_film, "the film in its next turn")
    of_the_film(watcher, frames)
    watcher.clean()
    usual, here = film_process.STALLED_SECONDS, LIMITS["STALLED_SECONDS"]
    return (
        f"stopped in the middle: the page was back after {took:.1f} s "
        f"(the limit is {here:.0f} s here, else {usual:.0f} s); its next turn was played"
    )


def silent(rig: Rig, machine: Machine, office: Office) -> str:
    """A decoder that hangs before its first picture: the page stays, and the reason."""
    path = machine.run(f"command -v {DECODER}")
    machine.run(f"mv {path} {path}.real")
    machine.put(b"#!/bin/sh\nexec sleep 600\n", path, "755")
    machine.run(f"systemctl restart {UNIT}")
    watcher = rig.watch(machine)
    watcher.until(page_of(TODAY), "the page")
    said = reported(office, "slow")
    stays(watcher)
    return f"a decoder that hangs: the frame stayed for {STAYS_SECONDS:.0f} s, to the pixel; reported: {said}"


def start(rig: Rig, machine: Machine) -> Watcher:
    """A paired player that has the bundle and its film."""
    watcher = rig.watch(machine, rig.wall.shown)
    machine.wait()
    for name, seconds in LIMITS.items():
        machine.run(f"sed -i 's/^{name} = .*/{name} = {seconds}/' {PROGRAM} && grep -q '^{name} = {seconds}' {PROGRAM}")
    machine.put(rig.settings() + f"token = {TOKEN}\nsecret = {SEED}\n".encode(), SETTINGS, "640")
    machine.run(f"chown root:signage-player {SETTINGS}; systemctl restart {UNIT}")
    synced(rig, machine)
    machine.run("until ls /var/lib/signage-player/assets/*.mp4 >/dev/null 2>&1; do sleep 1; done")
    watcher.until(page_of(TODAY), "the film's page")
    return watcher


def stays(watcher: Watcher) -> None:
    """Nothing but pages for a while, the film's own among them. Raises Unproven."""
    seen = watcher.during(STAYS_SECONDS)
    watcher.clean()
    if strange := [str(frame) for frame in seen if frame.kind not in ("page", "fade")]:
        raise Unproven(f"where no film can be played the glass shows {', '.join(strange)}")
    if not any(frame.page == TODAY for frame in seen):
        raise Unproven(f"the film's page was not on the glass: {watcher.story()}")


def is_film(frame: Any) -> bool:
    return bool(frame.kind == "film")


def of_the_film(watcher: Watcher, frames: list[Image.Image]) -> list[int]:
    """Which of the film's frames are seen until it is over. Raises Unproven for anything else in its box."""
    numbers: list[int] = []
    while watcher.look().kind == "film":
        assert watcher.last is not None
        number, worst = which(watcher.last.crop(BOX), frames)
        if worst > ALIKE:
            raise Unproven(f"not a frame of the film (differs by {worst}): {watcher.keep('no-frame')}")
        if not numbers:
            watcher.keep("film")
        numbers.append(number)
        time.sleep(1 / RATE / 2)
    return numbers


def which(seen: Image.Image, frames: list[Image.Image]) -> tuple[int, int]:
    """The film's frame that is most like this, and how far its worst block of pixels is from it."""
    small = seen.reduce(4)
    near = [sum(ImageStat.Stat(ImageChops.difference(small, frame.reduce(4))).mean) for frame in frames]
    number = near.index(min(near))
    apart: Any = ImageChops.difference(small, frames[number].reduce(4)).getextrema()
    worst = max(high for _, high in apart)
    return number, int(worst)


def memory(machine: Machine) -> float:
    """The most that player and decoder take together while this film plays, in MB of 10^6 bytes (PSS)."""
    script = f"""
        while decoder=$(pgrep -f '^{DECODER}'); do
            m=0
            for one in $(systemctl show -p MainPID --value {UNIT}) $decoder; do
                m=$((m + $(awk '/^Pss:/ {{print $2}}' /proc/$one/smaps_rollup 2>/dev/null || echo 0)))
            done
            echo $m
            sleep 1
        done
    """
    return max((int(line) * 1024 / 1e6 for line in machine.run(script).splitlines()), default=0.0)


def reported(office: Office, kind: str | None) -> str:
    """Wait for a heartbeat about films that says this; gives its sentence."""
    return until(lambda: next((about for about in heard(office) if about.get("kind") == kind), None), office)


def heard(office: Office) -> list[dict[str, Any]]:
    return [beat["film"] for _, beat in office.beats[-1:] if beat.get("film") is not None]


def until(found: Callable[[], dict[str, Any] | None], office: Office) -> str:
    """Poll for what a player reports each minute. Raises Unproven."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        about = found()
        if about is not None:
            return str(about.get("problem") or "no problem")
        time.sleep(0.5)
    raise Unproven(
        f"it was not reported; the last heartbeats say of films: {[b['film'] for _, b in office.beats[-3:]]}"
    )


def an_office(rig: Rig) -> Office:
    """Who takes this player's heartbeats, as for one that was paired by a file."""
    office = Office(rig.wall.site)
    player = hashlib.sha256(bytes.fromhex(TOKEN)).hexdigest()[:16]
    office.keys[player] = SigningKey(bytes.fromhex(SEED)).verify_key.encode().hex()
    office.assign(player, "library", 1)
    return office


def publish(rig: Rig, film: bytes, poster: Image.Image) -> None:
    """A page with a film, and another one."""
    now = datetime.now(UTC)
    plain = dated(TODAY, now)
    picture = Image.open(io.BytesIO(plain.picture or b"")).convert("RGB")
    picture.paste(poster, BOX[:2])
    filmed = replace(
        plain,
        picture=encoded(picture),
        film=film,
        film_seconds=float(SECONDS),
        film_box=(BOX[0], BOX[1], *SIZE),
        dwell_seconds=TURN_SECONDS,
    )
    rig.wall.publish(filmed, dated(AGENDA, now), now=now)


def a_film(folder: Path) -> tuple[bytes, list[Image.Image]]:
    """A film, converted as the server does it, and its frames as this host decodes them."""
    source, target = folder / "film-source.mp4", folder / "film.mp4"
    with av.open(str(source), "w") as made:
        stream: Any = made.add_stream("libx264", rate=RATE)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        ground = Image.linear_gradient("L").resize(SIZE)
        for number in range(RATE * SECONDS):
            picture = Image.merge("RGB", (ground, ground.transpose(Image.Transpose.ROTATE_180), ground))
            done = round(SIZE[0] * (number + 1) / (RATE * SECONDS))  # each frame says how far it is
            ImageDraw.Draw(picture).rectangle((0, SIZE[1] // 3, done, SIZE[1] * 2 // 3), fill=(230, 180, 40))
            frame: Any = av.VideoFrame
            made.mux(stream.encode(frame.from_image(picture)))
        made.mux(stream.encode(None))
    convert_film(str(source), str(target), SECONDS, 32_000_000)
    with av.open(str(target)) as film:
        decoded: Any = film.decode(video=0)
        frames = [frame.to_image() for frame in decoded]
    return target.read_bytes(), frames
