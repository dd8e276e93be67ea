"""Small pieces of sentences about settings: values as they were written, choices, suggestions. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, time
from difflib import get_close_matches
from typing import NamedTuple

from signage.config.languages import languages_by_name

CLOSE = 0.6  # of difflib's ratio, which is 1 for equal words; a letter more, less or swapped stays above it
LONGEST_SHOWN = 60  # letters of a value that a sentence can carry

# Words that people write for another one and that don't look like it; only ever used for "did you mean".
_SYNONYMS = {
    "poster": "event",
    **dict.fromkeys(("film", "filmer", "movie", "clip"), "video"),
    **dict.fromkeys(("calendar", "list", "program"), "agenda"),
    **dict.fromkeys(("text", "message", "info"), "notice"),
    **dict.fromkeys(("day", "idag"), "today"),
    **dict.fromkeys(("ics", "icalendar", "webcal", "google", "outlook"), "ical"),
    **dict.fromkeys(("portal", "iheim"), "wis"),
    **dict.fromkeys(("off", "black", "blank", "av", "svart", "mørk", "mørkt"), "dark"),
    **dict.fromkeys(("dwell", "duration", "time"), "seconds"),
    **dict.fromkeys(("resolution", "pixels"), "size"),
    **dict.fromkeys(("opening", "open"), "hours"),
    **dict.fromkeys(("address", "link"), "url"),
    **dict.fromkeys(("template", "theme"), "layout"),
    **dict.fromkeys(("pages", "entries"), "playlist"),
    **dict.fromkeys(("kind", "type"), "show"),
    "timezone": "zone",
    "colors": "colours",
    "lang": "language",
    "location": "place",
    **dict.fromkeys(("end", "til", "bis"), "until"),
    **dict.fromkeys(("start", "fra", "frå", "von"), "from"),
    **dict.fromkeys(("i dag", "dagens", "heute"), "today"),
    **dict.fromkeys(("uke", "uka", "veke", "veka", "woche"), "week"),
    **dict.fromkeys(("kalender", "liste", "kommende", "neste"), "agenda"),
    **dict.fromkeys(("skjerm", "skjermer", "skjermar"), "screens"),
    **dict.fromkeys(("kilde", "kilder", "kjelde", "kjelder"), "sources"),
    **dict.fromkeys(("steder", "stader", "lokaler", "bygg"), "places"),
    **dict.fromkeys(("telefon", "tlf", "telefonnummer"), "phone"),
    **dict.fromkeys(("nettside", "hjemmeside", "heimeside"), "jsonld"),
    **dict.fromkeys(("sekund", "sekunder", "varighet"), "seconds"),
    **dict.fromkeys(("innhold", "tekst"), "text"),
    **dict.fromkeys(("nyheter", "nyhende", "nachrichten"), "news"),
    **dict.fromkeys(("beskjed", "melding", "oppslag", "kunngjøring"), "notice"),
    **dict.fromkeys(("arrangement", "plakat"), "event"),
    **dict.fromkeys(("størrelse", "storleik", "grösse", "groesse"), "size"),
    **dict.fromkeys(("språk", "sprache"), "language"),
    **dict.fromkeys(("åpningstid", "åpningstider", "opningstider", "öffnungszeiten"), "hours"),
    **dict.fromkeys(("sted", "stad", "ort"), "place"),
    **dict.fromkeys(("navn", "namn"), "name"),
    **dict.fromkeys(("avstand", "entfernung"), "distance"),
    **dict.fromkeys(("antall", "anzahl"), "count"),
    **dict.fromkeys(("dager", "dagar", "tage"), "days"),
    **dict.fromkeys(("bilde", "bilete", "bild"), "picture"),
    **dict.fromkeys(("tittel", "überschrift"), "title"),
    **dict.fromkeys(("vis", "vise"), "show"),
    **dict.fromkeys(("spilleliste", "speleliste"), "playlist"),
    **dict.fromkeys(("farger", "fargar", "farben"), "colours"),
    **dict.fromkeys(("include", "import", "inkluder", "inkluderer", "bruk", "bruke"), "use"),
    **dict.fromkeys(("oneof", "one-of", "one of", "either", "alternate", "veksle", "en_av"), "one_of"),
    **dict.fromkeys(("hver", "kvar", "interval", "frequency"), "every"),
    **dict.fromkeys(("bus", "buss", "busser", "avganger", "avgangar", "rutetider", "ferge", "ferje"), "departures"),
    **dict.fromkeys(("vær", "været", "ver", "veret", "wetter", "forecast", "værmelding"), "weather"),
    **dict.fromkeys(("tabell", "meny", "menu", "middag"), "table"),
    **dict.fromkeys(("bilder", "images", "photos", "slideshow", "foto"), "pictures"),
    **dict.fromkeys(("image", "photo"), "picture"),
    **dict.fromkeys(("reklame", "annonse", "annonser", "ad", "ads", "advertisement"), "sponsor"),
    **dict.fromkeys(("nedtelling", "nedteljing"), "countdown"),
    "nå": "now",
    **dict.fromkeys(("left", "venstre"), "main"),
    **dict.fromkeys(("right", "høyre", "høgre"), "side"),
    **dict.fromkeys(("organisasjon", "forening", "lag", "association"), "organisation"),
    **dict.fromkeys(("lat", "lon", "latitude", "longitude", "coordinates", "koordinater", "posisjon"), "position"),
    **dict.fromkeys(("kommunenummer", "kommunenr", "kommune"), "municipality"),
    **dict.fromkeys(("gul", "gult"), "yellow"),
    **dict.fromkeys(("oransje", "amber"), "orange"),
    **dict.fromkeys(("rød", "raud", "rødt"), "red"),
    **dict.fromkeys(("flom", "flaum"), "flood"),
    **dict.fromkeys(("skred", "jordskred", "ras"), "landslide"),
    **dict.fromkeys(("snøskred", "snoskred"), "avalanche"),
    **dict.fromkeys(("yr", "met.no", "metno", "meteorologisk"), "met"),
    **dict.fromkeys(("varsom", "varsom.no"), "nve"),
    **dict.fromkeys(("excel", "xlsx", "sheet", "sheets", "regneark", "google sheets"), "csv"),
    **dict.fromkeys(("fullscreen", "full screen", "fullskjerm", "full", "alarm"), "takeover"),
    **dict.fromkeys(("stripe", "strip", "ticker"), "banner"),
    **dict.fromkeys(("fil", "datei", "path"), "file"),
    **dict.fromkeys(("mappe", "directory", "katalog"), "folder"),
    **dict.fromkeys(("stopp", "holdeplass", "haldeplass", "stoppested"), "stop"),
    **dict.fromkeys(("gruppe", "grupper"), "groups"),
    **dict.fromkeys(("arrangør", "veranstalter"), "organisers"),
}
EVERYTHING = frozenset(("alle", "all", "alt", "*"))  # what people write for all screens
# A name in a heading of each section with names.
EXAMPLES: Mapping[str, str] = {
    "places": "library",
    "screens": "library",
    "playlists": "common",
    "groups": "libraries",
    "prepared_alerts": "water",
}
MEANT = tuple(dict.fromkeys(_SYNONYMS.values()))
_PLAIN_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "ß": "ss", "đ": "d", "ð": "d", "þ": "th", "ł": "l"})


class SettingError(ValueError):
    """A value that a setting can't have. `message`: what is wrong, in a sentence; `hint`: what to write."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} Hint: {self.hint}" if self.hint else self.message


