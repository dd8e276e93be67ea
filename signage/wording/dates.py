"""Days and times the way people write them, by Babel/CLDR and the words of one language."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from signage.domain.model import Event
from signage.wording.languages import Words
from signage.wording.typography import APOSTROPHES, NBSP, set_text

RANGE = "–"  # en dash, unspaced between times: 18.00–20.00
SOON = 6  # days ahead, within which a weekday alone says which day is meant


@lru_cache(4096)
def format_date(day: date, pattern: str, locale: str) -> str:
    """Babel's `format_date`, remembered: a build words the same few days thousands of times."""
    from babel import dates

    return dates.format_date(day, pattern, locale=locale)


@lru_cache(4096)
def format_clock(hour: int, minute: int, pattern: str, locale: str) -> str:
    """A clock time in the language's own pattern: 18.00 or 18:00."""
    from babel.dates import format_time

    return format_time(datetime(2000, 1, 1, hour, minute), pattern, locale=locale)  # noqa: DTZ001 only its digits


def clock_separator(words: Words) -> str:
    """What a player writes between hours and minutes: ":" where the language does, else ".". It knows no other."""
    return ":" if ":" in words("time") else "."


HOME_CURRENCY = "NOK"  # of a price whose source names no currency that there is
DEAREST = 100_000  # more than this is no price of a ticket
_TOUCHING = re.compile(r"(?<=[A-Z]{3})(?=\d)")  # CLDR's currencySpacing, which Babel 2.18 leaves out: "NOK250"


@lru_cache(1024)
def format_price(amount: str, currency: str | None, locale: str) -> str | None:
    """ "250\u00a0kr", "NOK\u00a01,250", "99,50\u00a0kr": without decimals when there are none. None: not a price."""
    from babel import Locale
    from babel.numbers import format_currency, is_currency

    try:
        value = Decimal(amount.strip().replace(",", "."))
    except InvalidOperation:
        return None
    if not (value.is_finite() and 0 < value <= DEAREST):
        return None
    code = (currency or "").strip().upper()
    code = code if is_currency(code) else HOME_CURRENCY
    pattern = Locale.parse(locale).currency_formats["standard"].pattern
    if value == value.to_integral_value():
        pattern = pattern.replace("0.00", "0")
    text = format_currency(value, code, pattern, locale, currency_digits=False)
    return _TOUCHING.sub("\u00a0", text)


_DAY_AND_MONTH = re.compile(r"(?<=d) (?=M)|(?<=d\.) (?=M)|(?<=M) (?=d)")


