"""Page kind "video": a film of your own, without sound; a frame of it where it can't be played. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from signage.config.models import Config, Screen
from signage.config.playlist import Timed
from signage.domain.page_plan import PagePlan
from signage.domain.poster_file import Clip, PosterFile, WantedPosters
from signage.planning.catalog import Catalog
from signage.planning.kinds.base import SampleMaterial
from signage.planning.kinds.notice import ALT
from signage.planning.kinds.picture import PosterKind

STILL_SECONDS = 1.6  # that the frame is shown, before and after the film: the fades of 0.8 s


class OwnVideo(Timed):
    """A film of your own."""

    show: Literal["video"] = Field(description="A film of your own, without sound.")
    file: str = Field(
        min_length=1, description="The file, seen from this file's folder: MP4, MOV, WebM, MKV, AVI or MPEG."
    )
    alt: str = Field("", max_length=ALT, description="What is to be seen, for people who don't see it.")
    seconds: float | None = Field(
        None, ge=3, le=600, description="How long the page stays; as long as the film lasts, if left out."
    )


class VideoKind(PosterKind[OwnVideo]):
    name = "video"
    model = OwnVideo
    order = 86
    paths = ("file",)
    zone = False

    def posters(self, entry: OwnVideo) -> tuple[WantedPosters, ...]:
        return (WantedPosters(entry.file, video=True),)

    def files(self, entry: OwnVideo, found: Sequence[PosterFile], zone: ZoneInfo) -> Sequence[PosterFile]:
        """Nothing is written beside a film: it takes the whole page."""
        return [
            replace(
                file,
                title="",
                text="",
                url=None,
                day=None,
                alt=entry.alt or file.alt,
                begin=entry.from_ or file.begin,
                end=entry.until or file.end,
            )
            for file in found
        ]

    def dated(self, plan: PagePlan, config: Config, screen: Screen) -> bool:
        return False

    def sample_line(self, notice: Mapping[str, str]) -> dict[str, object]:
        return {"file": "film"}

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        """The frame of a film that has another form than the screen."""
        (file,) = material.context.catalog.posters["film"]
        return {"video": PagePlan("video", entry=material.keys[self.name], poster=("film", file.name, 0))}


def clip_of(plan: PagePlan, catalog: Catalog) -> Clip | None:
    """The film of a page, if it has one that is converted."""
    if plan.kind != VideoKind.name or plan.poster is None:
        return None
    path, name, number = plan.poster
    file = next((one for one in catalog.posters.get(path, ()) if one.name == name), None)
    return file.pages[number].clip if file is not None and number < len(file.pages) else None


def dwell_seconds(clip: Clip | None) -> float | None:
    """How long the page of a film stays; None without a film."""
    return round(clip.seconds + STILL_SECONDS, 3) if clip else None


KIND = VideoKind()
