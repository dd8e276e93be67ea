"""Films that people drop: a frame that stands for it, and a version that players can play. In a worker process.

FFmpeg reads what comes, through PyAV. It is given an open file and a list of containers: nothing in a film can make it
open another file, or an address. What makes it slow or large meets the worker's limits.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from PIL import Image, ImageStat

from signage.runtime.extras import install_command
from signage.sources.images.decoding import LEAST_SIDE, BadPicture
from signage.sources.images.posters import DecodedPage, still_page

# What cameras, telephones, editing programs and browsers write. No playlists: those lead to other files.
CONTAINERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,asf,flv,ogg"
MOST_PIXELS = 4096 * 2304  # of a frame: 4K, and what cameras call so
LONG_SIDE, SHORT_SIDE = 1280, 720  # px at most: 720p, lying or upright
MOST_RATE = 30  # frames a second
RATE, QUALITY = 3_500_000, 23  # bits a second at most, and x264's constant rate factor
HEADROOM = 0.9  # of the allowed bytes: the rate control and the container take the rest
LOOKED_AT = 6.0  # seconds from the beginning in which a frame is chosen
LEAST_CONTRAST = 12.0  # standard deviation of brightness (of 255): less is a black or white screen before the film
LOOK_EVERY = 0.5  # seconds
DECODERS = 2  # threads
ENCODERS = 1  # thread: where the rate is capped, several give other bytes each time, and players fetch them all again


@dataclass(frozen=True, slots=True)
class Converted:
    """How long a converted film is, and its size in pixels."""

    seconds: float
    width: int
    height: int


def film_frame(path: str, longest: int) -> tuple[DecodedPage, float]:
    """A frame that stands for a film, and how long that is in seconds, or 0.0 if the file doesn't say. The first frame
    that isn't of one colour. Raises BadPicture.
    """
    with _film(path) as (container, stream):
        best, contrast, looked = None, -1.0, -LOOK_EVERY
        for seconds, frame in _frames(container, stream):
            if seconds > LOOKED_AT and best is not None:
                break
            if seconds < looked + LOOK_EVERY:
                continue
            looked = seconds
            image = _picture(stream, frame, longest)
            found = ImageStat.Stat(image.convert("L")).stddev[0]
            if found > contrast:
                best, contrast = image, found
            if contrast >= LEAST_CONTRAST:
                break
        if best is None:
            raise BadPicture("It has no pictures.")
        return still_page(best), float(container.duration or 0) / 1_000_000


def convert_film(path: str, target: str, most_seconds: int, most_bytes: int) -> Converted:
    """Write a film's first `most_seconds` in the form that all players read: H.264 baseline, at most 720p and 30 frames
    a second, without sound, to be played while it is read. The same film gives the same bytes. Raises BadPicture.
    """
    with _film(path) as (container, stream), _written(target) as out:
        rate = _rate(stream)
        made, graph, encoder = 0, None, None
        most = max(1, int(most_seconds * rate))
        size, shape = (0, 0), (0, 0, "")
        for _, frame in _frames(container, stream):
            if graph is None:
                size, shape = _size(stream, frame), (frame.width, frame.height, frame.format.name)
                graph = _graph(frame, size, rate)
                encoder = _encoder(out, size, rate, min(RATE, int(most_bytes * 8 * HEADROOM / most_seconds)))
            elif (frame.width, frame.height, frame.format.name) != shape:
                frame = frame.reformat(*shape)
            graph.vpush(frame)
            made += _encode(out, encoder, graph, made, most)
            if made >= most:
                break
        if graph is None:
            raise BadPicture("It has no pictures.")
        if made < most:
            graph.vpush(None)
            made += _encode(out, encoder, graph, made, most)
        if encoder is None or not made:
            raise BadPicture("It has no pictures.")
        out.mux(encoder.encode(None))
    if Path(target).stat().st_size > most_bytes:
        raise BadPicture(f"It can't be made smaller than {most_bytes // 1_000_000} MB.")
    return Converted(round(float(made / rate), 3), *size)


def _written(target: str) -> Any:
    import av

    return av.open(target, "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"})


@contextmanager
def _film(path: str) -> Iterator[tuple[Any, Any]]:
    """The opened container and its moving pictures. Raises BadPicture for what can't be read as a film."""
    try:
        import av  # large, and needed for films only
    except ImportError:
        raise BadPicture(f"Films need PyAV, which isn't installed. Hint: {install_command('video')}") from None
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise BadPicture("It isn't a file.")
        try:
            reading = {"format_whitelist": CONTAINERS, "protocol_whitelist": "file"}
            with av.open(file, container_options=reading, metadata_errors="replace") as container:
                cover = av.stream.Disposition.attached_pic
                stream = next((one for one in container.streams.video if not one.disposition & cover), None)
                if stream is None:
                    raise BadPicture("It has no moving pictures.")
                if stream.codec_context is None:
                    raise BadPicture("Its format isn't known. Hint: save it as MP4 (H.264).")
                if stream.width * stream.height > MOST_PIXELS:
                    raise BadPicture(f"{stream.width} x {stream.height} is larger than 4K. Hint: save it smaller.")
                stream.codec_context.thread_count = DECODERS
                yield container, stream
        except (BadPicture, MemoryError):
            raise
        except (av.error.InvalidDataError, av.error.ArgumentError):  # the second: none of the containers
            raise BadPicture("This isn't a film, or its end is missing. Hint: save it as MP4 (H.264).") from None
        except OSError as error:
            if isinstance(error, av.error.FFmpegError) and error.errno not in _OF_THE_DISK:
                raise BadPicture(f"It can't be read ({type(error).__name__}). Hint: save it as MP4 (H.264).") from None
            raise OSError(error.errno, os.strerror(error.errno or errno.EIO)) from None
        except Exception as error:  # whatever broken bytes lead to
            raise BadPicture(f"It can't be read ({type(error).__name__}). Hint: save it as MP4 (H.264).") from None


