"""Films in a bundle: placed with their pages, named apart from the pictures, and gone when nothing names them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signage.domain.poster_file import Clip
from signage.publishing import Publisher
from signage.publishing.manifest import BundlePage
from signage.publishing.videos import PageVideo
from tests.fixtures.bundles import VALID
from tests.unit.publishing.test_publish import NOW, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"film")
    return Clip(hashlib.sha256(b"film").hexdigest(), 4, 12.0, 1280, 720, str(path))


def with_film(page: BundlePage, clip: Clip) -> BundlePage:
    return replace(page, video=PageVideo.on(clip, 1080, 1920))


def test_a_film_is_named_apart_and_placed(desk: Desk, clip: Clip) -> None:
    made = desk.publish(with_film(desk.page("a", 0, 2), clip))
    VALID.validate(made)
    (shown,) = [page["video"] for page in made["pages"] if "video" in page]
    box = {"x": 0, "y": 656, "width": 1080, "height": 608}
    assert shown == {"asset": clip.sha256, "seconds": 12.0, **box}
    assert made["videos"] == {clip.sha256: {"bytes": 4, "media_type": "video/mp4"}}
    assert clip.sha256 not in made["assets"], "players before 0.6 would refuse it"
    assert (desk.out / "assets" / f"{clip.sha256}.mp4").read_bytes() == b"film"


def test_without_films_nothing_is_said_of_them(desk: Desk) -> None:
    made = desk.publish(desk.page("a", 0, 2))
    assert "videos" not in made
    assert not any("video" in page for page in made["pages"])


def test_a_film_goes_a_day_after_nothing_names_it(desk: Desk, clip: Clip) -> None:
    desk.publish(with_film(desk.page("a", 0, 2), clip))
    file = desk.out / "assets" / f"{clip.sha256}.mp4"
    late = datetime.fromtimestamp(file.stat().st_mtime, UTC) + timedelta(hours=25)
    desk.publisher.finish({"bibliotek": "Hemne bibliotek"}, late)
    assert file.exists()
    desk.publish(desk.page("b", 0, 2))
    desk.publisher.finish({"bibliotek": "Hemne bibliotek"}, late + timedelta(hours=25))
    assert not file.exists()


def test_what_an_earlier_plan_shows_later_keeps_its_film(desk: Desk, clip: Clip) -> None:
    desk.publish(with_film(desk.page("a", 0, 9), clip), hours=9)
    made = desk.publish(desk.page("b", 0, 2), hours=2, keep_after=NOW + timedelta(hours=2))
    VALID.validate(made)
    assert [page["video"]["asset"] for page in made["pages"] if "video" in page] == [clip.sha256]
    assert clip.sha256 in made["videos"]


def test_a_film_that_was_deleted_costs_itself_and_not_its_page(desk: Desk, clip: Clip) -> None:
    desk.publish(with_film(desk.page("a", 0, 9), clip), hours=9)
    (desk.out / "assets" / f"{clip.sha256}.mp4").unlink()
    desk.publisher = Publisher(desk.out, desk.keys)
    made = desk.publish(desk.page("b", 0, 2), hours=2, keep_after=NOW + timedelta(hours=2))
    assert "videos" not in made
    assert any(page["id"].startswith("a") and "video" not in page for page in made["pages"])
