"""What a [[sources]] section accepts. What one type accepts beyond that is its own matter.

The source types hand in their models with `accept_source_types`; nothing here knows any of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
)
from pydantic_core import PydanticCustomError

from signage.config.base import OTHER_SPELLINGS, Id, Strict, TimeZoneName
from signage.config.words import Advice, SettingError, closest, did_you_mean, one_of, written

FILE = "file"
WEB = frozenset({"http", "https"})
ANY_WEB = WEB | {"webcal", "webcals"}
_IS_FILE = "a file"
LocalFile = Annotated[str, _IS_FILE]
"""A setting that names a file, seen from the configuration's folder."""


def check_variable_name(name: str) -> str:
    """For pydantic: the text unchanged when an environment variable may be called so."""
    if name and not re.fullmatch(r"[A-Za-z_]\w{0,60}", name, re.ASCII):
        raise SettingError("This isn't a variable's name.", 'write the name, as in "HEIM_FB", and not the secret.')
    return name


VariableName = Annotated[str, AfterValidator(check_variable_name)]

BestFor = Literal["title", "time", "venue", "organiser", "text", "picture", "ticket", "url"]
_BestFor = Annotated[
    BestFor, BeforeValidator(lambda name: OTHER_SPELLINGS.get(name, name) if isinstance(name, str) else name)
]


class Source(Strict):
    """What every source accepts. A type with settings of its own has a subclass with them."""

    has_news: ClassVar[bool] = False  # whether its entries without a date can be shown as news
    schemes: ClassVar[frozenset[str]] = WEB  # that `url` may begin with; "file" also allows a path

    _language: str = PrivateAttr("nb")

    id: Id = Field(description="A short name for status lines and event ids.")
    type: str = Field(description="What kind of address it is; docs/sources.md explains each.")
    url: str = Field(
        min_length=1, description="The address; for a calendar or a sheet also a file, seen from this file's folder."
    )
    name: str = Field("", description="What people call it.")
    zone: TimeZoneName | None = Field(
        None, description="Time zone of its times that name none; the site's if left out."
    )
    expiry_hours: float | None = Field(None, gt=0, le=24, description="As site.expiry_hours, for this source.")
    refresh_minutes: int | None = Field(
        None,
        ge=1,
        le=10080,
        description="How often it is fetched; site.refresh_minutes if left out, and 60 for web pages.",
    )
    user_env: VariableName = Field(
        "", description="The environment variable that holds the user name, for an address behind a login."
    )
    password_env: VariableName = Field("", description="The environment variable that holds the password.")
    venue: str = Field("", description="Venue of events that name none.")
    organiser: str = Field("", description="Organiser of events that name none.")
    categories: list[str] = Field([], description="Categories given to every event of this source.")
    best_for: list[_BestFor] = Field(
        [], description="What is taken from this source before those above it, when several list the same event."
    )

    @field_validator("password_env")
    @classmethod
    def _with_user(cls, name: str, info: ValidationInfo) -> str:
        if name and not info.data.get("user_env"):
            raise SettingError("A password needs a user name.", "write user_env, too.")
        return name

    @field_validator("type")
    @classmethod
    def _known(cls, name: str) -> str:
        if _models and name not in _models:
            raise SettingError(f"This must be {one_of(_models)}, not {written(name)}.", did_you_mean(name, _models))
        return name

    @field_validator("url")
    @classmethod
    def _readable_by_this_type(cls, url: str) -> str:
        return _check_url(url, cls.schemes)

    @property
    def is_table(self) -> bool:
        """Whether it is a table for people to read, and no list of events."""
        return False

    @property
    def language(self) -> str:
        """The site's first language, for texts that come in several."""
        return self._language

    def read_in(self, language: str) -> None:
        """Take over the site's first language."""
        self._language = language

    @classmethod
    def own_settings(cls) -> list[str]:
        """The settings that only this type has."""
        return [name for name in cls.model_fields if name not in Source.model_fields]

    @property
    def files(self) -> list[str]:
        """The files that this section names."""
        names = [
            str(getattr(self, key)) for key, field in type(self).model_fields.items() if _IS_FILE in field.metadata
        ]
        return [name for name in (*names, self.url if is_path(self.url) else "") if name]

    def seen_from(self, folder: Path) -> Self:
        """The same, with absolute paths."""
        fields = type(self).model_fields.items()
        paths = {key: getattr(self, key) for key, field in fields if _IS_FILE in field.metadata}
        if is_path(self.url):
            paths["url"] = self.url
        return self.model_copy(update={key: str(folder / path) for key, path in paths.items() if path})


