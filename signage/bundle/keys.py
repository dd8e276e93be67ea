"""The key that signs every manifest. It is the one thing under var/ that can't be made again."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nacl.signing import SigningKey

from signage.bundle.serials import SERIALS_FOLDER, SerialLedger
from signage.errors import NotWritable, SignageError

KEY_FILE = "signage.key"
PUBLIC_FILE = "signage.pub"


@dataclass(frozen=True)
class SigningKeys:
    """An Ed25519 key pair."""

    _key: SigningKey

    @classmethod
    def load_or_make(cls, folder: Path) -> SigningKeys:
        """Read the key from `folder`, or make one there that only its owner can read."""
        path = folder / KEY_FILE
        try:
            seed = bytes.fromhex(path.read_text("ascii").strip())
            return cls(SigningKey(seed))
        except FileNotFoundError:
            pass
        except (ValueError, TypeError, OSError) as error:
            raise SignageError(
                f"{path}: this is no signing key ({error}); put the right file back, or remove it to get a new key, "
                "which every player must then be told"
            ) from error
        key = SigningKey.generate()
        temporary = path.with_suffix(".new")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            SerialLedger.begin(folder / SERIALS_FOLDER)
            temporary.unlink(missing_ok=True)
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(key.encode().hex() + "\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError as error:
            raise NotWritable(f"{path}: can't keep the signing key: {error.strerror}") from error
        return cls(key)

    @property
    def public_hex(self) -> str:
        return self._key.verify_key.encode().hex()

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of the signature over exactly these bytes (RFC 8032; the same input gives the same output)."""
        return bytes(self._key.sign(data).signature)
