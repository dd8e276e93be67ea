"""News of a feed on notice pages: when each item is there, what its page says, and what an administrator may write."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signage.config.load import parse_config
from signage.domain.model import News
from signage.domain.page_plan import Capacity, PagePlan
from signage.errors import ConfigError
from signage.planning.catalog import Catalog, keyed
from signage.planning.kinds.news import TEXT_LENGTH
from signage.planning.screen_plan import ScreenPlan, plan_screen
from signage.publishing import open_pages
from signage.wording.qr import LINK_LENGTH
from signage.wording.typography import beginning
from tests.fixtures.make import oslo
from tests.fixtures.portal import ok
from tests.fixtures.shots import FJORD, SIZES, booth, one_screen, spec_of
from tests.fixtures.site import Site

NOW = oslo("2026-11-23 12:00")
END = NOW + timedelta(days=14)
CAPACITY = Capacity(7, 8, 1, 4)
WATER = News(
    "kommunen",
    "vann",
    "Vannet stenges i Øragata natt til onsdag",
    oslo("2026-11-20 09:00"),
    "Vi bytter en ventil ved rådhuset og stenger vannet fra kl. 22 tirsdag 24. november til kl. 05 onsdag. "
    "Tapp gjerne opp litt drikkevann på forhånd. Når vannet er tilbake, kan det være misfarget en stund. "
    "La det renne til det er klart. Har du spørsmål, ring vakttelefonen til teknisk drift. "
    "Vi beklager ulempene for alle som bor og arbeider der.",
    "https://www.heim.kommune.no/nyheter/vannet-stenges",
)


def item(uid: str, published: str, source: str = "kommunen") -> News:
    return News(source, uid, f"Nytt om {uid}", oslo(published))


def plan(news: list[News], start: datetime = NOW, end: datetime = END, **entry: object) -> ScreenPlan:
    line = {"show": "news", "source": "kommunen", **entry}
    return plan_screen(one_screen(playlist=[line]), "s", Catalog.of([], news), start, end, CAPACITY, {})


def shown(found: ScreenPlan, at: datetime) -> list[str]:
    """The uids on the screen at an instant, in order."""
    here = [p for p in found.pages if p.start <= at < p.until]
    return [p.plan.news[1] for p in sorted(here, key=lambda p: p.position) if p.plan.news]


def test_the_newest_come_first_and_no_more_than_were_asked_for() -> None:
    news = [item("a", "2026-11-18 10:00"), item("c", "2026-11-22 10:00"), item("b", "2026-11-20 10:00")]
    assert shown(plan(news), NOW) == ["c", "b", "a"]
    assert shown(plan(news, count=2), NOW) == ["c", "b"]
    assert shown(plan(news[::-1], count=2), NOW) == ["c", "b"]


def test_only_the_named_source_speaks() -> None:
    news = [item("a", "2026-11-20 10:00"), item("b", "2026-11-21 10:00", "avisa")]
    assert shown(plan(news), NOW) == ["a"]
    assert shown(plan(news, source="avisa"), NOW) == ["b"]


def test_an_item_goes_when_its_days_are_over_to_the_second() -> None:
    found = plan([item("a", "2026-11-20 09:00")], days=4)
    last = oslo("2026-11-24 09:00")
    assert shown(found, last - timedelta(seconds=1)) == ["a"]
    assert shown(found, last) == []
    assert [(p.start, p.until) for p in found.pages] == [(NOW, last)]


def test_an_item_that_is_dated_ahead_waits() -> None:
    found = plan([item("a", "2026-11-24 08:00"), item("b", "2026-11-22 08:00")], count=1)
    assert shown(found, NOW) == ["b"]
    assert shown(found, oslo("2026-11-24 08:00")) == ["a"]
    assert shown(found, END - timedelta(seconds=1)) == ["a"]


def test_what_is_too_old_takes_no_page() -> None:
    assert plan([item("a", "2026-11-01 10:00")]).pages == ()
    assert plan([]).pages == ()


def test_of_two_versions_of_an_item_the_later_is_told() -> None:
    early, late = item("a", "2026-11-20 10:00"), item("a", "2026-11-21 10:00")
    for news in ([early, late], [late, early]):
        assert keyed(news)["kommunen", "a"] is late
        assert shown(plan(news), NOW) == ["a"]


@given(
    hours=st.lists(st.integers(-40 * 24, 10 * 24), max_size=12),
    count=st.integers(1, 10),
    days=st.integers(1, 60),
    later=st.integers(0, 14 * 24 * 60 - 1),
)
def test_at_any_instant_the_newest_of_what_holds(hours: list[int], count: int, days: int, later: int) -> None:
    news = [News("kommunen", str(n), "Nytt", NOW + timedelta(hours=hour)) for n, hour in enumerate(hours)]
    at = NOW + timedelta(minutes=later)
    holds = [n for n in news if n.published <= at < n.published + timedelta(days=days)]
    newest = sorted(holds, key=lambda n: (-n.published.timestamp(), n.uid))[:count]
    assert set(shown(plan(news, count=count, days=days), at)) == {n.uid for n in newest}


def test_the_page_says_who_says_it_and_when() -> None:
    page = PagePlan("news", news=("kommunen", "vann"))
    context = spec_of(one_screen(), page, news=keyed([WATER])).context
    assert context["byline"] == {"who": "Heim kommune", "date": "fredag 20.\u00a0november"}
    assert context["link_caption"] == "Skann for mer på heim.kommune.no"
    nynorsk = spec_of(one_screen(language="nn"), page, news=keyed([item("vann", "2026-11-21 23:30")])).context
    assert nynorsk["byline"]["date"] == "laurdag 21.\u00a0november"
    assert nynorsk["link"] is None


def test_a_source_without_a_name_is_called_by_its_host() -> None:
    one = item("a", "2026-11-20 10:00", "avisa")
    context = spec_of(one_screen(), PagePlan("news", news=("avisa", "a")), news=keyed([one])).context
    assert context["byline"]["who"] == "avisa-hemne.no"


def test_an_address_too_long_for_a_telephone_gets_no_code() -> None:
    one = News("kommunen", "a", "Nytt", NOW, url="https://heim.kommune.no/?" + "x" * LINK_LENGTH)
    assert spec_of(one_screen(), PagePlan("news", news=("kommunen", "a")), news=keyed([one])).context["link"] is None


def test_a_notice_of_ones_own_has_no_byline() -> None:
    config = one_screen(playlist=[{"show": "notice", "title": "Dugnad"}])
    assert spec_of(config, PagePlan("notice", entry=(0, ""))).context["byline"] is None


def test_a_long_text_ends_with_a_sentence() -> None:
    assert beginning(WATER.text, TEXT_LENGTH) == WATER.text[: WATER.text.index(" Vi beklager")]
    assert len(beginning(WATER.text, TEXT_LENGTH)) <= TEXT_LENGTH


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Kort.", "Kort."),
        ("ord " * 200, ("ord " * 79).strip() + "…"),
        ("x" * 400, "x" * 319 + "…"),
        ("Møtet er 20. november kl. 18 for alle. " * 9, ("Møtet er 20. november kl. 18 for alle. " * 8).strip()),
        ("Ja. " + "ord " * 200, "Ja. " + ("ord " * 78).strip() + "…"),
    ],
)
def test_where_a_text_is_cut(text: str, cut: str) -> None:
    assert beginning(text, TEXT_LENGTH) == cut


@given(st.text(max_size=700))
def test_a_text_is_never_longer_than_its_place(text: str) -> None:
    kept = beginning(text, TEXT_LENGTH)
    assert len(kept) <= TEXT_LENGTH
    assert text.startswith(kept.removesuffix("…"))


FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Nytt</title><link>https://heim.kommune.no</link>
<item><guid>1</guid><title>Ny bru over Søa</title><link>https://heim.kommune.no/bru</link>
<pubDate>Fri, 20 Nov 2026 08:00:00 GMT</pubDate><description>&lt;p&gt;Brua &amp;amp; vegen &amp;oslash;stover er
&lt;b&gt;&amp;aring;pen&lt;/b&gt;.&lt;/p&gt;</description></item></channel></rss>"""


