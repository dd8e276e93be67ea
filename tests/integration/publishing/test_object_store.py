"""Publishing to an object store: what is there is whole at each instant, and no serial goes back."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from player.net.http import Http, Unreachable
from player.net.sync import Syncer
from player.store.store import BundleStore
from signage.publishing import object_store
from signage.publishing.object_store import ObjectStore, StoreTrouble
from signage.sources.net import http_client
from signage.web.browser_player import player_files
from tests.fixtures.mirrored import PREFIX, SCREEN, Renderer
from tests.fixtures.object_stores import (
    KEYS,
    MotoServer,
    error,
    has_localbucket,
    keys_of,
    localbucket,
    moto_server,
)
from tests.fixtures.player_parts import SettableClock
from tests.unit.publishing.test_publish import Desk


@pytest.fixture(scope="module")
def moto() -> Iterator[MotoServer]:
    with moto_server() as server:
        yield server


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(object_store, "ATTEMPTS", 1)


@pytest.fixture
def renderer(moto: MotoServer, tmp_path: Path, request: pytest.FixtureRequest) -> Renderer:
    bucket = f"b{abs(hash(request.node.name))}"
    moto.make_bucket(bucket)
    moto.heal()
    moto.written.clear()
    moto.refuse, moto.refuse_conditions = lambda request: None, False
    made = Renderer(tmp_path / "renderer", moto.url, bucket, moto)
    return made


def test_a_reader_finds_the_bundle_and_what_browsers_need(renderer: Renderer) -> None:
    renderer.desk.publisher.place_player(player_files({SCREEN: "nb"}))
    serial = renderer.publish("a", "b")
    renderer.mirror_all()
    reader = renderer.reader()
    assert reader.read().version.serial == serial
    old = reader.read_as_before_0_6()
    assert old is not None
    assert old.version.serial == serial
    url = f"{renderer.bucket_url}/{PREFIX}"
    about = {
        "signage.pub": ("text/plain; charset=utf-8", "no-cache"),
        "screens/index.json": ("application/json", "no-cache"),
        f"screens/{SCREEN}/manifest.signed": ("application/octet-stream", "no-cache"),
        f"screens/{SCREEN}/events.html": ("text/html; charset=utf-8", "no-cache"),
        f"screen/{SCREEN}.html": ("text/html; charset=utf-8", "no-cache"),
        "screen.js": ("text/javascript; charset=utf-8", "no-cache"),
        "sw.js": ("text/javascript; charset=utf-8", "no-cache"),
        "phone.js": ("text/javascript; charset=utf-8", "no-cache"),
        next(f"assets/{name}" for name in old.assets if name.endswith("webp")): (
            "image/webp",
            "public, max-age=31536000, immutable",
        ),
    }
    for path, (media_type, cache) in about.items():
        answer = requests.get(f"{url}/{path}", timeout=5)
        assert answer.status_code == 200, path
        assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (media_type, cache), path
    out = renderer.desk.out
    local = {
        path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file() and ".pages-" not in str(path)
    }
    linked = {f"{PREFIX}/{path}".replace(f".{SCREEN}.{serial}", SCREEN) for path in local}
    assert keys_of(renderer.bucket_url) == linked
    reader.close()


def test_what_is_there_is_not_written_again_also_after_a_restart(renderer: Renderer) -> None:
    assert renderer.moto is not None
    renderer.publish("a", "b")
    renderer.mirror_all()
    renderer.publish("a", "c")
    renderer.moto.written.clear()
    renderer.mirror_all()
    puts = [path.rpartition("/")[2] for method, path in map(str.split, renderer.moto.written) if method == "PUT"]
    assert puts[0].endswith(".webp")
    assert puts[1:] == ["manifest.signed", "manifest.json.sig", "manifest.json"]
    renderer.started_again()
    renderer.moto.written.clear()
    renderer.mirror_all()
    written = [each for each in renderer.moto.written if each.startswith("PUT") and "/screens/bib" in each]
    assert written == []
    renderer.moto.written.clear()
    renderer.mirror_all()
    assert renderer.moto.written == []


def test_a_player_plays_from_the_store_and_polls_with_one_question(renderer: Renderer, tmp_path: Path) -> None:
    renderer.publish("a")
    renderer.mirror_all()
    http = Http(f"{renderer.bucket_url}/{PREFIX}")
    store = BundleStore(tmp_path / "store", SCREEN)
    syncer = Syncer(http, store, SCREEN, None, None, SettableClock(lambda: renderer.now))
    first = syncer.round().version
    assert syncer.round().version == first
    path = f"screens/{SCREEN}/manifest.signed"
    assert http.get(path, 10**6, http.get(path, 10**6).etag).body is None, "304"
    serial = renderer.publish("b")
    renderer.mirror_all()
    assert syncer.round().version.serial == serial
    with pytest.raises(Unreachable) as caught:  # a store holds no requests: docs/held-requests.md
        http.get(f"screens/{SCREEN}/next?after=1", 100)
    assert caught.value.kind == "missing"
    http.close()
    store.close()


def test_the_manifest_comes_after_everything_that_it_names(renderer: Renderer) -> None:
    assert renderer.moto is not None
    renderer.publish("a", "b")
    renderer.mirror_all()
    puts = [each.split(PREFIX, 1)[1] for each in renderer.moto.written if each.startswith("PUT")]
    mine = [path for path in puts if path.startswith(("/assets", f"/screens/{SCREEN}"))]
    assert [path.split("/")[1] for path in mine[:4]] == ["assets"] * 4
    assert [path.rpartition("/")[2] for path in mine[4:]] == [
        "events.html",
        "manifest.signed",
        "manifest.json.sig",
        "manifest.json",
    ]


def test_a_reader_finds_a_whole_bundle_whatever_request_the_renderer_is_killed_at(renderer: Renderer) -> None:
    """`python -m benchmarks kills` does a thousand."""
    reader = renderer.reader()
    renderer.publish("first")
    renderer.mirror_all()
    kills = 0
    for applied in (False, True):
        for number in range(100):
            serial = renderer.publish(f"{applied}{number}", "same")
            if not renderer.killed_at(number, applied=applied, common=False):
                break
            kills += 1
            assert reader.read(every_asset=False).version.serial <= serial
            reader.read_as_before_0_6(every_asset=False)
        assert reader.read().version.serial == serial
        assert reader.read() == reader.read_as_before_0_6()
    assert kills >= 16
    reader.close()


def test_two_renderers_never_lower_a_serial(
    renderer: Renderer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The second one has the same key, as after a move that left the first one running."""
    assert renderer.moto is not None
    renderer.publish("a")
    renderer.mirror_all()
    other = Renderer.__new__(Renderer)
    other.__dict__ |= renderer.__dict__
    (tmp_path / "other").mkdir()
    other.folder = tmp_path / "other"
    (other.folder / "var").symlink_to(renderer.folder / "var")
    other.desk = Desk(other.folder)
    other.started_again()
    for _ in range(3):
        newest = other.publish("b")
        other.publish("c")
        newest = other.publish("d")
    other.mirror_all()
    reader = renderer.reader()
    assert reader.read().version.serial == newest
    caplog.clear()
    with caplog.at_level(logging.INFO):
        ours = renderer.publish("e")
        assert ours < newest
        renderer.mirror_all()
        renderer.mirror_all()
    [record] = [each for each in caplog.records if "newer bundle" in each.message]
    assert f"serial {newest}; here it is {ours}" in record.message
    assert "Stop one of them" in record.message
    assert list(renderer.mirror.ahead) == [SCREEN]
    assert reader.read().version.serial == newest
    assert reader.read() == reader.read_as_before_0_6()
    while ours <= newest:
        ours = renderer.publish(f"f{ours}")
    renderer.mirror_all()
    assert reader.read().version.serial == ours
    assert renderer.mirror.ahead == {}
    reader.close()


