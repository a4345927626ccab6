"""Same key, same body: the first answer again. The contract's rules for `Idempotency-Key`, to the letter."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from ..context import Context
from ..db import Tx
from ..wire import Json, Problem, dump, fingerprint
from .operations import Reply

REMEMBERED_SECONDS = 180 * 86400.0


def parse(text: str | None) -> str:
    """The key of a request, lower case. Raises Problem 400 when it is missing or no UUID."""
    wrong = Problem(400, "NO_KEY", "Idempotency-Key must be a UUID")
    try:
        key = str(uuid.UUID(text or ""))
    except ValueError as error:
        raise wrong from error
    if key != (text or "").lower():  # braces, no hyphens: Python's leave, not RFC 9562's
        raise wrong
    return key


def sweep(tx: Tx) -> None:
    """After a start: what was running when the city went down never took effect, its key is free again."""
    tx.run("DELETE FROM idempotency WHERE status IS NULL")


@dataclass(frozen=True)
class Request:
    """What makes two requests the same one, beside their key."""

    operation: str
    target: str
    terminal: str
    key: str
    body: Json


class Once:
    """One keyed request: `claim` its key, act, and keep the answer in the transaction of the effect."""

    def __init__(self, context: Context, request: Request) -> None:
        self._context = context
        self._request = request
        self._hash = fingerprint(request.body)

    def claim(self) -> Reply | None:
        """None: the key is ours now. A reply: it was answered before. Raises Problem 409 or 422, or the
        remembered refusal."""
        now = self._context.now()
        with self._context.db.transaction() as tx:
            tx.run("DELETE FROM idempotency WHERE created_at < ?", now - REMEMBERED_SECONDS)
            row = tx.one("SELECT * FROM idempotency WHERE key = ?", self._request.key)
            if row is None:
                tx.run(
                    "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)",
                    self._request.key,
                    self._request.operation,
                    self._request.target,
                    self._request.terminal,
                    self._hash,
                    now,
                )
                return None
        same = (row["operation"], row["target"], row["terminal"], row["body_hash"]) == (
            self._request.operation,
            self._request.target,
            self._request.terminal,
            self._hash,
        )
        if not same:
            raise Problem(422, "KEY_REUSED", "The key belongs to another request", "提交编号已被使用")
        if row["status"] is None:
            raise Problem(
                409, "IN_PROGRESS", "Still running", "正在处理，请稍候", True, headers={"Retry-After": "1"}
            )
        return Reply(200 if row["status"] == 201 else row["status"], json.loads(row["answer"]))

    def act(self, act: Callable[[Tx], Reply]) -> Reply:
        """Act with the key claimed; a refusal is remembered, any other trouble frees the key."""
        try:
            with self._context.db.transaction() as tx:
                reply = act(tx)
                self._keep(tx, reply)
            return reply
        except Problem as problem:
            if problem.status != 422 or problem.code != "REFUSED":
                self.release()
                raise
            reply = Reply(422, problem.as_json())
            with self._context.db.transaction() as tx:
                self._keep(tx, reply)
            return reply
        except BaseException:
            self.release()
            raise

    def release(self) -> None:
        """Nothing took effect: the key may be used again."""
        with self._context.db.transaction() as tx:
            tx.run("DELETE FROM idempotency WHERE key = ? AND status IS NULL", self._request.key)

    def _keep(self, tx: Tx, reply: Reply) -> None:
        tx.run(
            "UPDATE idempotency SET status = ?, answer = ? WHERE key = ?",
            reply.status,
            dump(reply.body),
            self._request.key,
        )
