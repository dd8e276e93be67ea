"""Where pages are rendered: with this machine's browsers, or on workers that a scheduler of Dask's knows."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from signage.config.base import Strict
from signage.config.words import SettingError, written
from signage.runtime.extras import install_command

EXTRA = "distributed"  # the package that the extra brings
NO_EXTRA = "Pages can't be rendered on other machines: Dask isn't installed."
NO_EXTRA_HINT = install_command("workers")
EXAMPLE = "tcp://10.0.0.5:8786"
_ADDRESS = re.compile(r"(?:tcp|tls)://(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):(?P<port>\d{1,5})")
_BARE = re.compile(r"(?:\w+://)?(?P<place>(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):\d{1,5})/?")


def check_scheduler(address: str) -> str:
    """For pydantic: the address of a scheduler unchanged. Raises ValueError."""
    found = _ADDRESS.fullmatch(address)
    if found and 0 < int(found["port"]) < 65536:
        return address
    bare = _BARE.fullmatch(address.strip())
    hint = f'did you mean "tcp://{bare["place"]}"?' if bare and not found else f'write it like "{EXAMPLE}".'
    raise SettingError(f"This must be the address of a scheduler, not {written(address)}.", hint)


SchedulerAddress = Annotated[str, AfterValidator(check_scheduler)]


class Rendering(Strict):
    """Where pages are rendered: docs/several-machines.md."""

    scheduler: SchedulerAddress | None = Field(
        None,
        description=f'The scheduler whose workers render the pages: "{EXAMPLE}", or with TLS "tls://…". Left out: '
        "this machine's browsers render them.",
    )
    tls_ca_file: str = Field(
        "", description="The authority that signed the certificates of all machines (PEM), seen from this folder."
    )
    tls_cert: str = Field("", description="This machine's certificate (PEM), seen from this file's folder.")
    tls_key: str = Field("", description="This machine's private key (PEM), seen from this file's folder.")

    @model_validator(mode="after")
    def _files_go_with_tls(self) -> Rendering:
        check_tls(self.scheduler or "", {name: getattr(self, name) for name in TLS_FILES})
        return self

    @property
    def files(self) -> list[str]:
        """The files that are named."""
        return [name for name in (self.tls_ca_file, self.tls_cert, self.tls_key) if name]


TLS_FILES = ("tls_ca_file", "tls_cert", "tls_key")


def check_tls(scheduler: str, files: dict[str, str]) -> None:
    """Raises SettingError unless all `files` (by setting or option) are given with a tls:// address, and else none."""
    given = [name for name, file in files.items() if file]
    missing = [name for name, file in files.items() if not file]
    if scheduler.startswith("tls:") and missing:
        raise SettingError(
            f"A tls:// address needs {', '.join(files)}.", f"add {' and '.join(missing)}. See docs/several-machines.md."
        )
    if given and not scheduler.startswith("tls:"):
        raise SettingError(
            f"{given[0]} has no effect without a tls:// address.", "begin the scheduler's address with tls://."
        )


def has_extra() -> bool:
    """Whether what is needed for several machines is installed. Imports nothing."""
    return find_spec(EXTRA) is not None
