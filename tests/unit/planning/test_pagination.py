"""How occurrences are dealt out on pages."""

from dataclasses import replace
from datetime import datetime, timedelta

from signage.domain.model import Availability, Event, Excess, Picture, Status, Ticket, TicketKind
from signage.domain.page_plan import Capacity, PagePlan
from signage.planning.kinds import agenda as agenda_kind
from signage.planning.kinds import event as event_kind
from signage.planning.kinds import split_page
from signage.planning.kinds import today as today_kind
from signage.planning.kinds import week as week_kind
from tests.fixtures.make import OSLO, event, oslo

CAPACITY = Capacity(today=4, agenda=8, heading=1, week=3)
NOON = oslo("2026-11-23 12:00")


def agenda(events: list[Event], at: datetime, capacity: Capacity, days: int) -> list[PagePlan]:
    dealt = agenda_kind.agenda(events, at.date(), OSLO, capacity, range(days), False)
    return agenda_kind.still_on(dealt, {e.id: e for e in events}, at)


def week(events: list[Event]) -> PagePlan:
    (page,) = week_kind.week_page(week_kind.week(events, NOON.date(), OSLO), NOON.date(), NOON, CAPACITY, False)
    return page


def ids(plan: PagePlan) -> list[str]:
    return [i.split(":")[1] for i in plan.event_ids]


def test_thirty_events_today_are_split_evenly() -> None:
    events = [event(f"e{n:02d}", "2026-11-23 18:00", "2026-11-23 20:00") for n in range(10)]
    pages = today_kind.today(events, NOON, OSLO, CAPACITY, False)
    assert [len(ids(p)) for p in pages] == [4, 3, 3]
    assert [p.number for p in pages] == [(1, 3), (2, 3), (3, 3)]


def test_an_event_that_ends_leaves_the_other_page_of_today_alone() -> None:
    events = [event(f"e{n}", f"2026-11-23 {12 + n}:00", f"2026-11-23 {13 + n}:00") for n in range(8)]
    before = today_kind.today(events, NOON, OSLO, CAPACITY, False)
    after = today_kind.today(events, oslo("2026-11-23 14:00"), OSLO, CAPACITY, False)
    assert [ids(p) for p in after] == [["e2", "e3"], ["e4", "e5", "e6", "e7"]]
    assert before[1] == after[1]
    assert [ids(p) for p in today_kind.today(events, oslo("2026-11-23 16:30"), OSLO, CAPACITY, False)] == [
        ["e4", "e5", "e6", "e7"]
    ]


def test_an_event_that_ends_today_leaves_the_other_agenda_pages_alone() -> None:
    events = [event(f"i{n}", f"2026-11-23 {10 + n}:00", f"2026-11-23 {11 + n}:00") for n in range(5)]
    events += [event(f"m{n}", "2026-11-24 18:00") for n in range(6)]
    before = agenda(events, oslo("2026-11-23 09:00"), CAPACITY, 3)
    after = agenda(events, oslo("2026-11-23 12:30"), CAPACITY, 3)
    assert ids(before[0]) == ["i0", "i1", "i2", "i3", "i4"]
    assert ids(after[0]) == ["i2", "i3", "i4"]
    assert before[1] == after[1]


def test_a_long_day_continues_on_a_further_page_that_says_so() -> None:
    events = [event(f"e{n:02d}", "2026-11-24 18:00") for n in range(12)]
    pages = agenda(events, NOON, CAPACITY, 3)
    assert [g.part for p in pages for g in p.groups] == [(1, 2), (2, 2)]
    assert sum(len(ids(p)) for p in pages) == 12


def test_a_festival_is_on_every_day_of_the_week_page_and_a_late_night_on_its_own() -> None:
    events = [event("festival", "2026-11-24", "2026-11-27"), event("natt", "2026-11-24 22:00", "2026-11-25 01:00")]
    page = week(events)
    by_day = [[r.event_id.split(":")[1] for r in g.rows] for g in page.groups]
    assert by_day == [[], ["festival", "natt"], ["festival"], ["festival"], [], [], []]


def bands(page: PagePlan) -> list[list[str]]:
    return [[row.event_id.split(":")[1] for row in group.rows if row.band] for group in page.groups]


def test_what_lasts_for_days_is_a_band_of_the_week_and_takes_no_row() -> None:
    events = [event("festival", "2026-11-24", "2026-11-27"), *(event(f"e{n}", "2026-11-24 18:00") for n in range(3))]
    page = week(events)
    assert bands(page) == [[], ["festival"], ["festival"], ["festival"], [], [], []]
    assert (len(page.groups[1].rows), page.groups[1].more) == (4, 0)


def test_an_exhibition_with_the_same_hours_on_following_days_is_a_band() -> None:
    hours = [(f"2026-11-{day} 10:00", f"2026-11-{day} 18:00") for day in range(23, 30)]
    exhibition = [replace(event("Lys", *each, venue="kulØr'n"), id=f"x:l{n}") for n, each in enumerate(hours)]
    assert bands(week(exhibition)) == [[f"l{n}"] for n in range(7)]
    twice = exhibition[:2]
    assert bands(week(twice)) == [[]] * 7, "two evenings of a play are two evenings"
    other_hours = [replace(one, start=one.start + timedelta(hours=n)) for n, one in enumerate(exhibition[:3])]
    assert bands(week(other_hours)) == [[]] * 7


