"""Checks the signed code of a paper."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
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


def public_keys(path: Path) -> list[dict[str, Any]]:
    """The EC P-256 keys in `path`, a JWK or a JWK set. Others in it are passed over (RFC 7517, 5).

    Raises OSError, and ValueError where there is none.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not JSON; name a JWK or a JWK set") from error
    listed = found.get("keys", [found]) if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise ValueError(f"{path} is neither a JWK nor a JWK set")  # noqa: TRY004 - the caller's mistake
    usable = [
        dict(each)
        for each in listed
        if isinstance(each, dict) and (each.get("kty"), each.get("crv")) == ("EC", "P-256")
    ]
    if not usable:
        raise ValueError(f"{path} holds no EC P-256 key, as terminals have")
    return usable
