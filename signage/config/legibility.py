"""Can a page be read from where people stand? Rules for letters, contrast, time and QR codes; docs/legibility.md.

Pure. Lengths on the glass are in mm, in pictures in px, distances in m, diagonals in inches.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from signage.config.models import Screen
from signage.domain.contrast import BODY_CONTRAST, LARGE_CONTRAST
from signage.domain.model import RenderReport

MM_PER_METRE = 2.5  # of a capital letter's height for each metre of distance: distance / 0.4
CAPITAL = 0.66  # of the type size is the height of a capital, at the least, in the typefaces of the layouts
LARGE = 2.0  # letters that are this many times the needed height are large, as WCAG's large text is to its body text
ROUNDING = 0.02  # of a ratio or a length: colours are whole numbers, and letters whole pixels
WORDS_PER_SECOND = 3.0  # 180 words a minute
NOTICING = 1.0  # seconds until somebody looks
CAMERA_PIXELS = 1920  # across the picture in which telephones look for codes
CAMERA_DEGREES = 69.0  # the field of view of a 26 mm lens, across
PIXELS_PER_MODULE = 2.5  # what a reader needs
LARGEST_CODE = 0.3  # of a page's short side


@dataclass(frozen=True, slots=True)
class LegibilityVerdict:
    """What a page is like on one screen's glass. `failures` are sentences; `letter_mm` is the smallest capital letter.

    `contrast` is the worst in relation to what it should be, `contrast_needed` that, and `where` the text.
    """

    letter_mm: float
    needed_mm: float
    contrast: float
    contrast_needed: float
    where: str
    words: int
    failures: tuple[str, ...] = ()


def mm_per_px(screen: Screen) -> float:
    """How large a pixel of the page is on the panel."""
    return screen.diagonal * 25.4 / math.hypot(screen.width, screen.height)


def needed_mm(screen: Screen) -> float:
    """How high the smallest capital letter must be for people at the screen's distance."""
    return screen.distance * MM_PER_METRE


def required_px(screen: Screen) -> float:
    """The smallest type size that keeps the rule on this screen."""
    return needed_mm(screen) / mm_per_px(screen) / CAPITAL


def words_of(report: RenderReport) -> int:
    """How many words a page has."""
    return len(report.text.split())


def reading_seconds(report: RenderReport, least: float, most: float) -> float:
    """How long a page stays so that its words can be read: whole seconds between `least` and `most`."""
    return min(most, max(least, float(math.ceil(NOTICING + words_of(report) / WORDS_PER_SECOND))))


def judge(report: RenderReport, screen: Screen) -> LegibilityVerdict:
    """Letters and contrast of a measured page, on this screen's glass."""
    scale, needed = mm_per_px(screen), needed_mm(screen)
    letter = report.letter_px * scale
    failures = []
    if report.letter_px and letter < needed - ROUNDING:
        failures.append(
            f"its smallest letters are {letter:.1f} mm high, and {screen.distance:g} m ask for {needed:.1f}"
        )
    worst = (math.inf, 21.0, BODY_CONTRAST, "")
    for height, ratio, text in report.contrasts:
        wanted = LARGE_CONTRAST if height * scale >= LARGE * needed - ROUNDING else BODY_CONTRAST
        worst = min(worst, (ratio / wanted, ratio, wanted, text))
    if worst[1] < worst[2] - ROUNDING:
        failures.append(f'the contrast of "{worst[3]}" is {worst[1]:.1f}:1, and should be {worst[2]:g}:1')
    return LegibilityVerdict(letter, needed, worst[1], worst[2], worst[3], words_of(report), tuple(failures))


def module_mm(distance: float) -> float:
    """How large a module of a QR code must be for a telephone at this distance (m)."""
    across = 2 * distance * 1000 * math.tan(math.radians(CAMERA_DEGREES / 2))
    return PIXELS_PER_MODULE * across / CAMERA_PIXELS


def code_px(modules: int, screen: Screen) -> float:
    """The side of a QR code with this many modules, its quiet zone included, that can be read from where people stand.

    At most a part of the page: beyond that people step nearer.
    """
    wanted = modules * module_mm(screen.distance) / mm_per_px(screen)
    return round(min(wanted, LARGEST_CODE * min(screen.width, screen.height)), 1)
