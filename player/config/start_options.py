"""What the player was told before it started, by its command line or its files, as the service needs it."""

from __future__ import annotations

from dataclasses import dataclass

from player.config.options import Options
from player.config.settings import SettingsProblem
from player.store.identity import Identity

_VITAL = ("server", "screen", "key", "token", "")  # a fault in another line keeps no content away; "": a mistyped key


@dataclass(frozen=True, slots=True)
class StartOptions:
    """`server` is None when it must be found; `identity` when nobody said which screen this is."""

    server: str | None
    identity: Identity | None
    problems: tuple[SettingsProblem, ...] = ()

    @property
    def vital(self) -> SettingsProblem | None:
        """The first fault in a file that may be why there is no content."""
        return next((problem for problem in self.problems if problem.key in _VITAL), None)


def told(options: Options) -> StartOptions:
    """Of the options, what concerns the server."""
    identity = None
    if options.screen:
        known = options.secret is not None
        identity = Identity(options.screen, options.key, options.token, seed=options.secret, known=known)
    return StartOptions(options.server or None, identity, options.problems)