def test_a_renderer_that_is_overtaken_between_reading_and_writing_writes_nothing(renderer: Renderer) -> None:
    """What it writes is refused, because another renderer has written the same object meanwhile."""
    moto = renderer.moto
    assert moto is not None
    renderer.publish("a")
    renderer.mirror_all()
    slow = (renderer.desk.out / "screens" / SCREEN).resolve()
    serial = renderer.publish("b")
    newer = json.loads((renderer.desk.out / "screens" / SCREEN / "manifest.json").read_bytes())
    signed = renderer.desk.keys.sign(data := json.dumps({**newer, "serial": serial + 7}).encode()) + data
    url = f"{renderer.bucket_url}/{PREFIX}/screens/{SCREEN}/manifest.signed"

    def overtake(request: str) -> None:
        if request.startswith("PUT") and request.endswith("manifest.signed"):
            assert requests.put(url, signed, timeout=5).status_code == 200

    assert slow.name.endswith(str(serial - 1))
    moto.refuse = overtake  # type: ignore[assignment]
    renderer.mirror_all()
    assert requests.get(url, timeout=5).content == signed
    assert list(renderer.mirror.ahead) == [SCREEN]


TROUBLE = {
    "InvalidAccessKeyId": (error("InvalidAccessKeyId", "403 Forbidden"), "doesn't know the access key"),
    "SignatureDoesNotMatch": (error("SignatureDoesNotMatch", "403 Forbidden"), "refuses the secret key"),
    "AccessDenied": (error("AccessDenied", "403 Forbidden"), "denies access to the bucket"),
    "NoSuchBucket": (error("NoSuchBucket", "404 Not Found"), "There is no bucket"),
    "full": (error("XMinioStorageFull", "507 Insufficient Storage"), "is full"),
    "busy": (error("SlowDown", "503 Slow Down"), "is overloaded"),
    "own words": (error("Teapot", "418 Teapot"), "answered Teapot: no"),
    "a page": (("502 Bad Gateway", b"<html>nginx</html>"), "answered 502"),
}


