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

from nacl.signing import SigningKey, VerifyKey

from tests.bundle_server import BundleServer
from tests.bundles import KEY

PATIENCE = 30.0  # seconds; the machine may be busy


def seals(code: str, nonce: str) -> tuple[str, bytes]:
    """(check, seal) of a code, as shown on the glass."""
    letters = code.replace("-", "").encode()
    salt = (b"signage-pair-2" if len(letters) == 10 else b"signage-pair-1") + bytes.fromhex(nonce)
    made = hashlib.scrypt(letters, salt=salt, n=16384, r=8, p=1, dklen=48)
    return made[:16].hex(), made[16:]


def mac(seal: bytes, text: str) -> str:
    return hmac.new(seal, text.encode(), hashlib.sha256).hexdigest()


@dataclass
class Office:
    """Sits at `site`. `questions`: nonce -> question. `beats`: (token, report) of each heartbeat that was taken; the
    player's id instead of the token where it was signed. `keys`: player -> public key in hexadecimal.

    `old`: a server of version 0.4.0, which knows format 1 and tokens only. `said`: the Authorization of each heartbeat.
    """

    site: BundleServer
    key: SigningKey = KEY
    questions: dict[str, dict[str, Any]] = field(default_factory=dict)
    grants: dict[str, dict[str, str]] = field(default_factory=dict)
    beats: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    keys: dict[str, str] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    nonces: list[str] = field(default_factory=list)
    old: bool = False
    beat_status: int = 204
    heard: threading.Event = field(default_factory=threading.Event)
    asked: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.site.takers["/player/pair"] = self._asked
        self.site.takers["/player/heartbeat"] = self._beat

    def _asked(self, body: bytes, authorization: str) -> tuple[int, bytes, dict[str, str]]:
        question = json.loads(body)
        if self.old and question["format"] != 1:
            return 400, b"Bad Request", {}
        with self.asked:
            known = self.questions.setdefault(question["nonce"], question)
            self.asked.notify_all()
        assert known == question, "a player asks in the same words until it is answered"
        granted = self.grants.get(question["nonce"])
        return (200, json.dumps(granted).encode(), {}) if granted else (202, b"{}", {})

    def _beat(self, body: bytes, authorization: str) -> tuple[int, bytes, dict[str, str]]:
        self.said.append(authorization)
        scheme, _, rest = authorization.partition(" ")
        who, headers = rest, {}
        if scheme == "Signage":
            if self.old:
                return 401, b"", {"WWW_Authenticate": "Bearer"}
            said = dict(part.strip().split("=", 1) for part in rest.split(","))
            who, nonce = said["player"], said.get("nonce", "")
            if not self.nonces or nonce != self.nonces[-1]:
                return 401, b"", {"WWW_Authenticate": self.challenge(who)}
            if who not in self.keys and "key" in said:
                assert hashlib.sha256(bytes.fromhex(said["token"])).hexdigest()[:16] == who
                self.keys[who] = said["key"]
            if who not in self.keys:
                return 401, b"", {"WWW_Authenticate": self.challenge(who)}
            message = f"signage-heartbeat-1\n{who}\n{nonce}\n".encode() + body
            VerifyKey(bytes.fromhex(self.keys[who])).verify(message, bytes.fromhex(said["signature"]))
            headers = {"Signage_Nonce": self._nonce()}
        self.beats.append((who, json.loads(body)))
        self.heard.set()
        return self.beat_status, b"", headers

    def challenge(self, player: str) -> str:
        """For a player that signed no nonce, or an old one."""
        return f'Signage nonce="{self._nonce()}"' + ("" if player in self.keys else ', key="wanted"')

    def _nonce(self) -> str:
        self.nonces.append(f"{len(self.nonces):060x}")
        return self.nonces[-1]

    def pair(self, code: str, screen: str, serial: int = 1) -> str:
        """The administrator types a code, which stands on the glass before it is asked with; gives the player's id."""
        with self.asked:
            player = self.asked.wait_for(lambda: self._grant(code, screen, serial), PATIENCE)
        assert player, f"nobody asked with the code {code}"
        return player

    def _grant(self, code: str, screen: str, serial: int) -> str | None:
        for nonce, question in self.questions.items():
            check, seal = seals(code, nonce)
            key = question.get("key")
            told = "\n".join(filter(None, (question["token_sha256"], key, question["about"])))
            if check == question["check"] and hmac.compare_digest(mac(seal, told), question["mac"]):
                fields = {"format": 1, "screen": screen, "key": self.key.verify_key.encode().hex(), "serial": serial}
                grant = json.dumps(fields)
                self.grants[nonce] = {"grant": grant, "mac": mac(seal, f"grant\n{grant}")}
                player = str(question["token_sha256"])[:16]
                if key:
                    assert code.replace("-", "").startswith(question["handle"])
                    self.keys[player] = key
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
