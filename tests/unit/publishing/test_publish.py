"""Publishing: the format, the signature, and that a reader never finds half a bundle."""

import json
import os
import resource
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nacl.signing import VerifyKey

from signage.domain.model import ClockBox, Rendered, RenderReport, ShownOccurrence
from signage.errors import NotWritable, SignageError
from signage.publishing import Bundle, BundlePage, Publisher, SigningKeys, open_pages
from signage.publishing.alert_pages import content_of
from signage.publishing.manifest import ALWAYS, END_BYTES, serials_at
from signage.rendering.encode import keep
from tests.fixtures.bundles import VALID

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
REPORT = RenderReport(overflow=False, smallest_px=28, scale=1, shortened=0, text="tirsdag", clock=None)


class Desk:
    """A publisher with pictures at hand."""

    def __init__(self, folder: Path) -> None:
        self.pictures = folder / "pictures"
        self.pictures.mkdir()
        self.files: dict[str, Path] = {}
        self.keys = SigningKeys.load_or_make(folder / "var")
        self.out = folder / "out"
        self.publisher = Publisher(self.out, self.keys)
        self.font = self.picture(b"font", ".ttf")

    def picture(self, data: bytes, suffix: str = ".webp") -> Rendered:
        sha256 = keep(self.pictures, data, suffix)
        self.files[sha256] = self.pictures / f"{sha256}{suffix}"
        return Rendered(sha256, len(data), "image/webp", REPORT)

    def page(self, name: str, start: float, until: float, data: bytes = b"") -> BundlePage:
        shown = ShownOccurrence("t:kino:2026-11-23", NOW, NOW + timedelta(hours=until), "Kino")
        window = (NOW + timedelta(hours=start), NOW + timedelta(hours=until))
        return BundlePage(name, "today", self.picture(data or name.encode()), *window, 12, (shown,))

    def bundle(self, *pages: BundlePage, at: datetime = NOW, hours: float = 24, screen: str = "bibliotek") -> Bundle:
        clock = ClockBox(10, 20, 300, 100, 90, "#ffffff")
        evergreen = replace(self.picture(b"evergreen"), report=replace(REPORT, clock=clock))
        fallback = BundlePage("fallback", "evergreen", evergreen, *ALWAYS, 30, dated=False, fallback=True)
        horizon = at + timedelta(hours=hours)
        rest = ("Europe/Oslo", "nb", 60, (*pages, fallback), (self.font.sha256, self.font.bytes))
        return Bundle(screen, "Hemne bibliotek", 1920, 1080, 0, at, at, horizon, *rest)

    def publish(
        self, *pages: BundlePage, at: datetime = NOW, hours: float = 24, keep_after: datetime | None = None
    ) -> dict[str, object]:
        return self.publisher.publish(self.bundle(*pages, at=at, hours=hours), self.files, keep_after)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_manifest_is_what_the_format_says_and_signed(desk: Desk) -> None:
    desk.publish(desk.page("a", 0, 2), desk.page("b", 2, 4))
    folder = desk.out / "screens" / "bibliotek"
    data = (folder / "manifest.json").read_bytes()
    VALID.validate(json.loads(data))
    public = VerifyKey(bytes.fromhex((desk.out / "signage.pub").read_text().strip()))
    public.verify(data, (folder / "manifest.json.sig").read_bytes())
    for sha256, about in json.loads(data)["assets"].items():
        (file,) = (desk.out / "assets").glob(f"{sha256}.*")
        assert file.stat().st_size == about["bytes"]


def test_a_page_keeps_its_id_when_a_longer_plan_lists_it_for_a_later_day_too(desk: Desk) -> None:
    near, other, later = desk.page("a", 0, 2), desk.page("b", 0, 2), desk.page("a", 26, 28)
    brief = desk.bundle(near, other).manifest()["pages"]
    long = desk.bundle(later, near, other, hours=48).manifest()["pages"]
    assert [page["id"] for page in brief] == ["a", "b", "fallback"]
    assert [page["id"] for page in long] == ["a-2", "a", "b", "fallback"]


def test_signature_and_manifest_are_also_one_file(desk: Desk) -> None:
    desk.publish(desk.page("a", 0, 2))
    folder = desk.out / "screens" / "bibliotek"
    signed = (folder / "manifest.signed").read_bytes()
    public = VerifyKey(bytes.fromhex((desk.out / "signage.pub").read_text().strip()))
    assert public.verify(signed) == (folder / "manifest.json").read_bytes()
    assert signed[:64] == (folder / "manifest.json.sig").read_bytes()


