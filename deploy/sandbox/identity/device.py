"""Phone scan: codes given to a terminal, and what a phone says to them (RFC 8628)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint

from ..context import Context
from ..db import Row
from . import businesses, tokens
from .clients import AUTH_METHOD

EXPIRES_IN = 300
INTERVAL = 2
"""Seconds between polls; shorter than RFC 8628's default of 5, because somebody stands there and waits."""
SLOWER_BY = 5
"""What a `slow_down` adds to the interval (RFC 8628, 3.5)."""


EARLY_SECONDS = 0.5
"""How much too early a poll may arrive: the last one may have been under way for longer than this one."""


class PhoneError(Exception):
    """What the phone is told, in zh-CN."""


@dataclass(frozen=True)
class Credential:
    """A device code, as Authlib sees it."""

    row: Row
    now: float

    def get_client_id(self) -> str:
        """The terminal that it was given to."""
        return str(self.row["terminal"])

    def get_scope(self) -> str:
        """What it asked for."""
        return str(self.row["scope"])

    def get_user_code(self) -> str:
        """What the phone scans or types."""
        return str(self.row["user_code"])

    def is_expired(self) -> bool:
        """By the platform's clock."""
        return bool(self.row["expires_at"] <= self.now)


class Codes(DeviceAuthorizationEndpoint):  # type: ignore[misc]  # Authlib ships no types
    """The device authorization endpoint."""

    CLIENT_AUTH_METHODS = (AUTH_METHOD,)
    EXPIRES_IN = EXPIRES_IN
    INTERVAL = INTERVAL
    context: Context

    def create_endpoint_response(self, request: Any) -> Any:
        """Notes whether the claim `business` is asked for (OpenID Connect Core, 5.5)."""
        self._for_business = _asks_for_business(request.form.get("claims", ""))
        return super().create_endpoint_response(request)

    def get_verification_uri(self) -> str:
        """The page that a phone opens."""
        return f"{self.context.issuer}/phone"

    def save_device_credential(self, client_id: str, scope: str | None, data: dict[str, Any]) -> None:
        """Keep what was given out."""
        with self.context.db.transaction() as tx:
            tx.run(
                "INSERT INTO device_grants VALUES (?, ?, ?, ?, ?, ?, NULL, 'pending', NULL, ?, NULL)",
                data["device_code"],
                data["user_code"],
                client_id,
                tokens.scope_within(scope, tokens.VISIT_SCOPES),
                self.context.now() + EXPIRES_IN,
                INTERVAL,
                int(self._for_business),
            )


def find(context: Context, device_code: str) -> Credential | None:
    """The credential of a device code."""
    with context.db.transaction() as tx:
        row = tx.one("SELECT * FROM device_grants WHERE device_code = ?", device_code)
    return None if row is None else Credential(row, context.now())


def polled_too_soon(context: Context, credential: Credential) -> bool:
    """Note a poll; whether it came before the interval since the last was over."""
    row, now = credential.row, context.now()
    soon = row["polled_at"] is not None and now - row["polled_at"] < row["interval_seconds"] - EARLY_SECONDS
    with context.db.transaction() as tx:
        tx.run(
            "UPDATE device_grants SET polled_at = ?, interval_seconds = ? WHERE device_code = ?",
            now,
            row["interval_seconds"] + (SLOWER_BY if soon else 0),
            row["device_code"],
        )
    return bool(soon)


def use(context: Context, credential: Credential) -> bool:
    """Take the approval; False when it was taken already."""
    with context.db.transaction() as tx:
        sql = "UPDATE device_grants SET state = 'used' WHERE device_code = ? AND state = 'approved'"
        return tx.run(sql, credential.row["device_code"]) == 1


def normal(user_code: str) -> str:
    """As it was given out, however it was typed: BCDF-GHJK."""
    letters = "".join(letter for letter in user_code.upper() if letter.isalnum())
    return f"{letters[:4]}-{letters[4:]}"


def waiting(context: Context, user_code: str) -> Row:
    """The code that still waits for its phone. Raises PhoneError."""
    with context.db.transaction() as tx:
        row = tx.one("SELECT * FROM device_grants WHERE user_code = ?", normal(user_code))
    if row is None:
        raise PhoneError("没有这个登录码，请重新扫终端上的二维码")
    if row["expires_at"] <= context.now():
        raise PhoneError("登录码已过期，请在终端上重新取码")
    if row["state"] != "pending":
        raise PhoneError("这个登录码已经用过了")
    return row


def say(context: Context, user_code: str, person: str, *, approve: bool, business: str | None = None) -> None:
    """The phone of `person` approves or denies, for a legal person (by code) where it says so.

    Raises PhoneError.
    """
    row = waiting(context, user_code)
    with context.db.transaction() as tx:
        if tx.one("SELECT id FROM persons WHERE id = ?", person) is None:
            raise PhoneError("没有这个人")
        if business and business not in {one["code"] for one in businesses.of(tx, person)}:
            raise PhoneError("这个人不能代表这家企业")
        changed = tx.run(
            "UPDATE device_grants SET state = ?, person = ?, business = ? "
            "WHERE device_code = ? AND state = 'pending'",
            "approved" if approve else "denied",
            person,
            business or None,
            row["device_code"],
        )
    if not changed:
        raise PhoneError("这个登录码已经用过了")


def _asks_for_business(claims: str) -> bool:
    try:
        wish = json.loads(claims or "{}")
    except ValueError:
        return False
    inner = wish.get("id_token") if isinstance(wish, dict) else None
    return isinstance(inner, dict) and "business" in inner