@pytest.mark.browser
def test_from_the_feed_to_the_manifest(site: Site) -> None:
    """The page is dated and names no event; a player drops it when the item's days are over."""
    site.portal.paths["/feed"] = ok(FEED, "application/rss+xml")
    source = f'[[sources]]\nid = "kommunen"\ntype = "rss"\nurl = "{site.portal.url}/feed"\nname = "Heim kommune"'
    site.build(playlist='{ show = "news", source = "kommunen", days = 7 }', more=source)
    manifest = site.manifest()
    last = oslo("2026-11-27 09:00")
    (page,) = open_pages(manifest, last - timedelta(seconds=1))
    assert (page["kind"], page["dated"], page["events"]) == ("notice", True, [])
    assert datetime.fromisoformat(page["until"]) == last
    assert "Ny bru over Søa\nBrua & vegen østover er åpen." in page["alt"]
    assert "Heim kommune" in page["alt"]
    assert "fredag 20. november" in page["alt"]
    assert [page["kind"] for page in open_pages(manifest, last)] == ["evergreen"]


@pytest.mark.browser
@pytest.mark.parametrize("orientation", SIZES)
def test_the_page_fits_whatever_is_written(orientation: str, tmp_path: Path) -> None:
    with booth(tmp_path) as camera:
        for text in ("", WATER.text, "Kommunestyresammensetningsforslag " * 40):
            for title in (WATER.title, "Kunngjøring av planoppstart for detaljreguleringsplan " * 5):
                one = News("kommunen", "a", title.strip(), WATER.published, text.strip(), WATER.url)
                spec = spec_of(one_screen(orientation), PagePlan("news", news=("kommunen", "a")), news=keyed([one]))
                _, report = camera.take(spec)
                said = re.sub(r"\s+", " ", report.text)
                assert "Heim kommune" in said
                assert "fredag 20. november" in said
                assert title.split()[0] in said


CONFIG = """
[site]
name = "Heim"
calendar = "https://iheim.no"
[[sources]]
id = "kommunen"
type = "rss"
url = "https://www.heim.kommune.no/feed"
[places.hus]
name = "Huset"
[screens.s]
place = "hus"
playlist = [{ show = "news", source = "komunen" }]
"""


def test_a_source_that_is_not_there_is_named() -> None:
    with pytest.raises(
        ConfigError, match=r'playlist\[0\]\.source: There is no source "komunen". Hint: did you mean "kommunen"\?'
    ):
        parse_config(CONFIG.encode(), "screens.toml", FJORD.parent)
