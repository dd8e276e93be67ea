"""Same organiser under different spellings is one; two organisers never are."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signage.config.models import Config
from signage.domain.model import Event, Organisation, OrganisationKind, Origin
from signage.domain.organisation_names import slug
from signage.events.organisations import NameClaim, Register, as_dict, register, unknown_organisers
from tests.fixtures.make import event, oslo
from tests.fixtures.properties import examples


def listed(name: str, *aliases: str, **more: object) -> Organisation:
    return Organisation(slug(name), name, spellings=aliases, **more)  # type: ignore[arg-type]


def by(organizer: str, organizer_id: str | None = None, source: str = "iheim", number: int = 0) -> Event:
    made = event(f"Møte {number}", "2026-11-23 18:00", organizer=organizer, organizer_id=organizer_id)
    return Event(
        **{
            **{f: getattr(made, f) for f in (each.name for each in fields(Event))},
            "origins": (Origin(source, str(number)),),
        }
    )


def known(*events: Event, sheet: tuple[Organisation, ...] = ()) -> list[tuple[str, ...]]:
    """The names of each organisation."""
    return [organisation.names for organisation in register(events, sheet).organisations]


def test_the_name_that_is_used_most_is_the_name() -> None:
    assert known(
        by("HEMNE HISTORIELAG"), by("Hemne historielag"), by("Hemne Historielag"), by("Hemne historielag")
    ) == [("Hemne historielag", "Hemne Historielag", "HEMNE HISTORIELAG")]


def test_between_equals_the_first_source_s_spelling_is_the_name() -> None:
    claims = [NameClaim("b", "Hemne Turmarsjklubb", order=1), NameClaim("a", "Hemne turmarsjklubb", order=0)]
    assert [o.name for o in register([], claims=claims).organisations] == ["Hemne turmarsjklubb"]


def test_use_counts_more_than_the_order_of_the_sources() -> None:
    claims = [NameClaim("b", "Hemne Turmarsjklubb", order=1)] * 2 + [NameClaim("a", "Hemne turmarsjklubb", order=0)]
    assert [o.name for o in register([], claims=claims).organisations] == ["Hemne Turmarsjklubb"]


def test_the_sheet_s_name_wins_and_its_texts_are_kept() -> None:
    sheet = (
        listed(
            "Kyrksæterøra IL", "KIL", kind=OrganisationKind.ASSOCIATION, about="Idrett for alle.", town="Kyrksæterøra"
        ),
    )
    events = [by("Kyrksæterøra idrettslag"), by("KIL"), by("Kyrksæterøra idrettslag"), by("Kyrksæterøra IL ski")]
    found = register(events, sheet)
    assert [o.names for o in found.organisations] == [
        ("Kyrksæterøra IL", "KIL", "Kyrksæterøra idrettslag"),
        ("Kyrksæterøra IL ski",),
    ]
    one = found.find("kyrksæterøra i.l.")
    assert one is not None
    assert (one.about, one.kind, one.listed) == ("Idrett for alle.", OrganisationKind.ASSOCIATION, True)
    assert [e.organisation for e in found.events] == ["kyrksæterøra-il"] * 3 + ["kyrksæterøra-il-ski"]


def test_an_abbreviation_is_another_name_only_when_the_sheet_says_so() -> None:
    assert known(by("Kyrksæterøra IL"), by("KIL")) == [("KIL",), ("Kyrksæterøra IL",)]


def test_one_id_of_one_source_is_one_organisation() -> None:
    assert known(by("Hemne turmarsjklubb", "1941"), by("Turmarsjen i Hemne", "1941")) == [
        ("Hemne turmarsjklubb", "Turmarsjen i Hemne")
    ]
    assert len(known(by("Hemne turmarsjklubb", "1941", "iheim"), by("Halsa kystlag", "1941", "other"))) == 2


@pytest.mark.parametrize("nobody", ["", "0", "-1", None])
def test_the_id_of_nobody_joins_nothing(nobody: str | None) -> None:
    assert len(known(by("Hemne turmarsjklubb", nobody), by("Halsa kystlag", nobody))) == 2


def test_an_id_joins_no_two_rows_of_the_sheet() -> None:
    """A clerk enters everybody's events with the municipality's own id; the sheet knows better."""
    sheet = (listed("Heim kommune"), listed("Hemne bibliotek"))
    events = [by("Heim kommune", "1183"), by("Hemne bibliotek", "1183")]
    assert known(*events, sheet=sheet) == [("Heim kommune",), ("Hemne bibliotek",)]


def test_an_event_without_a_name_is_its_id_s() -> None:
    found = register([by("Hemne turmarsjklubb", "1941"), by("", "1941"), by("", "7"), by("", "1941", "other")])
    assert [e.organisation for e in found.events] == ["hemne-turmarsjklubb", "hemne-turmarsjklubb", None, None]


def test_a_town_in_brackets_is_the_same_one_until_another_town_is_named() -> None:
    assert known(by("Røde Kors"), by("Røde Kors (Hemne)")) == [("Røde Kors", "Røde Kors (Hemne)")]
    assert len(known(by("Røde Kors"), by("Røde Kors (Hemne)"), by("Røde Kors (Halsa)"))) == 3
    assert len(known(by("Historielaget (Hemne)"), by("Historielaget (Halsa)"))) == 2


def test_a_town_in_brackets_joins_no_two_rows_of_the_sheet() -> None:
    sheet = (listed("Røde Kors"), listed("Røde Kors (Hemne)"))
    assert len(known(sheet=sheet)) == 2


def test_the_town_of_the_sheet_may_stand_behind_the_name() -> None:
    sheet = (listed("Sanitetsforeningen", town="Halsa"),)
    assert known(by("Sanitetsforeningen (Halsa)"), by("Sanitetsforeningen Halsa"), sheet=sheet) == [
        ("Sanitetsforeningen", "Sanitetsforeningen (Halsa)", "Sanitetsforeningen Halsa")
    ]


def test_a_name_beats_another_row_s_alias() -> None:
    sheet = (listed("Kyrksæterøra IL", "KIL"), listed("KIL", about="Kunst i lag"))
    found = register([by("KIL")], sheet)
    assert found.events[0].organisation == "kil"
    assert [o.names for o in found.organisations] == [("KIL",), ("Kyrksæterøra IL",)]


def test_two_rows_of_one_name_are_one_organisation() -> None:
    sheet = (listed("Hemne Bygg AS", about="first"), listed("Hemne bygg", "HB"))
    assert [(o.names, o.about) for o in register([], sheet).organisations] == [
        (("Hemne Bygg AS", "Hemne bygg", "HB"), "first")
    ]


@pytest.mark.parametrize(
    "name", ["kari@example.no", "Kari <kari@example.no>", "72 45 00 00", "+47 900 00 000", "", "  ", "–"]
)
def test_no_address_no_number_and_nothing_becomes_an_organisation(name: str) -> None:
    found = register([by(name)])
    assert found.organisations == ()
    assert found.events[0].organisation is None


def test_the_events_of_one_come_in_order_of_time() -> None:
    late = event("Sent", "2026-12-01 18:00", "2026-12-01 20:00", organizer="Hemne Historielag")
    soon = event("Snart", "2026-11-24 18:00", "2026-11-24 20:00", organizer="Hemne historielaget")
    over = event("Over", "2026-11-22 18:00", "2026-11-22 20:00", organizer="Hemne historielag")
    found = register([late, over, soon, event("Andre", "2026-11-24", organizer="Halsa historielag")])
    assert [e.title for e in found.coming("hemne-historielag")] == ["Over", "Snart", "Sent"]
    assert [e.title for e in found.coming("hemne-historielag", oslo("2026-11-23 12:00"))] == ["Snart", "Sent"]
    assert found.coming("nobody") == ()


def test_a_register_made_anew_of_what_came_out_is_the_same() -> None:
    found = register([by("Hemne turmarsjklubb", "1"), by("Turmarsjen", "1")], (listed("Kiwi AS", "Kiwi Liabøen"),))
    again = Register(found.organisations, found.events)
    assert again.organisations == found.organisations
    assert again.coming("hemne-turmarsjklubb") == found.coming("hemne-turmarsjklubb")
    assert again.find("KIWI") is not None
    assert again.find("KIWI") == found.find("kiwi liabøen")


def test_organisations_stand_in_the_order_of_the_norwegian_alphabet() -> None:
    names = ["Åsen", "Østre", "Ærlig", "Zoo", "Ane"]
    assert [o.name for o in register([by(n) for n in names]).organisations] == ["Ane", "Zoo", "Ærlig", "Østre", "Åsen"]


def test_the_listing_names_what_is_coming() -> None:
    sheet = (listed("Kiwi", kind=OrganisationKind.BUSINESS, url="https://kiwi.example"),)
    found = register([by("Kiwi AS")], sheet)
    assert as_dict(found.organisations[0], found.coming("kiwi")) == {
        "id": "kiwi",
        "name": "Kiwi",
        "kind": "business",
        "spellings": ["Kiwi AS"],
        "about": "",
        "url": "https://kiwi.example",
        "contact": None,
        "town": "",
        "picture": None,
        "listed": True,
        "events": [{"id": "t:Møte 0:2026-11-23", "title": "Møte 0", "start": "2026-11-23T18:00:00+01:00"}],
    }


def test_the_page_of_the_first_source_is_the_organisation_s() -> None:
    claims = [
        NameClaim("b", "Kiwi", url="https://b.example", order=1),
        NameClaim("a", "Kiwi AS", url="https://a.example"),
    ]
    assert register([], claims=claims).organisations[0].url == "https://a.example"


def test_an_organiser_that_nobody_is_called_is_told() -> None:
    config = Config.model_validate(
        {
            "site": {"name": "Heim kommune", "calendar": "https://iheim.no"},
            "sources": [{"id": "iheim", "type": "wis", "url": "https://iheim.no"}],
            "places": {"hall": {"name": "Halsahallen"}},
            "screens": {
                "hall": {
                    "place": "hall",
                    "playlist": [
                        {"show": "evergreen"},
                        {"show": "today", "organisers": ["Hemne I.L.", "Hemne historielg", "hemne-il"]},
                    ],
                }
            },
        }
    )
    found = register([by("Hemne IL"), by("Hemne historielag")])
    assert unknown_organisers(config, found) == [
        'screens.hall.playlist[1].organisers: No organisation is called "Hemne historielg". Hint: did you mean '
        '"Hemne historielag"?'
    ]


NAMES = st.sampled_from(
    (
        *(
            "Hemne IL",
            "Hemne idrettslag",
            "HEMNE I.L.",
            "Hemne IL ski",
            "KIL",
            "Hemne Historie Lag",
            "Hemne historielag",
        ),
        *("Røde Kors", "Røde Kors (Hemne)", "Røde Kors (Halsa)", "Kiwi", "Kiwi AS", "kiwi", "Kiwi (Liabøen) AS"),
        *("", "a@b.no"),
    )
)
TELLING = st.builds(
    NameClaim, st.sampled_from("ab"), NAMES, st.sampled_from([None, "0", "1", "2", "3"]), order=st.integers(0, 1)
)
SHEETS = st.lists(st.builds(lambda n, a: listed(n, *a), NAMES.filter(bool), st.lists(NAMES, max_size=2)), max_size=3)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(TELLING, max_size=14), SHEETS, st.randoms(use_true_random=False))
def test_the_order_of_the_events_changes_nothing(
    claims: list[NameClaim], sheet: list[Organisation], chance: object
) -> None:
    events = [by(t.name, t.uid, t.source, n) for n, t in enumerate(claims)]
    shuffled, other = list(claims), list(events)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    chance.shuffle(other)  # type: ignore[attr-defined]
    one, two = register(events, sheet, claims), register(other, sheet, shuffled)
    assert one.organisations == two.organisations
    assert sorted(one.events, key=lambda e: e.id) == sorted(two.events, key=lambda e: e.id)
    assert register(events, sheet).organisations == register(other, sheet).organisations


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(TELLING, max_size=14), SHEETS)
def test_every_name_belongs_to_exactly_one_and_finds_it(claims: list[NameClaim], sheet: list[Organisation]) -> None:
    found = register([by(t.name, t.uid, t.source, n) for n, t in enumerate(claims)], sheet, claims)
    ids = [o.id for o in found.organisations]
    assert len(ids) == len(set(ids))
    names = [name for o in found.organisations for name in o.names]
    assert len(names) == len(set(names))
    for organisation in found.organisations:
        for name in organisation.names:
            if name and "@" not in name:
                assert found.find(name) == organisation
    for one in found.events:
        assert one.organizer == "" or "@" in one.organizer or found.of(one) == found.find(one.organizer)