class Wording:
    """Words for one language and zone. Every method is pure. A day and its month never stand on two lines."""

    def __init__(self, words: Words, zone: ZoneInfo) -> None:
        self.words = words
        self.zone = zone

    def day(self, day: date, pattern: str) -> str:
        """A day by one of the patterns in the language's file: "weekday", "day", "day_short", "full_day"."""
        pattern = _DAY_AND_MONTH.sub(NBSP, self.words(pattern))
        return format_date(day, pattern, self.words.locale).translate(APOSTROPHES)

    def clock(self, at: datetime) -> str:
        local = at.astimezone(self.zone)
        return self.clock_time(local.hour, local.minute)

    def clock_time(self, hour: int, minute: int) -> str:
        """ "15.42", "15:42"."""
        return format_clock(hour, minute, self.words("time"), self.words.locale)

    def first_day(self, event: Event) -> date:
        return event.starts_at.astimezone(self.zone).date()

    def last_day(self, event: Event) -> date:
        """The last local day the occurrence touches; ending at midnight does not touch the next day."""
        return (event.ends_at.astimezone(self.zone) - timedelta(microseconds=1)).date()

    def time(self, event: Event, day: date) -> str:
        """The time column of a row under `day`: "18.00–19.55", "16.00", "hele dagen", "til søndag", "til 01.00".

        "pågår nå" for what began on an earlier day and says no end: its display expiry is none.
        """
        first, last = self.first_day(event), self.last_day(event)
        if event.all_day:
            return self.words("all_day") if last <= day else self._until(last, day)
        if self.goes_on_without_end(event, day):
            return self.words("ongoing")
        if event.ends_at - event.starts_at > timedelta(hours=24):
            if first == day:
                return self.clock(event.starts_at)
            return self.words("until_time", time=self.clock(event.ends_at)) if last <= day else self._until(last, day)
        if first < day:
            return self.words("until_time", time=self.clock(event.ends_at))
        return self.span(event)

    def goes_on_without_end(self, event: Event, day: date) -> bool:
        """Whether a timed occurrence began before `day` and nobody said until when it is."""
        return event.end is None and not event.all_day and self.first_day(event) < day

    def lasts_for_days(self, event: Event) -> bool:
        """Whether a timed occurrence is so long that its hours alone would be taken for those of one day."""
        return not event.all_day and event.end is not None and event.ends_at - event.starts_at > timedelta(hours=24)

    def span(self, event: Event) -> str:
        """A timed occurrence's "18.00–19.55", or "16.00" when no end is known."""
        start = event.starts_at.astimezone(self.zone)
        if event.end is None or event.ends_at <= event.starts_at:
            return self.clock(start)
        end = event.ends_at.astimezone(self.zone)
        return f"{self.clock(start)}{RANGE}{self.clock(end)}"

    def _until(self, last: date, day: date) -> str:
        if (last - day).days <= SOON:
            return self.words("until_day", weekday=self.day(last, "weekday"), date=self.day(last, "day"))
        return self.words("until_date", date=self.day(last, "day"))

    def dates(self, first: date, last: date) -> str:
        """One day or a span of days: "27. november", "27.–29. november", "30. november–2. desember"."""
        if first == last:
            return self.day(first, "day")
        number, month, _ = self.words("day").partition("MMMM")
        if month and number and (first.year, first.month) == (last.year, last.month):
            return f"{format_date(first, number.rstrip(), self.words.locale)}{RANGE}{self.day(last, 'day')}"
        return self._joined(self.day(first, "day"), self.day(last, "day"))

    def running(self, event: Event, now: datetime | None = None) -> str:
        """When an occurrence is, in running text: "lørdag 12. desember kl. 18.00–20.00", "27.–29. november".

        With `now` (aware): "i dag kl. 18.00", "i morgen kl. 18.00–20.00"; "pågår nå, til søndag" once it has begun.
        """
        first, last = self.first_day(event), self.last_day(event)
        today = now.astimezone(self.zone).date() if now else None
        if now and today and event.starts_at <= now < event.ends_at and not (event.all_day and last <= today):
            return set_text(f"{self.words('ongoing')}, {self._end(event, today)}".removesuffix(", "))
        if event.all_day:
            day = self._near(first, today) if first == last else self.dates(first, last)
            return set_text(f"{day}, {self.words('all_day')}" if first == last else day)
        if self.lasts_for_days(event):
            both = [at.astimezone(self.zone) for at in (event.starts_at, event.ends_at)]
            begins, ends = (
                set_text(self.words("at_time", date=self.day(at.date(), "day"), time=self.clock(at))) for at in both
            )
            return f"{begins}{NBSP}{RANGE} {ends}"
        return set_text(self.words("at_time", date=self._near(first, today), time=self.span(event)))

    def _near(self, day: date, today: date | None) -> str:
        """ "i dag", "i morgen", or "lørdag 12. desember"."""
        ahead = (day - today).days if today else None
        near = {0: "today", 1: "tomorrow"}.get(ahead) if ahead is not None else None
        return self.words(near) if near else self.day(day, "full_day")

    def _end(self, event: Event, today: date) -> str:
        """ "til 20.00", "til søndag"; empty when no end is known."""
        if event.end is None:
            return ""
        last = self.last_day(event)
        timed = isinstance(event.end, datetime) and (
            last <= today or event.ends_at - event.starts_at <= timedelta(hours=24)
        )
        return self.words("until_time", time=self.clock(event.ends_at)) if timed else self._until(last, today)

    def _joined(self, first: str, last: str) -> str:
        """ "29. november–2. desember", "29 November – 2 December": no line begins with the dash."""
        return self.words("date_span", first=first, last=last).replace(f" {RANGE}", f"{NBSP}{RANGE}")

    def price(self, amount: str, currency: str | None) -> str | None:
        """An amount of money: "250.00" and "NOK" give "250 kr", with a space that doesn't break. None: not a price."""
        return format_price(amount, currency, self.words.locale)

    def weekday_and_date(self, day: date) -> str:
        """A day on a link: "lør. 28. nov."."""
        return f"{format_date(day, 'EEE', self.words.locale)}{NBSP}{self.day(day, 'day_short')}"

    def label(self, day: date, ahead: int) -> str:
        """What a day is called above what is on it: "I dag", "I morgen", "Lørdag". `ahead`: days from today."""
        near = {0: "heading_today", 1: "heading_tomorrow"}.get(ahead)
        if near:
            return self.words(near)
        weekday = self.day(day, "weekday")
        return weekday[:1].upper() + weekday[1:]

    def weekdays(self, numbers: tuple[int, ...]) -> str:
        """Names of following weekdays (0 is Monday): "mandag", "mandag–fredag"."""
        from babel.dates import get_day_names

        names = get_day_names("wide", "stand-alone", self.words.locale)
        if len(numbers) == 1:
            return str(names[numbers[0]])
        return f"{names[numbers[0]]}{RANGE}{names[numbers[-1]]}"
