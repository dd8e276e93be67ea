"""The key that signs every manifest. It is the one thing under var/ that can't be made again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nacl.signing import SigningKey

from signage.errors import NotWritable, SignageError
from signage.publishing.serials import SERIALS_FOLDER, SerialLedger
from signage.storage.durable_file import sync, write_file

KEY_FILE = "signage.key"
PUBLIC_FILE = "signage.pub"
NEXT_FILE = "signage.next"  # the key that is announced, see signage.publishing.key_rotation


def read_next(folder: Path) -> tuple[SigningKey, datetime] | None:
    """The announced key and since when; None when there is none. Raises SignageError when the file is damaged."""
    path = folder / NEXT_FILE
    try:
        seed, since = path.read_text("ascii").split()
        return SigningKey(bytes.fromhex(seed)), datetime.fromisoformat(since)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, OSError) as error:
        raise SignageError(
            f"The announced key can't be read: {error}.",
            f"The file is {path}.",
            "remove the file, which cancels the announcement.",
        ) from error


def _next_hex(folder: Path, key: SigningKey) -> str:
    """The public key that is announced. A damaged file costs the announcement, and not what is published."""
    try:
        found = read_next(folder)
    except SignageError:
        return ""
    return found[0].verify_key.encode().hex() if found is not None and found[0] != key else ""


def write_secret(path: Path, text: str) -> None:
    """Replace a file that only its owner may read: whole or not at all, and on the disk. Raises NotWritable."""
    try:
        write_file(path, text.encode("ascii"), 0o600)
        sync(path.parent)
    except OSError as error:
        raise NotWritable.from_os_error("The signing key", path, error) from error


@dataclass(frozen=True)
class SigningKeys:
    """An Ed25519 key pair. `next_hex`: the public key that is announced as the next one, empty without one."""

    _key: SigningKey
    next_hex: str = ""

    @classmethod
    def load_or_make(cls, folder: Path) -> SigningKeys:
        """Read the key from `folder`, or make one there that only its owner can read."""
        path = folder / KEY_FILE
        try:
            seed = bytes.fromhex(path.read_text("ascii").strip())
            key = SigningKey(seed)
            return cls(key, _next_hex(folder, key))
        except FileNotFoundError:
            pass
        except (ValueError, TypeError, OSError) as error:
            raise SignageError(
                f"The signing key can't be read: {error}.",
                f"The file is {path}.",
                "restore the right file from a backup. If there is none, remove it to get a new key. Every player must "
                "then be paired again.",
            ) from error
        key = SigningKey.generate()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            SerialLedger.begin(folder / SERIALS_FOLDER)
        except OSError as error:
            raise NotWritable.from_os_error("The signing key", path, error) from error
        write_secret(path, key.encode().hex() + "\n")
        return cls(key)

    @property
    def public_hex(self) -> str:
        return self._key.verify_key.encode().hex()

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of the signature over exactly these bytes (RFC 8032; the same input gives the same output)."""
        return bytes(self._key.sign(data).signature)
