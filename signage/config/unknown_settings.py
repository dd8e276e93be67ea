"""A setting that isn't known where it is written, and one that is missing: what was meant, and where does it belong?
Pure.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from signage.config import models
from signage.config.alerts import Alerts, PreparedAlert
from signage.config.playlist import ENTRIES, OneOf, SharedPlaylist, Use
from signage.config.positions import Path
from signage.config.publishing import Publishing
from signage.config.rendering import Rendering
from signage.config.sources import Source, source_models
from signage.config.value_advice import value_at
from signage.config.words import Advice, did_you_mean, one_of, written


def in_playlist(path: Path) -> bool:
    """Whether a path leads into a playlist: a screen's own, or a shared one."""
    return len(path) > 2 and (path[0], path[2]) in (("screens", "playlist"), ("playlists", "entries"))


def _headings() -> dict[str, tuple[type[BaseModel], ...]]:
    return {
        "under [site]": (models.Site,),
        "under [site.colours]": (models.Colours,),
        "under a [places.…]": (models.Place,),
        "under a [screens.…]": (models.Screen,),
        "under a [groups.…]": (models.Group,),
        "under a [[sources]]": (models.Source,),
        "under a [[hold_back]]": (models.HoldBack,),
        "under a [playlists.…]": (SharedPlaylist,),
        "in a line of a playlist": (*(kind.model for kind in ENTRIES.values()), Use, OneOf),
        "under a [[alert_feeds]]": (models.AlertFeed,),
        "under a [[sponsors]]": (models.Sponsor,),
        "under [site.fonts]": (models.Fonts,),
        "under [alerts]": (Alerts,),
        "under a [prepared_alerts.…]": (PreparedAlert,),
        "under [publish]": (Publishing,),
        "under [render]": (Rendering,),
    }


def _names(model: type[BaseModel]) -> list[str]:
    """The settings of a model as the file writes them."""
    return [field.alias or name for name, field in model.model_fields.items()]


def settings_at(path: Path, data: Any) -> dict[str, str]:
    """The settings that the table at `path` may hold, with their descriptions."""
    match path:
        case ():
            model: type[BaseModel] | None = models.Config
        case (section,) if section in models.Config.model_fields:
            annotation = models.Config.model_fields[str(section)].annotation
            model = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
        case ("site", "colours"):
            model = models.Colours
        case ("sources", _):
            model = source_models().get(str(value_at((*path, "type"), data)), Source)
        case ("hold_back", _):
            model = models.HoldBack
        case ("places", _):
            model = models.Place
        case ("screens", _):
            model = models.Screen
        case ("site", "fonts"):
            model = models.Fonts
        case ("alert_feeds", _):
            model = models.AlertFeed
        case ("alert_feeds", _, "show"):
            model = models.ShownAs
        case ("sponsors", _):
            model = models.Sponsor
        case ("groups", _):
            model = models.Group
        case ("playlists", _):
            model = SharedPlaylist
        case ("prepared_alerts", _):
            model = PreparedAlert
        case _ if in_playlist(path) and len(path) > 3:
            entry = value_at(path, data)
            special: dict[str, type[BaseModel]] = {"use": Use, "one_of": OneOf}
            kind = ENTRIES.get(str(value_at((*path, "show"), data)))
            model = next((special[word] for word in special if word in (entry or ())), kind.model if kind else None)
        case _:
            model = None
    fields = model.model_fields if model else {}
    return {field.alias or name: field.description or "" for name, field in fields.items()}


_SECRETS = frozenset(("token", "access_token", "password", "secret", "api_key", "key"))


def missing_advice(path: Path, data: Any) -> Advice:
    meaning = settings_at(path[:-1], data).get(str(path[-1]), "").rstrip(".")
    return Advice("This is missing.", f"it is {meaning[:1].lower()}{meaning[1:]}." if meaning else "")


def _expected(table: Path, name: str, data: Any) -> Advice | None:
    """What people expect to be set here, and is said or done elsewhere."""
    match table:
        case ("prepared_alerts", alert) if name in ("from", "until", "screens", "groups", "places"):
            hint = f"delete this line, and type: signage alert --prepared {alert} --until 18:00 --screens ID"
            return Advice("When and where an alert is shown is said when it is sent.", hint)
        case ("sponsors", _) if name in ("groups", "group"):
            groups = value_at((*table, name), data)
            named = ", ".join(f'"{group}"' for group in (groups if isinstance(groups, list) else [groups]))
            return Advice("A sponsor has no groups.", f"name them among its screens: screens = [{named}].")
        case _ if in_playlist(table) and name in ("sound", "lyd", "volume", "volum", "muted", "audio"):
            return Advice("Screens have no sound.", "delete this.")
        case _ if in_playlist(table) and name == "file" and value_at((*table, "show"), data) == "table":
            hint = 'write a section [[sources]] with type = "csv", the file as url and table = true; and source here.'
            return Advice("A table comes from a source.", hint)
    return None


def _of_other_entries(name: str, entry: Any, homes: list[str]) -> Advice:
    """For a setting that entries of other kinds have."""
    if "use" in entry and "show" in entry:
        return Advice("An entry has show or use, not both.", "delete one of the two, or make two entries of it.")
    word = next((word for word in ("use", "one_of", "show") if word in entry), "show")
    hint = f"it belongs to {one_of(homes)}."
    if word == "use":
        hint = f"give it to the entries under [playlists.{entry['use']}]."
    elif word == "one_of":
        hint = "give it to the entries in the list."
    return Advice(f'"{name}" can\'t be used with {word} = {written(entry.get(word))}.', hint)


def unknown_advice(path: Path, data: Any) -> Advice:
    table, name = path[:-1], str(path[-1])
    if table[:1] == ("sources",) and name in _SECRETS:
        places = [key for key in settings_at(table, data) if key.endswith(("_env", "_file"))]
        likely = [place for place in places if place.startswith(name)] or places
        hint = f"delete this line, and write {' or '.join(likely)}." if places else "delete this line."
        return Advice("Secrets don't belong in this file, which many can read.", hint)
    known = list(settings_at(table, data))
    if expected := _expected(table, name, data):
        return expected
    if in_playlist(table):
        homes = [show for show, kind in ENTRIES.items() if name in _names(kind.model)]
        if homes:
            return _of_other_entries(name, value_at(table, data), homes)
    suggestion = did_you_mean(name, known)
    elsewhere = [heading for heading, models_there in _headings().items() for m in models_there if name in _names(m)]
    if table[:1] == ("playlists",) and len(table) == 2 and (name == "playlist" or not elsewhere):
        suggestion = 'did you mean "entries"?'
    if suggestion:
        return Advice(f'There is no setting "{name}" here.', suggestion)
    if table[:1] == ("sources",):
        types = [each for each, model in source_models().items() if name in model.own_settings()]
        if types:
            given = written(value_at((*table, "type"), data))
            return Advice(f'"{name}" can\'t be used with type = {given}.', f"it belongs to {one_of(types)}.")
    if elsewhere:
        return Advice(f'"{name}" belongs {elsewhere[0]}, not here.', "look at the last heading above it.")
    listed = f"the settings here are {', '.join(known)}." if known else ""
    return Advice(f'There is no setting "{name}" here.', listed)