class _OfUnknownType(Source):
    schemes: ClassVar[frozenset[str]] = ANY_WEB


_models: Mapping[str, type[Source]] = MappingProxyType({})


def accept_source_types(models: Mapping[str, type[Source]]) -> None:
    """Take over what a section of each type accepts, by the word after `type`. Until then, every type is accepted."""
    global _models
    _models = models


def source_models() -> Mapping[str, type[Source]]:
    """What a section of each type accepts."""
    return _models


def at_setting(key: str, message: str, hint: str) -> PydanticCustomError:
    """An error about one setting of a section, for a validator that looks at several."""
    return PydanticCustomError("source_key", "{message}", {"message": message, "hint": hint, "key": key})


def is_path(url: str) -> bool:
    """Whether an address is a file's path and not an address of the web: "kalender.ics", "/srv/kalender.ics"."""
    return _scheme(url) == ""


def _as_its_type_accepts(value: Any, handler: ValidatorFunctionWrapHandler) -> Source:
    """A section, checked by the model of its type. Of an unknown type, what single types accept is not judged."""
    if not isinstance(value, dict) or not _models:
        return handler(value)  # type: ignore[no-any-return]
    name = value.get("type")
    if isinstance(name, str) and name in _models:
        return _models[name].model_validate(value)
    own = {key for model in _models.values() for key in model.own_settings()}
    return _OfUnknownType.model_validate({key: given for key, given in value.items() if key not in own})


AnySource = Annotated[Source, WrapValidator(_as_its_type_accepts)]


def _check_url(url: str, schemes: frozenset[str]) -> str:
    scheme = _scheme(url)
    web = scheme in schemes - {FILE} and _has_host(url)
    file = FILE in schemes and scheme in ("", FILE) and not _looks_like_a_site(url)
    if not web and not file:
        raise SettingError(*address_advice(url, 'that begins with "https://"'))
    return url


def check_service(url: str) -> str:
    """For pydantic: the address of a service unchanged. Raises ValueError."""
    return _check_url(url, WEB)


def check_proxy(url: str) -> str:
    """For pydantic: the address of a proxy unchanged. Raises ValueError."""
    if url and not (_scheme(url) in WEB and _has_host(url)):
        bare = re.fullmatch(r"[\w.-]+:\d+/?", url)
        hint = f'did you mean "http://{url}"?' if bare else 'write it like "http://proxy.example.org:3128".'
        raise SettingError(f"This must be the address of a proxy, not {written(url)}.", hint)
    return url


def address_advice(url: str, what: str) -> Advice:
    """What is wrong with an address, and how to write it. `what`: which kind of address is wanted."""
    bare = "".join(url.split())
    if url != url.strip():
        end = "beginning" if url[:1].isspace() else "end"
        return Advice(f"There is a space at the {end} of this address.", f'write "{url.strip()}".')
    if bare != url and urlsplit(bare).scheme in ANY_WEB:
        return Advice("There is a space in this address.", f'write "{"%20".join(url.split())}", or without the space.')
    hint = ""
    if typed := re.match(r"([a-zA-Z]{3,8})\s*[:;.]*[/\\]+(?=[\w-]+(\.[\w-]+)+)|https?[:;]+(?=[\w-]+\.)", url):
        meant = "http" if "s" not in typed[0].casefold() else "https"
        if typed[1]:
            meant = closest(typed[1], WEB, {}) or "https"
        hint = f'did you mean "{meant}://{url[typed.end() :]}"?'
    elif re.fullmatch(r"[\w.-]+\.\w+(:\d+)?(/\S*)?", url):
        hint = f'did you mean "https://{url}"?'
    return Advice(f"This must be a web address {what}, not {written(url)}.", hint)


def _scheme(url: str) -> str:
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError:
        return "?"
    return "" if len(scheme) == 1 else scheme  # "C:\\kalender.ics" is a path


def has_login(url: str) -> bool:
    """Whether an address holds a user name or a password: "https://kari:1234@heim.no"."""
    return "@" in urlsplit(url).netloc


def _has_host(url: str) -> bool:
    return bool(urlsplit(url).hostname) and not any(c.isspace() for c in url)


def _looks_like_a_site(url: str) -> bool:
    """ "iheim.no", "iheim.no/kalender": somebody left out the https:// of an address."""
    host, _, rest = url.partition("/")
    return re.fullmatch(r"(www\.)?[\w-]+(\.[\w-]+)*\.(no|com|org|net|eu|info)", host) is not None and "\\" not in rest
