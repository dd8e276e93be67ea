"""A file with certificates of an own authority: can it be used?"""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from signage.config.words import Advice

MAX_BYTES = 2_000_000  # the largest collections of public authorities have a quarter of it


def certificate_problem(path: str) -> Advice | None:
    """What is wrong with a PEM file of certificates, and a hint; None when it can be used."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Advice(f"There is no file {path}.", "copy the authority's certificate there, or correct the path.")
    except IsADirectoryError:
        return Advice(f"{path} is a folder.", "name the file in it.")
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        return Advice(f"{path} can't be read: {reason}.", "let the user that the server runs as read it.")
    if data[:1] == b"\x30":
        hint = f"convert it: openssl x509 -inform der -in {path} -out {Path(path).with_suffix('.pem')}"
        return Advice(f"{path} isn't in the format PEM.", hint)
    hint = "it must begin with -----BEGIN CERTIFICATE-----"
    if b"PRIVATE KEY" in data:
        return Advice(f"{path} holds a private key.", "use the authority's certificate, and keep the key elsewhere.")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=data.decode("ascii", "replace"))
    except (ssl.SSLError, ValueError):
        return Advice(f"{path} holds no certificate that can be read.", hint)
    return None
