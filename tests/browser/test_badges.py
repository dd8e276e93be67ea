"""What a page says of whether one can come and what it costs, in words and in forms that need no colour."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from signage.domain.model import Availability, Event, Status, Ticket, TicketKind
from signage.domain.page_plan import PagePlan
from signage.planning.kinds.countdown import countdown
from signage.rendering.document import Renderer
from signage.rendering.layouts import load_layout
from signage.rendering.renderer_pool import FIT_SCRIPT
from signage.wording.badges import Room, badges
from signage.wording.dates import Wording
from signage.wording.languages import load
from tests.fixtures.make import OSLO, event, oslo
from tests.fixtures.shots import FJORD, SIZES, Booth, booth, one_screen, spec_of
from tests.fixtures.states import STATES, URGENT, agenda_page, in_state, poster, today_page, week_page

NB = Wording(load("nb"), OSLO)
WORDS = {
    "nb": "Gratis|Fra 250 kr|Medlemmer|Billetter|Få plasser igjen|Utsolgt|Påmelding stengt|Avlyst|Flyttet|Utsatt",
    "nn": "Gratis|Frå 250 kr|Medlemmer|Billettar|Få plassar igjen|Utselt|Påmelding stengd|Avlyst|Flytta|Utsett",
    "en": "Free|From NOK 250|Members|Tickets|Few places left|Sold out|Registration closed|Cancelled|Moved|Postponed",
}
LEGIBLE = 7.0  # contrast of letters to their ground, WCAG 2.2 SC 1.4.6
APART = 40  # of 255 levels of grey between two forms of badge


def words(state: str, language: str) -> str:
    return WORDS[language].split("|")[list(STATES).index(state)]


def said(event: Event, room: Room = Room.POSTER) -> list[str]:
    return [badge.word.replace("\u00a0", " ") for badge in badges(event, NB, room)]


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_word_in_every_language(state: str, language: str) -> None:
    (first, *_) = badges(in_state(state), Wording(load(language), OSLO), Room.ROW)
    assert first.word.replace("\u00a0", " ") == words(state, language)
    assert first.kind == state


@pytest.mark.parametrize(
    ("least", "dearest", "word"),
    [
        ("120.00", "120.00", "120 kr"),
        ("120", "120.00", "120 kr"),
        ("120.00", "350.00", "Fra 120 kr"),
        ("120.00", None, "Fra 120 kr"),
        ("99.50", "99.5", "99,50 kr"),
    ],
)
def test_from_is_said_only_of_several_prices(least: str, dearest: str | None, word: str) -> None:
    ticket = Ticket(TicketKind.TICKETS, None, least, "NOK", price_to=dearest)
    assert said(replace(in_state("tickets"), ticket=ticket)) == [word]


FREE, MEMBERS, TICKETS = (Ticket(kind) for kind in (TicketKind.FREE, TicketKind.MEMBERS, TicketKind.TICKETS))
PRICED = replace(TICKETS, price_from="380.00", currency="NOK")
ON, MOVED, POSTPONED, CANCELLED = Status.SCHEDULED, Status.MOVED, Status.POSTPONED, Status.CANCELLED
AVAILABLE, FEW, SOLD, CLOSED = (
    Availability.AVAILABLE,
    Availability.FEW_LEFT,
    Availability.SOLD_OUT,
    Availability.CLOSED,
)
# status, ticket, availability -> on a poster, in a row, in a column of a week
DECISIONS = [
    (ON, Ticket(), Availability.UNKNOWN, [], [], []),
    (ON, Ticket(), AVAILABLE, [], [], []),
    (ON, FREE, AVAILABLE, ["Gratis"], ["Gratis"], []),
    (ON, MEMBERS, AVAILABLE, ["Medlemmer"], ["Medlemmer"], []),
    (ON, PRICED, AVAILABLE, ["Fra 380 kr"], ["Fra 380 kr"], []),
    (ON, TICKETS, FEW, ["Få plasser igjen", "Billetter"], ["Få plasser igjen"], ["Få plasser igjen"]),
    (ON, PRICED, FEW, ["Få plasser igjen", "Fra 380 kr"], ["Få plasser igjen"], ["Få plasser igjen"]),
    (ON, FREE, FEW, ["Få plasser igjen", "Gratis"], ["Få plasser igjen"], ["Få plasser igjen"]),
    (ON, PRICED, SOLD, ["Utsolgt"], ["Utsolgt"], ["Utsolgt"]),
    (ON, FREE, CLOSED, ["Påmelding stengt"], ["Påmelding stengt"], ["Påmelding stengt"]),
    (ON, Ticket(), CLOSED, ["Påmelding stengt"], ["Påmelding stengt"], ["Påmelding stengt"]),
    (MOVED, Ticket(), AVAILABLE, ["Flyttet"], ["Flyttet"], ["Flyttet"]),
    (MOVED, PRICED, AVAILABLE, ["Flyttet", "Fra 380 kr"], ["Flyttet"], ["Flyttet"]),
    (MOVED, PRICED, FEW, ["Flyttet", "Få plasser igjen"], ["Flyttet"], ["Flyttet"]),
    (MOVED, PRICED, SOLD, ["Flyttet", "Utsolgt"], ["Flyttet"], ["Flyttet"]),
    (POSTPONED, PRICED, SOLD, ["Utsatt"], ["Utsatt"], ["Utsatt"]),
    (POSTPONED, FREE, AVAILABLE, ["Utsatt"], ["Utsatt"], ["Utsatt"]),
    (CANCELLED, PRICED, SOLD, ["Avlyst"], ["Avlyst"], ["Avlyst"]),
    (CANCELLED, FREE, FEW, ["Avlyst"], ["Avlyst"], ["Avlyst"]),
]


@pytest.mark.parametrize(("status", "ticket", "availability", "on_poster", "in_row", "in_column"), DECISIONS)
def test_status_comes_before_what_is_left_and_that_before_what_it_costs(
    status: Status,
    ticket: Ticket,
    availability: Availability,
    on_poster: list[str],
    in_row: list[str],
    in_column: list[str],
) -> None:
    one = event("Konsert", "2026-11-23 18:00", status=status, ticket=replace(ticket, availability=availability))
    assert [said(one, room) for room in (Room.POSTER, Room.ROW, Room.COLUMN)] == [on_poster, in_row, in_column]


@pytest.mark.parametrize(
    ("kind", "price", "currency", "word"),
    [
        (TicketKind.TICKETS, "250.00", "NOK", "Fra 250 kr"),
        (TicketKind.TICKETS, "99.50", "NOK", "Fra 99,50 kr"),
        (TicketKind.TICKETS, "250", None, "Fra 250 kr"),
        (TicketKind.TICKETS, "250.00", "kr", "Fra 250 kr"),
        (TicketKind.TICKETS, "1250.00", "NOK", "Fra 1 250 kr"),
        (TicketKind.TICKETS, "20.00", "EUR", "Fra 20 €"),
        (TicketKind.UNKNOWN, "250.00", "NOK", "Fra 250 kr"),
        (TicketKind.MEMBERS, "250.00", "NOK", "Medlemmer"),
        (TicketKind.FREE, "250.00", "NOK", "Gratis"),
        (TicketKind.TICKETS, "0.00", "NOK", "Billetter"),  # free for some is not free
        (TicketKind.TICKETS, "-5", "NOK", "Billetter"),
        (TicketKind.TICKETS, "1E+99", "NOK", "Billetter"),
        (TicketKind.TICKETS, "NaN", "NOK", "Billetter"),
        (TicketKind.TICKETS, "ved døra", "NOK", "Billetter"),
    ],
)
def test_what_it_costs(kind: TicketKind, price: str, currency: str | None, word: str) -> None:
    ticket = Ticket(kind, price_from=price, currency=currency)
    assert said(event("Konsert", "2026-11-23 18:00", ticket=ticket)) == [word]


def pages() -> Iterator[tuple[PagePlan, list[Event], list[str]]]:
    """A page or more of every kind with events, which together tell every state: plan, events, states told there."""
    states = tuple(STATES)
    for half in (states[:5], states[5:]):
        rows = [in_state(state, hour=10 + n) for n, state in enumerate(half)]
        yield today_page(rows), rows, list(half)
        dealt = [[in_state(state, 1 + n % 2, 10 + n) for n, state in enumerate(half) if n % 2 == day] for day in (0, 1)]
        yield agenda_page(*dealt), [e for of_day in dealt for e in of_day], list(half)
    columns = [[in_state(state, ahead)] for ahead, state in enumerate(URGENT)]
    columns = [[in_state("free", 0, 10), *columns[0]], *columns[1:]]
    yield week_page(*columns), [e for of_day in columns for e in of_day], list(URGENT)
    for part in (list(URGENT[:3]), list(URGENT[3:])):  # today's column of a week has a ground of its own
        first = [in_state(state, 0, 10 + n) for n, state in enumerate(part)]
        yield week_page(first), first, part
    for state in states:
        one = in_state(state, summary="Kom og vær med. " * 15, organizer="Hemne songlag", url="https://iheim.no/h?Id=1")
        yield poster(one), [one], [state]


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booth]:
    with booth(tmp_path_factory.mktemp("images")) as made:
        yield made


@pytest.mark.browser
@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("orientation", SIZES)
def test_no_badge_is_lost_on_any_page(camera: Booth, orientation: str, language: str) -> None:
    """Through the fitting: titles give way, badges don't, and every page fits without being split."""
    config = one_screen(orientation, language)
    for plan, events, states in pages():
        _, report = camera.take(spec_of(config, plan, events))
        text = re.sub(r"\s+", " ", report.text)
        for state in states:
            assert words(state, language) in text, (plan.kind, state, text)


