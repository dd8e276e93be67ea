"""Where the screens are published in addition to the folder: an object store."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Annotated

from pydantic import AfterValidator, Field, HttpUrl, model_validator

from signage.config.base import Strict
from signage.config.words import SettingError
from signage.runtime.extras import install_command

NO_BOTO3 = "Nothing can be published there: boto3 isn't installed."
NO_BOTO3_HINT = install_command("s3")
# bucket: what Amazon allows; prefix: what is the same in every URL
_ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)/?")


def check_address(written: str) -> str:
    """For pydantic: an address like s3://bucket/prefix. Raises ValueError."""
    if not _ADDRESS.fullmatch(written):
        bucket = re.match(r"s3://([^/@:]*)(/|$)", written)
        hint = 'write it like "s3://bucket/prefix".'
        if bucket and not _ADDRESS.fullmatch(bucket[0]):
            hint = "a bucket's name has small letters a-z, digits, points and hyphens, three of them at least."
        raise SettingError(f'"{written}" isn\'t an address of an object store.', hint)
    return written.rstrip("/")


def has_boto3() -> bool:
    """Whether what is needed for an object store is installed. Imports nothing."""
    return find_spec("boto3") is not None


class Publishing(Strict):
    """Where the screens are published in addition to the folder."""

    to: Annotated[str, AfterValidator(check_address)] | None = Field(
        None, description='An object store that gets everything that is published: "s3://bucket/prefix".'
    )
    endpoint: HttpUrl | None = Field(
        None, description='Address of a store that is not Amazon\'s: "https://minio.heim.no:9000".'
    )

    @model_validator(mode="after")
    def _without_login(self) -> Publishing:
        if self.endpoint is not None and (self.endpoint.username or self.endpoint.password):
            raise SettingError(
                "There is a login in endpoint.",
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the server's environment (docs/object-store.md).",
            )
        if self.endpoint is not None and self.to is None:
            raise SettingError("There is an endpoint, but no store.", 'add to = "s3://bucket/prefix".')
        return self

    @property
    def bucket(self) -> str:
        """The bucket's name; "": nothing is published to a store."""
        return self._parts()[0]

    @property
    def prefix(self) -> str:
        """What all keys begin with, without slashes at the ends; may be empty."""
        return self._parts()[1].strip("/")

    def _parts(self) -> tuple[str, str]:
        found = _ADDRESS.fullmatch(self.to or "")
        return (found[1], found[2]) if found else ("", "")
