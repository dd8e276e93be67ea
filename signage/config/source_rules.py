"""What a [[sources]] section may say depends on its type; the type itself knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from signage.config.words import did_you_mean, one_of, written
from signage.sources.registry import SOURCE_TYPES, source_type

if TYPE_CHECKING:
    from signage.config.models import Source

FILE = "file"
ANY_WEB = frozenset({"http", "https", "webcal", "webcals"})
TYPES_OWN = frozenset({"links", "columns", "customer", "token_env", "token_file"})  # settings of single types


def _known(name: str) -> str:
    if name not in SOURCE_TYPES:
        raise ValueError(f"must be {one_of(SOURCE_TYPES)}, not {written(name)}{did_you_mean(name, SOURCE_TYPES)}")
    return name


SourceTypeName = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": sorted(SOURCE_TYPES)})
]


def check_url(url: str, type_name: str | None) -> str:
    """The address, when a source of this type can be asked there; None: the type is not known. Raises ValueError."""
    schemes = source_type(type_name).schemes if type_name else ANY_WEB
    scheme = _scheme(url)
    web = scheme in schemes - {FILE} and _has_host(url)
    file = FILE in schemes and scheme in ("", FILE) and not _looks_like_a_site(url)
    if not web and not file:
        bare = scheme == "" and "." in url and " " not in url
        hint = f'; did you mean "https://{url}"?' if bare else ""
        raise ValueError(f'must be a web address that begins with "https://", not "{url}"{hint}')
    return url


def check_source(source: Source) -> None:
    """Raise an error when a setting does not fit the source's type."""
    kind = source_type(source.type)
    for key in sorted(TYPES_OWN - kind.keys):
        if getattr(source, key):
            raise _at(key, f'means nothing for the type "{source.type}"; delete this line')
    if complaint := kind.complaint(source):
        raise _at(*complaint)


def is_path(url: str) -> bool:
    """Whether an address is a file's path and not an address of the web: "kalender.ics", "/srv/kalender.ics"."""
    return _scheme(url) == ""


def _at(key: str, message: str) -> PydanticCustomError:
    """An error about one key of the section."""
    return PydanticCustomError("source_key", "{message}", {"message": message, "key": key})


def _scheme(url: str) -> str:
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError:
        return "?"
    return "" if len(scheme) == 1 else scheme  # "C:\\kalender.ics" is a path


def _has_host(url: str) -> bool:
    return bool(urlsplit(url).hostname) and not any(c.isspace() for c in url)


def _looks_like_a_site(url: str) -> bool:
    """ "iheim.no", "iheim.no/kalender": somebody left out the https:// of an address."""
    host, _, rest = url.partition("/")
    return re.fullmatch(r"(www\.)?[\w-]+(\.[\w-]+)*\.(no|com|org|net|eu|info)", host) is not None and "\\" not in rest
