"""The small file beside a picture: "Julekonsert.toml" beside "Julekonsert.pdf" says what the picture is about. Pure.

What is right in it counts; each thing that is wrong is named, and left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pydantic import Field, HttpUrl, ValidationError

from signage.config.base import Moment, Strict
from signage.config.explain import explain
from signage.config.moments import moments_of
from signage.config.playlist import Day
from signage.config.syntax import parse
from signage.config.words import did_you_mean, one_of

MOST_BYTES = 8 * 1024  # its texts have some thousand letters at most
WHAT = "A small file beside a picture"
EXAMPLE = 'write lines like title = "Julekonsert".'


class BesidePicture(Strict):
    """What may stand in it."""

    title: str = Field("", max_length=120)
    text: str = Field("", max_length=300)
    url: HttpUrl | None = None
    alt: str = Field("", max_length=500)
    day: Day | None = None
    from_: Moment | None = Field(None, alias="from")
    until: Moment | None = None


SETTINGS = [field.alias or name for name, field in BesidePicture.model_fields.items()]


@dataclass(frozen=True, slots=True)
class Words:
    """What a picture is about. `begin` and `end`: instants."""

    title: str = ""
    text: str = ""
    url: str | None = None
    alt: str = ""
    day: date | None = None
    begin: datetime | None = None
    end: datetime | None = None


NOTHING = Words()


def read_beside(data: bytes, zone: ZoneInfo) -> tuple[Words, list[str]]:
    """What the file says, and a sentence for each thing in it that can't be used. Times are in `zone`."""
    try:
        parsed, _, faults = parse(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return NOTHING, ["It isn't in UTF-8. Hint: save it with the encoding UTF-8."]
    problems = [f"line {each.spot[0]}: {each.message} Hint: {each.hint or EXAMPLE}" for each in faults]
    problems += [_unknown(key) for key in parsed if key not in SETTINGS]
    kept = moments_of({key: value for key, value in parsed.items() if key in SETTINGS}, zone)
    for _ in range(2):
        try:
            found = BesidePicture.model_validate(kept)
            break
        except ValidationError as error:
            for finding in explain(error.errors(include_url=False), kept):
                name = str(finding.path[0])
                hint = f" Hint: {finding.hint}" if finding.hint else ""
                problems.append(f"{name}: {finding.message}{hint}")
                kept.pop(name, None)
    else:
        return NOTHING, problems
    end, begin = found.until, found.from_
    if begin and end and end <= begin:
        problems.append("until: This ends before it begins. Hint: until must be later than from.")
    url = str(found.url) if found.url else None
    return Words(found.title, found.text, url, found.alt, found.day, begin, end), problems


def _unknown(key: str) -> str:
    hint = did_you_mean(key, SETTINGS) or f"{WHAT} has {one_of(SETTINGS)}."
    return f'There is no setting "{key}" here. Hint: {hint}'
