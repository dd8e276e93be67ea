"""CAP 1.2: what is read of a message, and what of it is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from signage.domain.official_alert import AlertMessage, OfficialAlert, concerns, in_force
from signage.sources.alerts.base import MOST_POINTS, ReadAlerts
from signage.sources.alerts.cap import read_cap
from signage.sources.alerts.cap_index import read_index
from signage.sources.base import UnusableAnswer
from tests.fixtures.official_alerts import HEIM, MET, area, atom, cap, gale, info, rss

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENDS = NOON + 12 * HOUR
LIBRARY, TRONDHEIM = (63.29, 9.08), (63.43, 10.4)
URL = "https://met.example/metalerts/current.rss?lang=no"


def one(text: str) -> AlertMessage:
    read = read_cap(text.encode())
    assert read.problems == ()
    (message,) = read.messages
    return message


def alert(text: str) -> OfficialAlert:
    (found,) = one(text).alerts
    return found


def problem(text: str | bytes) -> str:
    with pytest.raises(UnusableAnswer) as caught:
        read_cap(text.encode() if isinstance(text, str) else text)
    return caught.value.message


def test_a_message_of_met_norway() -> None:
    parameters = [
        ("awareness_level", "3; orange; Severe"),
        ("consequences", "Bruer kan bli stengt."),
        ("MunicipalityId", "5055;5056"),
        ("administrativeId", "NO:county:50"),
    ]
    text = gale("2.49.0.1.578.0.20261127.7", NOON, onset=NOON + 2 * HOUR, parameters=parameters)
    message = one(text)
    assert message.key == (MET, "2.49.0.1.578.0.20261127.7")
    (found,) = message.alerts
    assert (found.level, found.kind, found.severity, found.urgency) == ("orange", "gale", "Moderate", "Future")
    assert (found.sent, found.starts, found.onset, found.expires) == (NOON, None, NOON + 2 * HOUR, ENDS)
    assert [each.language for each in found.texts] == ["nb", "en"]
    norwegian, english = found.texts
    assert (norwegian.event, norwegian.headline) == ("Kuling", "Kuling, gult nivå, Heim")
    assert (norwegian.instruction, norwegian.area) == ("Sikre løse gjenstander.", "Heim")
    assert norwegian.consequence == "Bruer kan bli stengt."
    assert (english.event, english.description) == ("Gale", "20 m/s.")
    assert found.affected.municipalities == {"5055", "5056"}
    assert found.affected.counties == {"50"}
    assert (found.sender, found.web) == (MET, "https://www.met.no/kuling")
    assert concerns(found, LIBRARY, "")
    assert not concerns(found, TRONDHEIM, "5001")


def test_references_are_read_in_full_and_however_they_are_spaced() -> None:
    text = gale("c", NOON, msg_type="Update", references=[("a", NOON - HOUR), ("b", NOON - 2 * HOUR)])
    text = text.replace(" urn:oid", "\n   \turn:oid")
    assert [(each.sender, each.identifier, each.sent) for each in one(text).references] == [
        (MET, "a", NOON - HOUR),
        (MET, "b", NOON - 2 * HOUR),
    ]


def test_a_cancel_needs_no_info() -> None:
    message = one(cap("b", NOON, msg_type="Cancel", references=[("a", NOON)]))
    assert message.alerts == ()
    assert in_force([one(gale("a", NOON)), message], NOON) == ()


def test_several_events_in_one_message_are_several_alerts_each_in_all_languages() -> None:
    infos = [
        info(ENDS, event=event, language=language, severity=severity)
        for language in ("no", "en-GB")
        for event, severity in (("Kuling", "Moderate"), ("Regn", "Severe"), ("Snø", "Moderate"))
    ]
    found = one(cap("a", NOON, *infos)).alerts
    assert [(a.id, a.level, [t.language for t in a.texts], {t.event for t in a.texts}) for a in found] == [
        ("a", "yellow", ["nb", "en"], {"Kuling"}),
        ("a#2", "orange", ["nb", "en"], {"Regn"}),
        ("a#3", "yellow", ["nb", "en"], {"Snø"}),
    ]


def test_all_areas_polygons_circles_and_numbers_count() -> None:
    areas = (
        area("60.0,5.0 60.0,6.0 61.0,6.0 60.0,5.0", "58.0,7.0 58.0,8.0 59.0,8.0 58.0,7.0", circles=["63.43,10.4 2.5"]),
        area(words="Hitra", codes=[("municipalityId", "5056"), ("other", "5055")]),
        area(words="Vestland", codes=[("ISO-3166-2", "NO-46"), ("ISO-3166-2", "SE-12")]),
    )
    found = alert(cap("a", NOON, info(ENDS, *areas)))
    for position in [(60.1, 5.9), (58.1, 7.9), (63.44, 10.42)]:
        assert concerns(found, position, "")
    assert not concerns(found, LIBRARY, "5055")
    assert concerns(found, LIBRARY, "5056")
    assert concerns(found, LIBRARY, "4601")
    assert not concerns(found, LIBRARY, "1201")


@pytest.mark.parametrize(
    ("severity", "parameters", "level"),
    [
        ("Extreme", [], "red"),
        ("Severe", [], "orange"),
        ("Moderate", [], "yellow"),
        ("Minor", [], "green"),
        ("Unknown", [], "yellow"),
        ("", [], "yellow"),
        ("Moderate", [("awareness_level", "4; red; Extreme")], "red"),
        ("Extreme", [("awareness_level", "1; green; Minor")], "green"),
        ("Severe", [("riskMatrixColor", "Yellow")], "yellow"),
        ("Severe", [("awareness_level", "?"), ("riskMatrixColor", "red")], "red"),
        ("Severe", [("AWARENESS_LEVEL", "2; Yellow; Moderate"), ("riskMatrixColor", "red")], "yellow"),
    ],
)
def test_the_level_is_the_named_colour_or_that_of_the_severity(
    severity: str, parameters: list[tuple[str, str]], level: str
) -> None:
    assert alert(cap("a", NOON, info(ENDS, severity=severity, parameters=parameters))).level == level


def test_without_expires_an_alert_ends_with_its_event_or_a_day_after_its_beginning() -> None:
    ending = [("eventEndingTime", "2026-11-27T20:00:00+00:00")]
    assert alert(cap("a", NOON, info(None, parameters=ending))).expires == NOON + 8 * HOUR
    assert alert(cap("a", NOON, info(ENDS, parameters=ending))).expires == ENDS
    assert alert(cap("a", NOON, info(None, onset=NOON + HOUR))).expires == NOON + 25 * HOUR
    assert alert(cap("a", NOON, info(None))).expires == NOON + 24 * HOUR


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-27T23:00:00+01:00", NOON + 10 * HOUR),
        ("2026-11-27T22:00:00-00:00", NOON + 10 * HOUR),
        ("2026-11-27T22:00:00Z", NOON + 10 * HOUR),
        ("2026-11-27T22:00:00.123+00:00", NOON + 10 * HOUR),
        (" 2026-11-27T22:00:00+00:00\n", NOON + 10 * HOUR),
    ],
)
def test_times_are_read_with_their_offset(written: str, read: datetime) -> None:
    assert alert(cap("a", NOON, info(written))).expires == read


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("<identifier>a</identifier>", ""), "It has no identifier."),
        (("<status>Actual</status>", ""), "It has no status."),
        (("<msgType>Alert</msgType>", ""), "It has no msgType."),
        (("<sent>2026-11-27T12:00:00+00:00</sent>", ""), "It has no sent."),
        (("12:00:00+00:00</sent>", "12:00:00</sent>"), 'Its sent can\'t be read: "2026-11-27T12:00:00" has no offset'),
        (("2026-11-28T00:00:00+00:00</expires>", "tomorrow</expires>"), 'Its expires can\'t be read: "tomorrow"'),
        (("2026-11-28T00:00:00+00:00</expires>", "2026-11-28</expires>"), '"2026-11-28" has no time of day.'),
        (("2026-11-28T00:00:00+00:00</expires>", "2026-02-30T00:00:00Z</expires>"), "isn't a time."),
        ((HEIM, "63.1,8.6 63.5,8.6"), "A polygon has 2 different points, and needs three."),
        ((HEIM, "63.1 8.6 63.5 8.6 63.5 9.6"), 'A polygon has a point "63.1".'),
        ((HEIM, "163.1,8.6 63.5,8.6 63.5,9.6"), "A polygon has a point that isn't on earth."),
        ((HEIM, "nan,8.6 63.5,8.6 63.5,9.6"), 'A polygon has a point "nan,8.6".'),
        ((HEIM, "63,1,8,6 63,5,8,6 63,5,9,6"), 'A polygon has a point "63,1,8,6".'),
        (("Kuling, gult nivå, Heim", ""), ""),
    ],
)
def test_what_cannot_be_read_is_named(change: tuple[str, str], reason: str) -> None:
    text = cap("a", NOON, info(ENDS))
    assert change[0] in text
    if reason:
        assert reason in problem(text.replace(*change))
    else:
        assert one(text.replace(*change)).alerts


def test_an_info_that_cannot_be_read_costs_only_itself() -> None:
    read = read_cap(cap("a", NOON, info("never", language="en"), info(ENDS)).encode())
    assert [text.language for text in read.messages[0].alerts[0].texts] == ["nb"]
    assert read.problems == ("a: An info of it can't be read. Its expires can't be read: \"never\" isn't a time.",)


def test_a_polygon_that_cannot_be_read_costs_only_itself() -> None:
    read = read_cap(cap("a", NOON, info(ENDS, area("1,1", HEIM))).encode())
    assert concerns(read.messages[0].alerts[0], LIBRARY, "")
    assert read.problems == ("a: A polygon has 1 different points, and needs three. The rest of its area is read.",)


def test_an_area_of_which_nothing_can_be_read_is_not_everywhere() -> None:
    assert problem(cap("a", NOON, info(ENDS, area("1,1")))) == "a: A polygon has 1 different points, and needs three."
    assert problem(cap("a", NOON, info(ENDS, area(circles=["63.3,9.1"])))) == 'a: A circle is "63.3,9.1".'
    assert problem(cap("a", NOON, info(ENDS, area(circles=["63.3,9.1 -4"])))) == 'a: A circle is "63.3,9.1 -4".'


def test_a_text_is_whole_or_left_out() -> None:
    paragraphs = "Første avsnitt  med   mellomrom.\n\n\n\nAndre avsnitt."
    assert alert(cap("a", NOON, info(ENDS, description=paragraphs))).texts[0].description == (
        "Første avsnitt med mellomrom.\n\nAndre avsnitt."
    )
    read = read_cap(cap("a", NOON, info(ENDS, description="Kok vannet. " * 2000)).encode())
    assert read.messages[0].alerts[0].texts[0].description == ""
    assert read.problems == ("a: The description has 23,999 letters, too many for an alert, and is left out.",)


def test_a_headline_with_times_for_programs_is_left_out_where_there_is_another_text() -> None:
    headline = "ØVELSE Kuling, gult nivå, Heim, 2026-11-27T12:00:00+00:00, 2026-11-28T00:00:00+00:00"
    found = alert(cap("a", NOON, info(ENDS, headline=headline)))
    assert (found.texts[0].headline, found.texts[0].event) == ("", "Kuling")
    assert found.exercise, "what it says still counts"
    alone = alert(cap("a", NOON, info(ENDS, headline=headline, event="", description="")))
    assert alone.texts[0].headline == headline


def test_text_gives_a_terminal_no_orders_and_stays_text() -> None:
    found = alert(cap("a", NOON, info(ENDS, headline="<b>Kuling</b> \u202e& \u009b31m")))
    assert found.texts[0].headline == "<b>Kuling</b> \ufffd& \ufffd31m"


def test_comments_cdata_and_any_prefix_are_read() -> None:
    text = cap("a", NOON, info(ENDS, description="x"))
    text = text.replace("<description>x<", "<description>Kok <!-- ikke -->vannet. <![CDATA[<3]]><")
    assert alert(text).texts[0].description == "Kok vannet. <3"
    prefixed = text.replace("<", "<c:").replace("<c:/", "</c:").replace("<c:!", "<!").replace("<c:?", "<?")
    assert (
        alert(prefixed.replace("xmlns=", "xmlns:c=").replace("[<c:3", "[<3")).texts[0].description == "Kok vannet. <3"
    )
    assert alert(text.replace("cap:1.2", "cap:1.1")).level == "yellow"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<alert",
        b'{"alert": 1}',
        b"<!DOCTYPE html><html><body>Not found</body></html>",
        b"<html/>",
        b"\x00\x01\x02",
        b"\xff\xfe<\x00",
        b"<a>" * 5000,
    ],
)
def test_what_is_no_cap_is_refused(body: bytes) -> None:
    assert problem(body)


def test_entities_and_dtds_are_refused() -> None:
    text = cap("a", NOON, info(ENDS, description="DANGER"))
    declared = '<!DOCTYPE alert [<!ENTITY x SYSTEM "file:///etc/hostname">]>\n<alert'
    with_entity = text.replace("<alert", declared).replace("DANGER", "&x;")
    assert problem(with_entity) == "The XML has a DTD, which CAP has no use for."
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = text.replace("<alert", f'<!DOCTYPE alert [<!ENTITY l0 "ha">{laughs}]>\n<alert').replace("DANGER", "&l9;")
    assert problem(bomb)


def test_polygons_of_too_many_points_are_refused() -> None:
    huge = " ".join(f"{60 + number % 1000 / 1000},{5 + number / 100000}" for number in range(MOST_POINTS + 1))
    assert "more than 50,000 points" in problem(cap("a", NOON, info(ENDS, area(huge))))
    half = " ".join(huge.split()[: MOST_POINTS // 2 + 10])
    assert "Its areas have 50,0" in problem(cap("a", NOON, info(ENDS, area(half), area(half))))


def test_an_exercise_in_an_actual_message_is_noticed() -> None:
    assert alert(cap("a", NOON, info(ENDS, headline="ØVELSE: Kuling"))).exercise
    assert alert(gale("a", NOON, note="Exercise: Nordic Response")).exercise
    assert not alert(gale("a", NOON)).exercise


# --- lists ---


def index(text: str, url: str = URL) -> ReadAlerts:
    return read_index(text.encode(), url)


def test_a_list_of_met_norway_leads_to_each_file_once() -> None:
    read = index(rss("https://met.example/current?cap=1", "current?cap=2", " /current?cap=3\n", "current?cap=2"))
    assert read.links == (
        "https://met.example/current?cap=1",
        "https://met.example/metalerts/current?cap=2",
        "https://met.example/current?cap=3",
    )
    assert read.problems == ()
    assert index(rss()).links == ()


def test_the_cap_link_of_an_atom_entry_is_taken() -> None:
    entry = (
        "<entry><title>Gale</title><id>https://met.example/id/1</id>"
        '<link rel="self" href="self.atom"/><link rel="alternate" type="text/html" href="page.html"/>'
        '<link type="application/cap+xml" href="/cap/1.xml"/></entry>'
    )
    bare = "<entry><title>Gale</title><id>https://met.example/id/2</id></entry>"
    plain = '<entry><title>Gale</title><link href="/cap/3"/></entry>'
    assert index(atom(entry, bare, plain)).links == (
        "https://met.example/cap/1.xml",
        "https://met.example/id/2",
        "https://met.example/cap/3",
    )


def test_messages_within_a_list_or_something_around_them_are_all_read() -> None:
    messages = [cap(name, NOON, info(ENDS)).split("\n", 1)[1] for name in "abc"]
    read = index(atom(*(f"<entry><title>x</title><content>{each}</content></entry>" for each in messages)))
    assert [message.identifier for message in read.messages] == ["a", "b", "c"]
    assert read.links == ()
    envelope = f"<EDXLDistribution>{''.join(messages)}</EDXLDistribution>"
    assert [message.identifier for message in index(envelope).messages] == ["a", "b", "c"]
    assert [message.identifier for message in read_cap(envelope.encode()).messages] == ["a", "b", "c"]
    assert [message.identifier for message in index(cap("d", NOON, info(ENDS))).messages] == ["d"]


def test_an_alert_of_a_list_that_cannot_be_read_costs_only_itself() -> None:
    good, bad = (cap(name, NOON, info(ends)).split("\n", 1)[1] for name, ends in (("a", ENDS), ("b", "never")))
    read = index(f"<alerts>{bad}{good}</alerts>")
    assert [message.identifier for message in read.messages] == ["a"]
    assert read.problems == ("b: Its expires can't be read: \"never\" isn't a time.",)


@pytest.mark.parametrize("link", ["file:///etc/passwd", "ftp://x.example/a", "javascript:alert(1)", "http://", "//"])
def test_a_link_that_leads_nowhere_is_reported(link: str) -> None:
    read = index(rss(link, "current?cap=1"))
    assert read.links == ("https://met.example/metalerts/current?cap=1",)
    (said,) = read.problems
    assert said == f'Kuling: This entry of the list leads to "{link}", which isn\'t a CAP file.'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<html><body><br></body></html>", "The answer is HTML instead of XML."),
        ("<weather/>", "The XML is <weather> instead of an RSS or Atom list, or a CAP <alert>."),
        ("[]", "The answer is JSON instead of XML."),
    ],
)
def test_what_is_no_list_is_named(text: str, said: str) -> None:
    with pytest.raises(UnusableAnswer) as caught:
        index(text)
    assert caught.value.message == said
