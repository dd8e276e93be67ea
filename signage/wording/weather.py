"""The weather in words: temperatures, wind by the Beaufort scale, rain, and the sky of a symbol code. Pure.

Symbol codes are those of MET Norway: https://api.met.no/weatherapi/weathericon/2.0/documentation
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Literal, TypedDict

from signage.wording.hyphens import hyphenate
from signage.wording.languages import Words

MINUS = "\u2212"
# The least mean wind, in m/s, of the forces from 1 on (WMO, code table 1100).
BEAUFORT = (0.3, 1.6, 3.4, 5.5, 8.0, 10.8, 13.9, 17.2, 20.8, 24.5, 28.5, 32.7)
LIGHTEST = 0.05  # mm: less is none
# MET writes "lightssleetshowersandthunder" and "lightssnowshowersandthunder".
_FALLING = re.compile(r"(light|heavy|)s?(rain|sleet|snow)(showers|)(andthunder|)")
_DRY = ("clearsky", "fair", "partlycloudy", "cloudy", "fog")
_LIGHTS: dict[str, Literal["sun", "moon", "low sun"]] = {"day": "sun", "night": "moon", "polartwilight": "low sun"}


class SymbolContext(TypedDict):
    """What a layout draws. `light`: "sun", "moon", "low sun" or "", behind the cloud; `cloud`: "small", "light", "dark"
    or "". `falls`: "rain", "snow" or "sleet", or "", in the `amount` 1 to 3.
    """

    light: str
    cloud: str
    falls: str
    amount: int
    thunder: bool
    fog: bool


def sky(code: str, words: Words) -> str:
    """The words of a symbol code; "" for one that isn't known."""
    return hyphenate(words.weather.get(_key(code), ""), words.hyphens)


def symbol(code: str) -> SymbolContext | None:
    """What to draw for a symbol code; None for one that isn't known."""
    base, _, when = code.partition("_")
    light = _LIGHTS.get(when, "sun")
    if base in _DRY:
        cloud = {"clearsky": "", "fair": "small", "fog": "light"}.get(base, "light")
        shining = light if base in ("clearsky", "fair", "partlycloudy") else ""
        return {"light": shining, "cloud": cloud, "falls": "", "amount": 0, "thunder": False, "fog": base == "fog"}
    falling = _FALLING.fullmatch(base)
    if falling is None:
        return None
    strength, what, showers, thunder = falling.groups()
    amount = {"light": 1, "": 2, "heavy": 3}[strength]
    return {
        "light": light if showers else "",
        "cloud": "dark" if amount == 3 else "light",
        "falls": what,
        "amount": amount,
        "thunder": bool(thunder),
        "fog": False,
    }


def _key(code: str) -> str:
    base = code.partition("_")[0]
    falling = _FALLING.fullmatch(base)
    return "".join(falling.groups()) if falling else base if base in _DRY else ""


def temperature(celsius: float, words: Words) -> str:
    """ "−3°": to the whole degree, with a real minus, and none before 0."""
    whole = round(celsius)
    return words.weather["temperature"].format(number=f"{MINUS if whole < 0 else ''}{abs(whole)}")


def wind(speed: float, words: Words) -> str:
    """ "Lett bris, 4 m/s", which a line may end in the middle of, and no more."""
    word = wind_word(speed, words).replace(" ", "\u00a0")
    return words.weather["wind"].format(word=word, speed=round(speed)).replace(" m", "\u00a0m")


def wind_word(speed: float, words: Words) -> str:
    """ "Lett bris"."""
    return words.weather[f"wind_{bisect_right(BEAUFORT, speed)}"]


def rain(amount: float, words: Words) -> str:
    """ "1,2 mm"; "" for none."""
    from babel.numbers import format_decimal

    if amount < LIGHTEST:
        return ""
    pattern = "#,##0" if amount >= 10 else "#,##0.#"
    number = format_decimal(amount, pattern, locale=words.locale)
    return words.weather["millimetres"].format(amount=number).replace(" ", "\u00a0")
