"""What was sent and ended, one line each: the only thing of alerts that can't be made again. I/O: disk.

A line is on the disk before anything of it is published, so a kill loses nothing that was answered, and a restart
publishes what the log says. It is only ever appended to; a line that a power cut has cut counts as not written.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from signage.domain.alerts import Alert, AlertDraft, AlertLevel, AlertText
from signage.errors import NotWritable
from signage.storage.durable_file import give_to_owner_of, sync
from signage.storage.lock_file import exclusive

ALERT_LOG = "alerts.log"

log = logging.getLogger(__name__)


class AlertLog:
    """The log in `folder`. One process may append while others read."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ALERT_LOG
        self._known: tuple[tuple[int, ...], dict[str, Alert]] = ((), {})
        self._damaged: set[int] = set()  # lines that a warning was logged of

    def alerts(self) -> list[Alert]:
        """Everything that was ever sent, in that order. Raises NotWritable when the file can't be read."""
        try:
            about = self.path.stat()
            which = (about.st_ino, about.st_size, about.st_mtime_ns)
            if which != self._known[0]:
                self._known = which, self._read(self.path.read_bytes())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise NotWritable.from_os_error("The log of alerts", self.path, error) from error
        return list(self._known[1].values())

    def sent(self, alert: Alert) -> None:
        """Note an alert, or what has become of one with the same id. Raises NotWritable; then it is not sent."""
        draft = alert.draft
        self._append(
            {
                "do": "sent",
                "id": alert.id,
                "at": alert.sent.isoformat(),
                "by": alert.by,
                "request": alert.request,
                "level": draft.level.value,
                "texts": {language: [each.title, each.text] for language, each in draft.texts.items()},
                "screens": list(draft.screens),
                "begin": draft.begin.isoformat() if draft.begin else None,
                "until": draft.until.isoformat(),
                "sender": draft.sender,
                "prepared": draft.prepared,
                "credit": draft.credit,
                "source": draft.source,
                "source_id": draft.source_id,
                "warning": draft.warning,
                "issued": draft.issued.isoformat() if draft.issued else None,
            }
        )

    def ended(self, alert_id: str, at: datetime, by: str) -> None:
        """Note that an alert is over before its end. Raises NotWritable; then it is not."""
        self._append({"do": "ended", "id": alert_id, "at": at.isoformat(), "by": by})

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else sends, ends or publishes meanwhile. Raises NotWritable."""
        path = self.path.with_name(f"{ALERT_LOG}.lock")
        with ExitStack() as stack:
            try:
                stack.enter_context(exclusive(path))
            except OSError as error:
                raise NotWritable.from_os_error("A file", path, error) from error
            yield

    def _append(self, fields: Mapping[str, object]) -> None:
        line = json.dumps(fields, ensure_ascii=False).encode() + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            new = not self.path.exists()
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                give_to_owner_of(self.path.parent, handle)
                _append_to(handle, line)
            finally:
                os.close(handle)
            if new:
                sync(self.path.parent)
        except OSError as error:
            raise NotWritable.from_os_error("The log of alerts", self.path, error) from error

    def _read(self, data: bytes) -> dict[str, Alert]:
        found: dict[str, Alert] = {}
        for number, line in enumerate(data.split(b"\n"), 1):
            if not line.strip():
                continue
            try:
                _apply(json.loads(line), found)
            except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
                if number not in self._damaged:
                    log.warning("%s: line %d can't be read, and is left out", self.path, number)
                    self._damaged.add(number)
        return found


def _append_to(handle: int, line: bytes) -> None:
    """Append a line whole, synced, or leave the file as it was."""
    size = os.lseek(handle, 0, os.SEEK_END)
    if size and os.pread(handle, 1, size - 1) != b"\n":
        line = b"\n" + line  # a power cut has cut the line before
    try:
        while line:
            line = line[os.write(handle, line) :]
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise


def _apply(fields: dict[str, object], found: dict[str, Alert]) -> None:
    identity, at = str(fields["id"]), _instant(fields["at"])
    if fields["do"] == "ended":
        known = found.get(identity)
        if known is not None and known.ended is None:
            found[identity] = replace(known, ended=at, ended_by=str(fields["by"]))
        return
    texts, screens = fields["texts"], fields["screens"]
    if not isinstance(texts, dict) or not texts or not isinstance(screens, list):
        raise ValueError("it has no texts or screens")
    draft = AlertDraft(
        texts={str(language): AlertText(*map(str, each)) for language, each in texts.items()},
        screens=tuple(map(str, screens)),
        until=_instant(fields["until"]),
        level=AlertLevel(str(fields["level"])),
        begin=_instant(fields["begin"]) if fields["begin"] is not None else None,
        sender=str(fields["sender"]),
        prepared=str(fields["prepared"]),
        credit=str(fields["credit"]),
        source=str(fields["source"]),
        source_id=str(fields["source_id"]),
        warning=str(fields["warning"]),
        issued=_instant(fields["issued"]) if fields.get("issued") is not None else None,
    )
    found[identity] = Alert(identity, draft, at, str(fields["by"]), str(fields["request"]))


def _instant(value: object) -> datetime:
    at = datetime.fromisoformat(str(value))
    if at.tzinfo is None:
        raise ValueError(f"{value} has no offset")
    return at
