"""Page kind "picture": a picture or a document of your own, page by page, for as long as it holds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, Literal, TypedDict, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, HttpUrl

from signage.config.models import Config, Screen
from signage.config.playlist import Day, PlaylistEntry, Seconds, Timed
from signage.domain.model import NO_EXCESS, Excess, PagePicture
from signage.domain.page_plan import EntryKey, PagePlan
from signage.domain.poster_file import PosterFile, WantedPosters, day_after
from signage.planning.kinds.base import EntryContent, PageKind, SampleMaterial, ScreenContext
from signage.planning.kinds.notice import ALT
from signage.planning.page_writer import LinkContext, PageWriter, playlist_entry
from signage.wording.qr import linkable
from signage.wording.rows import picture

SECONDS = 15.0  # that a page stays: how long reading it takes isn't known
BESIDE, ABOVE = 0.66, 0.62  # of the page's width, or of an upright page's height, at most: the rest is for the words
TITLE, TEXT = 120, 300  # letters at most

E = TypeVar("E", bound=PlaylistEntry)


class OwnPicture(Timed):
    """A picture or a document of your own."""

    show: Literal["picture"] = Field(description="A picture or a PDF of your own.")
    file: str = Field(
        min_length=1,
        description="The file, seen from this file's folder: JPEG, PNG, WebP, AVIF, HEIC, SVG, GIF or PDF.",
    )
    title: str = Field("", max_length=TITLE, description="What it is about; written beside it.")
    text: str = Field("", max_length=TEXT, description="A sentence or two under the title.")
    url: HttpUrl | None = Field(None, description="Where the QR code beside it leads.")
    alt: str = Field("", max_length=ALT, description="What is on it, for people who don't see it.")
    day: Day | None = Field(
        None, description="The day that it is about; written beside it, and its last day unless until says otherwise."
    )
    seconds: Seconds = SECONDS


class PictureShare(TypedDict):
    """At most this part of the page's width, or height, is the picture's when there are words beside, or under, it."""

    beside: float
    above: float


class PictureContext(LinkContext):
    """`captioned`: something is written beside it, and `share` what that leaves the picture. `ground`: a colour
    ("#rrggbb") to surround it with when it is alone, or "".
    """

    picture: PagePicture | None
    ground: str
    captioned: bool
    share: PictureShare
    title: str
    text: str
    when: str


class PosterKind(PageKind[E], Generic[E]):
    """What the kinds of pictures have in common: the pages of files that are to be shown at an instant."""

    template = "picture"

    def files(self, entry: E, found: Sequence[PosterFile], zone: ZoneInfo) -> Sequence[PosterFile]:
        """The files with what the line itself says of them."""
        return found

    def poster_files(
        self, entry: E, posters: Mapping[str, tuple[PosterFile, ...]], zone: ZoneInfo
    ) -> Sequence[PosterFile]:
        found = (posters.get(one.path, ()) for one in self.posters(entry))
        return [file for files in found for file in self.files(entry, [each.in_zone(zone) for each in files], zone)]

    def content(self, entry: E, key: EntryKey, context: ScreenContext) -> EntryContent:
        (wanted,) = self.posters(entry)
        files = self.poster_files(entry, context.catalog.posters, context.zone)
        instants = {edge for file in files for edge in (file.begin, end_of(file)) if edge}

        def pages(at: datetime) -> Sequence[PagePlan]:
            """A copy ("Plakat (1).pdf") is not shown again."""
            found: dict[tuple[object, ...], PagePlan] = {}
            for file in files:
                if is_shown(file, at):
                    for number, page in enumerate(file.pages):
                        plan = PagePlan(self.name, entry=key, poster=(wanted.path, file.name, number))
                        found.setdefault((page.picture.sha256, *_words(file)), plan)
            return list(found.values())

        return EntryContent(tuple(sorted(instants)), pages)

    def file(self, plan: PagePlan, writer: PageWriter) -> PosterFile:
        """The file that a page shows."""
        assert plan.poster is not None
        path, name, _ = plan.poster
        entry: Any = writer.entry(plan)
        zone = writer.wording.zone
        return next(f for f in self.files(entry, writer.catalog.posters[path], zone) if f.name == name)

    def context(self, plan: PagePlan, writer: PageWriter) -> PictureContext:
        assert plan.poster is not None
        file = self.file(plan, writer)
        page = file.pages[plan.poster[2]]
        link = writer.link(file.url)
        return {
            "picture": picture(page.picture),
            "ground": page.edge,
            "captioned": is_captioned(file),
            "share": {"beside": BESIDE, "above": ABOVE},
            "title": writer.lines.headline(file.title),
            "text": writer.lines.broken(file.text),
            "when": writer.wording.day(file.day, "full_day") if file.day else "",
            **link,
        }

    def split(self, plan: PagePlan, excess: Excess = NO_EXCESS) -> list[PagePlan]:
        """One picture: there is nothing to divide."""
        return [plan]


class PictureKind(PosterKind[OwnPicture]):
    name = "picture"
    model = OwnPicture
    order = 84
    paths = ("file",)

    def posters(self, entry: OwnPicture) -> tuple[WantedPosters, ...]:
        return (WantedPosters(entry.file),)

    def files(self, entry: OwnPicture, found: Sequence[PosterFile], zone: ZoneInfo) -> Sequence[PosterFile]:
        return [with_words(file, entry, zone) for file in found]

    def dated(self, plan: PagePlan, config: Config, screen: Screen) -> bool:
        assert plan.entry is not None
        entry = playlist_entry(screen, plan.entry)
        return isinstance(entry, OwnPicture) and entry.day is not None

    def sample_line(self, notice: Mapping[str, str]) -> dict[str, object]:
        return {"file": "plakat"}

    def samples(self, material: SampleMaterial) -> dict[str, PagePlan]:
        """An upright poster with words beside it, and a lying picture."""
        key = material.keys[self.name]
        files = material.context.catalog.posters["plakat"]
        named = zip(("picture", "picture-wide"), files, strict=True)
        return {name: PagePlan("picture", entry=key, poster=("plakat", file.name, 0)) for name, file in named}


def with_words(file: PosterFile, entry: OwnPicture, zone: ZoneInfo) -> PosterFile:
    """A file with what its line in screens.toml says; what that leaves out is as the file itself has it."""
    ends_day = day_after(entry.day, zone) if entry.day else None
    return replace(
        file,
        title=entry.title or file.title,
        text=entry.text or file.text,
        url=str(entry.url) if entry.url else file.url,
        alt=entry.alt or file.alt,
        day=entry.day or file.day,
        begin=entry.from_ or file.begin,
        end=entry.until or ends_day or file.end,
    )


def is_captioned(file: PosterFile) -> bool:
    """Whether something is written beside a file's pages."""
    return bool(file.title or file.text or file.day or (file.url and linkable(file.url)))


def without_copies(files: Iterable[PosterFile]) -> list[PosterFile]:
    """The files, of which one that looks like an earlier one is left out."""
    found: dict[tuple[object, ...], PosterFile] = {}
    for file in files:
        found.setdefault((tuple(page.picture.sha256 for page in file.pages), *_words(file)), file)
    return list(found.values())


def _words(file: PosterFile) -> tuple[object, ...]:
    return (file.title, file.text, file.url, file.day)


def end_of(file: PosterFile) -> datetime | None:
    """When a file is shown no longer."""
    return file.end or file.kept_until


def is_shown(file: PosterFile, at: datetime) -> bool:
    """Whether a file is shown at an instant."""
    end = end_of(file)
    return not (file.begin and at < file.begin) and not (end and at >= end)


KIND = PictureKind()
