"""The signed code on receipts, slips and guides: anyone with the terminal's public key can check it offline.

A compact JWS (ES256) by the terminal's key with short claims and no personal data. It says which
terminal printed which paper for which case, and when; not who the citizen is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey

from kiosk.keys import TerminalKey

MAX_CODE = 500
"""Characters: a QR of version 17 at level M holds 504 bytes (ISO/IEC 18004, table 7); its 85 modules are
still six dots wide each on 80 mm paper."""

_TYPE = "receipt+jws"
"""Keeps the key's other signatures (login assertions, submissions) from passing as a code on paper."""

_VERSION: Literal[1] = 1
_REGISTRY = jws.JWSRegistry(algorithms=["ES256"])


class PaperKind(StrEnum):
    """What was printed."""

    RECEIPT = "receipt"
    SLIP = "slip"
    GUIDE = "guide"
    RECORD = "record"
    PAYMENT = "payment"
    APPOINTMENT = "appointment"
    CANCELLATION = "cancellation"
    DEFERRAL = "deferral"


@dataclass(frozen=True, slots=True)
class PaperCode:
    """What the code says.

    `number` is the number that stands large on the paper (case, slip, bill, ticket), empty where none
    does; `at` is aware, in whole seconds; `terminal` is the terminal's id.
    """

    kind: PaperKind
    item: str
    flow_version: str
    number: str
    at: datetime
    terminal: str


class ForgedReason(StrEnum):
    """Why a code is not believed."""

    NOT_A_CODE = "not-a-code"
    """Other text, or cut short."""
    OTHER_KEY = "other-key"
    """Signed by a key that is none of the terminals asked about."""
    TAMPERED = "tampered"
    """Names a known key, and the signature does not fit the words."""
    UNKNOWN_VERSION = "unknown-version"
    """Truly signed by a known terminal, in a form this program does not know."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The code was made by the terminal whose key is `kid`."""

    code: PaperCode
    kid: str


@dataclass(frozen=True, slots=True)
class Forged:
    """The code is not believed."""

    reason: ForgedReason


class _Claims(msgspec.Struct, frozen=True):
    """Names are short because every character is ink."""

    v: Literal[1]
    k: PaperKind
    i: Annotated[str, msgspec.Meta(max_length=80)]
    ver: Annotated[str, msgspec.Meta(max_length=20)]
    n: Annotated[str, msgspec.Meta(max_length=40)]
    t: Annotated[int, msgspec.Meta(ge=0, lt=2**33)]
    d: Annotated[str, msgspec.Meta(max_length=40)]


def sign(code: PaperCode, key: TerminalKey) -> str:
    """The text for the QR, ASCII, below MAX_CODE. Raises ValueError for what `verify` would not read."""
    claims = {
        "v": _VERSION,
        "k": code.kind.value,
        "i": code.item,
        "ver": code.flow_version,
        "n": code.number,
        "t": int(code.at.timestamp()),
        "d": code.terminal,
    }
    try:
        payload = msgspec.json.encode(msgspec.convert(claims, _Claims))
    except msgspec.ValidationError as error:
        raise ValueError(f"no code for {code.item}: {error}") from error
    text = key.sign(payload, {"typ": _TYPE})
    if len(text) >= MAX_CODE:
        raise ValueError(f"the code of {code.item} has {len(text)} characters; {MAX_CODE - 1} fit on paper")
    return text


def verify(text: str, jwks: Iterable[Mapping[str, Any]]) -> Verified | Forged:
    """Check a scanned `text` against the public keys (JWKs) of the terminals in question.

    Keys are found by their thumbprint, computed here: what a JWK calls itself is not believed.
    Raises ValueError for a JWK that is not an EC public key, because that is the caller's mistake.
    """
    text = text.strip()
    kid = _named_key(text)
    if kid is None:
        return Forged(ForgedReason.NOT_A_CODE)
    key = _keys(jwks).get(kid)
    if key is None:
        return Forged(ForgedReason.OTHER_KEY)
    try:
        return _read(jws.deserialize_compact(text, key, registry=_REGISTRY).payload, key)
    except BadSignatureError:
        return Forged(ForgedReason.TAMPERED)
    except (JoseError, ValueError, TypeError):  # joserfc: a `crit` that is no list of names
        return Forged(ForgedReason.NOT_A_CODE)


def _named_key(text: str) -> str | None:
    """The key id that a code names, not yet believed; None for any other text."""
    if len(text) >= MAX_CODE or not text.isascii():
        return None
    try:
        header = jws.extract_compact(text.encode(), registry=_REGISTRY).headers()
    except (JoseError, ValueError, TypeError):
        return None
    kid = header.get("kid")
    is_code = header.get("typ") == _TYPE and header.get("alg") == "ES256"
    return kid if is_code and isinstance(kid, str) else None


def _read(payload: bytes | None, key: ECKey) -> Verified | Forged:
    """The claims of a payload whose signature holds."""
    try:
        claims = msgspec.json.decode(payload or b"", type=_Claims)
    except msgspec.MsgspecError:
        return Forged(ForgedReason.UNKNOWN_VERSION)
    at = datetime.fromtimestamp(claims.t, UTC)
    return Verified(PaperCode(claims.k, claims.i, claims.ver, claims.n, at, claims.d), key.thumbprint())


def _keys(jwks: Iterable[Mapping[str, Any]]) -> dict[str, ECKey]:
    keys = {}
    for jwk in jwks:
        try:
            key = ECKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y")})
            keys[key.thumbprint()] = key
        except (JoseError, KeyError, TypeError) as error:
            raise ValueError("not a public EC key as a JWK") from error
    return keys
