"""What can come of asking the city's side: values, never exceptions.

`Outcome` is for one operation, `FetchOutcome` for public content with an ETag, `CertificateOutcome`
for a paper, `PictureOutcome` for a picture. All four kinds of
failure are told apart because a page says something else for each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why there is no answer that can be used. The set is closed."""

    NO_NETWORK = "no-network"
    """No address, no route, refused, or the line was cut."""
    TIMEOUT = "timeout"
    """The deadline passed; whether the other side has acted is not known."""
    TLS = "tls"
    """What answers does not prove to be the city: wrong CA, wrong name, out of date, or no TLS at all."""
    CAPTIVE_PORTAL = "captive-portal"
    """Something between answers in the city's place: a redirect, or a web page."""
    SERVER_ERROR = "server-error"
    """The city answers that it cannot: 5xx."""
    TOO_LARGE = "too-large"
    """The answer is larger than any answer may be."""
    MALFORMED = "malformed"
    """The answer is not what the contract says."""
    DEPARTMENT_DOWN = "department-down"
    """The system of this item's department failed several times in a row and is left alone for a while.
    Nothing was asked; the network and the other departments are as they were."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """There is no answer that can be used.

    `detail` is a short English phrase for the technician, with no personal data; `retry_after` in
    seconds where the other side named one.
    """

    reason: Reason
    detail: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class FieldError:
    """One reason: `field` is a JSON Pointer into the body (or empty), `instead` where to go instead."""

    message: str
    field: str = ""
    code: str = ""
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that can be booked. `starts_at` and `ends_at` are aware; `free` is how many may still come."""

    id: str
    place: str
    starts_at: datetime
    free: int
    ends_at: datetime | None = None

    def as_contract(self) -> dict[str, Any]:
        """As the contract's `Slot`, for whoever reads that."""
        ends = {} if self.ends_at is None else {"ends_at": self.ends_at.isoformat()}
        starts = self.starts_at.isoformat()
        return {"id": self.id, "place": self.place, "starts_at": starts, **ends, "free": self.free}


@dataclass(frozen=True, slots=True)
class Problem:
    """The city understood and says no (RFC 9457). `detail` and `errors` are zh-CN, for the citizen.

    All texts are bounded and free of control characters. `retry_after` in seconds; `offers` are other
    slots, when the one that was asked for was taken meanwhile.
    """

    status: int
    code: str = ""
    detail: str = ""
    errors: tuple[FieldError, ...] = ()
    retryable: bool = False
    retry_after: float | None = None
    offers: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class TooLow:
    """The citizen's level does not do for this operation (RFC 9470): one of `acr_values` would."""

    acr_values: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Ok:
    """Done. `data` is the decoded JSON in the shape of the contract; `again` where it was done before.

    Its repr shows no data: it may be a citizen's.
    """

    data: Any
    again: bool = False

    def __repr__(self) -> str:
        return f"Ok(again={self.again})"


Outcome = Ok | Problem | TooLow | Unreachable


@dataclass(frozen=True, slots=True, repr=False)
class Certificate:
    """A sealed certificate, to be printed as it is: `pdf` is a whole PDF, `print_count` counts from 1.

    Its repr shows neither the paper nor the code by which anybody may look it up.
    """

    pdf: bytes
    verification_code: str
    print_count: int

    def __repr__(self) -> str:
        return f"Certificate({len(self.pdf)} bytes, print {self.print_count})"


CertificateOutcome = Certificate | Problem | TooLow | Unreachable


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """A document that a phone has sent: the bytes of a JPEG, of which the repr shows nothing."""

    jpeg: bytes

    def __repr__(self) -> str:
        return f"Picture({len(self.jpeg)} bytes)"


PictureOutcome = Picture | Problem | TooLow | Unreachable


@dataclass(frozen=True, slots=True)
class Fetched:
    """New public content: `body` is JSON in the shape of the contract, or a picture's file. Seconds, as in
    `freshness.Freshness`."""

    body: bytes
    etag: str | None
    max_age: float
    stale_if_error: float
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class NotModified:
    """What is held is still current, for another `max_age` seconds; None: for as long as was said before."""

    max_age: float | None
    stale_if_error: float | None
    age: float = 0.0


FetchOutcome = Fetched | NotModified | Problem | Unreachable
