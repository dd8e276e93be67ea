"""A new signing key, in two steps: it is announced in what the old key signs, and takes over later. I/O: disk.

    signage.key     the key in force
    signage.next    the announced one, and since when; for its owner alone, like the other

docs/keys.md is for people; docs/bundle-format.md says what players make of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nacl.signing import SigningKey

from signage.errors import NotFound, NotWritable
from signage.publishing.keys import KEY_FILE, NEXT_FILE, SigningKeys, read_next, write_secret
from signage.storage.durable_file import sync


@dataclass(frozen=True, slots=True)
class Announced:
    """The next public key (64 hexadecimal digits), and since when it is announced."""

    public_hex: str
    since: datetime


def announced(folder: Path) -> Announced | None:
    """The announced key; None when there is none. Raises SignageError when its file is damaged."""
    found = read_next(folder)
    if found is None or found[0].verify_key.encode().hex() == SigningKeys.load_or_make(folder).public_hex:
        return None  # of a kill just after the new key took over
    return Announced(found[0].verify_key.encode().hex(), found[1])


def announce(folder: Path, now: datetime) -> Announced:
    """Make the next key. From the next publication on it is announced. Raises NotFound when one is already."""
    if (pending := announced(folder)) is not None:
        raise NotFound(
            f"A new key has been announced since {pending.since:%Y-%m-%d %H:%M} UTC.",
            hint="signage key status shows which players know it.",
        )
    SigningKeys.load_or_make(folder)  # there has to be one that signs the announcement
    key = SigningKey.generate()
    write_secret(folder / NEXT_FILE, f"{key.encode().hex()}\n{now.isoformat()}\n")
    return Announced(key.verify_key.encode().hex(), now)


def withdraw(folder: Path) -> None:
    """Take the announcement back: the players forget the key at the next publication. Raises NotFound."""
    if announced(folder) is None:
        raise NotFound("No new key is announced, so there is nothing to cancel.")
    _remove(folder / NEXT_FILE)


def take_over(folder: Path) -> SigningKeys:
    """The announced key signs from now on; the old one is gone. Raises NotFound when none is announced."""
    found = read_next(folder)
    if found is None:
        raise NotFound("No new key is announced.", hint="signage key rotate announces one.")
    write_secret(folder / KEY_FILE, found[0].encode().hex() + "\n")
    # killed here, both files hold the same key, which counts as no announcement
    _remove(folder / NEXT_FILE)
    return SigningKeys.load_or_make(folder)


def replace_at_once(folder: Path) -> SigningKeys:
    """Another key, which nobody has announced: every player has to be given it by hand."""
    write_secret(folder / KEY_FILE, SigningKey.generate().encode().hex() + "\n")
    (folder / NEXT_FILE).unlink(missing_ok=True)
    return SigningKeys.load_or_make(folder)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
        sync(path.parent)
    except OSError as error:
        raise NotWritable(f"A file can't be removed: {error.strerror}.", f"The file is {path}.") from error
