"""Contrast as WCAG 2.2 has it: how much a text needs, and the ratio of two colours. Pure."""

from __future__ import annotations

BODY_CONTRAST = 7.0  # 1.4.6 Contrast (Enhanced), AAA
LARGE_CONTRAST = 4.5  # the same, for large text


def luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance of an sRGB colour (WCAG 2.2, glossary)."""

    def linear(value: int) -> float:
        part = value / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(value) for value in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: float, other: float) -> float:
    """The contrast ratio of two relative luminances, 1 to 21 (WCAG 2.2, glossary)."""
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
