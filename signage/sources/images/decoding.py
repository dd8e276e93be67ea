"""Bytes that should be a picture, decoded under limits and encoded again. Pure; runs in a worker process.

Measured with 40 megapixels of one colour (6300 x 6300), beyond the 57 MB of an idle process: JPEG 129 MB, progressive
JPEG 156 MB, GIF 91 MB, PNG 94 to 215 MB, the most in colour.
tests/integration/sources/test_hostile_pictures.py holds it below the limit.
A HEIC costs 8 bytes a pixel: 176 MB for the 24 megapixels of an iPhone.
A WebP cost 840 MB, some 20 bytes a pixel, since libwebp and Pillow hold several copies: hence the lower limit for it.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError
from PIL.JpegImagePlugin import JpegImageFile

from signage.sources.credits import credit_in
from signage.sources.images.focal_point import FocalPoint, look_at

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF")  # no SVG: it is a document, with links and scripts
MOST_PIXELS = 40_000_000  # a large camera's
# A JPEG is made smaller while it is decoded, so that the picture of a telephone with 108 megapixels costs no more than
# one with 12. A progressive one keeps the coefficients of all its pixels until its last scan.
MOST_PIXELS_OF = {
    "WEBP": 16_000_000, "AVIF": 16_000_000, "HEIF": 25_000_000, "PNG": 50_000_000, "JPEG": 120_000_000
}  # fmt: skip
MOST_PROGRESSIVE = 50_000_000
LEAST_SIDE = 64  # pixels; smaller is a tracking pixel or an icon
LONGEST_SIDE = 1920  # pixels: no screen shows more
LOGO_SIDE = 640  # pixels; a logo is a hand high at the most
QUALITY = 88
# A progressive JPEG has ten scans, or up to twenty from the best encoders. Each costs a pass over all of its pixels,
# and an empty one takes a few bytes: 190,000 fit into what is fetched.
MOST_SCANS = 50
_SCAN = b"\xff\xda"  # start of scan (ITU T.81, table B.1); within coded data 0xFF is followed by 0
STRIP = 1_000_000  # pixels that are converted at a time, so that no second copy of the whole is made
FINER = 2  # the last step of making a picture smaller, which is careful, begins from this many times the size ...
LARGE = 12_000_000  # pixels; ... but for pictures larger than this from the size itself, to save memory


@cache
def _read_heif() -> None:
    """Let Pillow read HEIC, the format of iPhones. Only where pictures are decoded: the library is large."""
    from pillow_heif import register_heif_opener

    register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=2)


class BadPicture(ValueError):
    """Bytes that aren't a picture that we show; says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture of our own encoding: `data` is a JPEG, or, when `transparent`, a PNG."""

    data: bytes
    width: int
    height: int
    care: FocalPoint
    transparent: bool = False


def decode_picture(body: bytes) -> Decoded:
    """The picture of an event: upright, RGB, at most `LONGEST_SIDE`. Raises BadPicture.

    A credit that is in the file goes along as the JPEG's comment; nothing else does, least of all where it was taken.
    The same bytes give the same bytes (with the same Pillow).
    """
    picture, credit = _decoded(body, FORMATS, LONGEST_SIDE, keep_transparency=False)
    return _flat(picture, credit)