def test_a_store_leaves_the_log_of_http_requests_as_quiet_as_it_was(renderer: Renderer) -> None:
    log = logging.getLogger("urllib3")
    log.setLevel(http_client.URLLIB3_LOG_LEVEL)
    renderer.publish("a")
    renderer.mirror_all()
    assert log.level == http_client.URLLIB3_LOG_LEVEL


def test_what_is_wrong_with_a_store_is_a_sentence(renderer: Renderer) -> None:
    moto = renderer.moto
    assert moto is not None
    for name, (answer, sentence) in TROUBLE.items():
        renderer.publish(name)
        moto.refuse = lambda request, answer=answer: answer  # type: ignore[misc]
        with pytest.raises(StoreTrouble, match=sentence):
            renderer.mirror_all()
    moto.refuse = lambda request: None
    renderer.mirror_all()
    reader = renderer.reader()
    reader.read()
    reader.close()


def test_a_bucket_that_is_missing_a_store_that_is_away_and_no_credentials(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert renderer.moto is not None
    with pytest.raises(StoreTrouble, match="There is no bucket nowhere"):
        ObjectStore("nowhere", "", renderer.moto.url).put("a", b"", {})
    with pytest.raises(StoreTrouble, match=r"http://127\.0\.0\.1:1 can't be reached"):
        ObjectStore("b", "", "http://127.0.0.1:1").list("")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(StoreTrouble, match="No credentials for s3://b were found"):
        ObjectStore("b", "", renderer.moto.url).list("")


def test_assets_go_a_day_after_the_last_manifest_that_named_them(renderer: Renderer) -> None:
    renderer.publish("old")
    renderer.mirror_all()
    picture = renderer.desk.page("old", 0, 2).rendered.sha256
    renderer.now += timedelta(days=3)
    renderer.publish("new", screen="hall")
    renderer.publish("new")
    renderer.mirror_all()

    def there() -> bool:
        return any(picture in key for key in keys_of(renderer.bucket_url))

    for hours in (0, 23):
        renderer.mirror.sweep(renderer.now + timedelta(hours=hours))
        renderer.started_again()
        assert there()
    renderer.mirror.sweep(renderer.now + timedelta(hours=25))
    assert not there()
    for screen in (SCREEN, "hall"):
        reader = renderer.reader(screen)
        reader.read()
        reader.close()


def test_an_asset_that_is_used_again_after_half_a_day_is_written_again(renderer: Renderer) -> None:
    """Another renderer may be about to delete it."""
    assert renderer.moto is not None
    renderer.publish("old")
    renderer.mirror_all()
    renderer.publish("new")
    renderer.mirror_all()
    renderer.started_again()
    renderer.publish("old")
    renderer.now += timedelta(hours=13)
    renderer.moto.written.clear()
    renderer.mirror_all()
    picture = renderer.desk.page("old", 0, 2).rendered.sha256
    assert any(each.startswith("PUT") and picture in each for each in renderer.moto.written)


def test_a_screen_that_is_published_no_more_goes(renderer: Renderer) -> None:
    renderer.publish("a")
    renderer.publish("b", screen="hall")
    renderer.mirror_all()
    assert any("/hall/" in key for key in keys_of(renderer.bucket_url))
    renderer.desk.publisher.finish({SCREEN: "Hemne"}, renderer.now)
    renderer.started_again()
    renderer.mirror_all()
    renderer.mirror.sweep(renderer.now)
    assert not any("/hall/" in key for key in keys_of(renderer.bucket_url))
    assert any(f"/{SCREEN}/" in key for key in keys_of(renderer.bucket_url))


def test_the_store_keeps_everything_while_one_manifest_there_cant_be_read(renderer: Renderer) -> None:
    renderer.publish("old")
    renderer.mirror_all()
    renderer.publish("new")
    renderer.mirror_all()
    requests.put(f"{renderer.bucket_url}/{PREFIX}/screens/other/manifest.signed", b"nonsense", timeout=5)
    before = keys_of(renderer.bucket_url)
    for days in (0, 3):
        renderer.mirror.sweep(renderer.now + timedelta(days=days))
    assert keys_of(renderer.bucket_url) == before


def test_a_store_that_refuses_conditions_is_written_without_them(renderer: Renderer) -> None:
    moto = renderer.moto
    assert moto is not None
    moto.refuse_conditions = True
    renderer.publish("a")
    renderer.mirror_all()
    serial = renderer.publish("b")
    renderer.mirror_all()
    assert "ignores conditions" in (renderer.mirror.warning or "")
    reader = renderer.reader()
    assert reader.read().version.serial == serial
    reader.close()


@pytest.mark.skipif(not has_localbucket, reason="needs LocalBucket: pip install localbucket")
def test_another_store_that_ignores_conditions_is_used_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "data" / "heim").mkdir(parents=True)
    with localbucket(tmp_path / "data") as url:
        renderer = Renderer(tmp_path / "renderer", url, "heim")
        serial = renderer.publish("a", "b")
        renderer.mirror_all()
        reader = renderer.reader()
        assert reader.read().version.serial == serial
        assert "ignores conditions" in (renderer.mirror.warning or "")
        serial = renderer.publish("c")
        renderer.started_again()
        renderer.mirror_all()
        assert reader.read().version.serial == serial
        assert reader.read() == reader.read_as_before_0_6()
        for hours in (0, 25):
            renderer.mirror.sweep(renderer.now + timedelta(hours=hours))
        assert len(list((tmp_path / "data" / "heim" / PREFIX / "assets").iterdir())) == 3
        reader.read()
        for number in range(100):
            serial = renderer.publish(f"{number}", "same")
            if not renderer.killed_at(number, applied=bool(number % 2), common=False):
                break
            assert reader.read(every_asset=False).version.serial <= serial
            reader.read_as_before_0_6(every_asset=False)
        assert number > 7
        assert reader.read().version.serial == serial
        reader.close()
