"""What a run asks of the world. The shell performs each and posts its outcome, naming the effect's id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from flows.page import GuideView, TableBody


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """Base: `id` is unique in the visit."""

    id: str


class LoadGuide(Effect, frozen=True, kw_only=True):
    """The guide of `item` (cached content; works without a network when it is in the cache)."""

    operation: str
    item: str


class LoadOptions(Effect, frozen=True, kw_only=True):
    """A published list (cached content): the catalogue, or with `list` the code list of that name."""

    operation: str
    list: str = ""


class LoadEntries(Effect, frozen=True, kw_only=True):
    """The list `field` that the department of `item` publishes (cached content)."""

    operation: str
    item: str
    field: str


class LoadPolicies(Effect, frozen=True, kw_only=True):
    """The published policies (cached content)."""


class CheckPicture(Effect, frozen=True, kw_only=True):
    """Whether a picture from the camera will do: `face`, `portrait` or `document`."""

    kind: Literal["face", "portrait", "document"]
    image: str
    """Base64 of a JPEG."""

    def __repr__(self) -> str:
        """Nothing of the picture."""
        return f"CheckPicture(kind={self.kind!r})"


class WantedDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A document that the phone may send, and in at most how many pictures."""

    role: str
    name: str
    pages: int


class OpenUpload(Effect, frozen=True, kw_only=True):
    """Let the phone send documents: show the way to the city's page and report each picture that arrives,
    judged, until it is over. Cancelling closes it at the city, which keeps none of the pictures."""

    item: str
    documents: tuple[WantedDocument, ...]


class ReadCard(Effect, frozen=True, kw_only=True):
    """Ask for an ID card at the reader until one is read or the effect is cancelled."""

    whose: Literal["citizen", "principal"]


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """A live picture (base64 JPEG) for one comparison, and when the citizen agreed to it (RFC 3339)."""

    image: str
    consent_at: str

    def __repr__(self) -> str:
        """Only that there is one."""
        return "Face()"


class Login(Effect, frozen=True, kw_only=True):
    """Log in at unified identity with the card's text; with a face: at level `card+face`."""

    card: Mapping[str, str]
    face: Face | None = None


class NumberLogin(Effect, frozen=True, kw_only=True):
    """Log in with number, name and face, without a card."""

    name: str
    id_number: str
    face: Face


class PhoneScan(Effect, frozen=True, kw_only=True):
    """Show a QR and wait for the phone's approval; `business`: as a legal person's handler."""

    business: bool = False


class Call(Effect, frozen=True, kw_only=True):
    """An operation of the gateway: as the citizen who is logged in, or as the terminal where that will do.

    `path` fills the operation's parameters beyond `item`. For an operation with an Idempotency-Key,
    `intent` says what is meant, in the run's own words: the same intent in a visit has the same key,
    so that a retry cannot act twice.
    """

    operation: str
    item: str
    body: Mapping[str, Any]
    path: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    intent: str = ""


class Submit(Effect, frozen=True, kw_only=True):
    """Seal, write down, send. `wait`: report what the gateway answered within the deadline.

    `target` is the operation's path parameter where that is not the item: the case that is supplemented.
    """

    operation: str
    item: str
    body: Mapping[str, Any]
    wait: bool
    target: str = ""


class StartPayment(Effect, frozen=True, kw_only=True):
    """Create a payment; its id is written down before anybody can pay. Then watch it until it is settled.

    Money in fen.
    """

    item: str
    bill: str
    fen: int
    method: Literal["qr", "pos"]
    intent: str


class ClosePayment(Effect, frozen=True, kw_only=True):
    """The citizen does not pay after all; or asks again how it stands (`ask`)."""

    payment: str
    ask: bool = False


class RefundPayment(Effect, frozen=True, kw_only=True):
    """Paid, but the service was not rendered."""

    payment: str
    reason: str


class PrintCertificate(Effect, frozen=True, kw_only=True):
    """Fetch the sealed PDF and print it on A4; a new `intent` is a new, counted print."""

    certificate: str
    item: str
    intent: str


class PrintPaper(Effect, frozen=True, kw_only=True):
    """One print: what is on it; the shell adds date, terminal, hotline and the signed QR."""

    kind: Literal["receipt", "slip", "record", "guide", "payment", "appointment", "cancellation", "deferral"]
    item: str
    item_name: str
    version: str
    number: str = ""
    number_label: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    table: TableBody | None = None
    guide: GuideView | None = None
    sample: bool = False
    """The content on it is sample content 演示数据."""


class Cancel(Effect, frozen=True, kw_only=True):
    """Stop `target`; its outcome is no longer wanted."""

    target: str