@pytest.mark.browser
@pytest.mark.parametrize("orientation", SIZES)
@pytest.mark.parametrize(("language", "smallest"), [("nb", 44), ("en", 36)])
def test_the_word_survives_where_the_title_is_shortened(
    camera: Booth, orientation: str, language: str, smallest: int
) -> None:
    config = one_screen(orientation, language, smallest_text=smallest)
    long = "Temakveld om hva som skjer i bygda, hvem som gjør det, hvordan vi får det til sammen, og hvorfor " * 2
    shortened = 0
    for state in URGENT:
        one = replace(in_state(state), title=long, venue="Kommunestyresalen på rådhuset, inngang fra baksiden ved kaia")
        for plan in (today_page([one]), agenda_page([one]), week_page([one]), poster(one)):
            _, report = camera.take(spec_of(config, plan, [one]))
            shortened += report.shortened
            assert words(state, language) in re.sub(r"\s+", " ", report.text), (plan.kind, state)
    assert shortened  # or this has tested nothing


@pytest.mark.browser
@pytest.mark.parametrize("orientation", SIZES)
def test_an_endless_venue_beside_a_badge_gives_way(camera: Booth, orientation: str) -> None:
    one = in_state("moved", venue="Y" * 200)
    _, report = camera.take(spec_of(one_screen(orientation), week_page([one], [one]), [one]))
    assert "Flyttet" in report.text
    assert "YY…" in report.text


