"""Which occurrences an entry takes, and what it falls back to."""

from signage.config.models import Place
from signage.planning.kinds.today import Today
from signage.planning.selection import pool
from tests.fixtures.make import event, oslo

PLACES = {
    "bibliotek": Place(name="Hemne bibliotek", near=["kulorn"]),
    "kulorn": Place(name="kulØr'n"),
    "hall": Place(name="Halsahallen"),
}
NOW, NIGHT = oslo("2026-11-23 12:00"), oslo("2026-11-24 00:00")

KINO = event("Kino", "2026-11-23 18:00", "2026-11-23 20:00", place="kulorn", categories=("Kino",), audiences=("Barn",))
BOOKS = event("Bokprat", "2026-11-23 19:00", "2026-11-23 20:00", place="bibliotek", organizer="Hemne bibliotek")
GAMES = event("Volleyball", "2026-11-23 17:00", "2026-11-23 19:00", place="hall", categories=("Idrett",))
OVER = event("Frokost", "2026-11-23 08:00", "2026-11-23 10:00", place="bibliotek")


def titles(entry: dict[str, object], events: list[object]) -> tuple[list[str], bool]:
    found = pool(Today.model_validate({"show": "today", **entry}), events, "bibliotek", PLACES).between(NOW, NIGHT)  # type: ignore[arg-type]
    return [e.title for e in found.events], found.elsewhere


def test_everything_that_is_not_over_comes_in_order_of_time() -> None:
    assert titles({}, [KINO, BOOKS, GAMES, OVER]) == (["Volleyball", "Kino", "Bokprat"], False)


def test_filters_hold_together_and_ignore_case() -> None:
    assert titles({"categories": ["kino", "Konsert"], "audiences": ["BARN"]}, [KINO, GAMES])[0] == ["Kino"]
    assert titles({"categories": ["kino"], "audiences": ["Senior"]}, [KINO])[0] == []
    assert titles({"organisers": ["hemne bibliotek"]}, [KINO, BOOKS])[0] == ["Bokprat"]
    assert titles({"place": ["hall"]}, [KINO, BOOKS, GAMES])[0] == ["Volleyball"]


def test_here_shows_the_own_place_alone_while_anything_is_on() -> None:
    assert titles({"place": "here"}, [KINO, BOOKS, GAMES]) == (["Bokprat"], False)


def test_here_falls_back_to_the_nearby_place_and_then_to_anywhere() -> None:
    assert titles({"place": "here"}, [KINO, GAMES, OVER]) == (["Kino"], True)
    assert titles({"place": "here"}, [GAMES, OVER]) == (["Volleyball"], True)
    assert titles({"place": "here"}, [OVER]) == ([], False)


def test_the_fallback_keeps_the_other_filters() -> None:
    assert titles({"place": "here", "categories": ["Idrett"]}, [KINO, GAMES]) == (["Volleyball"], True)
