"""What may stand in a screen's playlist: a kind of page each, and the filters that choose among the events."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from signage.config.base import Id, Moment, Strict

READ = "How long each page stays; as long as reading it takes, if left out."
Seconds = Annotated[float | None, Field(ge=3, le=600, description=READ)]


class Filter(Strict):
    """Which events an entry takes. Within one key any value is enough; all keys that are given must hold."""

    place: Literal["here", "anywhere"] | list[Id] = Field(
        "anywhere", description='"here": the screen\'s own place, or nearby ones when nothing is on.'
    )
    categories: list[str] = Field([], description='Category words of the source: "Kino", "Idrett".')
    audiences: list[str] = Field([], description='"Barn", "Ungdom", "Familie", "Voksne", "Senior".')
    organisers: list[str] = Field([], description="Who arranges it: organisations, by any of their names.")
    sources: list[Id] = Field([], description="Only events that one of these sources tells of.")


MOST_OF_ONE = "At most so many occurrences of one activity at the same time, the soonest; 0: all."
Most = Annotated[int, Field(ge=0, le=50, description=MOST_OF_ONE)]


class EventsEntry(Filter):
    seconds: Seconds = None
    series: Most = 0


class Today(EventsEntry):
    show: Literal["today"] = Field(description="What is on today, from now on.")


class Agenda(EventsEntry):
    show: Literal["agenda"] = Field(description="The coming days, day by day.")
    today: bool = Field(True, description="false: begin tomorrow, for a screen that shows today on a page of its own.")
    days: int = Field(7, ge=1, le=14, description="How many days, the first included.")
    series: Most = 3


class Week(EventsEntry):
    show: Literal["week"] = Field(description="Seven days side by side.")


class EventPoster(EventsEntry):
    show: Literal["event"] = Field(description="Coming events, each as a poster of its own.")
    count: int = Field(2, ge=1, le=10, description="A poster each for this many coming events.")
    days: int = Field(14, ge=1, le=60, description="How many days ahead to look.")
    picture: bool | None = Field(None, description="true: only events with a picture. false: only those without.")
    series: Most = 1


class Notice(Strict):
    """A text of your own, for as long as it holds."""

    show: Literal["notice"] = Field(description="A text of your own.")
    title: str = Field(min_length=1, max_length=120, description="The heading.")
    text: str = Field("", max_length=600, description="The text under it; an empty line begins a new paragraph.")
    # `from` is a word of Python; both are instants in UTC once they come from a `Config`
    from_: Moment | None = Field(
        None,
        alias="from",
        description="Shown from this time (site's zone unless it has an offset), or from the beginning of this day.",
    )
    until: Moment | None = Field(None, description="Shown until this time, or to the end of this day.")
    seconds: Seconds = None


class NewsPages(Strict):
    """The newest items of a feed, each on a page of its own that looks like a notice."""

    show: Literal["news"] = Field(description="The newest items of a feed, each on a page of its own.")
    source: Id = Field(description="Whose news: the id of a source.")
    count: int = Field(3, ge=1, le=10, description="At most so many items; the newest are taken.")
    days: int = Field(14, ge=1, le=60, description="How many days an item is shown after it was published.")
    seconds: Seconds = None


class Evergreen(Strict):
    show: Literal["evergreen"] = Field(description="What this screen is and where the calendar is.")
    seconds: Seconds = None


class Now(EventsEntry):
    show: Literal["now"] = Field(description="What goes on in this house at the moment and next, room by room.")
    place: Literal["here", "anywhere"] | list[Id] = Field(
        "here", description='"here": the screen\'s own place. Or a list of places.'
    )
    heading: str = Field("", max_length=60, description="What stands above; the place's name if left out.")


class Countdown(EventsEntry):
    """The days that are left until a big event: the next one that the filters and `event` choose."""

    show: Literal["countdown"] = Field(description="How many days are left until a big event.")
    event: str = Field(
        min_length=1, description='The event\'s title: "Heimsdagan*". Without a * anywhere: a title with these words.'
    )
    days: int = Field(60, ge=1, le=365, description="From how many days before.")


class OrganisationPages(EventsEntry):
    """ "Bli kjent med": who they are, and what they have coming."""

    show: Literal["organisation"] = Field(description="An association or a business: who they are, what is coming.")
    count: int = Field(1, ge=1, le=5, description="So many organisations a day, each on a page; others the next day.")


class SponsorPages(Strict):
    """The slot in the rotation that sponsors share."""

    show: Literal["sponsor"] = Field(description="A sponsor, marked as an advertisement. They take turns.")
    seconds: Annotated[float, Field(ge=3, le=600)] = Field(10.0, description="How long the page stays.")


SplitArea = Annotated[
    Today | Agenda | EventPoster | Now | Countdown | OrganisationPages | Notice | NewsPages | Evergreen,
    Field(discriminator="show"),
]


class Split(Strict):
    """Two kinds of page side by side: a wide zone and a column."""

    show: Literal["split"] = Field(description="Two pages at once: a main zone and a column beside it.")
    main: SplitArea = Field(description='The wide zone: { show = "today" }.')
    side: SplitArea = Field(description='The column: { show = "now" }.')
    seconds: Seconds = None


PlaylistEntry = Annotated[
    Today
    | Agenda
    | Week
    | EventPoster
    | Now
    | Countdown
    | OrganisationPages
    | Notice
    | NewsPages
    | SponsorPages
    | Split
    | Evergreen,
    Field(discriminator="show"),
]
