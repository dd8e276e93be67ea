"""Pages of departures: where they may be, and what is said of each departure, in every language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from signage.config.load import parse_config
from signage.domain.departures import Board, Departure, Departures
from signage.domain.live_data import WantedData
from signage.domain.page_plan import Capacity, PagePlan, Variant
from signage.errors import ConfigError
from signage.planning.catalog import Catalog
from signage.planning.kinds import KINDS, TEMPLATES, split_page
from signage.planning.page_contexts import PageContextBuilder
from signage.planning.screen_plan import ScreenPlan, plan_screen
from signage.rendering.document import Renderer
from signage.rendering.layouts import load_layout
from signage.wording.languages import load
from tests.fixtures.entur import STOP
from tests.fixtures.hostile_texts import anything
from tests.fixtures.make import oslo
from tests.fixtures.paths import LAYOUTS
from tests.fixtures.shots import one_screen
from tests.fixtures.site import HEAD

NOW = oslo("2026-11-24 12:00")
MINUTE = timedelta(minutes=1)
LINE = {"show": "departures", "stop": STOP}


def planned(days: int = 2, **screen: Any) -> ScreenPlan:
    config = one_screen(**{"playlist": [{"show": "evergreen"}, LINE], **screen})
    end = NOW + timedelta(days=days)
    return plan_screen(config, "s", Catalog(), NOW, end, Capacity(5, 9, 1, 4), {})


def spans(plan: ScreenPlan) -> list[tuple[str, str]]:
    """Hour and minute of each place's beginning and end, by the clock on the wall."""
    local = [(place.start.astimezone(NOW.tzinfo), place.until.astimezone(NOW.tzinfo)) for place in plan.places]
    return [(f"{a:%a %H.%M}", f"{b:%a %H.%M}") for a, b in local]


def words(language: str, *calls: Departure, **line: Any) -> dict[str, Any]:
    config = one_screen(language=language, playlist=[{**LINE, **line}])
    plan = PagePlan("departures", NOW.date(), entry=(0, ""), board=Board("Sentrum", calls))
    context: dict[str, Any] = dict(PageContextBuilder(config, "s", load(language), Catalog()).spec(plan).context)
    return context


def call(late: float = 0.0, **more: Any) -> Departure:
    aimed = NOW + 5 * MINUTE
    about = {"line": "310", "destination": "Orkanger", "mode": "bus", "quay": "2", **more}
    return Departure(aimed=aimed, expected=aimed + late * MINUTE, **about)


def test_a_build_plans_places_and_no_page() -> None:
    plan = planned()
    assert {page.plan.kind for page in plan.pages} == {"evergreen"}
    assert spans(plan) == [("Tue 12.00", "Wed 00.00"), ("Wed 00.00", "Thu 00.00"), ("Thu 00.00", "Thu 12.00")]


def test_places_are_within_the_opening_hours_unless_the_line_says_otherwise() -> None:
    hours = {"mon-fri": "10:00-18:00"}
    assert spans(planned(hours=hours)) == [
        ("Tue 12.00", "Tue 18.00"),
        ("Wed 10.00", "Wed 18.00"),
        ("Thu 10.00", "Thu 12.00"),
    ]
    always = [{**LINE, "when_closed": "show"}]
    assert spans(planned(hours=hours, playlist=always))[0] == ("Tue 12.00", "Wed 00.00")
    assert spans(planned(hours=hours, playlist=always, when_closed="dark"))[0] == ("Tue 12.00", "Tue 18.00")


def test_places_are_within_the_times_of_the_line_and_in_each_language_and_layout() -> None:
    line = {**LINE, "days": "wed", "hours": "14-16"}
    plan = planned(playlist=[line], language=None, languages=["nb", "en"], night_layout="natt", night="15-07")
    assert spans(plan) == [("Wed 14.00", "Wed 15.00"), ("Wed 15.00", "Wed 16.00")] * 2
    assert [(place.turn, place.plan.variant) for place in plan.places] == [
        (0, Variant()),
        (0, Variant(layout="natt")),
        (1, Variant(language="en")),
        (1, Variant(language="en", layout="natt")),
    ]


