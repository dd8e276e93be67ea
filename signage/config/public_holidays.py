"""Public holidays by country, from the `holidays` library. Pure: the calendar of a year never changes within a run."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from signage.config.words import SettingError, closest, did_you_mean

# What people write instead; only ever used to suggest the right code.
_NAMES = {
    **dict.fromkeys(("norway", "norge", "noreg", "nor", "nb", "nn"), "NO"),
    **dict.fromkeys(("sweden", "sverige", "swe", "sv"), "SE"),
    **dict.fromkeys(("denmark", "danmark", "dnk", "da"), "DK"),
    **dict.fromkeys(("finland", "suomi", "fin"), "FI"),
    **dict.fromkeys(("germany", "deutschland", "tyskland", "deu"), "DE"),
}


@lru_cache
def _known() -> tuple[str, ...]:
    """Two-letter country codes (ISO 3166-1)."""
    from holidays.registry import EntityLoader

    return tuple(code for code in EntityLoader.get_country_codes() if len(code) == 2)


def _parts_of(country: str) -> list[str]:
    """The parts of a country that have holidays of their own. Loads this country and no other."""
    import holidays

    return list(getattr(holidays, country).subdivisions)


def check_country(code: str) -> str:
    """For pydantic: the code unchanged when holidays are known for it; "" is no country."""
    country, _, part = code.partition("-")
    if not code or (country in _known() and (not part or part in _parts_of(country))):
        return code
    if country in _known():
        parts = _parts_of(country)
        listed = f"its parts are {', '.join(parts)}." if parts else "it has no parts with holidays of their own."
        raise SettingError(f'{country} has no part "{part}".', did_you_mean(part, parts) or listed)
    meant = closest(code, _known(), _NAMES)
    hint = f'did you mean "{meant}"?' if meant else 'write two letters like "NO" or "SE", or "" for none.'
    raise SettingError(f'No public holidays are known for "{code}".', hint)


def is_holiday(day: date, country: str) -> bool:
    """Is it a public holiday there? Never, without a country. Ordinary Sundays are none."""
    return bool(country) and day in _of_year(country, day.year)


@lru_cache(64)
def _of_year(country: str, year: int) -> frozenset[date]:
    import holidays

    code, _, part = country.partition("-")
    return frozenset(holidays.country_holidays(code, subdiv=part or None, years=year))