def decode_named_picture(body: bytes) -> Decoded:
    """A picture whose file an administrator names, such as a logo: what is transparent stays so. Raises BadPicture."""
    picture, credit = _decoded(body, FORMATS, LONGEST_SIDE, keep_transparency=True)
    if picture.mode != "RGBA":
        return _flat(picture, credit)
    picture.thumbnail((LOGO_SIDE, LOGO_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return Decoded(out.getvalue(), *picture.size, look_at(picture.convert("RGB")), transparent=True)


def decoded_poster(body: bytes, longest: int) -> Image.Image:
    """A poster: upright, in sRGB as its own colour profile says, white where it is transparent. Raises BadPicture."""
    return _decoded(body, FORMATS, longest, keep_transparency=False, true_colours=True)[0]


def _flat(picture: Image.Image, credit: str) -> Decoded:
    data = encoded(picture, quality=QUALITY, comment=credit.encode())
    return Decoded(data, *picture.size, replace(look_at(picture), credit=credit))


def encoded(picture: Image.Image, **options: object) -> bytes:
    """A picture as a JPEG, as small as can be. Pillow has room for a byte a pixel while it makes it so, and a picture
    full of detail, such as confetti or grass, has more.
    """
    out = io.BytesIO()
    try:
        picture.save(out, "JPEG", optimize=True, **options)
    except OSError:
        out = io.BytesIO()
        picture.save(out, "JPEG", **options)
    return out.getvalue()


def _decoded(
    body: bytes, formats: tuple[str, ...], longest: int, keep_transparency: bool, true_colours: bool = False
) -> tuple[Image.Image, str]:
    """The picture, RGB or RGBA, upright and no longer than `longest`, and the credit that is in the file."""
    _read_heif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of bombs and odd metadata: the size is checked before decoding
            with Image.open(io.BytesIO(body), formats=formats) as opened:
                _check(opened, body)
                credit = credit_in(opened)
                turn = opened.getexif().get(ExifTags.Base.Orientation)
                opened.draft("RGB", (longest, longest))  # lets the JPEG decoder leave out what is not needed
                if opened.width * opened.height > MOST_PIXELS_OF["PNG"]:  # scaled by its short side
                    raise BadPicture("It is too large for a picture that is so narrow.")
                flatten = _profiled(opened) if true_colours else _opaque
                small = _shrunk(opened, longest, keep_transparency, flatten)
        small.getexif()[ExifTags.Base.Orientation] = turn or 1
        return ImageOps.exif_transpose(small), credit
    except (BadPicture, MemoryError):  # for want of memory, the worker says so
        raise
    except Image.DecompressionBombError:
        raise BadPicture(f"It is larger than {max(MOST_PIXELS_OF.values()) // 1_000_000} megapixels.") from None
    except UnidentifiedImageError:
        if true_colours:  # a poster
            raise BadPicture(f"It isn't in a supported format ({', '.join((*FORMATS, 'SVG', 'PDF'))}).") from None
        raise BadPicture(f"It isn't a picture in a supported format ({', '.join(FORMATS)}).") from None
    except Exception as error:  # Pillow's decoders raise whatever broken bytes lead them to
        raise BadPicture(f"It can't be decoded ({type(error).__name__}).") from None


def _check(opened: Image.Image, body: bytes) -> None:
    """Refuse, before it is decoded, what would cost too much or is of no use. Raises BadPicture."""
    width, height = opened.size
    is_jpeg = isinstance(opened, JpegImageFile)  # also "MPO", with a depth or brightness map behind the picture
    most = MOST_PIXELS_OF.get("JPEG" if is_jpeg else opened.format or "", MOST_PIXELS)
    if opened.info.get("progressive"):
        most = min(most, MOST_PROGRESSIVE)
    if width * height > most:
        raise BadPicture(f"It is larger than {most // 1_000_000} megapixels.")
    if min(width, height) < LEAST_SIDE:
        raise BadPicture(f"It has only {width} x {height} pixels.")
    if is_jpeg and (scans := body.count(_SCAN)) > MOST_SCANS:
        raise BadPicture(f"It is a JPEG with {scans} scans. At most {MOST_SCANS} are supported.")


def _shrunk(
    image: Image.Image, longest: int, keep_transparency: bool, flatten: Callable[[Image.Image], Image.Image]
) -> Image.Image:
    """The picture in RGB (or RGBA), no longer than `longest`. Large ones are converted and reduced strip by strip."""
    image.load()
    keep = keep_transparency and image.has_transparency_data
    width, height = image.size
    factor = max(1, max(image.size) // (longest if width * height > LARGE else longest * FINER))
    rows = max(1, STRIP // width // factor) * factor
    reduced = Image.new("RGBA" if keep else "RGB", (-(-width // factor), -(-height // factor)))
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        part = strip.convert("RGBA") if keep else flatten(strip)
        reduced.paste(part.reduce(factor) if factor > 1 else part, (0, top // factor))
    reduced.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return reduced


def _profiled(image: Image.Image) -> Callable[[Image.Image], Image.Image]:
    """What makes RGB of a strip by the picture's own colour profile: what a printer gets is in CMYK. `_opaque` for a
    picture without a profile, or with one that can't be used.
    """
    profile = image.info.get("icc_profile")
    if not isinstance(profile, bytes) or image.mode not in ("CMYK", "RGB") or image.has_transparency_data:
        return _opaque
    try:
        screen = ImageCms.createProfile("sRGB")
        transform = ImageCms.buildTransform(io.BytesIO(profile), screen, image.mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return _opaque

    def convert(strip: Image.Image) -> Image.Image:
        return ImageCms.applyTransform(strip, transform) or _opaque(strip)

    return convert


def _opaque(image: Image.Image) -> Image.Image:
    """RGB, with white where the picture is transparent."""
    if image.mode.startswith("I"):  # grey of 16 bits, which Pillow would cut off at 255, so that all of it is white
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    ground = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(ground, layered).convert("RGB")