@pytest.mark.parametrize(
    ("language", "time", "realtime", "cancelled", "detail"),
    [
        ("nb", "12.08", "Sanntid", "Innstilt", "buss · plattform 2 · rutetid 12.05"),
        ("nn", "12.08", "Sanntid", "Innstilt", "buss · plattform 2 · rutetid 12.05"),
        ("en", "12:08", "Live", "Cancelled", "bus · stop 2 · scheduled 12:05"),
        ("de", "12:08", "Echtzeit", "Fällt aus", "Bus · Steig 2 · planmäßig 12:05"),
        ("uk", "12:08", "Наживо", "Скасовано", "автобус · платформа 2 · за розкладом 12:05"),
    ],
)
def test_what_is_said_of_a_departure(language: str, time: str, realtime: str, cancelled: str, detail: str) -> None:
    late, off, plain = words(language, call(3, realtime=True), call(3, cancelled=True), call(mode="", quay=""))["rows"]
    assert (late["time"], late["line"], late["title"], late["detail"]) == (time, "310", "Orkanger", detail)
    assert (late["badge"]["word"], late["badge"]["tone"], late["off"]) == (realtime, "calm", False)
    assert (off["badge"]["word"], off["badge"]["tone"], off["off"]) == (cancelled, "stop", True)
    assert off["time"] == time.replace("08", "05"), "people look for it at its usual time"
    assert (plain["badge"], plain["detail"]) == (None, "")


def test_the_page_names_the_stop_or_what_the_line_says_and_entur() -> None:
    assert (words("nb", call())["heading"], words("nb", call())["credit"]) == ("Sentrum", "Data: Entur")
    assert words("nb", call(), heading="Bussen")["heading"] == "Bussen"


def test_only_fresh_departures_of_its_own_stop_are_shown() -> None:
    config = one_screen(playlist=[LINE])
    place = PagePlan("departures", NOW.date(), entry=(0, ""))
    found = Departures("Sentrum", (call(),), NOW.astimezone(UTC))
    kind, entry, wanted = KINDS["departures"], config.screens["s"].entries[0], WantedData("departures", STOP)
    until = NOW + timedelta(hours=1)
    assert kind.live_data(entry) == (wanted,)
    assert [end for *_, end in kind.current(place, entry, {wanted: found}, NOW, until)] == [NOW + 2 * MINUTE]
    assert kind.current(place, entry, {wanted: found}, NOW, NOW + MINUTE)[0][2] == NOW + MINUTE
    assert kind.current(place, entry, {wanted: found}, NOW + 2 * MINUTE, until) == []
    assert kind.current(place, entry, {}, NOW, until) == []


def test_what_does_not_fit_is_left_out_the_latest_first() -> None:
    plan = PagePlan("departures", entry=(0, ""), board=Board("Sentrum", (call(line="1"), call(line="2"))))
    (less,) = split_page(plan)
    assert less.board == Board("Sentrum", (call(line="1"),))
    assert split_page(less) == [less]


@pytest.mark.parametrize("layout", ["fjord", "natt", "plakat"])
def test_hostile_texts_are_text(layout: str) -> None:
    renderer = Renderer(load_layout(LAYOUTS / layout, TEMPLATES))
    config = one_screen(layout=layout, playlist=[LINE])
    texts = ["<script>x</script>", *(anything(Random(seed), 80) for seed in range(40))]
    calls = tuple(call(line=text[:12], destination=text, quay=text[:8]) for text in texts)
    plan = PagePlan("departures", NOW.date(), entry=(0, ""), board=Board("<b>Sentrum", calls))
    body = renderer.document(PageContextBuilder(config, "s", load("nb"), Catalog()).spec(plan)).body
    assert "&lt;b&gt;Sentrum" in body
    assert "<script" not in body


def test_a_time_is_that_of_the_screens_own_zone() -> None:
    config = one_screen(playlist=[LINE], zone="Europe/Helsinki")
    plan = PagePlan("departures", NOW.date(), entry=(0, ""), board=Board("Sentrum", (call(),)))
    rows: Any = PageContextBuilder(config, "s", load("nb"), Catalog()).spec(plan).context["rows"]
    assert rows[0]["time"] == "13.05"
    assert datetime.fromisoformat("2026-11-24T13:05:00+02:00") == call().expected


@pytest.mark.parametrize(
    ("stop", "hint"),
    [
        ("41742", 'write "NSR:StopPlace:41742"'),
        ("nsr:stopplace:41742", 'write "NSR:StopPlace:41742"'),
        ("NSR:Quay:7", "look the stop up"),
        ("Orkanger", "look the stop up"),
        ("NSR:StopPlace:12345678901", "look the stop up"),
    ],
)
def test_a_stop_that_is_written_otherwise_is_named_with_what_to_write(stop: str, hint: str) -> None:
    playlist = f'{{ show = "departures", stop = "{stop}" }}'
    text = HEAD.format(url="https://iheim.example.org", playlist=playlist, more="")
    with pytest.raises(ConfigError) as found:
        parse_config(text.encode(), "screens.toml", LAYOUTS)
    assert "A stop is written like" in str(found.value)
    assert f"Hint: {hint}" in str(found.value)