@pytest.mark.browser
@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize(
    ("orientation", "size", "smallest"),
    [("landscape", "1920x1080", 92), ("landscape", "800x480", 31), ("portrait", "1080x1920", 50)],
)
def test_a_week_in_large_letters_says_what_is_off_and_sold_out(
    camera: Booth, orientation: str, size: str, smallest: int, language: str
) -> None:
    config = one_screen(orientation, language, size=size, smallest_text=smallest)
    told = ("cancelled", "sold_out", "postponed")
    days = [in_state(state, ahead) for ahead, state in enumerate((*told, "free"))]
    plan = week_page(*([event] for event in days))
    plan = replace(plan, groups=tuple(replace(group, more=0) for group in plan.groups))
    _, report = camera.take(spec_of(config, plan, days))
    for state in told:
        assert words(state, language) in report.text
    assert len(re.findall("18[.:]00", report.text)) == 1  # of the one that one can come to


@pytest.mark.browser
@pytest.mark.parametrize(
    ("orientation", "size", "smallest"),
    [
        ("landscape", "1920x1080", 24),
        ("portrait", "1080x1920", 24),
        ("landscape", "1920x540", 24),
        ("landscape", "1920x1080", 92),
        ("landscape", "800x480", 31),
    ],
)
def test_a_countdown_says_whether_one_can_come(camera: Booth, orientation: str, size: str, smallest: int) -> None:
    playlist = [{"show": "countdown", "event": "*"}]
    config = one_screen(orientation, size=size, smallest_text=smallest, playlist=playlist)
    for state in ("few_left", "sold_out", "registration_closed", "moved", "free"):
        one = in_state(state, 12, url="https://iheim.no/h?Id=1")
        (plan,) = countdown([one], oslo("2026-11-23 09:00"), OSLO, 60, (0, ""))
        _, report = camera.take(spec_of(config, plan, [one]))
        text = re.sub(r"\s+", " ", report.text)
        assert (words(state, "nb") in text) == (state != "free"), (state, text)
        assert "18.00" in text


@pytest.fixture(scope="module")
def view(chromium: Browser) -> Page:
    return chromium.new_context(java_script_enabled=False, offline=True).new_page()


