"""What a server does wrong costs us no more than its limits, and is said in a few words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from signage.errors import SourceError
from signage.sources.net.address_guard import is_public
from signage.sources.net.caching_fetcher import CachingFetcher, FetchSession, redacted, user_agent, web_address
from signage.sources.net.fetch_limits import FetchLimits
from signage.storage.store import Store
from tests.fixtures import portal as answers
from tests.fixtures.portal import Answer, Portal

NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)
QUICK = FetchLimits(
    connect_seconds=1, read_seconds=0.3, total_seconds=2, attempts=3, backoff_seconds=0.001, feed_bytes=1_000_000
)
BODY = json.dumps([{"id": n} for n in range(100)])

Fetch = Callable[..., CachingFetcher]


def fetcher(portal: Portal, store: Store, limits: FetchLimits = QUICK, address: str = "") -> CachingFetcher:
    return CachingFetcher("iheim", address or portal.url, FetchSession(store, NOW, "post@example.org", limits))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (answers.status(500), "The server answered with status 500."),
        (answers.status(503), "The server answered with status 503."),
        (answers.status(404), "The server answered with status 404."),
        (answers.status(204, ""), "The server answered with status 204."),
        (answers.cut(BODY), "The answer stopped in the middle."),
        (answers.endless, "The answer is larger than 1 MB."),
        (answers.bomb, "The answer is larger than 1 MB."),
        (answers.ok("x" * 1_000_001), "The answer is larger than 1 MB."),
        (answers.silent, "No answer came within 0.3 s."),
        (answers.redirect("/x"), "The server redirects more than 5 times."),
        (answers.redirect("file:///etc/passwd"), "The server redirects to file:, which isn't a web address."),
        (answers.redirect("http://[::1"), "The server redirects to an invalid address."),
        (answers.ok(b"\x1f\x8b nonsense", content_encoding="gzip"), "The answer can't be decompressed."),
    ],
)
def test_a_bad_answer_is_a_short_reason(answer: Answer, reason: str, store: Store) -> None:
    with Portal(x=answer) as portal, pytest.raises(SourceError) as caught:
        fetcher(portal, store).feed(f"{portal.url}/x", "application/json")
    assert caught.value.reason == reason
    assert caught.value.source == "iheim"


def test_a_server_that_drips_is_cut_at_the_deadline(store: Store) -> None:
    limits = FetchLimits(read_seconds=5, total_seconds=0.3, attempts=1)
    with Portal(x=answers.drip) as portal, pytest.raises(SourceError) as caught:
        fetcher(portal, store, limits).feed(f"{portal.url}/x", "*/*")
    assert caught.value.reason == "The answer took more than 0.3 s."


def test_nobody_listens(store: Store) -> None:
    with Portal() as portal:
        gone = portal.url
    with pytest.raises(SourceError) as caught:
        CachingFetcher("iheim", gone, FetchSession(store, NOW, limits=QUICK)).feed(f"{gone}/x", "*/*")
    assert caught.value.reason == "Could not connect to the server."


@pytest.mark.parametrize("address", ["http://[::1", "http://x:99999/", "http://", "http://.x/", "http://a b/", "x"])
def test_what_is_no_address(address: str, store: Store) -> None:
    with pytest.raises(SourceError):
        CachingFetcher("iheim", address, FetchSession(store, NOW, limits=QUICK)).feed(address, "*/*")


def test_a_hiccup_is_tried_again(store: Store) -> None:
    hiccups = answers.one_after_the_other(answers.status(503), answers.cut(BODY), answers.ok(BODY))
    with Portal(x=hiccups) as portal:
        assert fetcher(portal, store).feed(f"{portal.url}/x", "*/*").read(bytes) == BODY.encode()
        assert len(portal.asked) == 3


def test_a_long_retry_after_is_not_waited_for(store: Store) -> None:
    with Portal(x=answers.status(429, retry_after="3600")) as portal:
        with pytest.raises(SourceError, match="The server answered with status 429"):
            fetcher(portal, store).feed(f"{portal.url}/x", "*/*")
        assert len(portal.asked) == 1


def test_we_say_who_we_are(store: Store) -> None:
    with Portal(x=answers.ok(BODY)) as portal:
        fetcher(portal, store).feed(f"{portal.url}/x", "application/json")
        agent = portal.asked[0][1]["User-Agent"]
    assert agent.startswith("heim-signage/")
    assert "post@example.org" in agent
    assert "\n" not in user_agent("a\r\nb")


@pytest.mark.parametrize("headers", [{"etag": '"7"'}, {"last_modified": "Mon, 14 Sep 2026 10:00:00 GMT"}])
def test_what_has_not_changed_is_not_sent_again(headers: dict[str, str], store: Store) -> None:
    with Portal(x=answers.ok(BODY, **headers)) as portal:
        first = fetcher(portal, store)
        assert not first.feed(f"{portal.url}/x", "*/*").unchanged
        first.remember()
        second = fetcher(portal, store).feed(f"{portal.url}/x", "*/*")
    assert second.unchanged
    assert second.read(bytes) == BODY.encode()


def test_an_answer_that_could_not_be_read_is_not_remembered(store: Store) -> None:
    """Half a file may carry the ETag of the whole one: without `remember` we ask for all of it again."""
    with Portal(x=answers.ok(BODY[:50], etag='"7"')) as portal:
        fetcher(portal, store).feed(f"{portal.url}/x", "*/*")
        portal.paths["/x"] = answers.ok(BODY, etag='"7"')
        assert fetcher(portal, store).feed(f"{portal.url}/x", "*/*").read(bytes) == BODY.encode()


def test_a_redirect_never_leads_to_a_private_network(store: Store) -> None:
    with Portal(secret=answers.ok(BODY)) as inside, Portal() as outside:
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0.0.0.0"):  # noqa: S104
            outside.paths["/x"] = answers.redirect(f"http://{host}:{inside.port}/secret")
            with pytest.raises(SourceError) as caught:
                fetcher(outside, store).feed(f"{outside.url}/x", "*/*")
            assert caught.value.reason == "The address leads to a private network.", host
        assert inside.asked == []


def test_a_redirect_within_the_administrators_own_server_is_followed(store: Store) -> None:
    with Portal(x=answers.redirect("/y"), y=answers.ok(BODY)) as portal:
        assert fetcher(portal, store).feed(f"{portal.url}/x", "*/*").read(bytes) == BODY.encode()


def test_the_body_of_a_redirect_is_not_read(store: Store) -> None:
    with Portal(x=answers.endless_redirect("/y"), y=answers.ok(BODY)) as portal:
        assert fetcher(portal, store).feed(f"{portal.url}/x", "*/*").read(bytes) == BODY.encode()


def test_another_scheme_on_a_trusted_host_is_not_trusted(store: Store) -> None:
    with Portal(x=answers.ok(BODY)) as portal, pytest.raises(SourceError) as caught:
        fetcher(portal, store).get(f"https://127.0.0.1:{portal.port}/x", "*/*", 1000)
    assert caught.value.reason == "The address leads to a private network."


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1",
        "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_private_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:400f:80d::200e", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses(address: str) -> None:
    assert is_public(address)


def test_addresses_for_people_and_logs() -> None:
    assert web_address("webcal://example.org/k.ics?a=b") == "https://example.org/k.ics?a=b"
    assert redacted("https://me:secret@example.org/k.ics?token=secret") == "https://example.org/k.ics"
