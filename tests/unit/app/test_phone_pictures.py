"""The small copies of the events' pictures: made once, kept, and made again when they are damaged."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from PIL import Image

from signage.app.phone_pictures import PhonePictures
from signage.domain.model import Picture
from signage.errors import NotWritable
from tests.fixtures import portal


@pytest.fixture
def poster(tmp_path: Path) -> Picture:
    """A picture in the renderer's store."""
    data = portal.picture(900, 1600)
    sha256 = hashlib.sha256(data).hexdigest()
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / f"{sha256}.jpg").write_bytes(data)
    return Picture(sha256, 900, 1600)


def pictures(tmp_path: Path) -> PhonePictures:
    return PhonePictures(tmp_path / "images", tmp_path / "small")


def test_a_copy_is_made_once_and_found_by_the_next_build(tmp_path: Path, poster: Picture) -> None:
    assert pictures(tmp_path).of([poster], make=False) == {}
    first = pictures(tmp_path)
    (small,) = first.of([poster], make=True).values()
    (path,) = first.files([small]).values()
    data = path.read_bytes()
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (small.sha256, small.bytes)
    assert Image.open(io.BytesIO(data)).size == (small.width, small.height) == (360, 640)
    (tmp_path / "images" / f"{poster.sha256}.jpg").unlink()
    assert pictures(tmp_path).of([poster], make=False) == {poster.sha256: small}


def test_a_damaged_copy_is_made_again(tmp_path: Path, poster: Picture) -> None:
    first = pictures(tmp_path)
    (small,) = first.of([poster], make=True).values()
    (path,) = first.files([small]).values()
    path.write_bytes(path.read_bytes()[:-1])
    assert pictures(tmp_path).of([poster], make=False) == {}
    assert pictures(tmp_path).of([poster], make=True) == {poster.sha256: small}


def test_a_picture_that_is_gone_or_damaged_costs_only_its_copy(tmp_path: Path, poster: Picture) -> None:
    garbage = hashlib.sha256(b"no picture").hexdigest()
    (tmp_path / "images" / f"{garbage}.jpg").write_bytes(b"no picture")
    lost, broken = Picture("0" * 64, 100, 100), Picture(garbage, 100, 100)
    assert pictures(tmp_path).of([lost, broken, poster], make=True).keys() == {poster.sha256}


def test_copies_that_no_event_has_are_removed(tmp_path: Path, poster: Picture) -> None:
    pictures(tmp_path).of([poster], make=True)
    pictures(tmp_path).sweep({poster.sha256})
    assert pictures(tmp_path).of([poster], make=False)
    pictures(tmp_path).sweep(set())
    assert list((tmp_path / "small").iterdir()) == []


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path, poster: Picture) -> None:
    (tmp_path / "small").write_text("in the way")
    with pytest.raises(NotWritable, match="small"):
        pictures(tmp_path).of([poster], make=True)
