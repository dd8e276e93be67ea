"""What a [[sources]] section may say depends on its type; the type itself knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from signage.config.words import did_you_mean, one_of
from signage.sources.registry import SOURCE_TYPES, source_type

if TYPE_CHECKING:
    from signage.config.models import Source

FILE = "file"


def _known(name: str) -> str:
    if name not in SOURCE_TYPES:
        hint = did_you_mean(name, SOURCE_TYPES) or f"; write {one_of(SOURCE_TYPES)}"
        raise ValueError(f'no source type "{name}"{hint}')
    return name


SourceTypeName = Annotated[
    str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": sorted(SOURCE_TYPES)})
]


def check_source(source: Source) -> None:
    """Raise ValueError when the address or a setting does not fit the type."""
    kind = source_type(source.type)
    own = {"links", "columns", "customer", "token_env", "token_file"}
    for key in sorted(own - kind.keys):
        if getattr(source, key):
            raise _at(key, f'means nothing for the type "{source.type}"; delete this line')
    if complaint := kind.complaint(source):
        raise _at(*complaint)
    scheme = _scheme(source.url)
    if scheme in kind.schemes and (scheme == FILE or _has_host(source.url)):
        return
    if FILE in kind.schemes and scheme == "":
        return
    bare = scheme == "" and "." in source.url and " " not in source.url
    hint = f'; did you mean "https://{source.url}"?' if bare else ""
    raise _at("url", f'must be a web address that begins with "https://", not "{source.url}"{hint}')


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
