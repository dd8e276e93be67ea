"""What stands in the head of an answer costs that answer, with a reason, and never the next one."""

from __future__ import annotations

import gc
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signage.config.models import Config
from signage.errors import SourceError
from signage.sources.collect import Refresh, collect
from signage.sources.net.caching_fetcher import CachingFetcher, FetchSession
from signage.sources.net.fetch_limits import FetchLimits
from signage.storage.store import Store
from signage.storage.stored_values import StoredAnswer as Kept
from tests.fixtures import portal as answers
from tests.fixtures.portal import Answer, Handler, Portal

NOW = datetime(2026, 9, 14, 12, tzinfo=UTC)
QUICK = FetchLimits(
    connect_seconds=1, read_seconds=1, total_seconds=3, attempts=1, backoff_seconds=0.001, pause_seconds=0
)
BODY = b"[]"
DIGITS = "9" * 5000
TEXT = "application/json"


def raw(*head: str, status: str = "HTTP/1.1 200 OK", body: bytes = BODY) -> Answer:
    """An answer whose every byte is as it is given."""

    def answer(handler: Handler) -> None:
        handler.wfile.write("\r\n".join([status, *head, "", ""]).encode("latin-1") + body)
        handler.close_connection = True

    return answer


def feed(portal: Portal, store: Store) -> bytes:
    fetcher = CachingFetcher("iheim", portal.url, FetchSession(store, NOW, "post@example.org", QUICK))
    fresh = fetcher.feed(f"{portal.url}/x", TEXT)
    body = fresh.read(bytes)
    fetcher.remember()
    return body


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (raw(f"Content-Length: {DIGITS}"), "The answer's Content-Length is impossible."),
        (raw(f"Content-Length: {'9' * 30}"), "The answer's Content-Length is impossible."),
        (raw(f"Content-Length: {'9' * 18}"), "The answer is larger than 20 MB."),
        (raw("Content-Length: 2, 3"), "The answer's headers contradict each other."),
        (raw("Transfer-Encoding: chunked", body=b"x\r\n[]\r\n0\r\n\r\n"), "The answer stopped in the middle."),
        (raw("Transfer-Encoding: chunked", body=b"-1\r\n[]\r\n0\r\n\r\n"), "The answer stopped in the middle."),
        (raw("Transfer-Encoding: chunked", body=b"f" * 5000 + b"\r\n[]"), "The answer stopped in the middle."),
        (raw("Transfer-Encoding: chunked", body=b"2;" + b"x" * 100_000), "The answer stopped in the middle."),
        (raw("Content-Encoding: " + ", ".join(["gzip"] * 500)), "The answer can't be decompressed."),
        (raw(status=f"HTTP/1.1 {DIGITS} OK"), "The answer isn't HTTP."),
        (raw(status="HTTP/1.1 20x OK"), "The answer isn't HTTP."),
        (raw(status="HTTP/9.9 200 OK"), "The answer isn't HTTP."),
        (raw(status="SSH-2.0-OpenSSH_9.6"), "The answer isn't HTTP."),
        (raw(*["X: y"] * 200), "The answer isn't HTTP."),
        (raw("X: " + "y" * 100_000), "The answer isn't HTTP."),
        (raw("Location: http://[", status="HTTP/1.1 302 OK"), "The server redirects to an invalid address."),
        (raw("Location: http://x:99999/", status="HTTP/1.1 302 OK"), "The server redirects to an invalid address."),
        (raw(f"Location: http://x:{DIGITS}/", status="HTTP/1.1 302 OK"), "The server redirects to an invalid address."),
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_head_that_is_none_has_a_reason(answer: Answer, reason: str, store: Store) -> None:
    with Portal(x=answer) as portal, pytest.raises(SourceError) as caught:
        feed(portal, store)
    assert caught.value.reason == reason
    gc.collect()  # urllib3 leaves the socket of an answer whose lengths disagree to the collector, which warns of it


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: -5",
        "Content-Length: many",
        "Content-Length: ٢",
        'Content-Type: application/json; charset="utf-8\x00"',
        "Content-Type: application/json; charset=zip",
        "Content-Type: application/json; charset*=x'y'%zz",
        "Content-Type: " + ";" * 50_000,
        "Content-Type: \x1b[31m",
        f"Last-Modified: {DIGITS}",
        "Last-Modified: Mon, 99 Foo 99999 99:99:99",
        "Date: nonsense",
        "Retry-After: \x00",
        "Content-Encoding: rot13",
        "Set-Cookie: =;=;\x00",
    ],
)
def test_what_is_only_odd_costs_nothing(head: str, store: Store) -> None:
    with Portal(x=raw(head.replace("٢", "\xb2"))) as portal:
        assert feed(portal, store) == BODY
        assert feed(portal, store) == BODY


@pytest.mark.parametrize("name", ["ETag", "Last-Modified"])
@pytest.mark.parametrize("value", ['"a\r\n b"', '"\x1b]0;x\x07"', f'"{"x" * 20_000}"', '"\x00"', '"blåbær"', "\t"])
def test_an_answer_can_be_asked_for_again_whatever_its_tag_is(name: str, value: str, store: Store) -> None:
    """A tag that makes no header must not be sent back: no later request could be made."""
    with Portal(x=raw(f"{name}: {value}")) as portal:
        feed(portal, store)
        assert feed(portal, store) == BODY
        sent = portal.asked[-1][1]
        assert all(sent.get(key, "").isprintable() for key in ("If-None-Match", "If-Modified-Since"))
        assert sum(map(len, sent.values())) < 1000


def test_a_tag_that_an_older_version_kept_is_not_sent_either(store: Store) -> None:
    with Portal(x=raw()) as portal:
        store.http_put(f"{portal.url}/x", Kept(b"{}", '"a\r\n b"', None, None, NOW))
        assert feed(portal, store) == BODY


@pytest.mark.parametrize("after", ["9" * 30, "9" * 4000, DIGITS, "Fri, 31 Dec 9999 23:59:59 GMT", "-5", "1e999", "nan"])
def test_a_source_that_asks_us_to_wait_for_ever_is_asked_again(after: str, tmp_path: Path, store: Store) -> None:
    with Portal(x=raw(f"Retry-After: {after}", status="HTTP/1.1 503 No")) as portal:
        config = Config.model_validate(
            {
                "site": {"name": "Heim", "calendar": "https://iheim.no"},
                "sources": [{"id": "k", "type": "wis", "url": f"{portal.url}/x"}],
                "places": {"b": {"name": "Hemne bibliotek"}},
                "screens": {"b": {"place": "b", "playlist": [{"show": "today"}]}},
            }
        )
        status = collect(config, Refresh(store=store, images=tmp_path / "images", now=NOW, limits=QUICK)).statuses[0]
        assert status.problem is not None
        collect(config, Refresh(store=store, images=tmp_path / "images", now=NOW + timedelta(days=2), limits=QUICK))
        assert len(portal.asked) >= 2


def test_nothing_of_a_broken_head_is_logged(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    with Portal(x=raw("X-Escape\x1b[31m", "Content-Length: 2")) as portal:
        feed(portal, store)
    assert not caplog.records


def test_the_portal_is_real(store: Store) -> None:
    with Portal(x=answers.ok(BODY)) as portal:
        assert feed(portal, store) == BODY