LOOK = """() => [...document.querySelectorAll('.badge')].map((badge) => {
  const style = getComputedStyle(badge), grounds = [], box = badge.getBoundingClientRect();
  for (let up = badge; up; up = up.parentElement) grounds.push(getComputedStyle(up).backgroundColor);
  return { tone: ['calm', 'warn', 'stop'].find((tone) => badge.classList.contains(tone)),
    letters: getComputedStyle(badge.querySelector('span')).color, grounds,
    rim: style.borderTopWidth, sign: badge.querySelector('svg path')?.getAttribute('d') || '',
    word: badge.innerText,
    box: [box.left, box.top, box.right, box.bottom] };
})"""


def look(view: Page, orientation: str, plan: PagePlan, events: list[Event]) -> tuple[list[dict[str, Any]], Any]:
    """What the browser made of each badge of a page, and the page's picture in greys."""
    spec = spec_of(one_screen(orientation), plan, events)
    document = Renderer(load_layout(FJORD)).document(spec)
    view.set_viewport_size({"width": spec.width, "height": spec.height})
    view.set_content(f"<!doctype html><html><head>{document.head}</head><body></body></html>")
    assert not view.evaluate(FIT_SCRIPT, {"body": document.body, "language": "nb"})["overflow"]
    picture = Image.open(io.BytesIO(view.screenshot())).convert("L")
    return view.evaluate(LOOK), picture


def rgb(css: str) -> tuple[float, float, float, float]:
    """ "rgb(…)", "rgba(…)" or "color(srgb …)" as parts of one, with opacity."""
    numbers = [float(number) for number in re.findall(r"[\d.]+(?:e-?\d+)?", css.removeprefix("color(srgb"))]
    scale = 1 if css.startswith("color") else 255
    red, green, blue, *opacity = numbers
    return red / scale, green / scale, blue / scale, opacity[0] if opacity else 1.0


def ground(grounds: list[str]) -> tuple[float, float, float, float]:
    """The first ground under the letters that is not transparent."""
    return next(found for found in map(rgb, grounds) if found[3] == 1)


def luminance(colour: tuple[float, ...]) -> float:
    """Relative luminance, WCAG 2.2."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour[:3]]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.browser
@pytest.mark.parametrize("orientation", SIZES)
def test_the_letters_of_every_badge_stand_out_from_their_ground(view: Page, orientation: str) -> None:
    seen = set()
    for plan, events, _ in pages():
        for badge in look(view, orientation, plan, events)[0]:
            measured = contrast(rgb(badge["letters"]), ground(badge["grounds"]))
            assert measured >= LEGIBLE, (plan.kind, badge["word"], round(measured, 2))
            seen.add((plan.kind, badge["tone"]))
    assert {(kind, tone) for kind in ("today", "agenda", "event") for tone in ("calm", "warn", "stop")} <= seen
    assert {("week", "warn"), ("week", "stop")} <= seen


@pytest.mark.browser
@pytest.mark.parametrize("orientation", SIZES)
@pytest.mark.parametrize("kind", ["today", "agenda", "event", "week"])
def test_without_colours_the_tones_are_told_apart_by_form(view: Page, kind: str, orientation: str) -> None:
    """In greys, ground or edge of two tones differ; and a warning and a stop have signs of their own."""
    forms: dict[bool, dict[str, tuple[float, float]]] = {}
    signs: dict[str, str] = {}
    for plan, events, _ in pages():
        if plan.kind != kind:
            continue
        found, picture = look(view, orientation, plan, events)
        for badge in found:
            left, top, right, bottom = badge["box"]
            rim = float(badge["rim"].removesuffix("px"))
            middle = (left + right) / 2
            edge = picture.getpixel((round(middle), round(top + rim / 2)))
            inside = picture.getpixel((round(right - rim - 4), round((top + bottom) / 2)))
            dark = picture.getpixel((round(middle), round(top - 4))) < 128
            forms.setdefault(dark, {})[badge["tone"]] = (edge, inside)
            signs[badge["tone"]] = badge["sign"]
    assert forms
    for by_tone in forms.values():
        assert len(by_tone) >= (2 if kind == "week" else 3)
        for one, other in combinations(by_tone, 2):
            apart = max(abs(a - b) for a, b in zip(by_tone[one], by_tone[other], strict=True))
            assert apart >= APART, (one, by_tone[one], other, by_tone[other])
    assert len(set(signs.values())) == len(signs)
    assert not signs.get("calm")
    assert signs["warn"]
    assert signs["stop"]
