"""Which films can be played on this box: whether GStreamer is here, and whether the files are what they should be.

Loaded for a bundle with films only. A thread of its own looks, so that no page waits for it.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from player.store.films import film_path, is_sound
from player.store.manifest import Asset, FilmArea
from player.store.store import BundleStore

LAUNCH, INSPECT = "gst-launch-1.0", "gst-inspect-1.0"  # Debian: gstreamer1.0-tools
PARTS = ("filesrc", "qtdemux", "h264parse", "videoconvert", "videoscale", "videoflip", "fdsink")
# That of a Raspberry Pi, and in software: libav's takes 30 MB more memory than Cisco's.
DECODERS = {
    "v4l2h264dec": ("v4l2h264dec",),
    "openh264dec": ("openh264dec",),
    "avdec_h264": ("avdec_h264", "max-threads=2"),
}
PROBE_SECONDS = 60.0  # GStreamer looks through all of its plugins once
REGISTRY = "gstreamer.registry"  # what it found: its own place for that can't be written in the service

log = logging.getLogger("player")


@dataclass(frozen=True, slots=True)
class FilmProblem:
    """Why films are not played, in a sentence, and one word for it: docs/heartbeat.md."""

    problem: str
    kind: str


NO_GSTREAMER = FilmProblem(
    "GStreamer isn't installed. Hint: sudo apt install gstreamer1.0-tools gstreamer1.0-plugins-good "
    "gstreamer1.0-plugins-bad",
    "missing",
)


class Films:
    """Films of the bundle in force. `problem`: why one was not played; None while all is well."""

    def __init__(self, store: BundleStore) -> None:
        self._store = store
        self._sound: set[str] = set()
        self._guard = threading.Lock()
        self._wanted: tuple[Asset, ...] | None = None  # to be looked at
        self._looking = False
        self._decoders: list[str] | None = None  # those that are here; None: not known yet
        self.problem: FilmProblem | None = None
        self.environment = {**os.environ, "GST_REGISTRY": self._registry(), "GST_DEBUG": "0"}

    def want(self, films: Sequence[Asset]) -> None:
        """These are the films of the bundle: look at those that have come. Call it again when files have come, from
        any thread.
        """
        with self._guard:
            self._wanted = tuple(films)
            if not self._looking:
                self._looking = True
                threading.Thread(target=self._run, name="films", daemon=True).start()

    def path(self, area: FilmArea) -> str | None:
        """Where the film of a page is, if it can be played now."""
        return film_path(self._store.folder, area.film) if self._decoders and area.film.name in self._sound else None

    @property
    def decoder(self) -> Sequence[str]:
        """GStreamer's decoder to be used, as its command line has it."""
        return DECODERS[self._decoders[0]] if self._decoders else ()

    def played(self, problem: FilmProblem | None) -> None:
        """A film was played, or something was wrong with it."""
        if problem is not None and (self.problem is None or problem.kind != self.problem.kind):
            log.warning("a film is shown as a picture: %s", problem.problem)
        self.problem = problem
        if problem is not None and self._decoders:
            self._decoders.append(self._decoders.pop(0))  # another one next time, and this one again after the others

    def _run(self) -> None:
        while True:
            with self._guard:
                films, self._wanted = self._wanted, None
                if films is None:
                    self._looking = False
                    return
            self._look(films)

    def _look(self, films: tuple[Asset, ...]) -> None:
        if self._decoders is None:
            self.played(self._gstreamer())
            self._decoders = [] if self.problem else [each for each in DECODERS if self._has(each)]
        if self._decoders:
            have = self._store.have()
            kept = (film.name for film in films if film.name in self._sound and have.get(film.name) == film.bytes)
            self._sound = set(kept)
            for film in films:
                whole = have.get(film.name) == film.bytes and film.name not in self._sound
                if whole and is_sound(film_path(self._store.folder, film), film):
                    self._sound.add(film.name)

    def _gstreamer(self) -> FilmProblem | None:
        """What is missing to play films."""
        if shutil.which(LAUNCH) is None or shutil.which(INSPECT) is None:
            return NO_GSTREAMER
        lacking = [part for part in PARTS if not self._has(part)]
        if lacking:
            return FilmProblem(f"GStreamer lacks {', '.join(lacking)}. {_HINT}", "missing")
        if not any(self._has(decoder) for decoder in DECODERS):
            return FilmProblem(f"GStreamer has no decoder for H.264. {_HINT}", "missing")
        return None

    def _has(self, part: str) -> bool:
        command = [INSPECT, "--exists", part]
        try:
            done = subprocess.run(  # noqa: S603 - a program of the system, with words of ours
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self.environment,
                timeout=PROBE_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0

    def _registry(self) -> str:
        folder = os.environ.get("RUNTIME_DIRECTORY") or str(self._store.folder)
        return f"{folder}/{REGISTRY}"


_HINT = "Hint: sudo apt install gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"
