"""Alerts whose pictures could not be made, for a moment: they come by themselves, and hold no others up."""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from signage.app.alert_desk import AGAIN_SECONDS, LONGEST_AGAIN_SECONDS
from signage.domain.alerts import AlertText
from signage.domain.model import PageSpec
from signage.fleet.alert_desk import AlertRefused
from signage.rendering.page_faults import RenderFault
from tests.fixtures.alert_site import AlertSite
from tests.fixtures.faulty import says
from tests.fixtures.quick import Awaited

LONG = AlertText("Vannet må kokes", "\n\n".join(f"Avsnitt {number}." for number in range(8)))


@pytest.fixture
def site(tmp_path: Path) -> AlertSite:
    return AlertSite(tmp_path)


def hang(spec: PageSpec) -> None:
    """The browser takes too long for every page."""
    raise RenderFault("no answer within 60 s", hung=True)


def test_after_pages_that_hung_the_next_alert_is_tried_as_if_nothing_had_been(site: AlertSite) -> None:
    """A disk that stalled, or a machine that was asleep, is no fault of what is sent later."""
    site.pictures.look = hang
    with pytest.raises(AlertRefused, match=r": pages like it took too long\."):
        site.desk.send(site.draft(texts={"nb": LONG}, screens=("kino",)), "a")
    site.pictures.look = lambda spec: None
    site.desk.send(site.draft(screens=("kino",)), "a")
    assert site.titles("kino") == ["Vannet må kokes"]


class Browser:
    """What the browser does with pages. `fails`: with those that are so wide. `seen`: how many it was asked for."""

    def __init__(self, site: AlertSite, fails: tuple[int, ...] = ()) -> None:
        self.fails = fails
        self.seen = 0
        site.pictures.look = self.look

    def look(self, spec: PageSpec) -> None:
        self.seen += 1
        if spec.width in self.fails:
            raise RenderFault("the browser crashed")


def later(site: AlertSite, seconds: float) -> None:
    """The server's threads, after so many seconds."""
    site.time.now += timedelta(seconds=seconds)
    site.desk.look()
    site.desk.make_again()


def test_what_failed_in_passing_comes_by_itself(site: AlertSite) -> None:
    """Of an alert by hand, on the screens of one size; of an official one, which nobody can send again, on all."""
    browser = Browser(site, fails=(1080,))
    site.desk.send(site.draft(), "a")
    assert (site.titles("kino"), site.titles("hallen")) == (["Vannet må kokes"], [])
    browser.fails = (1080, 1280)
    site.desk.follow_feeds([site.draft("Flom", source="met", source_id="1", warning="red")], ["met"])
    later(site, 0)
    assert (site.titles("kino"), site.titles("hallen")) == (["Vannet må kokes"], [])
    assert any("Flom" in problem for problem in site.desk.problems)
    browser.fails = ()
    for _ in range(2):  # one alert after the other, so that none has to wait for long
        later(site, AGAIN_SECONDS)
    assert sorted(site.titles("kino")) == sorted(site.titles("hallen")) == ["Flom", "Vannet må kokes"]
    assert site.desk.problems == []


def test_a_text_that_was_shortened_because_the_browser_crashed_is_shown_whole_later(site: AlertSite) -> None:

    def crash(spec: PageSpec) -> None:
        if says(spec, "Avsnitt 7."):
            raise RenderFault("the browser crashed")

    site.pictures.look = crash
    site.desk.send(site.draft(texts={"nb": LONG}, screens=("kino",)), "a")
    (page,) = site.document("kino")["alerts"][0]["pages"]
    assert "Avsnitt 7." not in page["alt"]
    site.pictures.look = lambda spec: None
    later(site, 0)
    later(site, AGAIN_SECONDS)
    (page,) = site.document("kino")["alerts"][0]["pages"]
    assert "Avsnitt 7." in page["alt"]


def test_what_goes_on_failing_is_tried_less_and_less_often_and_nothing_is_said_twice(
    site: AlertSite, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser(site, fails=(1080,))
    site.desk.send(site.draft(), "a")
    site.desk.look()
    site.published.clear()
    caplog.clear()
    tried = []
    for second in range(0, 3600, 5):
        before = browser.seen
        later(site, 5)
        if browser.seen > before:
            tried.append(second)
    pauses = [after - before for before, after in pairwise(tried)]
    assert pauses[:3] == [2 * AGAIN_SECONDS, 4 * AGAIN_SECONDS, 8 * AGAIN_SECONDS]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_AGAIN_SECONDS
    assert (site.published, caplog.messages) == ([], [])


def test_what_does_not_fit_is_not_tried_again(site: AlertSite) -> None:
    text = AlertText("Vannet må kokes", "This is far too long.")
    site.desk.send(site.draft(texts={"nb": text}), "a")
    assert site.titles("kino") == ["Vannet må kokes"]
    before = site.pictures.asked
    for _ in range(5):
        later(site, AGAIN_SECONDS)
    assert site.pictures.asked == before


def test_what_is_made_again_gives_way_to_a_new_alert(site: AlertSite) -> None:
    browser = Browser(site, fails=(1080,))
    site.desk.send(site.draft("First"), "a")
    later(site, 0)
    held, trying = Awaited(), threading.Event()

    def look(spec: PageSpec) -> Awaited | None:
        if not trying.is_set():
            trying.set()
            return held
        return None

    site.pictures.look = look
    retry = threading.Thread(target=later, args=(site, AGAIN_SECONDS))
    retry.start()
    assert trying.wait(20)
    site.desk.send(site.draft("Second"), "a")
    assert site.titles("hallen") == ["Second"]
    retry.join(20)
    held.set()
    site.pictures.look = browser.look
    browser.fails = ()
    later(site, 5)
    assert sorted(site.titles("hallen")) == ["First", "Second"], "it did not count as an attempt"
