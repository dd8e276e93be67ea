"""Where an official alert holds: polygons, circles and the numbers of municipalities and counties. Pure.

What lies on a border, or within a tenth of a millimetre of it, is inside. The sides of a polygon are straight lines
between latitudes and longitudes. A polygon that crosses itself has no holes: all that it goes around is inside. The
distance from the centre of a circle is that on a sphere. None of this crosses the date line.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]  # latitude and longitude, in degrees (WGS 84)
Ring = tuple[Point, ...]  # closed: its last point is its first

BORDER = 1e-9  # degrees: a tenth of a millimetre, which is more than what is lost in calculating
EARTH_KM = 6371.0088  # the mean radius (IUGG)
NEAR_KM = 1e-7


@dataclass(frozen=True, slots=True)
class Polygon:
    """What a ring goes around, without its holes. CAP has no holes, GeoJSON has."""

    outer: Ring
    holes: tuple[Ring, ...] = ()

    def has(self, point: Point) -> bool:
        """Whether a point is inside; the border of a hole is, too."""
        return _side(self.outer, point) >= 0 and not any(_side(hole, point) > 0 for hole in self.holes)


@dataclass(frozen=True, slots=True)
class Circle:
    """All that is at most `radius_km` from `centre`."""

    centre: Point
    radius_km: float

    def has(self, point: Point) -> bool:
        """Whether a point is inside."""
        return distance_km(self.centre, point) <= self.radius_km + NEAR_KM


@dataclass(frozen=True, slots=True)
class AlertArea:
    """One area of an alert: all that is in any of its polygons and circles, and under any of its numbers.

    `municipalities` and `counties`: as Norway numbers them ("5055", "50").
    """

    polygons: tuple[Polygon, ...] = ()
    circles: tuple[Circle, ...] = ()
    municipalities: frozenset[str] = frozenset()
    counties: frozenset[str] = frozenset()

    @property
    def has_shape(self) -> bool:
        """Whether it can be compared with a position."""
        return bool(self.polygons or self.circles)

    @property
    def is_known(self) -> bool:
        """Whether it can be compared with anything; otherwise it is words only."""
        return self.has_shape or bool(self.municipalities or self.counties)

    def has(self, position: Point | None, municipality: str) -> bool:
        """Whether a place is in it. `municipality`: "" when it isn't known."""
        shapes: tuple[Polygon | Circle, ...] = (*self.polygons, *self.circles)
        if position is not None and any(shape.has(position) for shape in shapes):
            return True
        return bool(municipality) and (municipality in self.municipalities or municipality[:2] in self.counties)


def ring_of(points: Sequence[Point]) -> Ring:
    """A closed ring of these points. Raises ValueError, with a reason that follows a noun, when they make none."""
    for latitude, longitude in points:
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # not a number isn't, either
            raise ValueError("has a point that isn't on earth")
    ring = tuple(points)
    if ring and ring[0] != ring[-1]:
        ring = (*ring, ring[0])
    if len(set(ring)) < 3:
        raise ValueError(f"has {len(set(ring))} different points, and needs three")
    return ring


def distance_km(one: Point, other: Point) -> float:
    """Along the surface, by the haversine formula."""
    (north, east), (far_north, far_east) = (map(math.radians, point) for point in (one, other))
    half = math.sin((far_north - north) / 2) ** 2
    half += math.cos(north) * math.cos(far_north) * math.sin((far_east - east) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))


def _side(ring: Ring, point: Point) -> int:
    """1: within the ring, 0: on it, -1: outside. By the winding number: how often the ring goes around the point."""
    north, east = point
    winding = 0
    low, high = north - BORDER, north + BORDER
    for (south_1, west_1), (south_2, west_2) in pairwise(ring):
        if (south_1 < low and south_2 < low) or (south_1 > high and south_2 > high):
            continue
        height, width = south_2 - south_1, west_2 - west_1
        turn = height * (east - west_1) - width * (north - south_1)  # its sign: on which side of the line the point is
        if abs(turn) <= BORDER * math.hypot(height, width) and _beside(point, (south_1, west_1), (south_2, west_2)):
            return 0
        if south_1 <= north < south_2:
            winding += turn < 0
        elif south_2 <= north < south_1:
            winding -= turn > 0
    return 1 if winding else -1


def _beside(point: Point, start: Point, end: Point) -> bool:
    """Whether a point that is on the line through two others is between them."""
    return all(min(a, b) - BORDER <= at <= max(a, b) + BORDER for at, a, b in zip(point, start, end, strict=True))


def points_in(areas: Sequence[AlertArea]) -> int:
    """How many points the polygons of some areas have."""
    return sum(len(ring) for ring in _rings(areas))


def _rings(areas: Sequence[AlertArea]) -> Iterator[Ring]:
    for area in areas:
        for polygon in area.polygons:
            yield polygon.outer
            yield from polygon.holes
