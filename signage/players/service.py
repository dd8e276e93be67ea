"""What the server does for players: it takes questions and heartbeats, and hands out grants and assignments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from PIL import Image

from signage.bundle.keys import SigningKeys
from signage.players import codes, grants
from signage.players.budget import Budget
from signage.players.compare import Unreadable, encode_thumbnail, read_thumbnail
from signage.players.glimpse import Glimpse
from signage.players.history import Day, days
from signage.players.messages import Beat, Question
from signage.players.overview import ScreenState, overview
from signage.players.registry import Answer, Asking, Heard, Player, Quarter, Registry
from signage.players.verdict import SILENT, Meant, judge, judge_alone, worst

BURST = 10  # heartbeats at once; a player sends one a minute
EARN = timedelta(seconds=6)  # and earns the right to another in so long


class UnknownToken(Exception):
    """Nobody's token, or a revoked one's."""


class TooOften(Exception):
    """A player that sends more than it should."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the configuration says now: the screens (id -> name) and the zone. Replaced when screens.toml changes."""

    screens: Mapping[str, str]
    zone: ZoneInfo


class Players:
    """Everything about players behind HTTP. `site` and `clock` are asked each time."""

    def __init__(
        self,
        registry: Registry,
        keys: SigningKeys,
        glimpse: Glimpse,
        site: Callable[[], Site],
        clock: Callable[[], datetime],
    ) -> None:
        self.registry = registry
        self.keys = keys
        self.glimpse = glimpse
        self.site = site
        self.clock = clock
        self.beats = 0  # taken since the server started
        self._budget = Budget(BURST, EARN)

    # --- for players ---

    def ask(self, question: Question) -> Answer | None:
        """Its grant, once somebody has typed its code. Raises `signage.players.registry.TooMany`."""
        return self.registry.ask(question, self.clock())

    def assignment(self, player: str) -> tuple[bytes, bytes] | None:
        """Which screen a player belongs to, and the signature over exactly these bytes; None for unknown players."""
        known = self.registry.known(player)
        if known is None:
            return None
        body = grants.assignment(known)
        return body, self.keys.sign(body)

    def whose(self, token: str) -> Player:
        """Whose token it is. Raises UnknownToken, TooOften."""
        try:
            digest = codes.token_digest(token)
        except ValueError:
            raise UnknownToken from None
        player = self.registry.with_token(digest)
        if player is None or not codes.same(player.token_sha256, digest):
            raise UnknownToken
        if not self._budget.spend(player.id, self.clock()):
            raise TooOften
        return player

    def hear(self, player: Player, beat: Beat) -> None:
        """Judge a heartbeat and keep it."""
        now = self.clock()
        screen = player.screen
        assert screen is not None
        at = now - timedelta(seconds=min(beat.age, 3600.0))
        manifest = self.glimpse.manifest(screen)
        before = self.registry.heard(player.id)
        thumbnail, looks = _decoded(beat.thumbnail)
        if thumbnail and manifest is not None and beat.screen == screen and beat.serial == manifest["serial"]:
            looks = self.glimpse.looks(beat, thumbnail, manifest, at, now)
        odd = (before.odd if before else 0) if looks is None else 0 if looks else (before.odd if before else 0) + 1
        reasons = judge(beat, Meant(screen, player.changed_at, manifest, looks, odd), at)
        state = worst(reasons)
        unbroken = before is not None and now - before.received_at <= SILENT
        same_state = before is not None and unbroken and worst(before.reasons) is state
        same_page = before is not None and before.report.page == beat.page
        heard = Heard(
            player.id,
            now,
            beat.report,
            beat.errors,
            encode_thumbnail(thumbnail, beat.rotate) if thumbnail else None,
            reasons,
            before.state_since if before and same_state else now,
            before.page_since if before and same_page else now,
            odd,
        )
        page = beat.page.kind if beat.page else beat.notice
        quarters = [Quarter(at, state, page, tuple(r.code for r in reasons), beat.temperature)]
        for earlier in beat.earlier:
            then = judge_alone(earlier)
            kind = earlier.page.kind if earlier.page else earlier.notice
            when = now - timedelta(seconds=earlier.age)
            quarters.append(Quarter(when, worst(then), kind, tuple(r.code for r in then), earlier.temperature))
        self.registry.hear(heard, quarters)
        self.beats += 1

    # --- for people ---

    def overview(self) -> list[ScreenState]:
        """How every screen is now."""
        return overview(self.site().screens, self.registry.players(), self.registry.all_heard(), self.clock())

    def history(self, player: str) -> list[Day]:
        """A player's last 14 days, today first."""
        return days(self.registry.history(player), self.site().zone, self.clock())

    def waiting(self) -> list[Asking]:
        """Who asks to be paired."""
        return self.registry.waiting(self.clock())

    def thumbnail(self, player: str) -> bytes | None:
        """The last picture of a player's glass, a JPEG that has been decoded once."""
        heard = self.registry.heard(player)
        return heard.thumbnail if heard else None

    def pair(self, typed: str, screen: str) -> Player:
        """As `signage.players.grants.pair`, by the form."""
        return grants.pair(self.registry, self.keys, typed, screen, self.site().screens, self.clock())

    def move(self, player: str, screen: str) -> Player:
        return grants.move(self.registry, player, screen, self.site().screens, self.clock())

    def revoke(self, player: str) -> Player:
        return grants.revoke(self.registry, player, self.clock())


def _decoded(thumbnail: bytes | None) -> tuple[Image.Image | None, bool | None]:
    """The picture; or, where it is none, that it looks like no page."""
    if thumbnail is None:
        return None, None
    try:
        return read_thumbnail(thumbnail), None
    except Unreadable:
        return None, False
