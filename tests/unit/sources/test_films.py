"""Films that people drop: what players get of them, the frame that stands for them, and what is none."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image

from signage.sources.images.decoding import BadPicture
from signage.sources.images.films import Converted, convert_film, film_frame
from tests.fixtures.films import film

MOST = 32_000_000


def convert(folder: Path, data: bytes, seconds: int = 60, most: int = MOST) -> tuple[Converted, bytes]:
    source, target = folder / "film", folder / "made.mp4"
    source.write_bytes(data)
    made = convert_film(str(source), str(target), seconds, most)
    return made, target.read_bytes()


def frame(folder: Path, data: bytes, longest: int = 1920) -> tuple[Image.Image, float]:
    (folder / "film").write_bytes(data)
    page, seconds = film_frame(str(folder / "film"), longest)
    picture = Image.open(io.BytesIO(page.data)).convert("RGB")
    assert picture.size == (page.width, page.height)
    return picture, seconds


def near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 30 for a, b in zip(pixel, colour, strict=True))


def test_players_get_h264_baseline_without_sound_that_can_be_played_while_it_is_read(tmp_path: Path) -> None:
    made, data = convert(tmp_path, film(container="matroska", sound=True))
    assert made == Converted(1.0, 192, 108)
    assert 0 < data.find(b"moov") < data.find(b"mdat")
    with av.open(io.BytesIO(data)) as container:
        (stream,) = container.streams
        assert (stream.codec_context.name, stream.codec_context.profile) == ("h264", "Constrained Baseline")
        pictures = [one.to_image() for one in container.decode(stream)]
    assert len(pictures) == 10
    assert near(pictures[0].getpixel((150, 80)), (192, 48, 48))
    assert near(pictures[9].getpixel((150, 80)), (192, 160, 48))
    assert near(pictures[9].getpixel((8, 8)), (255, 255, 255))


@pytest.mark.parametrize("noise", [False, True])
def test_the_same_film_gives_the_same_bytes(tmp_path: Path, noise: bool) -> None:
    data = film(size=(640, 360), rate=20, noise=noise)
    assert convert(tmp_path, data) == convert(tmp_path, data)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"size": (1920, 1080), "rate": 2}, (1280, 720)),
        ({"size": (1080, 1920), "rate": 2}, (720, 1280)),
        ({"size": (1440, 1080), "rate": 2}, (960, 720)),
        ({"size": (202, 98)}, (202, 98)),
        ({"turned": -90}, (108, 192)),
        ({"container": "webm", "codec": "libvpx"}, (192, 108)),
        ({"container": "matroska", "codec": "mpeg4"}, (192, 108)),
        ({"container": "avi", "codec": "mpeg4"}, (192, 108)),
        ({"container": "mpegts", "codec": "mpeg2video", "rate": 25}, (192, 108)),
    ],
    ids=str,
)
def test_every_form_becomes_720p_at_most(tmp_path: Path, more: dict[str, Any], expected: tuple[int, int]) -> None:
    made, _ = convert(tmp_path, film(**more))
    assert (made.width, made.height) == expected
    assert made.seconds == pytest.approx(1.0, abs=0.51)


def test_no_more_than_thirty_frames_a_second_and_no_longer_than_it_may_be(tmp_path: Path) -> None:
    made, data = convert(tmp_path, film(rate=50, seconds=3), seconds=2)
    assert made.seconds == 2.0
    with av.open(io.BytesIO(data)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 60


def test_a_film_that_a_telephone_has_turned_is_upright(tmp_path: Path) -> None:
    """-90: to be turned clockwise, so that what was the upper left corner is the upper right one."""
    picture, _ = frame(tmp_path, film(turned=-90))
    assert picture.size == (108, 192)
    assert near(picture.getpixel((104, 4)), (255, 255, 255))
    assert near(picture.getpixel((4, 4)), (192, 48, 48))
    _, data = convert(tmp_path, film(turned=-90))
    with av.open(io.BytesIO(data)) as container:
        assert near(next(container.decode(video=0)).to_image().getpixel((100, 8)), (255, 255, 255))


def test_the_frame_is_the_first_that_is_not_black(tmp_path: Path) -> None:
    picture, seconds = frame(tmp_path, film(seconds=4, black=2))
    assert seconds == 4
    assert near(picture.getpixel((150, 80)), (48, 80, 192))
    picture, _ = frame(tmp_path, film(seconds=4))
    assert near(picture.getpixel((150, 80)), (192, 48, 48))
    picture, _ = frame(tmp_path, film(black=9))
    assert near(picture.getpixel((150, 80)), (0, 0, 0)), "better than nothing"


def test_a_film_that_cannot_be_made_small_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPicture, match="can't be made smaller"):
        convert(tmp_path, film(), most=100)


HLS = b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
HOSTILE = {
    "nothing": b"",
    "a text": b"# Film\n" * 100,
    "a playlist of files": HLS,
    "a concatenation": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "a session description": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    "half of a film": film()[: len(film()) // 2],
    "a film without its end": film(container="webm", codec="libvpx")[:400],
    "sound only": b"RIFF\x24\0\0\0WAVEfmt ",
    "an animation": b"GIF89a" + bytes(100),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_film_is_refused_with_a_sentence(tmp_path: Path, name: str) -> None:
    for work in (convert, frame):
        with pytest.raises(BadPicture) as caught:
            work(tmp_path, HOSTILE[name])
        assert str(caught.value).endswith((".", ")"))


@pytest.mark.parametrize(
    "leads", ["ffconcat version 1.0\nfile '{}'\n", "#EXTM3U\n#EXTINF:1,\nfile://{}\n#EXT-X-ENDLIST\n"]
)
def test_a_list_that_leads_to_another_file_is_not_followed(tmp_path: Path, leads: str) -> None:
    secret = tmp_path / "secret.ts"
    secret.write_bytes(film(container="mpegts", codec="mpeg2video", rate=25))
    with pytest.raises(BadPicture):
        convert(tmp_path, leads.format(secret).encode())


def test_what_is_no_container_of_films_is_not_read(tmp_path: Path) -> None:
    """FFmpeg would read some three hundred formats."""
    with pytest.raises(BadPicture, match="This isn't a film"):
        convert(tmp_path, film(container="gif", codec="gif"))


@pytest.mark.parametrize("seed", range(20))
def test_a_damaged_film_is_shown_or_refused(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    data = bytearray(film(container="matroska" if seed % 2 else "mp4"))
    for _ in range(dice.choice((1, 20, 300))):
        data[dice.randrange(len(data))] = dice.randrange(256)
    try:
        made, _ = convert(tmp_path, bytes(data))
    except BadPicture:
        return
    assert 0 < made.seconds <= 60


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "film")
    with pytest.raises(BadPicture, match="isn't a file"):
        film_frame(str(tmp_path / "film"), 1920)


def test_a_picture_that_is_larger_than_4k_is_refused(tmp_path: Path) -> None:
    huge = film(size=(6000, 2000), seconds=0.2, codec="mpeg4", container="matroska")
    with pytest.raises(BadPicture, match="larger than 4K"):
        convert(tmp_path, huge)
