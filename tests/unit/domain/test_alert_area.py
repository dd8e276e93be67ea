"""Points in polygons and circles: borders, holes, and what crosses itself."""

from __future__ import annotations

import math

import pytest

from signage.domain.alert_area import AlertArea, Circle, Polygon, distance_km, ring_of

SQUARE = ring_of([(63.0, 9.0), (63.0, 10.0), (64.0, 10.0), (64.0, 9.0)])


@pytest.mark.parametrize("ring", [SQUARE, SQUARE[::-1]], ids=["one way round", "the other"])
def test_corners_and_sides_are_inside(ring: tuple[tuple[float, float], ...]) -> None:
    polygon = Polygon(ring)
    for inside in [(63.5, 9.5), (63.0, 9.0), (64.0, 10.0), (63.0, 9.37), (63.77, 10.0)]:
        assert polygon.has(inside), inside
    for outside in [(62.999999, 9.5), (63.5, 10.000001), (64.000001, 9.0), (63.0, 8.9), (64.0, 10.1), (70.0, 9.5)]:
        assert not polygon.has(outside), outside


def test_a_slanting_side_is_inside_and_a_hands_breadth_beside_it_is_not() -> None:
    polygon = Polygon(ring_of([(60.0, 5.0), (63.3, 9.1), (60.0, 9.1)]))
    for part in range(1, 100):
        north, east = 60.0 + 3.3 * part / 100, 5.0 + 4.1 * part / 100
        assert polygon.has((north, east))
        assert not polygon.has((north + 1e-6, east))


def test_a_line_through_a_corner_is_counted_once() -> None:
    diamond = Polygon(ring_of([(63.0, 9.5), (63.5, 9.0), (64.0, 9.5), (63.5, 10.0)]))
    assert diamond.has((63.5, 9.2))
    assert not diamond.has((63.5, 8.9))
    assert not diamond.has((64.0, 9.0))


def test_the_border_of_a_hole_is_inside_and_the_hole_is_not() -> None:
    hole = ring_of([(63.4, 9.4), (63.4, 9.6), (63.6, 9.6), (63.6, 9.4)])
    polygon = Polygon(SQUARE, (hole,))
    assert not polygon.has((63.5, 9.5))
    assert polygon.has((63.4, 9.5))
    assert polygon.has((63.3, 9.5))


def test_what_a_crossing_ring_goes_around_twice_is_no_hole() -> None:
    pentagram = ring_of([(math.sin(turn * 0.8 * math.pi), math.cos(turn * 0.8 * math.pi)) for turn in range(5)])
    assert Polygon(pentagram).has((0.0, 0.0))
    eight = ring_of([(0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0)])
    for polygon in (Polygon(eight), Polygon(eight[::-1])):
        assert polygon.has((0.5, 1.0))
        assert polygon.has((1.5, 1.0))
        assert not polygon.has((1.0, 0.5))


def test_a_circle_has_what_is_as_far_away_as_its_radius() -> None:
    centre = (63.29, 9.08)
    trondheim = (63.4305, 10.3951)
    away = distance_km(centre, trondheim)
    assert away == pytest.approx(67.6, abs=0.3)
    assert Circle(centre, away).has(trondheim)
    assert not Circle(centre, away - 0.001).has(trondheim)
    assert Circle(centre, 0.0).has(centre)
    assert not Circle(centre, 0.0).has((63.2901, 9.08))


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([(63.0, 9.0), (64.0, 9.0)], "needs three"),
        ([(63.0, 9.0)] * 5, "needs three"),
        ([], "needs three"),
        ([(63.0, 9.0), (91.0, 9.0), (63.0, 10.0)], "on earth"),
        ([(63.0, 9.0), (math.nan, 9.0), (63.0, 10.0)], "on earth"),
        ([(63.0, 9.0), (64.0, math.inf), (63.0, 10.0)], "on earth"),
    ],
)
def test_what_makes_no_polygon_is_refused(points: list[tuple[float, float]], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        ring_of(points)


def test_numbers_count_besides_shapes() -> None:
    area = AlertArea((Polygon(SQUARE),), (), frozenset({"5055"}), frozenset({"46"}))
    assert area.has((0.0, 0.0), "5055")
    assert area.has(None, "4601")
    assert not area.has((0.0, 0.0), "")
    assert not AlertArea().has((63.5, 9.5), "5055")
