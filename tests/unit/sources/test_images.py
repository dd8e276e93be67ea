"""Pictures from outside are decoded under limits and encoded anew."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import ExifTags, Image
from pillow_heif import register_heif_opener

from signage.sources.images.decoding import BadPicture, decode_picture
from signage.sources.images.posters import picture_page
from tests.fixtures.portal import picture

register_heif_opener()  # to write them


def opened(jpeg: bytes) -> Image.Image:
    with Image.open(io.BytesIO(jpeg)) as image:
        image.load()
        return image


def made(image: Image.Image, kind: str, **save: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **save)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF"])
def test_what_is_shown(kind: str) -> None:
    decoded = decode_picture(picture(kind=kind))
    image = opened(decoded.data)
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (decoded.width, decoded.height))
    assert image.size == (400, 300)
    red = image.getpixel((50, 150))
    assert isinstance(red, tuple)
    assert red[0] > 200
    assert red[2] < 60


def test_a_heic_is_turned_once() -> None:
    wide = Image.new("RGB", (200, 100), "blue")
    wide.paste((255, 0, 0), (0, 0, 100, 100))
    exif = wide.getexif()
    exif[ExifTags.Base.Orientation] = 6  # the camera was held upright
    decoded = decode_picture(made(wide, "HEIF", exif=exif.tobytes()))
    assert (decoded.width, decoded.height) == (100, 200)
    upper = opened(decoded.data).getpixel((50, 50))
    assert isinstance(upper, tuple)
    assert upper[0] > 200


def test_large_ones_are_made_smaller() -> None:
    decoded = decode_picture(picture(3000, 1500))
    assert (decoded.width, decoded.height) == (1920, 960)


@pytest.mark.parametrize(
    ("size", "expected"), [((8000, 6000), (1920, 1440)), ((12000, 9000), (1920, 1440))], ids=["48 MP", "108 MP"]
)
def test_pictures_of_telephones_are_made_smaller_while_they_are_decoded(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    decoded = decode_picture(made(Image.new("L", size, 90), "JPEG"))
    assert (decoded.width, decoded.height) == expected
    assert opened(decoded.data).getpixel((960, 720)) == (90, 90, 90)


def test_a_large_picture_with_a_second_one_behind_it_is_still_a_jpeg() -> None:
    """As telephones write them, with a map of brightness: Pillow calls it MPO."""
    body = made(Image.new("L", (8200, 6100), 90), "MPO", save_all=True, append_images=[Image.new("L", (100, 100))])
    assert decode_picture(body).width == 1920


def test_a_picture_too_narrow_to_be_made_smaller_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(BadPicture, match="narrow"):
        decode_picture(made(Image.new("L", (62_000, 1900)), "JPEG"))


@pytest.mark.parametrize(("value", "grey"), [(0, 0), (20_000, 78), (32_768, 128), (65_535, 255)])
def test_grey_of_16_bits_is_not_white(value: int, grey: int) -> None:
    decoded = decode_picture(made(Image.new("I;16", (100, 100), value), "PNG"))
    pixel = opened(decoded.data).getpixel((50, 50))
    assert isinstance(pixel, tuple)
    assert abs(pixel[0] - grey) <= 1


def test_a_picture_lying_on_its_side_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn clockwise by 90 degrees to see it right
    jpeg = decode_picture(picture(exif=exif)).data
    assert opened(jpeg).size == (300, 400)
    top = opened(jpeg).getpixel((150, 50))
    assert isinstance(top, tuple)
    assert top[0] > 200
    assert not opened(jpeg).getexif()


def test_transparent_becomes_white() -> None:
    decoded = decode_picture(made(Image.new("RGBA", (100, 100), (0, 0, 0, 0)), "PNG"))
    assert opened(decoded.data).getpixel((50, 50)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["CMYK", "L", "1", "P", "LA", "I;16"])
def test_other_kinds_of_colour(mode: str) -> None:
    image = Image.new(mode, (100, 100))
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert opened(decode_picture(made(image, kind)).data).size == (100, 100)


def test_a_picture_full_of_detail_is_shown() -> None:
    """Confetti, grass, gravel: more than a byte a pixel."""
    bands = [Image.effect_noise((400, 300), 200) for _ in range(3)]
    out = io.BytesIO()
    Image.merge("RGB", bands).save(out, "PNG")
    poster, photograph = picture_page(out.getvalue(), 1920), decode_picture(out.getvalue())
    assert len(poster.data) > 400 * 300
    for data in (poster.data, photograph.data):
        with Image.open(io.BytesIO(data)) as opened:
            opened.load()
            assert opened.size == (400, 300)


def test_the_same_bytes_give_the_same_bytes() -> None:
    assert decode_picture(picture()) == decode_picture(picture())


def bomb() -> bytes:
    """A PNG of 30000 x 30000 in a few bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 30000, 30000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (bomb(), "It is larger than 120 megapixels."),
        (made(Image.new("1", (7200, 7000)), "PNG"), "It is larger than 50 megapixels."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "isn't a picture in a supported format"),
        (made(Image.new("RGB", (80, 80)), "TIFF"), "isn't a picture in a supported format"),
        (b"", "isn't a picture in a supported format"),
        (picture()[:300], "can't be decoded"),
        (picture(32, 32), "It has only 32 x 32 pixels"),
    ],
)
def test_what_is_not_shown(body: bytes, why: str) -> None:
    with pytest.raises(BadPicture, match=why):
        decode_picture(body)