def test_its_end_has_the_serials_however_it_was_published(desk: Desk) -> None:
    """The server reads no more of a manifest."""
    file = desk.out / "screens" / "bibliotek" / "manifest.json"

    def check() -> dict[str, object]:
        manifest: dict[str, object] = json.loads(file.read_bytes())
        serial = manifest["serial"]
        assert serials_at(file.read_bytes()[-END_BYTES:]) == (serial, manifest.get("news", serial))
        return manifest

    desk.publish(desk.page("a", 0, 2))
    first = check()
    publisher, old = desk.publisher, desk.publisher.current.of("bibliotek")
    assert old is not None
    other = {**content_of(old), "name": "with an alert"}
    assert publisher._put_again(old, other, {}, news=old["serial"])  # type: ignore[arg-type]
    assert check()["news"] == first["serial"]
    later = NOW + timedelta(hours=2)
    assert publisher.renew("bibliotek", publisher.versions["bibliotek"], later, later)
    assert check()["news"] == first["serial"]
    assert publisher.put_live(desk.bundle(at=later), desk.files)
    assert "news" not in check()
    assert serials_at(b'{"serial": 1}') is None


def test_pages_for_telephones_that_did_not_change_are_not_written_again(desk: Desk) -> None:
    folder = desk.out / "screens" / "bibliotek"
    kept, changed = "e/kept.html", "e/changed.html"

    def publish(title: str, **extras: bytes) -> int:
        """Where on the disk the file is that stays the same."""
        files = {kept: b"Kino", changed: title.encode(), **{f"e/{name}.html": each for name, each in extras.items()}}
        desk.publisher.publish(desk.bundle(desk.page(title, 0, 2)), desk.files, None, files)
        found = {str(file.relative_to(folder)): file.read_bytes() for file in folder.glob("e/*.html")}
        assert found == files
        return (folder / kept).stat().st_ino

    assert publish("Kafe", gone=b"Bingo") == publish("Quiz", new=b"Kor")
    (folder / kept).write_bytes(b"damaged")
    publish("Revy")


@pytest.mark.parametrize("there", [b"", None, b"x" * 64 + b"{}"])
def test_what_an_older_version_published_is_completed(desk: Desk, there: bytes | None) -> None:
    desk.publish(desk.page("a", 0, 2))
    file = desk.out / "screens" / "bibliotek" / "manifest.signed"
    whole = file.read_bytes()
    file.unlink()
    if there is not None:
        file.write_bytes(there)
    desk.publish(desk.page("a", 0, 2))
    desk.publisher.finish({"bibliotek": "Hemne bibliotek"}, NOW)
    assert file.read_bytes() == whole
    before = file.stat().st_mtime_ns, file.stat().st_ino
    desk.publisher.finish({"bibliotek": "Hemne bibliotek"}, NOW)
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == before


def test_the_serial_grows_and_an_equal_manifest_is_not_published_again(desk: Desk) -> None:
    first = desk.publish(desk.page("a", 0, 2))
    again = desk.publish(desk.page("a", 0, 2))
    other = desk.publish(desk.page("b", 0, 2))
    assert first["serial"] == again["serial"]
    assert other["serial"] == first["serial"] + 1  # type: ignore[operator]
    earlier = desk.publish(desk.page("a", 0, 2), at=NOW - timedelta(days=3))
    assert earlier["serial"] > other["serial"]  # type: ignore[operator]


