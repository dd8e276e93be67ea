"""Live data: each subject is fetched once, politely; the last good answer stays; a failure costs its own subject."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signage.app.live_data import LiveAnswers, LiveShelf
from signage.config.models import Config
from signage.domain.live_data import WantedData
from signage.domain.weather import Forecast
from signage.runtime.cancel import Cancelled, CancelToken
from signage.sources.trust.pace import JITTER, LONGEST_LIFETIME, Pace
from signage.storage.store import Store
from signage.wording.languages.messages import load_messages
from tests.fixtures import met
from tests.fixtures import portal as answers
from tests.fixtures.make import OSLO
from tests.fixtures.portal import Portal
from tests.fixtures.shots import one_screen

NOON = datetime(2026, 11, 29, 11, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HERE = WantedData("weather", "63.3,9.1")
THERE = WantedData("weather", "63.2967,8.7012")
PATH = "/compact"


class Shelf(LiveShelf):
    """Wants what a test says."""

    wanted: tuple[WantedData, ...] = (HERE,)

    def wants(self, config: Config) -> tuple[WantedData, ...]:
        return self.wanted


class Office:
    """A shelf, and a server that answers as MET does."""

    def __init__(self, folder: Path, portal: Portal) -> None:
        self.folder, self.portal = folder, portal
        self.open()

    def open(self) -> None:
        """As a server that is started does."""
        self.store = Store(self.folder / "state.sqlite")
        self.shelf = Shelf(self.store)

    def config(self, contact: str = "post@heim.kommune.no") -> Config:
        made = one_screen(playlist=[{"show": "evergreen"}])
        site = made.site.model_copy(update={"contact": contact})
        services = made.services.model_copy(update={"weather": self.portal.url + PATH})
        return made.model_copy(update={"site": site, "services": services})

    def refresh(self, at: datetime, **more: bool) -> LiveAnswers:
        self.store.look()
        return self.shelf.begin(self.config(), at, **{"patient": True, **more}).finish()

    def asked(self) -> list[str]:
        return [path for path, _ in self.portal.asked]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with Portal() as portal:
        portal.paths[PATH] = met.good(NOON, NOON)
        office = Office(tmp_path, portal)
        yield office
        office.store.close()


def forecast(found: LiveAnswers, wanted: WantedData = HERE) -> Forecast:
    value = found.data[wanted]
    assert isinstance(value, Forecast)
    return value


def test_each_subject_is_asked_for_once_with_contact_and_position(office: Office) -> None:
    office.shelf.wanted = (HERE, THERE)
    found = office.refresh(NOON)
    assert sorted(office.asked()) == ["/compact?lat=63.2967&lon=8.7012", "/compact?lat=63.3&lon=9.1"]
    assert all("(post@heim.kommune.no; " in headers["User-Agent"] for _, headers in office.portal.asked)
    assert len(forecast(found).points) == met.HOURLY + met.SIX_HOURLY
    assert [report.source for report in found.reports] == ["MET Norway (63.3,9.1)", "MET Norway (63.2967,8.7012)"]
    assert not any(report.problem for report in found.reports)


def test_it_is_not_asked_before_expires_and_then_conditionally(office: Office) -> None:
    first = office.refresh(NOON)
    for minutes in (1, 10, 29):
        assert office.refresh(NOON + minutes * MINUTE, patient=False).data == first.data
    assert len(office.asked()) == 1
    later = NOON + 30 * MINUTE + JITTER
    assert office.refresh(later).data == first.data
    (_, _), (_, headers) = office.portal.asked
    assert headers["If-Modified-Since"] == "Sun, 29 Nov 2026 11:04:00 GMT"
    office.refresh(later + 29 * MINUTE)  # the 304 had an Expires, too
    assert len(office.asked()) == 2


def test_expires_counts_from_the_servers_clock(office: Office) -> None:
    """Ours may be an hour slow, or fast."""
    office.portal.paths[PATH] = met.good(NOON, NOON + timedelta(hours=5))
    office.refresh(NOON)
    office.refresh(NOON + 31 * MINUTE)
    assert len(office.asked()) == 2


def test_an_expires_in_the_next_century_is_not_believed(office: Office) -> None:
    office.portal.paths[PATH] = met.good(NOON, NOON, timedelta(days=36500))
    office.refresh(NOON)
    office.refresh(NOON + LONGEST_LIFETIME + JITTER)
    assert len(office.asked()) == 2


@pytest.mark.parametrize("value", ["0", "-1", "soon", "x" * 5000, "Thu, 99 Foo 2026 25:61:61 GMT"])
def test_without_a_usable_expires_its_period_holds(office: Office, value: str) -> None:
    office.portal.paths[PATH] = answers.ok(met.body(NOON), expires=value)
    office.refresh(NOON)
    office.refresh(NOON + 5 * MINUTE)
    assert len(office.asked()) == 1
    office.refresh(NOON + 10 * MINUTE)
    assert len(office.asked()) == 2


def test_sites_do_not_ask_in_the_same_second(office: Office) -> None:
    office.shelf.wanted = tuple(WantedData("weather", f"{60 + number / 100:g},9.1") for number in range(4))
    office.refresh(NOON)
    ends = {office.store.source_get(f"MET Norway ({one.subject})").not_before for one in office.shelf.wanted}
    times = [end for end in ends if end]
    assert len(ends) == 4
    assert min(times) >= NOON + 30 * MINUTE
    assert max(times) <= NOON + 30 * MINUTE + JITTER


@pytest.mark.parametrize("header", [{}, {"retry_after": "7200"}])
def test_a_429_stops_asking(office: Office, header: dict[str, str]) -> None:
    office.portal.paths[PATH] = answers.status(429, **header)
    pause = timedelta(seconds=int(header["retry_after"])) if header else Pace(timedelta(minutes=10)).busy
    (report,) = office.refresh(NOON, patient=False).reports
    assert len(office.asked()) == 1
    assert report.problem == "The server answered with status 429."
    assert report.asked_again == NOON + pause
    office.refresh(NOON + pause - MINUTE, patient=False)
    assert len(office.asked()) == 1
    office.refresh(NOON + pause, patient=False)
    assert len(office.asked()) == 2


def test_a_version_of_the_service_that_is_to_go_is_used_until_it_is_gone(office: Office) -> None:
    """https://api.met.no/doc/TermsOfService: its answers have the status 203 from then on."""
    office.portal.paths[PATH] = answers.status(203, met.body(NOON))
    found = office.refresh(NOON)
    assert forecast(found).points
    assert not found.reports[0].problem


