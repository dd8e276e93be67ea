"""What the server does for players: it takes pairing requests and heartbeats, and hands out grants and assignments."""

from __future__ import annotations

import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey
from PIL import Image

from signage.domain.alerts import Alert, AlertDelivery
from signage.fleet import grants, pairing_codes
from signage.fleet.alert_delivery import delivery
from signage.fleet.alert_self_tests import AlertTestReceipts
from signage.fleet.alert_verdict import judge_alerts
from signage.fleet.history import Day, days
from signage.fleet.messages import HeartbeatMessage, PairingRequest
from signage.fleet.nonces import Nonces
from signage.fleet.overview import KnownAlerts, ScreenState, overview
from signage.fleet.picture_comparison import UnreadablePicture, encode_thumbnail, read_thumbnail
from signage.fleet.published_pictures import Published, PublishedPictures
from signage.fleet.rate_limiter import RateLimiter
from signage.fleet.registry import LastHeartbeat, Player, Quarter, Registry
from signage.fleet.verdict import SILENT, Expected, judge, judge_alone, worst, worst_first, yellow
from signage.fleet.waiting_players import PairingAnswer, WaitingLimits, WaitingPlayer, origin_of
from signage.publishing.keys import SigningKeys
from signage.runtime.workers import THUMBNAIL, WorkerKilled, for_players

log = logging.getLogger(__name__)

SCHEME = "Signage"  # of HTTP authentication (RFC 9110, section 11)
SIGNED_AS = "signage-heartbeat-1"  # what a player's key signs begins with this, so that it is good for nothing else
_PLAYER = re.compile(r"[0-9a-f]{16}")
_KEY = re.compile(r"[0-9a-f]{64}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")

BURST = 10  # heartbeats at once; a player sends one a minute
EARN = timedelta(seconds=6)  # until it may send another


TYPED_BURST = 10  # codes that are typed in the form at once; each may cost a second of a core
TYPED_EARN = timedelta(seconds=3)


class UnknownPlayer(Exception):
    """No player has this token or id, or it was revoked."""


class NotSigned(Exception):
    """The signature is missing or was made with another key. `challenge`: the player should sign a new nonce."""

    def __init__(self, challenge: str | None = None) -> None:
        super().__init__("not signed")
        self.challenge = challenge


class TooOften(Exception):
    """A player that sends more than it should."""


@dataclass(frozen=True, slots=True)
class Signed:
    """The Authorization header of a signed heartbeat: hexadecimal digits, "" where left out.

    `key` and `token` are there when the player shows its key for the first time.
    """

    player: str = ""
    nonce: str = ""
    signature: str = ""
    key: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class FleetSite:
    """The configuration in force: the screens (id -> name) and the zone. Replaced when screens.toml changes.

    `hosts`: further names by which the server is reached. `private`: strangers see only whether all is well.
    `language`: the site's first. `former`: ids that screens had before -> their ids now.
    `may_have`: see `overview`.
    `phone`: of those who look after the screens; "" when there is none.
    """

    screens: Mapping[str, str]
    zone: ZoneInfo
    hosts: frozenset[str] = frozenset()
    private: bool = False
    language: str = "nb"
    former: Mapping[str, str] = field(default_factory=dict)
    may_have: Callable[[str], bool] = lambda screen: False
    phone: str = ""