def test_the_same_input_gives_the_same_bytes_anywhere(tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        desk = Desk(tmp_path / name)
        desk.publish(desk.page("a", 0, 2))
        written.append((desk.out / "screens" / "bibliotek" / "manifest.json").read_bytes())
    assert written[0] == written[1]


PHONE_PAGES = {"events.html": b"list", "e/1a.html": b"event"}


def test_a_renewed_manifest_is_what_a_publication_would_give(tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        desk = Desk(tmp_path / name)
        shown = ShownOccurrence("t:a", NOW, NOW + timedelta(hours=2), '"\n "serial": 5,\n "generated": "\u2028"')
        bundle = desk.bundle(replace(desk.page("a", 0, 2), events=(shown,)), desk.page("b", 2, 4))
        desk.publisher.publish(bundle, desk.files, extras=PHONE_PAGES)
        at, data_as_of = NOW + timedelta(minutes=40), NOW + timedelta(minutes=39)
        if name == "one":
            assert desk.publisher.renew("bibliotek", desk.publisher.versions["bibliotek"], at, data_as_of)
        else:
            again = replace(bundle, generated=at, data_as_of=data_as_of)
            desk.publisher.publish(again, desk.files, extras=PHONE_PAGES)
        folder = desk.out / "screens" / "bibliotek"
        written.append((folder / "manifest.json").read_bytes())
        public = VerifyKey(bytes.fromhex((desk.out / "signage.pub").read_text().strip()))
        assert public.verify((folder / "manifest.signed").read_bytes()) == written[-1]
        public.verify(written[-1], (folder / "manifest.json.sig").read_bytes())
        assert {name: (folder / name).read_bytes() for name in PHONE_PAGES} == PHONE_PAGES
        assert len(list((desk.out / "screens").glob(".*"))) == 2  # the publication, and its pages for telephones
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("generated", "data_as_of", "again"),
    [
        (0, 0, False),
        (29, 29, False),
        (29, 0, False),
        (30, 0, True),
        (29, 30, True),
        (-1, 0, True),  # a clock that was put back
        (29, -1, True),  # it must not be said to be younger than it is
        (29, None, True),
    ],
)
def test_a_manifest_is_renewed_when_its_ages_are_half_an_hour_off(
    desk: Desk, generated: int, data_as_of: int | None, again: bool
) -> None:
    first = desk.publish(desk.page("a", 0, 2))
    before = (desk.out / "screens" / "bibliotek").readlink()
    as_of = None if data_as_of is None else NOW + timedelta(minutes=data_as_of)
    left = desk.publisher.versions["bibliotek"]
    assert desk.publisher.renew("bibliotek", left, NOW + timedelta(minutes=generated), as_of)
    assert ((desk.out / "screens" / "bibliotek").readlink() != before) == again
    assert (desk.publisher.current.of("bibliotek") != first) == again


def test_a_manifest_is_signed_again_when_the_key_is_another_one(desk: Desk, tmp_path: Path) -> None:
    desk.publish(desk.page("a", 0, 2))
    left = desk.publisher.versions["bibliotek"]
    keys = SigningKeys.load_or_make(tmp_path / "other")
    publisher = Publisher(desk.out, keys)
    assert publisher.renew("bibliotek", left, NOW, NOW)
    publisher.finish({"bibliotek": "Bibliotek"}, NOW)
    folder = desk.out / "screens" / "bibliotek"
    VerifyKey(bytes.fromhex(keys.public_hex)).verify((folder / "manifest.signed").read_bytes())


def _nothing(desk: Desk) -> None: ...


def _an_asset_goes(desk: Desk) -> None:
    next(desk.out.glob("assets/*.webp")).unlink()
    desk.publisher = Publisher(desk.out, desk.keys)


def _an_asset_is_cut(desk: Desk) -> None:
    next(desk.out.glob("assets/*.webp")).write_bytes(b"")
    desk.publisher = Publisher(desk.out, desk.keys)


def _phone_pages_go(desk: Desk) -> None:
    shutil.rmtree(next(desk.out.glob("screens/.*.pages-*")))


def _a_key_is_announced(desk: Desk) -> None:
    desk.publisher = Publisher(desk.out, replace(desk.keys, next_hex="ab" * 32))


def _another_process_publishes(desk: Desk) -> None:
    Publisher(desk.out, desk.keys).publish(desk.bundle(desk.page("b", 0, 2)), desk.files, extras=PHONE_PAGES)


def _its_bytes_change(desk: Desk) -> None:
    path = desk.out / "screens" / "bibliotek" / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b"dwell", b"DWELL"))


def _everything_goes(desk: Desk) -> None:
    shutil.rmtree(desk.out)


@pytest.mark.parametrize(
    "happens",
    [
        _nothing,
        _an_asset_goes,
        _an_asset_is_cut,
        _phone_pages_go,
        _a_key_is_announced,
        _another_process_publishes,
        _its_bytes_change,
        _everything_goes,
    ],
)
def test_only_what_is_there_as_it_was_left_is_renewed(desk: Desk, happens: Callable[[Desk], None]) -> None:
    desk.publisher.publish(desk.bundle(desk.page("a", 0, 2)), desk.files, extras=PHONE_PAGES)
    left = desk.publisher.versions["bibliotek"]
    happens(desk)
    link = desk.out / "screens" / "bibliotek"
    before = link.readlink() if link.is_symlink() else None
    renewed = desk.publisher.renew("bibliotek", left, NOW + timedelta(minutes=40), NOW)
    assert renewed == (happens is _nothing)
    after = link.readlink() if link.is_symlink() else None
    assert (before == after) != renewed


def test_pages_for_telephones_that_were_damaged_are_written_again(desk: Desk) -> None:
    bundle = desk.bundle(desk.page("a", 0, 2))
    desk.publisher.publish(bundle, desk.files, extras=PHONE_PAGES)
    page = desk.out / "screens" / "bibliotek" / "e" / "1a.html"
    page.write_bytes(b"")
    desk.publisher.publish(replace(bundle, generated=NOW + timedelta(minutes=1)), desk.files, extras=PHONE_PAGES)
    assert page.read_bytes() == b"event"


