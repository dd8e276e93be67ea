"""What was looked at and waits for its confirmation: an alert to be sent or ended. In memory; a restart forgets it.

A ticket is given to whoever had the administrator's key, for this one deed. The page that confirms it needs no key
then, which so is in no page of ours. Using it twice does the deed once: its name goes into the log of alerts.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from signage.domain.alerts import AlertDraft
from signage.web.alert_form import AlertForm

LASTS = timedelta(minutes=15)  # between looking at the preview and sending it
MOST = 100  # then the oldest is forgotten; only people with the key get one
DIGITS = 32  # hexadecimal: 128 bits


@dataclass(frozen=True, slots=True)
class Ticket:
    """`draft` and `form` to send one, or `alert`, the id of the one to end. `key`: the one that was given."""

    key: str
    until: datetime
    draft: AlertDraft | None = None
    form: AlertForm | None = None
    alert: str = ""


class AlertTickets:
    """Safe to use from several threads."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Ticket] = OrderedDict()
        self._lock = threading.Lock()

    def give(self, ticket: Ticket) -> str:
        """The name by which it is found again."""
        name = secrets.token_hex(DIGITS // 2)
        with self._lock:
            self._known[name] = ticket
            while len(self._known) > MOST:
                self._known.popitem(last=False)
        return name

    def find(self, name: str, now: datetime) -> Ticket | None:
        """None for one that is unknown or too old."""
        with self._lock:
            ticket = self._known.get(name)
        return ticket if ticket is not None and ticket.until - LASTS <= now < ticket.until else None
