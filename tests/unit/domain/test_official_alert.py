"""Which official alerts hold: what replaces what, from when until when, in which language."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from signage.domain.alert_area import AlertArea, Polygon, ring_of
from signage.domain.official_alert import (
    AlertMessage,
    AlertText,
    OfficialAlert,
    Reference,
    concerns,
    in_force,
    next_change,
    says_exercise,
)

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SQUARE = AlertArea(polygons=(Polygon(ring_of([(63.0, 9.0), (63.0, 10.0), (64.0, 10.0), (64.0, 9.0)])),))
INSIDE, OUTSIDE = (63.3, 9.1), (62.9, 9.1)


def alert(name: str, sent: datetime = NOON, hours: float = 6, **more: object) -> OfficialAlert:
    one = OfficialAlert(name, name, sent + hours * HOUR, "yellow", (AlertText("nb", "Kuling"),), sent=sent)
    return replace(one, **more)  # type: ignore[arg-type]


def message(
    name: str,
    sent: datetime = NOON,
    msg_type: str = "Alert",
    refers: tuple[str, ...] = (),
    alerts: tuple[OfficialAlert, ...] | None = None,
    status: str = "Actual",
    scope: str = "Public",
) -> AlertMessage:
    references = tuple(Reference("met", other) for other in refers)
    found = (alert(name, sent),) if alerts is None else alerts
    return AlertMessage(name, "met", sent, status, msg_type, scope, references, found)


def names(*messages: AlertMessage, at: datetime = NOON + HOUR) -> list[str]:
    found = {tuple(each.identifier for each in in_force(order, at)) for order in permutations(messages)}
    assert len(found) == 1, "the order of the messages matters"
    return list(found.pop())


def test_an_update_replaces_what_it_refers_to_once_it_was_sent() -> None:
    first = message("a")
    update = message("b", NOON + HOUR, "Update", ("a",))
    assert names(first, update, at=NOON + HOUR - timedelta(seconds=1)) == ["a"]
    assert names(first, update, at=NOON + HOUR) == ["b"]


def test_what_was_replaced_does_not_come_back_when_its_update_ends_or_is_cancelled() -> None:
    first = message("a", alerts=(alert("a", hours=48),))
    update = message("b", NOON + HOUR, "Update", ("a",), (alert("b", NOON + HOUR, 1),))
    assert names(first, update, at=NOON + 3 * HOUR) == []
    cancel = message("c", NOON + 1.5 * HOUR, "Cancel", ("b",), ())
    assert names(first, update, cancel, at=NOON + 1.75 * HOUR) == []


@pytest.mark.parametrize("status", ["Exercise", "System", "Test", "Draft", "Unheard of"])
def test_only_actual_messages_are_shown_and_only_they_replace_others(status: str) -> None:
    assert names(message("a", status=status)) == []
    assert names(message("a"), message("b", NOON + HOUR, "Cancel", ("a",), (), status=status)) == ["a"]
    assert names(message("a"), message("b", NOON + HOUR, "Update", ("a",), status=status)) == ["a"]


@pytest.mark.parametrize("msg_type", ["Ack", "Error", "Unheard of", "Cancel"])
def test_other_types_of_messages_show_nothing(msg_type: str) -> None:
    assert names(message("a", msg_type=msg_type)) == []


@pytest.mark.parametrize("scope", ["Restricted", "Private"])
def test_what_is_not_public_is_not_shown(scope: str) -> None:
    assert names(message("a", scope=scope)) == []


def test_an_alert_is_shown_from_its_effective_time_and_not_at_its_end() -> None:
    one = message("a", alerts=(alert("a", starts=NOON + HOUR, onset=NOON + 3 * HOUR),))
    assert [bool(names(one, at=NOON + hours * HOUR)) for hours in (0.99, 1, 2, 5.99, 6, 14 * 24)] == [
        *(False, True, True, True, False, False)
    ]


@pytest.mark.parametrize("over", [{"all_clear": True}, {"urgency": "Past"}, {"level": "green"}, {"exercise": True}])
def test_what_says_that_there_is_no_danger_is_not_shown_and_still_replaces(over: dict[str, object]) -> None:
    assert names(message("a"), message("b", NOON + HOUR, "Update", ("a",), (alert("b", **over),))) == []


def test_a_message_cannot_replace_itself_and_of_two_that_replace_each_other_the_later_holds() -> None:
    assert names(message("a", msg_type="Update", refers=("a",))) == ["a"]
    older, newer = message("a", NOON, "Update", ("b",)), message("b", NOON + HOUR, "Update", ("a",))
    assert names(older, newer) == ["b"]


def test_another_senders_message_of_the_same_number_is_another_message() -> None:
    other = replace(message("a"), sender="nve")
    assert names(other, message("b", NOON + HOUR, "Cancel", ("a",), ())) == ["a"]


def test_a_message_that_is_listed_twice_is_shown_once() -> None:
    assert names(message("a"), message("a")) == ["a"]


def test_the_id_stays_the_same_through_updates() -> None:
    chain = [
        message("c3", NOON, "Alert"),
        message("a1", NOON + HOUR, "Update", ("c3",)),
        message("b2", NOON + 2 * HOUR, "Update", ("a1",)),
    ]
    assert [in_force(chain, NOON + n * HOUR)[0].id for n in range(3)] == ["c3", "c3", "c3"]
    unseen = AlertMessage("z", "met", NOON, references=(Reference("met", "y", NOON - HOUR),), alerts=(alert("z"),))
    assert in_force([unseen], NOON)[0].id == "y"


def test_two_updates_of_one_alert_have_ids_of_their_own() -> None:
    first = message("a")
    north, south = (message(name, NOON + HOUR, "Update", ("a",)) for name in ("n", "s"))
    for order in ([first, north, south], [south, first, north]):
        assert {each.identifier: each.id for each in in_force(order, NOON + HOUR)} == {"n": "a", "s": "a~,s"}
    two = [replace(message("1"), sender=sender) for sender in ("met", "nve")]
    alike = [replace(each, alerts=(replace(each.alerts[0], sender=each.sender),)) for each in two]
    assert {each.id for each in in_force(alike, NOON)} == {"1", "1~nve,1"}


def test_the_gravest_alert_comes_first() -> None:
    levels = {"a": "yellow", "b": "red", "c": "orange", "d": "red"}
    severities = {"a": "Extreme", "b": "Severe", "c": "Extreme", "d": "Extreme"}
    some = [message(n, alerts=(alert(n, level=levels[n], severity=severities[n]),)) for n in levels]
    assert names(*some) == ["d", "b", "c", "a"]


def test_the_next_change_is_the_next_instant_that_any_message_names() -> None:
    one = message("a", alerts=(alert("a", starts=NOON + 2 * HOUR),))
    assert next_change([one], NOON - HOUR) == NOON
    assert next_change([one], NOON) == NOON + 2 * HOUR
    assert next_change([one], NOON + 2 * HOUR) == NOON + 6 * HOUR
    assert next_change([one], NOON + 6 * HOUR) is None


@pytest.mark.parametrize(
    ("has", "screen", "read"),
    [
        (("en", "nb", "nn"), "nn", "nn"),
        (("en", "nb"), "nn", "nb"),
        (("en", "nn"), "nb", "nn"),
        (("fr", "en"), "nb", "en"),
        (("nb", "fr"), "en", "nb"),
        (("nb", "en"), "de", "en"),
        (("fr", "sv"), "nb", "fr"),
    ],
)
def test_a_text_is_read_in_the_language_that_comes_closest(has: tuple[str, ...], screen: str, read: str) -> None:
    texts = tuple(AlertText(language, "x") for language in has)
    assert alert("a", texts=texts).text_in(screen).language == read


def test_the_exact_area_goes_before_the_list_of_municipalities() -> None:
    listed = AlertArea(municipalities=frozenset({"5055"}))
    one = alert("a", areas=(SQUARE,), affected=listed)
    assert concerns(one, INSIDE, "")
    assert not concerns(one, OUTSIDE, "5055")
    assert concerns(one, None, "5055")
    assert not concerns(one, None, "5056")
    assert concerns(alert("b", areas=(SQUARE, listed)), OUTSIDE, "5055"), "one area of two is enough"


def test_a_county_counts_where_no_municipalities_are_listed() -> None:
    one = alert("a", areas=(SQUARE,), affected=AlertArea(counties=frozenset({"50"})))
    assert concerns(one, None, "5055")
    assert not concerns(one, None, "4601")
    assert not concerns(one, None, "")
    both = AlertArea(municipalities=frozenset({"5001"}), counties=frozenset({"50"}))
    assert not concerns(replace(one, affected=both), None, "5055")


def test_without_an_area_an_alert_holds_everywhere_and_with_words_only_nowhere() -> None:
    assert concerns(alert("a"), None, "")
    words = alert("a", areas=(AlertArea(),))
    assert not concerns(words, INSIDE, "5055")
    assert not words.holds_somewhere


@pytest.mark.parametrize(
    "text",
    [
        AlertText("nb", "ØVELSE: Kuling"),
        AlertText("nb", "Kuling", "Testvarsel"),
        AlertText("nb", "Kuling", description="ØVELSE ØVELSE ØVELSE Vannet må kokes"),
        AlertText("nb", "Kuling", instruction="Dette er bare en test."),
        AlertText("nn", "Kuling", description="Kok vatnet. Dette er ei øving."),
        AlertText("en", "Gale", description="THIS IS A TEST. Nothing has happened."),
    ],
)
def test_an_exercise_is_recognised_by_its_texts(text: AlertText) -> None:
    assert says_exercise([AlertText("nb", "Kuling"), text])


@pytest.mark.parametrize(
    "text",
    [
        AlertText("nb", "Kuling", description="Test røykvarsleren og ha lommelykt klar."),
        AlertText("nb", "Kuling ved utøvelse av fiske", description="Kraftigste vind på lenge."),
        AlertText("en", "Latest gale warning", instruction="Exercise caution on the roads."),
    ],
)
def test_what_only_has_such_a_word_in_it_is_real(text: AlertText) -> None:
    assert not says_exercise([text])
