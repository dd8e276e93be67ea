"""What can be chosen for an alert, by the configuration. Pure."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from signage.config.models import Config
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
