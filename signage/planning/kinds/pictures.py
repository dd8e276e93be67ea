"""Page kind "pictures": the pictures and documents in a folder, in the order of their names. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from signage.config.models import Config, Screen
from signage.config.playlist import Seconds, Timed
from signage.domain.page_plan import PagePlan
from signage.domain.poster_file import WantedPosters
from signage.planning.kinds.base import SampleMaterial
from signage.planning.kinds.picture import SECONDS, PosterKind


class FolderPictures(Timed):
    """The pictures and documents in a folder."""

    show: Literal["pictures"] = Field(description="All pictures and PDFs in a folder, in the order of their names.")
    folder: str = Field(min_length=1, description="The folder, seen from this file's folder.")
    seconds: Seconds = SECONDS


class PicturesKind(PosterKind[FolderPictures]):
    name = "pictures"
    model = FolderPictures
    order = 85
    paths = ("folder",)

    def posters(self, entry: FolderPictures) -> tuple[WantedPosters, ...]:
        return (WantedPosters(entry.folder, folder=True),)

    def dated(self, plan: PagePlan, config: Config, screen: Screen) -> bool:
        return True  # a folder's pictures come and go by their dates

    def sample_line(self, notice: Mapping[str, str]) -> dict[str, object]:
        return {"folder": "plakater"}

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        """A poster alone on its ground."""
        (file,) = material.context.catalog.posters["plakater"]
        return {"pictures": PagePlan("pictures", entry=material.keys[self.name], poster=("plakater", file.name, 0))}


KIND = PicturesKind()
