"""What can be chosen for an alert, by the configuration. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from signage.config.models import Config
from signage.domain.alerts import Alert
from signage.fleet.alert_desk import AlertChoices, AlertPlace, PreparedAlert


def choices_of(config: Config) -> AlertChoices:
    """Screens, groups, places and prepared messages. A place has the screens at it, and those at the places near it."""
    places = {}
    for identity, place in config.places.items():
        near = {identity, *place.near}
        screens = tuple(name for name, screen in config.screens.items() if screen.place in near)
        if screens:
            places[identity] = AlertPlace(place.name, screens)
    languages = tuple(config.site.languages)
    return AlertChoices(
        screens=config.screen_names,
        languages=languages,
        zone=ZoneInfo(config.site.zone),
        sender=config.alerts.sender or config.site.name,
        longest=timedelta(hours=config.alerts.longest_hours),
        groups=config.members,
        places=places,
        prepared={
            identity: PreparedAlert(prepared.texts(languages), prepared.alert_level)
            for identity, prepared in config.prepared_alerts.items()
        },
    )


def on_known_screens(alert: Alert, config: Config) -> Alert:
    """An alert with its screens as screens.toml has them now: by their new ids, and without those it doesn't have."""
    now = dict.fromkeys(config.former_screens.get(name, name) for name in alert.draft.screens)
    screens = tuple(name for name in now if name in config.screens)
    return alert if screens == alert.draft.screens else replace(alert, draft=replace(alert.draft, screens=screens))
