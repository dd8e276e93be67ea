"""The server's side of docs/pairing.md and docs/heartbeat.md, very small, and an administrator who types codes.

Written from the contract, not from `signage/players`: a player is held to the page, and to nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey

from tests.bundle_server import BundleServer
from tests.bundles import KEY

PATIENCE = 30.0  # seconds; the machine may be busy


def seals(code: str, nonce: str) -> tuple[str, bytes]:
    """(check, seal) of a code, as shown on the glass."""
    letters = code.replace("-", "").encode()
    salt = b"signage-pair-1" + bytes.fromhex(nonce)
    made = hashlib.scrypt(letters, salt=salt, n=16384, r=8, p=1, dklen=48)
    return made[:16].hex(), made[16:]


def mac(seal: bytes, text: str) -> str:
    return hmac.new(seal, text.encode(), hashlib.sha256).hexdigest()


@dataclass
class Office:
    """Sits at `site`. `questions`: nonce -> question. `beats`: (token, report) of each heartbeat."""

    site: BundleServer
    key: SigningKey = KEY
    questions: dict[str, dict[str, Any]] = field(default_factory=dict)
    grants: dict[str, dict[str, str]] = field(default_factory=dict)
    beats: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    beat_status: int = 204
    heard: threading.Event = field(default_factory=threading.Event)
    asked: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.site.takers["/player/pair"] = self._asked
        self.site.takers["/player/heartbeat"] = self._beat

    def _asked(self, body: bytes, authorization: str) -> tuple[int, bytes]:
        question = json.loads(body)
        with self.asked:
            known = self.questions.setdefault(question["nonce"], question)
            self.asked.notify_all()
        assert known == question, "a player asks in the same words until it is answered"
        granted = self.grants.get(question["nonce"])
        return (200, json.dumps(granted).encode()) if granted else (202, b"{}")

    def _beat(self, body: bytes, authorization: str) -> tuple[int, bytes]:
        self.beats.append((authorization.removeprefix("Bearer "), json.loads(body)))
        self.heard.set()
        return self.beat_status, b""

    def pair(self, code: str, screen: str, serial: int = 1) -> str:
        """The administrator types a code, which stands on the glass before it is asked with; gives the player's id."""
        with self.asked:
            player = self.asked.wait_for(lambda: self._grant(code, screen, serial), PATIENCE)
        assert player, f"nobody asked with the code {code}"
        return player

    def _grant(self, code: str, screen: str, serial: int) -> str | None:
        for nonce, question in self.questions.items():
            check, seal = seals(code, nonce)
            told = f"{question['token_sha256']}\n{question['about']}"
            if check == question["check"] and hmac.compare_digest(mac(seal, told), question["mac"]):
                fields = {"format": 1, "screen": screen, "key": self.key.verify_key.encode().hex(), "serial": serial}
                grant = json.dumps(fields)
                self.grants[nonce] = {"grant": grant, "mac": mac(seal, f"grant\n{grant}")}
                player = str(question["token_sha256"])[:16]
                self.assign(player, screen, serial)
                return player
        return None

    def assign(self, player: str, screen: str | None, serial: int, key: SigningKey | None = None) -> None:
        """Publish which screen a player is; None: none any more."""
        folder = self.site.folder / "player" / player
        folder.mkdir(parents=True, exist_ok=True)
        data = json.dumps({"format": 1, "player": player, "serial": serial, "screen": screen}).encode()
        (folder / "assignment.json").write_bytes(data)
        (folder / "assignment.json.sig").write_bytes((key or self.key).sign(data).signature)


def files_of(folder: Path) -> set[str]:
    """What a player keeps there, without its pictures."""
    return {file.name for file in folder.iterdir() if file.is_file()} - {"lock"}
