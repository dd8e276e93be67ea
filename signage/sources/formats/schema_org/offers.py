"""What it takes to get in, from a schema.org Event's offers. Pure. https://schema.org/Offer"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from signage.domain.model import Availability, Ticket, TicketKind
from signage.sources.formats.schema_org.values import Node, every, first, last_word, text_of

AVAILABILITIES = {
    "instock": Availability.AVAILABLE,
    "onlineonly": Availability.AVAILABLE,
    "instoreonly": Availability.AVAILABLE,
    "presale": Availability.AVAILABLE,
    "preorder": Availability.AVAILABLE,
    "limitedavailability": Availability.FEW_LEFT,
    "soldout": Availability.SOLD_OUT,
    "outofstock": Availability.SOLD_OUT,
    "discontinued": Availability.CLOSED,
}
_BEST_FIRST = (Availability.AVAILABLE, Availability.FEW_LEFT, Availability.SOLD_OUT, Availability.CLOSED)
MOST_OFFERS = 200  # of one event
_PRICE = re.compile(r"(?<!\d)\d[\d\s\u00a0.,]*")
_FREE = frozenset({"gratis", "free", "fri", "0,-"})
_YES = frozenset({"true", "1", "yes", "ja", "http://schema.org/true", "https://schema.org/true"})

Web = Callable[[Any], str | None]


def ticket_of(node: Node, said: Availability, web: Web) -> Ticket:
    """The ticket of an event. `said` is what its title says of it, which counts more; `web` makes addresses whole."""
    url: str | None = None
    prices: list[tuple[float, str, str | None]] = []
    open_ended = False
    states: list[Availability] = []
    for offer in _offers(node.get("offers")):
        if isinstance(offer, str):
            url = url or web(offer)
            continue
        url = url or web(offer.get("url"))
        prices += _prices(offer)
        open_ended = open_ended or _open_ended(offer)
        if state := AVAILABILITIES.get(last_word(offer.get("availability"))):
            states.append(state)
    if states and said is Availability.UNKNOWN:
        said = min(states, key=_BEST_FIRST.index)  # as long as one kind of ticket is there, there are tickets
    if prices:
        lowest, highest = (choose(prices, key=lambda each: each[0]) for choose in (min, max))
        if highest[0] == 0:
            return Ticket(TicketKind.FREE, url, availability=said)
        if lowest[0] == 0:  # children, companions: "from 0" would promise too much
            return Ticket(TicketKind.TICKETS, url, availability=said)
        dearest = None if open_ended else highest[1]
        return Ticket(TicketKind.TICKETS, url, lowest[1], lowest[2], said, dearest)
    if text_or_bool(node.get("isAccessibleForFree")) in _YES:
        return Ticket(TicketKind.FREE, url, availability=said)
    return Ticket(TicketKind.TICKETS if url else TicketKind.UNKNOWN, url, availability=said)


def text_or_bool(value: Any) -> str:
    """ "true" for true, "True" and "true"."""
    return str(first(value)).strip().lower()


def _offers(value: Any) -> Iterator[Node | str]:
    """Offers, and those within an AggregateOffer."""
    for offer in list(every(value))[:MOST_OFFERS]:
        if isinstance(offer, dict):
            yield offer
            yield from (each for each in list(every(offer.get("offers")))[:MOST_OFFERS] if isinstance(each, dict))
        elif isinstance(offer, str):
            yield offer


def _prices(offer: Node) -> Iterator[tuple[float, str, str | None]]:
    """Number, text and currency of each price that is named."""
    specifications = [each for each in every(offer.get("priceSpecification")) if isinstance(each, dict)]
    for spec in (offer, *specifications[:MOST_OFFERS]):
        currency = text_of(spec.get("priceCurrency") or offer.get("priceCurrency"))[:10] or None
        for key in ("lowPrice", "minPrice", "price", "highPrice", "maxPrice"):
            price = price_of(first(spec.get(key)))
            if price is not None:
                yield float(price), price, currency


def _open_ended(offer: Node) -> bool:
    """Whether a lowest price is named, and no highest one."""
    nodes = (offer, *(each for each in every(offer.get("priceSpecification")) if isinstance(each, dict)))
    keys = {key for node in nodes[: 1 + MOST_OFFERS] for key in node}
    return bool(keys & {"lowPrice", "minPrice"}) and not keys & {"highPrice", "maxPrice"}


def price_of(value: Any) -> str | None:
    """The digits of a price: "380.00" of "380.00", "kr 1 380,-" or 380. None for what is no price."""
    if isinstance(value, bool | dict | list) or value is None:
        return None
    text = str(value).strip()[:60]
    if text.casefold() in _FREE:
        return "0"
    found = _PRICE.search(text)
    if found is None or text[: found.start()].rstrip().endswith("-"):
        return None
    digits = re.sub(r"[\s\u00a0]", "", found[0]).strip(".,")
    if re.search(r",\d{1,2}$", digits):
        digits = digits.replace(".", "").replace(",", ".")
    else:
        digits = digits.replace(",", "")
        if digits.count(".") > 1 or re.search(r"\.\d{3}$", digits):
            digits = digits.replace(".", "")
    return digits if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]+)?", digits) else None
