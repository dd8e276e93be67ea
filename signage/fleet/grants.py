"""What the administrator decides about players: pair, move, revoke, prepare. Each decision is signed or sealed.

Used by the command line and by the form on the status page; the instant and fresh secrets come from the caller.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable
from datetime import datetime

from signage.config.words import did_you_mean
from signage.errors import NotFound
from signage.fleet import pairing_codes
from signage.fleet.registry import Player, Registry
from signage.fleet.waiting_players import FORGOTTEN, PairingAnswer, WaitingPlayer, key_of
from signage.publishing.keys import SigningKeys
from signage.wording.languages.messages import load_messages

FORMAT = 1
LONGEST_SHOWN = 20  # characters of what was typed that a refusal repeats
_PLAYER = re.compile(r"[0-9a-f]{16}")
# Requests that a typed code is tried on: each costs 50 ms, 200 on a Pi. A flood spreads over the 961 handles; somebody
# who overhears a handle and fills it has to be there before the player. Codes before 0.5.0 have no handle.
MOST_TRIED = 16
MOST_TRIED_BEFORE = 64
MOST_LOOKED_AT = 4  # old requests, to distinguish an old code from a wrong one


class GrantRefused(NotFound):
    """A decision that can't be carried out. `reason` names a sentence under `refusals` in the message catalogue, and
    `values` go into it. As a string it is English, with the hint for the command line.
    """

    def __init__(self, reason: str, hint: str = "", /, **values: str) -> None:
        self.reason = reason
        self.values = values
        super().__init__(self.sentence("en"), hint=hint)

    def sentence(self, language: str) -> str:
        """For a page in this language."""
        return load_messages(language)(f"refusals.{self.reason}", **self.values)


def pair(
    registry: Registry,
    keys: SigningKeys,
    typed: str,
    screen: str,
    screens: Collection[str],
    now: datetime,
    again: Callable[[], bool] = lambda: False,
) -> Player:
    """Pair the player whose display shows the code `typed` with a screen. Raises GrantRefused.

    When too many requests push each other out, the player's own may be missing for a moment; it comes
    back within 3 seconds. `again` waits a little and gives whether to look once more, as
    `signage.fleet.waiting_players.WaitingLimits` does.
    """
    check_screen(screen, screens)
    try:
        code = pairing_codes.normal(typed)
    except pairing_codes.BadCode:
        raise GrantRefused("no_code", code=typed.strip()[:LONGEST_SHOWN]) from None
    tried: set[str] = set()
    found = _look(registry, code, tried, now)
    while found is None and len(tried) < _most(code) and registry.crowded() and again():
        found = _look(registry, code, tried, now)
    if found is None:
        raise _nobody(code, registry.all_requests(), bool(registry.waiting(now)), now)
    waiting, secret = found
    grant = json.dumps({"format": FORMAT, "screen": screen, "key": keys.public_hex, "serial": 1})
    answer = PairingAnswer(grant, pairing_codes.grant_mac(secret.seal, grant))
    return registry.give(waiting.question, screen, 1, answer, now)


def move(registry: Registry, player: str, screen: str, screens: Collection[str], now: datetime) -> Player:
    """Give a paired player another screen. Raises GrantRefused."""
    check_screen(screen, screens)
    known = find(registry, player)
    if known.screen is None:
        raise GrantRefused("revoked")
    return registry.assign(known.id, screen, _next_serial(known, now), now)


def revoke(registry: Registry, player: str, now: datetime) -> Player:
    """Take a player's screen away: it forgets its key and token and shows a code. Raises GrantRefused.

    A player that the list has lost can be revoked too, by its whole id.
    """
    if _PLAYER.fullmatch(player) and player not in {each.id for each in registry.everyone()}:
        return registry.revoke_unknown(player, int(now.timestamp()), now)
    known = find(registry, player)
    return registry.assign(known.id, None, _next_serial(known, now), now)


def find(registry: Registry, player: str) -> Player:
    """A player by its id or the beginning of it (4 digits at least). Raises GrantRefused."""
    everyone = registry.everyone()
    fits = [each for each in everyone if each.id == player] or [
        each for each in everyone if len(player) >= 4 and each.id.startswith(player.lower())
    ]
    if len(fits) > 1:
        listed = ", ".join(each.id for each in fits)
        raise GrantRefused("several", f"these begin with it: {listed}.", player=player[:LONGEST_SHOWN])
    if not fits:
        hint = did_you_mean(player, [each.id for each in everyone]) or "signage pair lists the players."
        raise GrantRefused("no_player", hint, player=player[:LONGEST_SHOWN])
    return fits[0]


def assignment(player: Player) -> bytes:
    """The exact bytes that are signed: which screen a player belongs to (docs/pairing.md)."""
    data = {"format": FORMAT, "player": player.id, "serial": player.serial, "screen": player.screen}
    return json.dumps(data).encode() + b"\n"


def settings(server: str, screen: str, key: str, token: str, secret: str) -> str:
    """The player's settings file. `secret` is the private key that it signs with."""
    return (
        "# Settings of a signage player. Put this file on the boot partition of its SD card, as signage-player.txt.\n"
        "# Innstillinger for spilleren. Legg filen på oppstartsdelen av SD-kortet, som signage-player.txt.\n"
        f"server = {server}\nscreen = {screen}\nkey = {key}\ntoken = {token}\n"
        f"secret = {secret}\n"
    )