class Advice(NamedTuple):
    """What is wrong with a setting, and a hint."""

    message: str
    hint: str = ""


def closest(word: object, known: Iterable[str], synonyms: Mapping[str, str] | None = None) -> str:
    """The known word that was probably meant; "" when none is close."""
    options = {option.casefold(): option for option in known}
    wanted = str(word).strip().casefold()
    synonyms = {**languages_by_name(), **_SYNONYMS} if synonyms is None else synonyms
    synonym = synonyms.get(wanted) or synonyms.get(wanted.removesuffix("s"), "")
    if synonym.casefold() in options:
        return options[synonym.casefold()]
    close = get_close_matches(wanted, options, 1, CLOSE)
    return options[close[0]] if close else ""


def plain_name(text: str) -> str:
    """A name as an id may be written: "Rådhuset 2" -> "radhuset-2"; "" when no letter of it can be."""
    letters = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN_LETTERS))
    return re.sub(r"[^a-z0-9]+", "-", "".join(c for c in letters if not unicodedata.combining(c))).strip("-")


def listed_heading(section: str, written_there: Mapping[str, object]) -> Advice:
    """For [sources] or [sources.iheim] in place of [[sources]]."""
    names = [name for name, value in written_there.items() if isinstance(value, dict)]
    if names and len(names) == len(written_there):
        return Advice(
            f"[[{section}]] has no name in its heading.", f'write [[{section}]], and id = "{names[0]}" below it.'
        )
    return Advice("A pair of brackets is missing in this heading.", f"write [[{section}]].")


def named_heading(section: str, written_there: Iterable[object]) -> Advice:
    """For [[screens]] in place of [screens.library]."""
    first = next((table for table in written_there if isinstance(table, dict)), {})
    name = plain_name(str(first.get("id") or first.get("name") or first.get("place") or ""))
    hint = f"write [{section}.{name or EXAMPLES[section]}]"
    hint += ", and leave out the line with id." if "id" in first else "."
    return Advice("This heading must have a name, and single brackets.", hint)


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """'did you mean "fjord"?', or nothing when no known word is close: a hint."""
    meant = closest(word, known)
    return f'did you mean "{meant}"?' if meant else ""


def one_of(words: Iterable[object]) -> str:
    """'"nb", "nn" or "en"'; numbers go without quotation marks."""
    shown = [written(word) for word in words]
    return " or ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def written(value: object) -> str:
    """The value much as it is written in the file, cut to a length that fits a sentence."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, int | float | date | time):
        return str(value)
    text = " ".join(str(value).split())
    return f'"{text[: LONGEST_SHOWN - 1]}…"' if len(text) > LONGEST_SHOWN else f'"{text}"'
