"""What an RRULE is made of (RFC 5545 3.3.10). Pure."""

from __future__ import annotations

import re

DAYS_OF_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_NO_DIGIT = re.compile(r"[^0-9]+")
_TIMES = ("BYHOUR", "BYMINUTE", "BYSECOND")


def rule_parts(rule: str) -> dict[str, str]:
    """The parts of an RRULE, in capitals. Raises ValueError."""
    # "BYDAY=MO, TU" is common (Exchange); icalendar 7.3.0 takes the space for part of the day
    return dict(_part(text) for text in "".join(rule.split()).upper().strip(";").split(";"))


def _part(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ValueError(f'"{text[:20]}" is not a valid part of a rule')
    return key, value


def refuse_never(parts: dict[str, str]) -> None:
    """Refuse rules that no day fits: dateutil looks for one until the year 9999, which takes it seconds for each."""
    days = {int(day) for day in parts.get("BYMONTHDAY", "").split(",") if day}
    months = {int(month) for month in parts.get("BYMONTH", "").split(",") if month} or {1}
    if days and all(abs(day) > DAYS_OF_MONTH.get(month, 31) for day in days for month in months):
        raise ValueError("no day fits its rule")
    positions = [int(position) for position in parts.get("BYSETPOS", "").split(",") if position]
    one_each = parts.get("FREQ") in ("DAILY", "HOURLY") and not any(key in parts for key in _TIMES)
    if one_each and positions and all(position not in (1, -1) for position in positions):
        raise ValueError("no day fits its rule")


def may_fit_no_day(parts: dict[str, str]) -> bool:
    """Whether a rule's conditions may exclude each other for ever, or for centuries; some that do not are meant too.

    "The first week of the year, in May"; "every seventh day, if a Monday", begun on a Tuesday; "the sixth Friday".
    """
    frequency, wide = parts.get("FREQ"), int(parts.get("INTERVAL", "1")) > 1
    days = [name for name in ("BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYEASTER") if name in parts]
    others = [name for name in ("BYDAY", "BYMONTH") if name in parts]
    several = len(days) > 1 or bool(days and others and (days, others) != (["BYMONTHDAY"], ["BYMONTH"]))
    beyond = any(
        _least(parts.get(name, "")) > most
        for name, most in (("BYYEARDAY", 366), ("BYWEEKNO", 53), ("BYDAY", 4), ("BYSETPOS", 5))
    )
    passed = (
        ("BYSETPOS" in parts and frequency not in ("MONTHLY", "YEARLY"))
        or (wide and frequency in ("HOURLY", "DAILY") and bool(days or others))
        or (wide and frequency == "WEEKLY" and bool(days or "BYMONTH" in parts))
        or (wide and _least(parts.get("BYMONTHDAY", "")) > 28)
    )
    return several or beyond or passed


def _least(values: str) -> int:
    """The smallest of the numbers in a list, without their signs: 0 of "-1FR,2SA,MO"."""
    return min((int(_NO_DIGIT.sub("", value) or 0) for value in values.split(",") if value), default=0)
