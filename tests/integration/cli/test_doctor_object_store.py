"""`signage doctor` on the object store of [publish]: what is wrong there, in words. `signage check` asks no store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from signage.app.configuration import find_warnings, load
from signage.app.doctor import Section
from signage.config import publishing
from tests.fixtures.make import oslo
from tests.fixtures.object_stores import KEYS, MotoServer, error, moto_server
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.raw_http import free_port
from tests.fixtures.site import Site
from tests.integration.cli.test_doctor import look, messages


@pytest.fixture(scope="module")
def moto() -> Iterator[MotoServer]:
    with moto_server() as server:
        yield server


@pytest.fixture(autouse=True)
def credentials(moto: MotoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    moto.heal()
    moto.refuse = lambda request: None
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)


def doctor(site: Site, bucket: str, endpoint: str) -> Section:
    site.write(more=f'[publish]\nto = "s3://{bucket}/info"\nendpoint = "{endpoint}"\n')
    return look("object_store", site)


def test_without_a_store_there_is_nothing_to_say(site: Site) -> None:
    site.write()
    section = look("object_store", site)
    assert (section.facts, section.findings) == (["screens.toml names none"], [])


def test_a_store_that_is_empty_and_one_that_players_can_read(site: Site, moto: MotoServer) -> None:
    address = moto.make_bucket("right")
    section = doctor(site, "right", moto.url)
    assert section.findings == []
    assert section.facts == [
        "s3://right/info can be listed, with the key from: env",
        "nothing has been published there yet",
    ]
    requests.put(f"{address}/info/signage.pub", data=b"00", timeout=5).raise_for_status()
    asked = len(moto.written)
    section = doctor(site, "right", moto.url)
    assert section.findings == []
    assert section.facts[1:] == [f"players can read {moto.url}/right/info/signage.pub"]
    assert {request.partition(" ")[0] for request in moto.written[asked:]} <= {"GET"}  # it writes nothing


def test_a_store_that_players_cannot_read(site: Site, moto: MotoServer) -> None:
    address = moto.make_bucket("closed")
    requests.put(f"{address}/info/signage.pub", data=b"00", timeout=5).raise_for_status()
    requests.delete(f"{address}?policy", timeout=5)
    requests.put(f"{address}?acl", headers={"x-amz-acl": "private"}, timeout=5)
    section = doctor(site, "closed", moto.url)
    assert not section.wrong
    assert messages(section).startswith(f"Players can't read {moto.url}/closed/info/signage.pub: it answers 403.")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            "NoSuchBucket",
            "There is no bucket missing. The address is s3://missing/info. Hint: create it, or correct to",
        ),
        ("InvalidAccessKeyId", "The object store doesn't know the access key."),
        ("SignatureDoesNotMatch", "The object store refuses the secret key."),
        ("AccessDenied", "The object store denies access to the bucket missing."),
        ("RequestTimeTooSkewed", "The object store's clock and this machine's differ too much."),
    ],
)
def test_what_a_store_refuses_is_said_with_what_to_do(site: Site, moto: MotoServer, answer: str, expected: str) -> None:
    if answer != "NoSuchBucket":
        moto.refuse = lambda request: error(answer, "403 Forbidden")
    section = doctor(site, "missing", moto.url)
    assert section.wrong
    assert messages(section).startswith(expected)


def test_a_store_that_cannot_be_reached_costs_one_attempt(site: Site) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    section = doctor(site, "right", url)
    assert messages(section) == (
        f"The object store at {url} can't be reached. Hint: check the address and the network."
    )


def test_without_a_key_the_services_file_is_named(
    site: Site, moto: MotoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    found = messages(doctor(site, "right", moto.url))
    assert found.startswith("No credentials for s3://right/info were found. Hint: set AWS_ACCESS_KEY_ID and ")
    assert found.endswith("If the service has them in a file, give this command the same.")


def test_check_asks_no_store_and_says_what_is_not_installed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def warned() -> list[str]:
        config = load(site.path, LAYOUTS)
        data = Path(site.path).read_bytes()
        return [problem.message for problem in find_warnings(data, str(site.path), config, oslo("2026-11-23 12:00"))]

    site.write(more='[publish]\nto = "s3://right/info"\nendpoint = "http://127.0.0.1:1"\n')
    assert warned() == []
    monkeypatch.setattr(publishing, "find_spec", lambda name: None)
    assert warned() == ["Nothing can be published there: boto3 isn't installed."]
