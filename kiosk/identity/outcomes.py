"""What can come of a login: values, never exceptions. And what is known of the citizen afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.gateway.outcomes import Unreachable


class Level(StrEnum):
    """Level of assurance (`acr`): none < card < card+face or phone, which are each as good as the other."""

    NONE = "none"
    CARD = "card"
    CARD_FACE = "card+face"
    PHONE = "phone"

    def reaches(self, least: Level) -> bool:
        """Whether this level does where `least` is asked for."""
        return _RANK[self] >= _RANK[least]


_RANK = {Level.NONE: 0, Level.CARD: 1, Level.CARD_FACE: 2, Level.PHONE: 2}


def level_of(acr: object) -> Level:
    """The level in an `acr` claim; a word that we do not know assures of nothing."""
    return Level(acr) if isinstance(acr, str) and acr in set(Level) else Level.NONE


class Method(StrEnum):
    """How the citizen was identified (`Identity.method` of the gateway's contract)."""

    ID_CARD = "id-card"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """The citizen of this visit. Personal data: lives in the `Visit` and goes with it; not in its repr.

    `confirmed` is False when the card was read offline; then there is no `access_token` and no
    `expires_at` (aware, by the agent's clock) and `sub` is empty.
    """

    name: str
    id_number: str
    level: Level
    method: Method
    confirmed: bool
    access_token: str | None = None
    expires_at: datetime | None = None
    sub: str = ""

    def __repr__(self) -> str:
        return f"Identity({self.method.value}, level={self.level.value}, confirmed={self.confirmed})"


def unconfirmed(name: str, id_number: str) -> Identity:
    """Who the card says it is, with no platform to ask: level `card`, not confirmed."""
    return Identity(name, id_number, Level.CARD, Method.ID_CARD, confirmed=False)


class DeniedReason(StrEnum):
    """Why the platform, or our check of its answer, said no. The set is closed."""

    TERMINAL_REFUSED = "terminal-refused"
    """The terminal's own proof was not taken: not enrolled, revoked, or a wrong clock."""
    CARD_REFUSED = "card-refused"
    """The card's assertion was not taken: no such person, lost card, names that differ."""
    DECLINED = "declined"
    """The citizen said no on the phone."""
    EXPIRED = "expired"
    """The QR was not approved in time."""
    NOT_OFFERED = "not-offered"
    """This provider does not offer what was asked for."""
    NOT_VERIFIED = "not-verified"
    """The answer's token did not stand up to checking."""


_WORDS: Mapping[DeniedReason, str] = {
    DeniedReason.TERMINAL_REFUSED: "这台终端暂时不能验证身份，请使用其他终端，或联系工作人员。",
    DeniedReason.CARD_REFUSED: "统一身份认证没有认可这张证件。请改用手机扫码，或到窗口办理。",
    DeniedReason.DECLINED: "您在手机上取消了登录。需要时请重新扫码。",
    DeniedReason.EXPIRED: "二维码已过期，请重新扫码。",
    DeniedReason.NOT_OFFERED: "目前不能用这种方式登录，请换一种方式。",
    DeniedReason.NOT_VERIFIED: "身份认证的结果没有通过核验，没有登录。请换一种方式，或联系工作人员。",
}


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The platform knows who it is."""

    identity: Identity


@dataclass(frozen=True, slots=True)
class Denied:
    """No login. `words` are for the citizen (zh-CN); `detail` is a stable word or a short English phrase
    for the technician, without personal data."""

    reason: DeniedReason
    detail: str = ""

    @property
    def words(self) -> str:
        """What the citizen reads: what happened, and what to do now."""
        return _WORDS[self.reason]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The phone has not answered yet: poll again after `seconds`.

    `trouble` is set when this poll did not reach the platform; it is worth going on until the QR ends.
    """

    seconds: float
    trouble: Unreachable | None = None


@dataclass(frozen=True, slots=True)
class Revoked:
    """The platform no longer honours the token."""


Login = LoggedIn | Denied | Unreachable
Poll = Waiting | LoggedIn | Denied
Revocation = Revoked | Denied | Unreachable