class Players:
    """Everything about players behind HTTP. `site` and `clock` give the current values."""

    def __init__(
        self,
        registry: Registry,
        keys: SigningKeys,
        published: PublishedPictures,
        site: Callable[[], FleetSite],
        clock: Callable[[], datetime],
    ) -> None:
        self.registry = registry
        self.keys = keys
        self.published = published
        self.site = site
        self.clock = clock
        self.beats = 0  # taken since the server started
        self.tests = AlertTestReceipts()
        self.browsers: Callable[[str, int], int] = lambda screen, serial: 0
        """How many browsers play a screen and have its alert document of this serial, or a newer one."""
        self._heartbeat_limit = RateLimiter(BURST, EARN)
        self._code_limit = RateLimiter(TYPED_BURST, TYPED_EARN)
        self._nonces = Nonces()
        self._origins = os.urandom(32)

    # --- for players ---

    def request_pairing(self, question: PairingRequest, address: str = "") -> PairingAnswer | None:
        """The player's grant, once somebody has typed its code. `address`: where the request came from."""
        return self.registry.request_pairing(question, self.clock(), origin_of(address, self._origins))

    def assignment(self, player: str) -> tuple[bytes, bytes] | None:
        """Which screen a player belongs to, and the signature over exactly these bytes; None for unknown players."""
        known = self.registry.known(player)
        if known is None:
            return None
        body = grants.assignment(known)
        return body, self.keys.sign(body)

    def token_owner(self, token: str) -> Player:
        """The player with this token, which can't sign (before 0.5.0). Raises UnknownPlayer, TooOften."""
        player = self._with_token(token)
        if player.key is not None:
            # it has shown its key: an older version runs in its place, or somebody overheard the token
            self.registry.contest(player.id, self.clock())
            raise UnknownPlayer
        self._spend(player)
        return player

    def signer(self, signed: Signed) -> Player:
        """The player that a signed heartbeat names, before its body is read. Raises UnknownPlayer, or NotSigned with a
        challenge when the nonce is missing, used or too old.
        """
        player = self.registry.known(signed.player) if _PLAYER.fullmatch(signed.player) else None
        if player is None or player.screen is None:
            raise UnknownPlayer
        if not self._nonces.valid(player.id, signed.nonce, self.clock()):
            raise NotSigned(self.challenge(player))
        return player

    def signed_by(self, player: Player, signed: Signed, body: bytes) -> Player:
        """The player again, when the signature over this body is its own. Raises NotSigned, UnknownPlayer, TooOften.

        A player that was paired before 0.5.0 has no key here yet: the first that comes with its token is its own from
        then on (see docs/heartbeat.md).
        """
        public = player.key.public if player.key else signed.key
        if not _KEY.fullmatch(public) or not _SIGNATURE.fullmatch(signed.signature):
            raise NotSigned(self.challenge(player))
        by_token = bool(signed.token) and self._with_token(signed.token).id == player.id
        if not _fits(public, signed, body):
            if by_token and player.key is not None and signed.key != public:
                self.registry.contest(player.id, self.clock())
            raise NotSigned
        if player.key is None and not by_token:
            raise NotSigned(self.challenge(player))
        self._spend(player)  # only now: nobody else can use up what this player may send
        if not self._nonces.use(player.id, signed.nonce, self.clock()):
            raise NotSigned(self.challenge(player))
        if player.key is None:
            if not self.registry.adopt_key(player.id, public, self.clock()):
                raise NotSigned  # another key was faster
            log.warning("player %s now signs its reports; its key was accepted with its first signed report", player.id)
        return self.registry.player(player.id)

    def challenge(self, player: Player) -> str:
        """For the WWW-Authenticate header: a nonce to sign, and whether the player should show its key."""
        return f'{SCHEME} nonce="{self.nonce(player)}"' + ("" if player.key else ', key="wanted"')

    def nonce(self, player: Player) -> str:
        """What the player's next heartbeat should sign."""
        return self._nonces.issue(player.id, self.clock())

    def _with_token(self, token: str) -> Player:
        try:
            digest = pairing_codes.token_digest(token)
        except ValueError:
            raise UnknownPlayer from None
        player = self.registry.with_token(digest)
        if player is None or not pairing_codes.same(player.token_sha256, digest):
            raise UnknownPlayer
        return player

    def _spend(self, player: Player) -> None:
        if not self._heartbeat_limit.spend(player.id, self.clock()):
            raise TooOften

    def record_heartbeat(self, player: Player, beat: HeartbeatMessage, *, signed: bool) -> None:
        """Judge a heartbeat and keep it. Without a signature it may be anybody's, and proves nothing."""
        now = self.clock()
        screen = player.screen
        assert screen is not None
        at = now - timedelta(seconds=min(beat.age, 3600.0))
        manifest, alerts = self.published.manifests.of(screen), self.published.alerts.of(screen)
        before = self.registry.last_heartbeat(player.id)
        self.tests.note(player.id, beat, alerts, now)
        thumbnail, looks = _decoded(beat.thumbnail)
        if thumbnail and manifest is not None and beat.screen == screen:
            looks = self.published.looks(beat, thumbnail, Published(manifest, alerts), at, now)
        earlier_mismatches = before.mismatches if before else 0
        mismatches = earlier_mismatches if looks is None else 0 if looks else earlier_mismatches + 1
        expected = Expected(screen, player.changed_at, manifest, looks, mismatches, alerts)
        reasons = worst_first([*judge(beat, expected, at), *judge_alerts(beat, expected, at)])
        if not signed:
            reasons = (*reasons, yellow("unsigned"))
        state = worst(reasons)
        unbroken = before is not None and now - before.received_at <= SILENT
        same_state = before is not None and unbroken and worst(before.reasons) is state
        same_page = before is not None and before.report.page == beat.page
        heartbeat = LastHeartbeat(
            player.id,
            now,
            beat.report,
            beat.errors,
            encode_thumbnail(thumbnail, beat.rotate) if thumbnail else None,
            reasons,
            before.state_since if before and same_state else now,
            before.page_since if before and same_page else now,
            mismatches,
        )
        page = beat.page.kind if beat.page else beat.notice
        quarters = [Quarter(at, state, page, tuple(r.code for r in reasons), beat.temperature)]
        for earlier in beat.earlier:
            then = (*judge_alone(earlier), *(() if signed else (yellow("unsigned"),)))
            kind = earlier.page.kind if earlier.page else earlier.notice
            when = now - timedelta(seconds=earlier.age)
            quarters.append(Quarter(when, worst(then), kind, tuple(r.code for r in then), earlier.temperature))
        self.registry.record_heartbeat(heartbeat, quarters)
        self.beats += 1

    # --- for people ---

    def overview(self) -> list[ScreenState]:
        """How every screen is now."""
        site, registry = self.site(), self.registry
        players, heartbeats = registry.players(), registry.last_heartbeats()
        alerts = KnownAlerts(self.published.alerts.of, registry.test_results())
        return overview(site.screens, players, heartbeats, self.clock(), site.former, site.may_have, alerts)

    def deliveries(self, alerts: Sequence[Alert]) -> dict[str, AlertDelivery]:
        """Which screens show each of these alerts now, by its id."""
        overview, now = self.overview() if alerts else [], self.clock()
        manifest_of = self.published.manifests.of
        return {each.id: delivery(each, overview, now, manifest_of, self._browsers_with(each)) for each in alerts}

    def _browsers_with(self, alert: Alert) -> dict[str, int]:
        former = self.site().former
        found: Counter[str] = Counter()
        for screen in alert.draft.screens:
            for name in (screen, *(before for before, now in former.items() if now == screen)):
                document = self.published.alerts.of(name)
                if document and any(each["id"] == alert.id for each in document["alerts"]):
                    found[screen] += self.browsers(name, document["serial"])
        return {screen: number for screen, number in found.items() if number}

    def history(self, player: str) -> list[Day]:
        """A player's last 14 days, today first."""
        return days(self.registry.history(player), self.site().zone, self.clock())

    def waiting(self) -> list[WaitingPlayer]:
        """The players that wait to be paired, the longest waiting first."""
        return self.registry.waiting(self.clock())

    def thumbnail(self, player: str) -> bytes | None:
        """The last picture of a player's glass, a JPEG that has been decoded once."""
        heartbeat = self.registry.last_heartbeat(player)
        return heartbeat.thumbnail if heartbeat else None

    def pair(self, typed: str, screen: str) -> Player:
        """As `signage.fleet.grants.pair`, by the form."""
        now = self.clock()
        if not self._code_limit.spend("", now):
            raise grants.GrantRefused("too_many")
        return grants.pair(self.registry, self.keys, typed, screen, self.site().screens, now, WaitingLimits())

    def move(self, player: str, screen: str) -> Player:
        return grants.move(self.registry, player, screen, self.site().screens, self.clock())

    def revoke(self, player: str) -> Player:
        return grants.revoke(self.registry, player, self.clock())


def _fits(public: str, signed: Signed, body: bytes) -> bool:
    message = f"{SIGNED_AS}\n{signed.player}\n{signed.nonce}\n".encode() + body
    try:
        VerifyKey(bytes.fromhex(public)).verify(message, bytes.fromhex(signed.signature))
    except (CryptoError, ValueError):
        return False
    return True


def _decoded(thumbnail: bytes | None) -> tuple[Image.Image | None, bool | None]:
    """The picture; or None, and False for "looks like the page", when it can't be read."""
    if thumbnail is None:
        return None, None
    try:
        return for_players().call(read_thumbnail, thumbnail, limits=THUMBNAIL, cancel=None), None
    except (UnreadablePicture, WorkerKilled):
        return None, False
