"""Documents to attach, and what an answer says why not."""

from __future__ import annotations

import base64
import hashlib
import uuid
from typing import Any

import requests


def document(role: str, content: bytes = b"a picture", importance: str = "main", **more: Any) -> Any:
    """A document as the contract has it."""
    return {
        "role": role,
        "importance": importance,
        "media_type": "image/jpeg",
        "sha256": hashlib.sha256(content).hexdigest(),
        "content": base64.b64encode(content).decode(),
        "trust": "C",
        **more,
    }


def reasons(answer: requests.Response) -> list[str]:
    """Codes of a refusal."""
    assert (answer.status_code, answer.json()["code"]) == (422, "REFUSED"), answer.text
    return [error["code"] for error in answer.json()["errors"]]


def conflict(answer: requests.Response) -> bool:
    """409, and not because it is still running."""
    return (answer.status_code, answer.json().get("code")) == (409, "CONFLICT")


def new() -> str:
    """An Idempotency-Key."""
    return str(uuid.uuid4())
