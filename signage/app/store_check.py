"""Whether an object store can be used from here, and whether players can read it. For `signage doctor`; reads only."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import requests

from signage.config.publishing import Publishing
from signage.publishing.object_store import ObjectStore, StoreTrouble

if TYPE_CHECKING:
    from signage.app.doctor import Section

SMALL = "signage.pub"  # the first thing that is published
OK = 200


def check_store(section: Section, settings: Publishing, seconds: float) -> None:
    """Report what is wrong. Whether it can be written shows when something is published, on the status page.

    `seconds`: how long one answer is waited for.
    """
    endpoint = str(settings.endpoint).rstrip("/") if settings.endpoint else None
    store = ObjectStore(settings.bucket, settings.prefix, endpoint, seconds)
    try:
        published = SMALL in store.list(SMALL)
        section.facts.append(f"{store.address} can be listed, with the key from: {store.credentials_from}")
        if published:
            _check_readers(section, store.reader_address(SMALL), seconds)
        else:
            section.facts.append("nothing has been published there yet")
    except StoreTrouble as trouble:
        message, _, hint = str(trouble).partition(" Hint: ")
        if not store.credentials_from:
            hint += " If the service has them in a file, give this command the same."
        section.report(message, hint)
    finally:
        store.close()


def _check_readers(section: Section, address: str, seconds: float) -> None:
    """Whether players, which have no key, can read what is published."""
    tls = os.environ.get("AWS_CA_BUNDLE") or True  # as boto3 has it
    try:
        with requests.get(address, timeout=seconds, verify=tls, stream=True) as response:
            status = response.status_code
    except requests.RequestException as error:
        section.report(f"Players can't read {address}: {type(error).__name__}.", "check the address and the network.")
        return
    if status == OK:
        section.facts.append(f"players can read {address}")
        return
    hint = "let everybody read it (docs/object-store.md), unless players read through a CDN that has a key of its own."
    section.report(f"Players can't read {address}: it answers {status}.", hint, wrong=False)
