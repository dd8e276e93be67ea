"""The films of a manifest (docs/bundle-format.md): where each is on its page, and the files that it takes. Pure.

They are in a table of their own: players before 0.6 refuse a manifest whose `assets` have a type that they don't know.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from signage.domain.poster_file import Clip
from signage.publishing.bundle_format import AssetEntry, PageEntry, VideoPlace

VIDEO_TYPE = "video/mp4"


@dataclass(frozen=True, slots=True)
class PageVideo:
    """A film, and the box that it fills on its page, in whole pixels."""

    clip: Clip
    x: int
    y: int
    width: int
    height: int

    @classmethod
    def on(cls, clip: Clip, width: int, height: int) -> PageVideo:
        """As large as fits into a page, in its middle, as the layouts show the frame."""
        scale = min(width / clip.width, height / clip.height)
        wide, high = round(clip.width * scale), round(clip.height * scale)
        return cls(clip, (width - wide) // 2, (height - high) // 2, wide, high)

    def place(self) -> VideoPlace:
        """As the page names it."""
        return {
            "asset": self.clip.sha256,
            "x": self.x,
            "y": self.y,
            "width": self.width,
            "height": self.height,
            "seconds": self.clip.seconds,
        }

    def asset(self) -> AssetEntry:
        return {"bytes": self.clip.bytes, "media_type": VIDEO_TYPE}


def named_videos(pages: Iterable[PageEntry], *known: Mapping[str, AssetEntry]) -> dict[str, AssetEntry]:
    """The table of what these pages name."""
    everything = {sha256: about for table in known for sha256, about in table.items()}
    names = dict.fromkeys(page["video"]["asset"] for page in pages if "video" in page)
    return {sha256: everything[sha256] for sha256 in names if sha256 in everything}


def without_videos(pages: Iterable[PageEntry], lost: Collection[str]) -> list[PageEntry]:
    """The pages, of which those whose film is `lost` show its frame only."""
    kept: list[PageEntry] = []
    for page in pages:
        if "video" in page and page["video"]["asset"] in lost:
            page = page.copy()
            del page["video"]
        kept.append(page)
    return kept
