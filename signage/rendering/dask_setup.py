"""Dask's own settings, for both sides: plain log lines, and encrypted connections. Imports it when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signage.config.rendering import NO_EXTRA, NO_EXTRA_HINT, Rendering, has_extra
from signage.errors import SignageError

if TYPE_CHECKING:
    from distributed import Security


class NoWorkersExtra(SignageError):
    """Dask isn't installed."""

    exit_code = 69

    def __init__(self, *_: object) -> None:
        super().__init__(NO_EXTRA, hint=NO_EXTRA_HINT)


def load_dask() -> None:
    """Import Dask, which then writes no lines of its own to standard error. Raises NoWorkersExtra."""
    if not has_extra():
        raise NoWorkersExtra
    import dask

    quiet = {"level": "CRITICAL"}
    dask.config.set(
        {
            "logging": {"version": 1, "disable_existing_loggers": False, "loggers": {"distributed": quiet}},
            "distributed.worker.memory.target": False,  # results are small; memory is the browser's
            "distributed.worker.memory.spill": False,
            "distributed.worker.memory.pause": False,
            "distributed.worker.memory.terminate": False,
        }
    )
    import distributed  # noqa: F401 so that it is loaded with these settings


def security_of(settings: Rendering) -> Security | None:
    """For a tls:// address; None for tcp://. Raises SignageError for files that can't be used."""
    from distributed import Security

    if not settings.files:
        return None
    security = Security(
        tls_ca_file=settings.tls_ca_file,
        tls_client_cert=settings.tls_cert,
        tls_client_key=settings.tls_key,
        tls_worker_cert=settings.tls_cert,
        tls_worker_key=settings.tls_key,
        require_encryption=True,
    )
    try:
        security.get_connection_args("worker")
    except OSError as error:  # ssl.SSLError is one, too
        reason = error.strerror or str(error)
        raise SignageError(
            f"The files for TLS can't be used: {reason}.",
            f"They are {', '.join(settings.files)}.",
            "they must be PEM files that this user can read; see docs/several-machines.md.",
        ) from error
    return security
