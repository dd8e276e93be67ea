"""[[alert_feeds]]: what is accepted, what each type needs, and how a mistake is put."""

from __future__ import annotations

import pytest

import signage.app.configuration  # noqa: F401 what may stand in a playlist, and the types of sources
from signage.config.alert_feed_checks import municipalities, municipality_of
from signage.config.load import parse_config
from signage.config.models import Config
from signage.errors import ConfigError
from tests.fixtures.paths import LAYOUTS

CONTACT = 'contact = "post@example.org"\n'
NUMBER = 'municipality = "5055"\n'
POSITION = "position = [63.3, 9.1]\n"


def read(feeds: str, site: str = CONTACT + NUMBER, place: str = POSITION) -> Config:
    text = (
        f'[site]\nname = "Heim kommune"\ncalendar = "https://iheim.no"\n{site}'
        '[[sources]]\nid = "iheim"\ntype = "wis"\nurl = "https://iheim.no"\n'
        f'[places.library]\nname = "Hemne bibliotek"\n{place}[places.hall]\nname = "Halsahallen"\n'
        '[screens.library]\nplace = "library"\nplaylist = [{ show = "today" }, { show = "evergreen" }]\n'
    )
    return parse_config((text + feeds).encode(), "screens.toml", LAYOUTS)


def problems(feeds: str, site: str = CONTACT + NUMBER, place: str = POSITION) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(feeds, site, place)
    return [f"{problem.key}: {problem.message} Hint: {problem.hint}" for problem in caught.value.problems]


def test_a_type_is_enough_for_met_and_nve() -> None:
    met, nve = read('[[alert_feeds]]\ntype = "met"\n[[alert_feeds]]\ntype = "nve"\n').alert_feeds
    assert (met.feed_id, met.source_name, met.credit_line) == ("met", "MET Norway", "Data fra MET Norway")
    assert met.address == "https://api.met.no/weatherapi/metalerts/2.0"
    assert (nve.feed_id, nve.source_name, nve.credit_line) == ("nve", "NVE", "Varsom.no, NVE")
    assert (met.from_level, met.show.yellow, met.show.orange, met.show.red) == ("yellow", "page", "banner", "takeover")
    assert nve.dangers == ["flood", "landslide", "avalanche"]


def test_part_of_what_is_shown_how_may_be_left_out() -> None:
    (feed,) = read('[[alert_feeds]]\ntype = "met"\nshow = { red = "banner" }\n').alert_feeds
    assert (feed.show.yellow, feed.show.orange, feed.show.red) == ("page", "banner", "banner")


def test_a_places_municipality_goes_before_the_sites() -> None:
    config = read("", place=POSITION + 'municipality = "5056"\n')
    assert municipality_of(config, "library") == "5056"
    assert municipality_of(config, "hall") == "5055"
    assert municipalities(config) == ("5056", "5055")
    assert municipalities(read("", site="")) == ()


@pytest.mark.parametrize(
    ("feed", "site", "place", "expected"),
    [
        (
            'type = "met"',
            NUMBER,
            POSITION,
            "alert_feeds[0]: MET Norway gives alerts only to those whom it can reach. "
            'Hint: write contact = "name@example.org", your own address, under [site].',
        ),
        (
            'type = "met"',
            CONTACT,
            "",
            "alert_feeds[0]: The position of no place is known, and no municipality, so no alert can be shown. Hint: "
            'write position = [63.3, 9.1] under each [places.…], or municipality = "5055" under [site].',
        ),
        (
            'type = "nve"',
            NUMBER,
            "",
            "alert_feeds[0]: NVE warns of avalanches by position, and that of no place is given. Hint: "
            'write position = [63.3, 9.1] under each [places.…], or dangers = ["flood", "landslide"] here.',
        ),
        (
            'type = "nve"\ndangers = ["flood"]',
            "",
            POSITION,
            "alert_feeds[0]: NVE warns of floods and landslides by municipality, and none is given. Hint: "
            'write municipality = "5055", your own number, under [site].',
        ),
        (
            'type = "cap"\nname = "Politiet"',
            NUMBER,
            POSITION,
            'alert_feeds[0]: Where the feed is isn\'t known. Hint: write url = "https://example.org/cap.atom" here.',
        ),
        (
            'type = "cap"\nurl = "https://example.org/cap"',
            NUMBER,
            POSITION,
            'alert_feeds[0]: Whom the alerts are from isn\'t known. Hint: write name = "Politiet" here.',
        ),
        (
            'type = "nve"\nformat = "json"',
            NUMBER,
            POSITION,
            'alert_feeds[0].format: "format" can\'t be used with type = "nve". Hint: it belongs to "met".',
        ),
        (
            'type = "met"\ncounty = "5055"',
            CONTACT,
            POSITION,
            'alert_feeds[0].county: "5055" isn\'t the number of a county. Hint: it has two digits: "50".',
        ),
        (
            'type = "met"\nfrom_level = "green"',
            CONTACT,
            POSITION,
            'alert_feeds[0].from_level: This must be "yellow", "orange" or "red", not "green". Hint: ',
        ),
    ],
)
def test_what_is_missing_or_wrong_is_named(feed: str, site: str, place: str, expected: str) -> None:
    assert problems(f"[[alert_feeds]]\n{feed}\n", site, place) == [expected]


@pytest.mark.parametrize("number", ['"505"', '"50555"', '"Heim"', '"٥٠٥٥"'])
def test_a_municipality_has_four_digits(number: str) -> None:
    (problem,) = problems("", site=f"{CONTACT}municipality = {number}\n")
    assert problem.endswith('isn\'t the number of a municipality. Hint: it has four digits: "5055".')


def test_each_feed_has_an_id_of_its_own() -> None:
    twice = '[[alert_feeds]]\ntype = "met"\n'
    assert problems(twice * 2) == [
        'alert_feeds[1]: Another alert feed has the id "met". Hint: write an id of its own, like id = "met-red".'
    ]
    assert [feed.feed_id for feed in read(twice + twice + 'id = "met-red"\n').alert_feeds] == ["met", "met-red"]


def test_one_pair_of_brackets_is_one_too_few() -> None:
    assert problems('[alert_feeds]\ntype = "met"\n') == [
        "alert_feeds: A pair of brackets is missing in this heading. Hint: write [[alert_feeds]]."
    ]