@pytest.mark.parametrize("new_pages", [{}, {"new.html": b"x" * 9000}])
def test_a_disk_that_takes_half_a_publication_keeps_nothing_of_it(desk: Desk, new_pages: dict[str, bytes]) -> None:
    """A file that must not grow is a disk that is full."""
    desk.publisher.publish(desk.bundle(desk.page("a", 0, 2)), desk.files, extras=PHONE_PAGES)
    before = {path: path.lstat().st_mtime_ns for path in (desk.out / "screens").rglob("*")}
    later = desk.bundle(*(desk.page(f"{number}", 0, 2) for number in range(9)), at=NOW + timedelta(minutes=1))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
    try:
        for _ in range(3):
            with pytest.raises(NotWritable):
                desk.publisher.publish(later, desk.files, extras={**PHONE_PAGES, **new_pages})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    after = {path: path.lstat().st_mtime_ns for path in (desk.out / "screens").rglob("*")}
    assert before == after


def test_a_quick_publication_keeps_what_was_planned_for_later(desk: Desk) -> None:
    desk.publish(desk.page("a", 0, 20), desk.page("later", 20, 300), hours=336)
    cut = NOW + timedelta(hours=24)
    manifest = desk.publish(desk.page("new", 0, 24), keep_after=cut)
    assert [p["id"] for p in open_pages(manifest, NOW)] == ["new"]
    assert [p["id"] for p in open_pages(manifest, NOW + timedelta(hours=23))] == ["new"]
    assert [p["id"] for p in open_pages(manifest, NOW + timedelta(hours=25))] == ["later"]
    VALID.validate(manifest)


def test_what_is_shown_follows_the_windows_and_then_the_evergreen_page(desk: Desk) -> None:
    manifest = desk.publish(desk.page("a", 0, 2), desk.page("b", 1, 3))
    shown = [[p["id"] for p in open_pages(manifest, NOW + timedelta(hours=h))] for h in (0, 1, 2, 3, 24, 9999)]
    assert shown == [["a"], ["a", "b"], ["b"], ["fallback"], ["fallback"], ["fallback"]]


def test_a_damaged_picture_is_not_published(desk: Desk) -> None:
    page = desk.page("a", 0, 2)
    desk.files[page.rendered.sha256].write_bytes(b"A")
    with pytest.raises(SignageError, match="damaged"):
        desk.publish(page)
    assert not (desk.out / "screens" / "bibliotek").exists()


def test_an_asset_that_fell_out_of_use_stays_a_day_and_then_goes(desk: Desk) -> None:
    old = desk.page("a", 0, 2)
    desk.publish(old)
    desk.publish(desk.page("b", 0, 2))
    file = desk.out / "assets" / f"{old.rendered.sha256}.webp"
    now = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    desk.publisher.finish({"bibliotek": "Hemne bibliotek"}, now + timedelta(hours=23))
    assert file.exists()
    desk.publisher.finish({"bibliotek": "Hemne bibliotek"}, now + timedelta(hours=25))
    assert not file.exists()
    assert len(list((desk.out / "assets").iterdir())) == 3


def test_what_telephones_are_shown_is_placed_and_stays_as_long_as_it_is_named(desk: Desk) -> None:
    picture = desk.picture(b"small")
    named = {picture.sha256: {"bytes": picture.bytes, "media_type": picture.media_type}}
    made = desk.publisher.publish(desk.bundle(desk.page("a", 0, 2)), desk.files, phone_assets=named)
    assert made["phone_assets"] == named
    assert picture.sha256 not in made["assets"]
    VALID.validate(made)
    file = desk.out / "assets" / f"{picture.sha256}.webp"
    late = datetime.fromtimestamp(file.stat().st_mtime, UTC) + timedelta(hours=25)
    desk.publisher.finish({"bibliotek": "Hemne bibliotek"}, late)
    assert file.read_bytes() == b"small"
    assert "phone_assets" not in desk.publish(desk.page("a", 0, 2))
    desk.publisher.finish({"bibliotek": "Hemne bibliotek"}, late + timedelta(hours=25))
    assert not file.exists()


def test_a_screen_that_is_configured_no_more_goes(desk: Desk) -> None:
    desk.publish(desk.page("a", 0, 2))
    desk.publisher.finish({}, NOW)
    assert [p.name for p in (desk.out / "screens").iterdir()] == ["index.json"]


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/dev/full").exists(), reason="needs a disk that refuses")
def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotWritable, match="The screens keep what was published before"):
        Publisher(tmp_path / "file" / "out", SigningKeys.load_or_make(tmp_path / "var"))


def test_the_key_is_kept_for_its_owner_alone_and_a_broken_one_is_never_replaced(tmp_path: Path) -> None:
    made = SigningKeys.load_or_make(tmp_path)
    assert SigningKeys.load_or_make(tmp_path).public_hex == made.public_hex
    path = tmp_path / "signage.key"
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("half a ke")
    with pytest.raises(SignageError, match="The signing key can't be read"):
        SigningKeys.load_or_make(tmp_path)
    assert path.read_text() == "half a ke"