def test_a_refusal_says_what_to_do(office: Office) -> None:
    office.portal.paths[PATH] = answers.status(403)
    (report,) = office.refresh(NOON).reports
    assert report.problem == (
        "The server answered with status 403. Hint: write an address that MET Norway can reach as contact under [site]."
    )
    assert report.fault == "denied"


def test_the_last_good_answer_outlives_failures_and_restarts(office: Office) -> None:
    first = office.refresh(NOON)
    office.portal.paths[PATH] = answers.status(500)
    failed = office.refresh(NOON + 31 * MINUTE)
    assert failed.data == first.data
    (report,) = failed.reports
    assert (report.problem, report.age_seconds) == ("The server answered with status 500.", 31 * 60)
    assert [alarm.since for alarm in report.alarms] == [NOON + 31 * MINUTE]
    office.store.close()
    office.open()
    offline = office.refresh(NOON + 32 * MINUTE, offline=True)
    assert offline.data == first.data
    assert offline.reports[0].problem == report.problem
    office.portal.paths[PATH] = met.good(NOON + 40 * MINUTE, NOON + 40 * MINUTE)
    well = office.refresh(NOON + 41 * MINUTE)
    assert forecast(well).updated_at == NOON + 40 * MINUTE
    assert well.reports[0].problem is None


def test_a_failure_costs_its_own_subject(office: Office) -> None:
    def answer(handler: answers.Handler) -> None:
        (answers.html if "63.3&" in handler.path else met.good(NOON, NOON))(handler)

    office.portal.paths[PATH] = answer
    office.shelf.wanted = (HERE, THERE)
    found = office.refresh(NOON)
    assert list(found.data) == [THERE]
    assert [report.problem for report in found.reports] == ["The answer isn't JSON.", None]


def test_what_was_never_asked_for_is_known_to_be_missing(office: Office) -> None:
    assert office.shelf.lacks(office.config())
    office.refresh(NOON)
    assert not office.shelf.lacks(office.config())
    office.shelf.wanted = ()
    assert not office.shelf.lacks(office.config())


def test_where_it_is_shown_a_server_refreshes_hourly_at_least(office: Office) -> None:
    config = office.config()
    rare = config.model_copy(update={"site": config.site.model_copy(update={"refresh_minutes": 1440})})
    assert [office.shelf.refresh_minutes(each) for each in (config, rare)] == [10, 60]
    office.shelf.wanted = ()
    assert office.shelf.refresh_minutes(rare) == 1440


def test_a_cancelled_refresh_ends_at_once(office: Office) -> None:
    office.portal.paths[PATH] = answers.silent
    cancel = CancelToken()
    refresh = office.shelf.begin(office.config(), NOON, cancel=cancel)
    cancel.cancel()
    with pytest.raises(Cancelled):
        refresh.finish()
    assert office.store.source_get("MET Norway (63.3,9.1)").last_tried_at is None


def test_what_people_read_of_a_failure_is_about_live_data(office: Office) -> None:
    office.portal.paths[PATH] = met.good(NOON, NOON, points=[])
    (report,) = office.refresh(NOON).reports
    (problem,) = report.found_problems()
    said = {language: load_messages(language).word(problem.message, OSLO, NOON) for language in ("nb", "en")}
    assert said == {
        "nb": "«MET Norway (63.3,9.1)» kan ikke hentes nå. Svaret har ikke riktig format. Sjekk om adressen stemmer, "
        "eller om nettstedet er endret. Det som ble hentet sist, vises så lenge det gjelder.",
        "en": '"MET Norway (63.3,9.1)" can\'t be read now. The answer is not in the expected format. Check whether the '
        "address is right, or the site has changed. What came last is shown for as long as it holds.",
    }
