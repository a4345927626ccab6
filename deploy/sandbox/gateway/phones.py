"""短信验证码: a code to a phone, read on the control page of this city."""

from __future__ import annotations

import secrets

from ..wire import Problem, stamp
from .bodies import Code, Phone
from .operations import Call, Operation, Reply

LIFE_SECONDS = 300
RESEND_SECONDS = 60
TRIES = 3


def send(call: Call) -> Reply:
    """A new code; one that was sent before is void. Not sooner than a minute after the last one."""
    phone = call.decode(Phone).phone
    last = call.tx.one("SELECT max(sent_at) AS at FROM phone_codes WHERE phone = ?", phone)
    if last is not None and last["at"] is not None:
        left = int(last["at"] + RESEND_SECONDS - call.now + 0.999)
        if left > 0:
            later = {"Retry-After": str(left)}
            words = f"验证码已发送，请 {left} 秒后再试"
            raise Problem(429, "TOO_SOON", "Sent a moment ago", words, retryable=True, headers=later)
    call.tx.run("UPDATE phone_codes SET tries_left = 0 WHERE phone = ?", phone)
    number, expires_at = secrets.token_hex(16), call.now + LIFE_SECONDS
    call.tx.run(
        "INSERT INTO phone_codes VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
        number,
        phone,
        f"{secrets.randbelow(10**6):06d}",
        call.caller.terminal,
        call.now,
        expires_at,
        TRIES,
    )
    answer = {"id": number, "expires_at": stamp(expires_at), "resend_after_seconds": RESEND_SECONDS}
    return Reply(201, answer)


def verify(call: Call) -> Reply:
    """Right or not, and how many tries are left; none when it has run out or another was sent since."""
    row = call.tx.one(
        "SELECT * FROM phone_codes WHERE id = ? AND terminal = ?", call.params["id"], call.caller.terminal
    )
    if row is None:
        raise Problem(404, "NO_CODE", "No such code", "请先获取验证码")
    given, left = call.decode(Code).code, row["tries_left"]
    if left == 0 or row["expires_at"] <= call.now:
        return Reply(200, {"verified": False, "tries_left": 0})
    if secrets.compare_digest(given, row["code"]):
        call.tx.run("UPDATE phone_codes SET verified_at = ? WHERE id = ?", call.now, row["id"])
        return Reply(200, {"verified": True, "tries_left": left})
    call.tx.run("UPDATE phone_codes SET tries_left = ? WHERE id = ?", left - 1, row["id"])
    return Reply(200, {"verified": False, "tries_left": left - 1})


OPERATIONS = (
    Operation("sendPhoneCode", "POST", "/phone-codes", send, body=True),
    Operation("verifyPhoneCode", "POST", "/phone-codes/<id>/verify", verify, body=True),
)
