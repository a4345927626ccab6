"""What can come of a login: values, never exceptions. And what is known of the citizen afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.gateway.outcomes import Unreachable
from kiosk.identity.bearer import Token


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


class Method(StrEnum):
    """How the citizen was identified (`Identity.method` of the gateway's contract)."""

    ID_CARD = "id-card"
    PHONE = "phone"
    NUMBER_FACE = "number-face"
    BANK = "bank-card"
    """A bank's host vouched for its customer."""


_SILENT: Mapping[Method, Level] = {
    Method.ID_CARD: Level.CARD,
    Method.PHONE: Level.PHONE,
    Method.NUMBER_FACE: Level.NONE,
    Method.BANK: Level.CARD,
}
"""What a login proves when the platform does not say `acr`: the least that its method can come to. That a
face was compared is only known where the platform says so, and number and name alone prove nobody."""


def level_of(acr: object, method: Method) -> Level:
    """The level in an `acr` claim (None: there is none); a word that we do not know assures of nothing."""
    if acr is None:
        return _SILENT[method]
    return Level(acr) if isinstance(acr, str) and acr in set(Level) else Level.NONE


class Authority(StrEnum):
    """What somebody is to the legal person they act for."""

    LEGAL_REPRESENTATIVE = "legal-representative"
    HANDLER = "handler"


@dataclass(frozen=True, slots=True)
class Business:
    """The legal person that the citizen acts for; `code` is its unified social credit code."""

    name: str
    code: str
    authority: Authority


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """The citizen of this visit. Personal data: lives in the `Visit` and goes with it; not in its repr.

    `confirmed` is False when the card was read offline; then there is no `token` and no `expires_at`
    (aware, by the agent's clock) and `sub` is empty. `business` is there after a phone scan for one.
    """

    name: str
    id_number: str
    level: Level
    method: Method
    confirmed: bool
    token: Token | None = None
    expires_at: datetime | None = None
    sub: str = ""
    business: Business | None = None

    @property
    def access_token(self) -> str | None:
        """The token's text, to revoke it; a request is sent with `token.headers`."""
        return None if self.token is None else self.token.text

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
    NUMBER_REFUSED = "number-refused"
    """Number, name and face were not taken."""
    FACE_NOT_FOUND = "face-not-found"
    """There is no face in the picture, or more than one."""
    FACE_TOO_DARK = "face-too-dark"
    """The picture is too dark to compare."""
    FACE_DIFFERS = "face-differs"
    """The face is another person's than the card's or number's."""
    LAUNCH_REFUSED = "launch-refused"
    """The bank host's launch token was not taken; `detail` says why where the platform does."""
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
    DeniedReason.NUMBER_REFUSED: "没有通过身份核验。请核对姓名和证件号码，或改用手机扫码。",
    DeniedReason.FACE_NOT_FOUND: "照片里没有看清人脸。请正对摄像头，请他人离开画面，再拍一次。",
    DeniedReason.FACE_TOO_DARK: "照片太暗，没法比对。请站到亮一些的位置，再拍一次。",
    DeniedReason.FACE_DIFFERS: "照片与证件上的人没有比对成功。请再拍一次，或改用手机扫码。",
    DeniedReason.LAUNCH_REFUSED: "银行交来的登录凭证没有通过核验。请回到银行首页重新进入，或改用身份证。",
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
