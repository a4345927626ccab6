"""What a code under the scanner is: one of a few types, or refused with a reason. Pure, and closed.

The driver gives one line of plain text. Here it is told apart into the code of a paper of this terminal's
own, a number as it stands on a paper, or a reason why it is neither. Nothing of it is opened, followed or
executed: an address is only known for what it is, so that the citizen can be told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kiosk.receipt_code import ForgedReason, PaperCode, PaperKind, Verified, verify

_NUMBER = re.compile(r"(?=.*[A-Za-z0-9])(?!.*(?:\.\.|//))[A-Za-z0-9(][A-Za-z0-9()._/-]{0,63}")
"""Case, certificate, meter, invoice and verification numbers, as `flows.checks` takes them from a hand; but
no path that leads upwards, and nothing that begins with a sign. `verification_code` is the longest: 64."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
"""A URI's scheme (RFC 3986, 3.1)."""


class RefusedReason(StrEnum):
    """Why a code is of no use on the page that asked for one."""

    OTHER_TERMINAL = "other-terminal"  # of another terminal, or it says so: not to be checked here
    FORGED = "forged"  # it names this terminal's key, and the signature does not fit
    OTHER_VERSION = "other-version"  # truly this terminal's, in a form that this program does not know
    OTHER_PAPER = "other-paper"  # this terminal's, and not the kind of paper that the page asks for
    LOGIN_CODE = "login-code"  # an address at unified identity: for a phone
    ADDRESS = "address"  # any other URI, of any scheme
    NO_NUMBER = "no-number"  # anything else


@dataclass(frozen=True, slots=True)
class OwnPaper:
    """The signed code of a receipt, slip or other paper that this very terminal printed."""

    code: PaperCode


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands on a paper: ASCII letters, digits and a few signs. It may be personal."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """Neither."""

    reason: RefusedReason


Meaning = OwnPaper | Number | Refused

_FORGED = {
    ForgedReason.OTHER_KEY: RefusedReason.OTHER_TERMINAL,
    ForgedReason.TAMPERED: RefusedReason.FORGED,
    ForgedReason.UNKNOWN_VERSION: RefusedReason.OTHER_VERSION,
}
_STANDS_ON = {
    "slip_number": frozenset({PaperKind.SLIP}),
    "case_number": frozenset({PaperKind.RECEIPT, PaperKind.DEFERRAL}),
    "receipt_number": frozenset({PaperKind.RECEIPT}),
}
"""Fields whose number stands on a paper of ours, and on which."""


def meaning(text: str, keys: Sequence[Mapping[str, Any]], issuer_host: str) -> Meaning:
    """What `text` is. `keys` are this terminal's public keys (JWKs), `issuer_host` is unified identity's."""
    found = verify(text, keys)
    if isinstance(found, Verified):
        return OwnPaper(found.code)
    if found.reason is not ForgedReason.NOT_A_CODE:
        return Refused(_FORGED[found.reason])
    if _NUMBER.fullmatch(text):
        return Number(text)
    if _ADDRESS.match(text):
        return Refused(RefusedReason.LOGIN_CODE if _is_at(text, issuer_host) else RefusedReason.ADDRESS)
    return Refused(RefusedReason.NO_NUMBER)


def answer(found: Meaning, name: str) -> str | Refused:
    """What `found` says where the field `name` is asked for."""
    if isinstance(found, Number):
        return found.text
    if isinstance(found, Refused):
        return found
    if found.code.kind not in _STANDS_ON.get(name, ()) or not found.code.number:
        return Refused(RefusedReason.OTHER_PAPER)
    return found.code.number


def _is_at(address: str, host: str) -> bool:
    """Whether an https address names `host`, to tell the citizen so: nothing else follows from it."""
    return re.match(rf"https://{re.escape(host)}(?:[:/?#]|$)", address, re.IGNORECASE) is not None
