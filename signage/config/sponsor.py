"""The sections [[sponsors]]: who pays for a turn on the screens."""

from __future__ import annotations

from pydantic import Field, HttpUrl, PrivateAttr

from signage.config.base import Id, Moment, Strict


class Sponsor(Strict):
    """A local business that pays for a turn in the rotation."""

    id: Id = Field(description="A short name for reports.")
    name: str = Field(min_length=1, max_length=80, description="As it is written on the card.")
    text: str = Field("", max_length=200, description="A sentence on the typeset card.")
    picture: str = Field("", description="A picture file that fills the page instead, seen from this file's folder.")
    url: HttpUrl | None = Field(None, description="Where the QR code leads.")
    weight: float = Field(1.0, gt=0, le=1000, description="Its share of the time, against the weights of the others.")
    screens: list[Id] = Field(
        [], description="The screens and groups it is shown on; all that have a slot, if left out."
    )
    per_hour: int | None = Field(None, ge=1, le=600, description="At most this many showings an hour on each screen.")
    from_: Moment | None = Field(None, alias="from", description="From this time, or from the beginning of this day.")
    until: Moment | None = Field(None, description="Until this time, or to the end of this day.")

    _members: frozenset[str] = PrivateAttr(frozenset())  # of the groups in `screens`

    def is_on(self, screen_id: str) -> bool:
        """Whether it is shown on this screen, if that has a slot."""
        return not self.screens or screen_id in self.screens or screen_id in self._members
