"""Which object store is kept up to date, if any: the one that screens.toml names now."""

from __future__ import annotations

from datetime import datetime

from signage.app.folders import Folders
from signage.config.publishing import Publishing
from signage.publishing.background_mirror import BackgroundMirror
from signage.publishing.mirror_notes import NOTES_FILE, MirrorNotes
from signage.publishing.object_store import ObjectStore


class Mirroring:
    """Follows the configuration. Does nothing while no store is set; never raises, and never waits for a store."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self._settings = Publishing()
        self._mirror: BackgroundMirror | None = None

    def follow(self, settings: Publishing, *, trial: bool) -> None:
        """From now on, publish to the store of these settings. A `trial` is published to no store."""
        if trial:
            settings = Publishing()
        if settings == self._settings:
            return
        self.stop()
        self._settings, self._mirror = settings, None
        if settings.to is not None:
            endpoint = str(settings.endpoint).rstrip("/") if settings.endpoint else None
            store = ObjectStore(settings.bucket, settings.prefix, endpoint)
            notes = MirrorNotes(self._folders.state / NOTES_FILE, f"{endpoint or ''} {settings.to}".strip())
            self._mirror = BackgroundMirror(self._folders.published, store, notes)

    def changed(self, screen: str, now: datetime) -> None:
        """A screen was published at the instant `now`, or was found unchanged."""
        if self._mirror is not None:
            self._mirror.changed(screen, now)

    def alerts_changed(self, now: datetime) -> None:
        """There may be other alerts; nothing else was published."""
        if self._mirror is not None:
            self._mirror.alerts_changed(now)

    def finished(self, now: datetime, *, pretended: bool) -> None:
        """A build has published everything; `pretended`: `now` is not the clock's time, so nothing old is deleted."""
        if self._mirror is not None:
            self._mirror.finished(now, sweep=not pretended)

    @property
    def address(self) -> str | None:
        """Of the store, as in screens.toml; None when there is none."""
        return self._settings.to

    @property
    def problems(self) -> list[str]:
        """What a person should know of, in sentences."""
        return self._mirror.problems if self._mirror is not None else []

    @property
    def alerts_missing(self) -> list[str]:
        """Why the alerts that are published aren't in the store, in sentences."""
        return self._mirror.alerts_missing if self._mirror is not None else []

    def wait(self, seconds: float) -> bool:
        """Wait until the store is up to date, or has failed; gives whether it is so in time."""
        return self._mirror is None or self._mirror.wait(seconds)

    def stop(self) -> None:
        """Begin no further request, and wait a moment for what is under way."""
        if self._mirror is not None:
            self._mirror.close()
