"""Reading what came back: bytes from outside, judged before anything believes them.

Both the gateway's client and the identity client read their answers here, so that a captive portal,
a broken proxy and a hostile body look the same to both. Everything taken from an answer is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import msgspec

from kiosk.gateway.outcomes import (
    Certificate,
    FieldError,
    Picture,
    Problem,
    Reason,
    Slot,
    TooLow,
    Unreachable,
)
from kiosk.gateway.transport import HttpAnswer

_MAX_TEXT = 500
"""Characters of one text for the citizen: two short paragraphs; longer is not read at a terminal."""

_MAX_ERRORS = 50
_MAX_OFFERS = 50
_MAX_WAIT = 3600.0
"""Seconds: no `Retry-After` keeps a submission waiting longer than this."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]+")
"""Control characters, and those that turn the direction of the text around them."""

_CHALLENGE = re.compile(r'\b(error|acr_values)\s*=\s*(?:"([^"\\]{0,300})"|([^\s,"]{1,300}))')
_HTML = re.compile(rb"\s*(?:<\?xml[^>]{0,200}>\s*)?<(?:!doctype\s+html|html|head|body|meta|script)\b", re.I)


def intercepted(answer: HttpAnswer) -> Unreachable | None:
    """Whether something else than the city's service answered: `Unreachable`, or None when all is well.

    A portal shows itself by a redirect or by a web page where JSON is due; a web page together with
    5xx is the city's own proxy, saying that the service behind it is down.
    """
    if 300 <= answer.status < 400 and answer.status != 304:
        return Unreachable(Reason.CAPTIVE_PORTAL, f"a redirect ({answer.status})")
    if answer.status == 511:  # RFC 6585: Network Authentication Required
        return Unreachable(Reason.CAPTIVE_PORTAL, "network sign-in required (511)")
    if answer.status >= 500 or not _is_page(answer):
        return None
    if answer.status < 300:
        return Unreachable(Reason.CAPTIVE_PORTAL, "a web page in place of an answer")
    return Unreachable(Reason.MALFORMED, f"a web page ({answer.status})")


def decoded(body: bytes) -> Any:
    """The JSON in `body`, or Unreachable(malformed)."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Unreachable(Reason.MALFORMED, "not JSON")


def problem(answer: HttpAnswer, now: datetime) -> Problem | Unreachable:
    """An answer of 4xx as a Problem.

    Without a body of RFC 9457 only those statuses are believed that mean the same everywhere: 401
    and 429. Any other could come from a proxy in between, and would turn a citizen away for good.
    """
    wait = retry_after(answer, now)
    members = decoded(answer.body) if "json" in _media_type(answer) else None
    if not isinstance(members, Mapping):
        if answer.status in (401, 429):
            return Problem(answer.status, retryable=answer.status == 429, retry_after=wait)
        return Unreachable(Reason.MALFORMED, f"status {answer.status} without a problem", wait)
    return Problem(
        status=answer.status,
        code=word(members.get("code")),
        detail=text(members.get("detail")),
        errors=_errors(members.get("errors")),
        retryable=members.get("retryable") is True or answer.status == 429,
        retry_after=wait,
        offers=slots(members.get("offers")),
    )


def slots(value: object) -> tuple[Slot, ...]:
    """The slots in a list of the contract's `Slot`, at most fifty; what is not one is left out."""
    if not isinstance(value, list):
        return ()
    read = (_slot(entry) for entry in value[:_MAX_OFFERS] if isinstance(entry, Mapping))
    return tuple(slot for slot in read if slot is not None)


def server_error(answer: HttpAnswer, now: datetime) -> Unreachable:
    """An answer of 5xx."""
    return Unreachable(Reason.SERVER_ERROR, f"status {answer.status}", retry_after(answer, now))


def too_low(answer: HttpAnswer) -> TooLow | None:
    """The step-up challenge of RFC 9470, when this is one."""
    if answer.status != 401:
        return None
    challenge = answer.headers.get("www-authenticate", "")[:2000]
    found = {name: quoted or bare for name, quoted, bare in _CHALLENGE.findall(challenge)}
    if found.get("error") != "insufficient_user_authentication":
        return None
    return TooLow(tuple(found.get("acr_values", "").split()[:8]))


def nonce_wanted(answer: HttpAnswer) -> bool:
    """Whether this 401 only asks for a proof with the nonce that comes with it (RFC 9449, 9)."""
    if answer.status != 401 or nonce(answer) is None:
        return False
    challenge = answer.headers.get("www-authenticate", "")[:2000]
    return any(
        name == "error" and (quoted or bare) == "use_dpop_nonce"
        for name, quoted, bare in _CHALLENGE.findall(challenge)
    )