def check_screen(screen: str, screens: Collection[str]) -> None:
    """Raises GrantRefused when there is no such screen."""
    if screen not in screens:
        hint = did_you_mean(screen, sorted(screens)) or f"choose one of {', '.join(sorted(screens))}."
        raise GrantRefused("no_screen", hint, screen=screen[:LONGEST_SHOWN])


def _look(
    registry: Registry, code: str, tried: set[str], now: datetime
) -> tuple[WaitingPlayer, pairing_codes.CodeSecret] | None:
    """Try the code on the requests that it may belong to and that are not in `tried`, up to the limit."""
    fresh = [
        each for each in registry.candidates(pairing_codes.handle(code), now) if key_of(each.question) not in tried
    ]
    fresh = fresh[: _most(code) - len(tried)]
    tried |= {key_of(each.question) for each in fresh}
    return _whose(code, fresh)


def _most(code: str) -> int:
    return MOST_TRIED if pairing_codes.handle(code) else MOST_TRIED_BEFORE


def _whose(code: str, requests: Iterable[WaitingPlayer]) -> tuple[WaitingPlayer, pairing_codes.CodeSecret] | None:
    """The request that was made with this code: its check and its seal must both fit."""
    for waiting in requests:
        question = waiting.question
        secret = pairing_codes.secret(code, bytes.fromhex(question.nonce))
        mac = pairing_codes.question_mac(secret.seal, question.token_sha256, question.about, question.key)
        # both are always compared: the time that it takes reveals nothing about either
        if pairing_codes.same(secret.check.hex(), question.check) & pairing_codes.same(mac, question.mac):
            return waiting, secret
    return None


def _nobody(code: str, requests: list[WaitingPlayer], others: bool, now: datetime) -> GrantRefused:
    shown = pairing_codes.shown(code)
    handle = pairing_codes.handle(code)
    fits = [each for each in requests if (each.question.handle or "") == handle]
    known = _whose(code, [each for each in fits if each.granted or each.last_at < now - FORGOTTEN][:MOST_LOOKED_AT])
    if known and known[0].granted:
        hint = "signage pair lists it, and --move gives it another screen."
        return GrantRefused("already_paired", hint, code=shown)
    if known:
        return GrantRefused("too_old", code=shown)
    return GrantRefused("not_shown" if others else "nobody_waits", code=shown)


def _next_serial(player: Player, now: datetime) -> int:
    """Above the last one; the time in seconds, so that a list that was lost can go on above what players know."""
    return max(player.serial + 1, int(now.timestamp()))