# What writing may meet, and nothing that the film is to blame for.
_OF_THE_DISK = (errno.ENOENT, errno.EACCES, errno.ENOSPC, errno.EROFS, errno.EDQUOT)


def _frames(container: Any, stream: Any) -> Iterator[tuple[float, Any]]:
    """The frames, and when each comes, in seconds from the first. Damaged ones are passed over."""
    import av

    first: Fraction | None = None
    errors = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            errors += 1
            if errors > 100:
                return
            continue
        for frame in frames:
            if frame.pts is None or frame.time_base is None:
                continue
            if frame.width * frame.height > MOST_PIXELS:
                raise BadPicture(f"{frame.width} x {frame.height} is larger than 4K. Hint: save it smaller.")
            at = frame.pts * frame.time_base
            first = at if first is None else first
            if at >= first:
                yield float(at - first), frame


def _rate(stream: Any) -> Fraction:
    """How many frames a second the converted film has: as it is, and at most 30."""
    found = stream.average_rate or stream.guessed_rate
    if not found or not 1 <= found <= MOST_RATE:
        return Fraction(MOST_RATE)
    return Fraction(found).limit_denominator(1001)


def _upright(stream: Any, frame: Any) -> tuple[int, int]:
    """The size of a frame as it is seen: with square pixels, and turned as the camera noted."""
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if not Fraction(1, 8) <= aspect <= 8:
        aspect = Fraction(1)
    width, height = round(frame.width * aspect), frame.height
    if min(width, height) < 16 or min(frame.width, frame.height) < LEAST_SIDE:
        raise BadPicture("Its pictures are too small to be shown.")
    return (height, width) if frame.rotation % 180 else (width, height)


def _size(stream: Any, frame: Any) -> tuple[int, int]:
    """The size of the converted film: both sides even, as the format asks for."""
    width, height = _upright(stream, frame)
    long, short = max(width, height), min(width, height)
    scale = min(1.0, LONG_SIDE / long, SHORT_SIDE / short)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


_TURNS = {90: ["cclock"], 180: ["clock", "clock"], -180: ["clock", "clock"], 270: ["clock"], -90: ["clock"]}


def _graph(frame: Any, size: tuple[int, int], rate: Fraction | None, formatted: str = "yuv420p") -> Any:
    """The filters that make frames upright, of this size and format, and `rate` a second."""
    from av.filter import Graph

    colours = "" if formatted == "rgb24" else ":out_color_matrix=bt709:out_range=tv"
    steps = [("yadif", "deint=interlaced")] if frame.interlaced_frame else []
    if rate is not None:
        steps.append(("fps", f"fps={rate.numerator}/{rate.denominator}:start_time=0"))
    steps += [("transpose", f"dir={turn}") for turn in _TURNS.get(frame.rotation, [])]
    steps += [("scale", f"{size[0]}:{size[1]}:flags=bicubic{colours}"), ("format", formatted), ("setsar", "1")]
    graph = Graph()
    source = graph.add_buffer(
        width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base, name="in"
    )
    nodes = [source, *(graph.add(name, arguments) for name, arguments in steps), graph.add("buffersink")]
    graph.link_nodes(*nodes).configure()
    return graph


def _picture(stream: Any, frame: Any, longest: int) -> Image.Image:
    """A frame as a picture: upright, no longer than `longest`."""
    width, height = _upright(stream, frame)
    scale = min(1.0, longest / max(width, height))
    graph = _graph(frame, (round(width * scale), round(height * scale)), None, "rgb24")
    graph.vpush(frame)
    made: Image.Image = graph.vpull().to_image()
    return made


def _encoder(out: Any, size: tuple[int, int], rate: Fraction, most: int) -> Any:
    stream = out.add_stream("libx264", rate=rate)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = 1 / rate
    stream.codec_context.color_range = 1  # as on television
    stream.codec_context.colorspace = 1  # BT.709
    stream.options = {
        "profile": "baseline",
        "level": "3.1",
        "preset": "veryfast",
        "crf": str(QUALITY),
        "maxrate": str(most),
        "bufsize": str(most),
        "g": str(2 * round(rate)),
        "threads": str(ENCODERS),
        "x264-params": f"threads={ENCODERS}",
    }
    return stream


def _encode(out: Any, encoder: Any, graph: Any, made: int, most: int) -> int:
    """Encode what the filters give, until there are `most` frames; gives how many there were."""
    import av

    count = 0
    while made + count < most:
        try:
            frame = graph.vpull()
        except (av.error.BlockingIOError, av.error.EOFError):
            break
        frame.pts = made + count
        frame.time_base = encoder.codec_context.time_base
        frame.pict_type = 0
        count += 1
        out.mux(encoder.encode(frame))
    return count
