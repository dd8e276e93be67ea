"""Where this machine is found: its address in the house, and where `signage run` last served. I/O: a socket, disk."""

from __future__ import annotations

import contextlib
import json
import socket
from pathlib import Path

ADDRESS_FILE = "server.json"


def address_in_the_house() -> str:
    """The address that this machine would send from. Nothing is sent: a UDP socket only looks up the route."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: nobody's
            return str(probe.getsockname()[0])
        except OSError:
            return "localhost"


def remember_address(folder: Path, address: str, local: str = "") -> None:
    """Note where the server is, for a command line that runs beside it. A folder that can't be written costs that.

    `local`: an address on this machine at which nobody but the server can listen.
    """
    path = folder / ADDRESS_FILE
    temporary = path.with_suffix(".new")
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps({"address": address, "local": local or address}) + "\n", "utf-8")
        temporary.replace(path)


def read_address(folder: Path, which: str = "address") -> str | None:
    """What was noted there last, also as `which` "local"; None when nothing was."""
    try:
        address = json.loads((folder / ADDRESS_FILE).read_bytes())[which]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return address if isinstance(address, str) else None
