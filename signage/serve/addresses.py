"""Under which addresses people reach a server that listens on a host and port."""

from __future__ import annotations

import socket

EVERYWHERE = {"0.0.0.0", "::", ""}  # noqa: S104 what `--host` may say
ELSEWHERE = ("192.0.2.1", 9)  # RFC 5737: belongs to nobody; asking the way there sends nothing


def reachable(host: str, port: int) -> list[str]:
    """The address for this machine's own browser first, then the one for other machines, where there is one."""
    if host not in EVERYWHERE:
        return [f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"]
    addresses = [f"http://localhost:{port}/"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
            own = probe.getsockname()[0]
        except OSError:
            return addresses  # no network at all
    if own != "127.0.0.1":
        addresses.append(f"http://{own}:{port}/")
    return addresses
