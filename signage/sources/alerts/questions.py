"""From the sections [[alert_feeds]] to what must be asked: one question for each address. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from signage.config.alert_feed_checks import municipalities, municipality_of
from signage.config.alert_feeds import AlertFeed
from signage.config.models import Config
from signage.sources.alerts import metalerts, nve
from signage.sources.alerts.base import ReadAlerts
from signage.sources.alerts.cap_index import read_index

# How often at most. MET Norway's terms of service allow one poll in ten minutes for push.
PERIODS = {"met": timedelta(minutes=10), "nve": timedelta(minutes=15), "cap": timedelta(minutes=5)}
AVALANCHE_PERIOD = timedelta(hours=1)  # they are made once a day
XML = "application/cap+xml, application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9"
JSON = "application/json"
NORWEGIAN = ("nb", "nn")


@dataclass(frozen=True, slots=True)
class AlertQuestion:
    """`name`: the same as long as the question is. `read`: what makes `ReadAlerts` of a body, an address for a list,
    else `argument`. `complete`: an answer has all that holds, so what it lacks is over.
    """

    feed: str
    name: str
    service: str
    address: str
    accept: str
    period: timedelta
    read: Callable[..., ReadAlerts]
    argument: object = None
    complete: bool = True

    @property
    def is_list(self) -> bool:
        """Whether the answer leads to CAP files."""
        return self.read is read_index


def questions_of(feed: AlertFeed, config: Config, now: datetime) -> Iterator[AlertQuestion]:
    """What a feed must be asked for the places and languages of a configuration."""
    period = PERIODS[feed.type]
    if feed.type == "nve":
        places = [place.position for place in config.places.values() if place.position]
        today = now.astimezone(ZoneInfo("Europe/Oslo")).date()
        for asked in nve.questions(
            feed.address, feed.dangers, municipalities(config), places, _languages(config), today
        ):
            how_often = AVALANCHE_PERIOD if asked.danger == nve.AVALANCHE else period
            yield AlertQuestion(
                feed.feed_id, asked.name, feed.address, asked.address, JSON, how_often, nve.read_warnings, asked
            )
        return
    county = feed.county or _county(config)
    if feed.type == "cap":
        yield AlertQuestion(
            feed.feed_id, "list", feed.address, feed.address, XML, period, read_index, complete=feed.only_listed
        )
    elif feed.format == "json":
        for language in _languages(config):
            address = metalerts.json_address(feed.address, county, language)
            yield AlertQuestion(
                feed.feed_id, language, feed.address, address, JSON, period, metalerts.read_json, language
            )
    else:
        address = metalerts.index_address(feed.address, county)
        yield AlertQuestion(feed.feed_id, "list", feed.address, address, XML, period, read_index)


def _languages(config: Config) -> tuple[str, ...]:
    """What is asked for, as MET Norway and NVE call it: Norwegian always, English if a screen needs it."""
    spoken = {*config.site.languages, *(each for screen in config.screens.values() for each in screen.spoken)}
    return ("no",) if spoken <= set(NORWEGIAN) else ("no", "en")


def _county(config: Config) -> str:
    """The county that all places are in; "" when they are in several, or when that isn't known."""
    counties = {municipality_of(config, place)[:2] for place in config.places}
    return counties.pop() if len(counties) == 1 else ""