def test_a_day_on_which_an_exhibition_is_closed_or_sold_out_is_no_part_of_its_band() -> None:
    opens = [
        replace(event("Lys", f"2026-11-{day} 10:00", f"2026-11-{day} 18:00"), id=f"x:l{day}") for day in range(23, 30)
    ]
    opens[3] = replace(opens[3], status=Status.CANCELLED)
    opens[6] = replace(opens[6], ticket=Ticket(TicketKind.TICKETS, availability=Availability.SOLD_OUT))
    page = week(opens)
    assert bands(page) == [["l23"], ["l24"], ["l25"], [], [], [], []]
    assert [row.event_id for row in page.groups[3].rows] == ["x:l26"]


def test_only_the_days_that_are_too_full_say_less() -> None:
    page = week([event(f"e{day}{n}", f"2026-11-{day} 18:00") for day in (23, 24) for n in range(3)])
    (shorter,) = split_page(page, Excess(((1, 2),)))
    assert [(len(group.rows), group.more) for group in shorter.groups[:2]] == [(3, 0), (2, 1)]
    (shortest,) = split_page(shorter, Excess(((1, 2),)))
    assert [(len(group.rows), group.more) for group in shortest.groups[:2]] == [(3, 0), (1, 2)]


def test_a_group_that_a_template_numbers_wrongly_costs_only_rows() -> None:
    page = week([event(f"e{day}{n}", f"2026-11-{day} 18:00") for day in (23, 24) for n in range(3)])
    for number in (7, -1):
        (shorter,) = split_page(page, Excess(((number, 1),)))
        assert [len(group.rows) for group in shorter.groups[:2]] == [2, 2]


def test_rows_that_no_box_has_room_for_go_from_the_fullest_days_the_last_ones_first() -> None:
    page = week([event(f"e{day}{n}", f"2026-11-{day} 18:00") for day in (23, 24, 25) for n in range(day - 20)])
    assert [(len(group.rows), group.more) for group in page.groups[:3]] == [(3, 0), (2, 2), (2, 3)]
    (shorter,) = split_page(page, Excess(rows=2))
    assert [(len(group.rows), group.more) for group in shorter.groups[:3]] == [(2, 1), (2, 2), (1, 4)]
    (least,) = split_page(page, Excess(rows=99))
    assert [len(group.rows) for group in least.groups] == [1, 1, 1, 0, 0, 0, 0]


def test_a_day_that_is_too_full_with_one_thing_costs_bands_before_other_days_rows() -> None:
    whole = event("whole", "2026-11-23", "2026-11-29")
    page = week([whole, *(event(f"e{day}", f"2026-11-{day} 18:00") for day in (23, 24, 24))])
    (without,) = split_page(page, Excess(((0, 0),)))
    assert bands(without) == [[]] * 7
    assert [len(group.rows) for group in without.groups[:2]] == [1, 2]


def test_no_more_bands_than_a_page_has_room_for() -> None:
    events = [event(f"f{n}", "2026-11-23", "2026-11-29") for n in range(5)]
    page = week(events)
    assert [len(names) for names in bands(page)[:6]] == [3] * 6
    assert all(len(group.rows) == 5 for group in page.groups[:6]), "the others are rows of their days"


def test_a_week_that_overflows_keeps_its_bands_longest() -> None:
    events = [event("festival", "2026-11-23", "2026-11-26"), *(event(f"e{n}", "2026-11-24 18:00") for n in range(3))]
    (first,) = split_page(week(events))
    (second,) = split_page(first)
    assert (len(bands(second)[1]), second.groups[1].more) == (1, 2)
    (third,) = split_page(second)
    assert (bands(third), third.groups[1].more) == ([[]] * 7, 3)
    assert split_page(third) == [third]


def test_a_full_day_of_the_week_says_how_many_more() -> None:
    events = [event(f"e{n}", "2026-11-24 18:00") for n in range(5)]
    page = week(events)
    assert (len(page.groups[1].rows), page.groups[1].more) == (2, 3)


def test_after_midnight_last_nights_event_is_still_on_today() -> None:
    night = event("natt", "2026-11-22 22:00", "2026-11-23 01:00")
    page = agenda([night], oslo("2026-11-23 00:30"), CAPACITY, 2)[0]
    assert ids(page) == ["natt"]
    assert agenda([night], oslo("2026-11-23 01:00"), CAPACITY, 2) == []


def test_posters_prefer_pictures_never_repeat_a_title_and_leave_out_what_does_not_take_place() -> None:
    picture = Picture("0" * 64, 1280, 720)
    events = [
        event("Mandagsgolf", "2026-11-23 17:00"),
        event("Avlyst konsert", "2026-11-24 19:00", picture=picture, status=Status.CANCELLED),
        event("Utsatt skirenn", "2026-11-24 18:00", picture=picture, status=Status.POSTPONED),
        event("Kino", "2026-11-25 18:00", picture=picture, status=Status.MOVED),
        event("Kino", "2026-11-26 18:00", picture=picture),
    ]
    pages = event_kind.posters(events, NOON, OSLO, 3, None, False)
    assert [ids(p) for p in pages] == [["Mandagsgolf"], ["Kino"]]
    assert [ids(p) for p in event_kind.posters(events, NOON, OSLO, 1, None, False)] == [["Kino"]]


def test_splitting_keeps_every_row_once_and_ends() -> None:
    events = [event(f"e{n:02d}", f"2026-11-2{4 + n % 2} 18:00") for n in range(7)]
    (page,) = agenda(events, NOON, Capacity(4, 99, 1, 3), 5)
    pages = [page]
    for _ in range(10):
        pages = [part for plan in pages for part in split_page(plan)]
    assert [i for p in pages for i in ids(p)] == ids(page)
    assert all(len(ids(p)) == 1 for p in pages)
    assert split_page(pages[0]) == [pages[0]]