def nonce(answer: HttpAnswer) -> str | None:
    """The nonce for the next DPoP proofs (RFC 9449, 8.1: 1*NQCHAR), when there is one that can be used."""
    value = answer.headers.get("dpop-nonce", "")
    return value if re.fullmatch(r"[\x21\x23-\x5b\x5d-\x7e]{1,500}", value) else None


def certificate(answer: HttpAnswer) -> Certificate | Unreachable:
    """A sealed PDF with its code and count, or Unreachable(malformed).

    It must be whole: a PDF begins with its version (ISO 32000-2, 7.5.2) and ends with %%EOF, which
    readers look for in the last 1024 bytes.
    """
    code = answer.headers.get("x-verification-code", "").strip()
    count = answer.headers.get("x-print-count", "").strip()
    if _media_type(answer) != "application/pdf" or not re.match(rb"%PDF-[12]\.[0-9]", answer.body[:8]):
        return Unreachable(Reason.MALFORMED, "not a PDF")
    if b"%%EOF" not in answer.body[-1024:]:
        return Unreachable(Reason.MALFORMED, "a PDF that is cut off")
    if not re.fullmatch(r"[A-Za-z0-9-]{4,64}", code):
        return Unreachable(Reason.MALFORMED, "a certificate without its verification code")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", count):
        return Unreachable(Reason.MALFORMED, "a certificate without its print count")
    return Certificate(answer.body, code, int(count))


def picture(answer: HttpAnswer) -> Picture | Unreachable:
    """A JPEG, or Unreachable(malformed); whether it can be read is for whoever looks at it."""
    if _media_type(answer) != "image/jpeg" or not answer.body:
        return Unreachable(Reason.MALFORMED, "not a JPEG")
    return Picture(answer.body)


def retry_after(answer: HttpAnswer, now: datetime) -> float | None:
    """Seconds to wait (RFC 9110, 10.2.3: a number or a date), at most an hour; None where not said."""
    said = answer.headers.get("retry-after", "").strip()[:64]
    if said.isascii() and said.isdigit():
        return min(float(said), _MAX_WAIT)
    try:
        date = parsedate_to_datetime(said)
    except (ValueError, TypeError, OverflowError):
        return None
    if date.tzinfo is None:
        return None
    # Compared with the sender's own clock where it is told, so that our error does not matter.
    return min(max((date.astimezone(UTC) - (answer.date or now)).total_seconds(), 0.0), _MAX_WAIT)


def etag(answer: HttpAnswer) -> str | None:
    """The entity tag, when it is one that can be sent back."""
    tag = answer.headers.get("etag", "")
    return tag if re.fullmatch(r'(?:W/)?"[\x21\x23-\x7e]{0,200}"', tag) else None


def text(value: object, limit: int = _MAX_TEXT) -> str:
    """A text from outside for a page or a paper: bounded, one line, no control characters."""
    if not isinstance(value, str):
        return ""
    return _CONTROLS.sub(" ", value[: limit * 2]).strip()[:limit]


def word(value: object) -> str:
    """A stable word such as NOT_INSURED, or empty where it is not one."""
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", value) else ""


def _slot(entry: Mapping[str, Any]) -> Slot | None:
    id_, place, free = text(entry.get("id"), 64), text(entry.get("place"), 200), entry.get("free")
    starts_at, ends_at = _moment(entry.get("starts_at")), _moment(entry.get("ends_at"))
    if not id_ or id_ != entry.get("id") or not place or starts_at is None:
        return None
    if isinstance(free, bool) or not isinstance(free, int) or not 0 < free < 10**6:
        return None
    return Slot(id_, place, starts_at, free, ends_at)


def _moment(value: object) -> datetime | None:
    """An RFC 3339 time with an offset."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) < 40 else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _errors(value: object) -> tuple[FieldError, ...]:
    if not isinstance(value, list):
        return ()
    errors = [
        FieldError(
            message=text(entry.get("message")),
            field=text(entry.get("field"), 200),
            code=word(entry.get("code")),
            instead=text(entry.get("instead")),
        )
        for entry in value[:_MAX_ERRORS]
        if isinstance(entry, Mapping)
    ]
    return tuple(error for error in errors if error.message)


def _is_page(answer: HttpAnswer) -> bool:
    if not answer.body:
        return False  # many servers name text/html where they send nothing
    media_type = _media_type(answer)
    return media_type in ("text/html", "application/xhtml+xml") or bool(
        "json" not in media_type and _HTML.match(answer.body[:1000])
    )


def _media_type(answer: HttpAnswer) -> str:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower()
