"""Checks the signed code of a paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kiosk.receipt_code import Verified, verify


def check(text: str, public: Sequence[Mapping[str, Any]]) -> tuple[bool, dict[str, str]]:
    """Whether `text` was signed by one of `public` (JWKs), and what it says or why it is not believed."""
    found = verify(text, public)
    if not isinstance(found, Verified):
        return False, {"reason": found.reason.value}
    code = found.code
    return True, {
        "paper": code.kind.value,
        "item": code.item,
        "flow_version": code.flow_version,
        "number": code.number,
        "at": code.at.isoformat(),
        "terminal": code.terminal,
        "key": found.kid,
    }
