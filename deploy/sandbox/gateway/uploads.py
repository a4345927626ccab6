"""Uploads: a page of the city on which a phone sends documents to a terminal, for ten minutes.

waiting -> open (the page was looked at) -> done (the citizen says so) | expired | closed (the terminal does).
Pictures are kept until then and no longer; what they were (role, hash) stays in the ledger.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from .. import ledger
from ..context import Context
from ..db import Row, Tx
from ..wire import Json, Problem, dump, stamp
from . import sent_pictures
from .bodies import Upload
from .operations import Call, Operation, Paper, Reply

LIFE_SECONDS = 600
MOST_PICTURES = 40
"""The contract's bounds."""

PAGE = "/phone/uploads"
_TAKES = frozenset({"waiting", "open"})


class NotTakenError(Exception):
    """What the phone is told, in zh-CN: a picture was not taken, or none is any more."""


def sweep(tx: Tx, now: float) -> None:
    """What time does by itself."""
    tx.run(
        "UPDATE uploads SET state = 'expired' WHERE state IN ('waiting', 'open', 'done') AND expires_at <= ?",
        now,
    )
    tx.run(
        "UPDATE uploaded SET content = NULL WHERE upload IN "
        "(SELECT id FROM uploads WHERE state IN ('expired', 'closed'))"
    )


def create(call: Call) -> Reply:
    """A page for what is wanted, at an address that nobody guesses."""
    wish = call.decode(Upload)
    item = call.item(wish.item)
    number = uuid.uuid4().hex
    call.tx.run(
        "INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?)",
        number,
        secrets.token_urlsafe(24),
        call.key,
        call.caller.terminal,
        call.caller.person,
        item["code"],
        dump([{"role": each.role, "name": each.name, "pages": each.pages} for each in wish.documents]),
        call.now + LIFE_SECONDS,
        call.now,
    )
    ledger.effect(call.tx, call.now, "openUpload", call.key, number)
    return Reply(201, _told(call.context, call.tx, number))


def _found(call: Call) -> Row:
    """An upload of this terminal. Raises Problem 404."""
    sweep(call.tx, call.now)
    row = call.tx.one("SELECT * FROM uploads WHERE id = ?", call.params["id"])
    if row is None or row["terminal"] != call.caller.terminal:
        raise Problem(404, "NO_UPLOAD", "No such upload", "没有查到这次上传")
    return row


def one(call: Call) -> Reply:
    """What has arrived."""
    return Reply(200, _told(call.context, call.tx, _found(call)["id"]))


def close(call: Call) -> Reply:
    """Nothing more is taken, and no picture kept."""
    row = _found(call)
    call.tx.run("UPDATE uploads SET state = 'closed' WHERE id = ? AND state <> 'expired'", row["id"])
    sweep(call.tx, call.now)
    return Reply(200, _told(call.context, call.tx, row["id"]))


def picture(call: Call) -> Reply:
    """Which picture is meant; `_paper` brings it. Raises Problem 404."""
    place = {"upload": _found(call)["id"], "n": int(call.params["n"])}
    if _content(call.tx, place) is None:
        raise Problem(404, "NO_PICTURE", "No such picture", "没有这张图片")
    return Reply(200, place)


def _paper(tx: Tx, place: Json) -> Paper:
    content = _content(tx, place)
    if content is None:
        raise Problem(404, "NO_PICTURE", "No such picture", "没有这张图片")
    return Paper(content, sent_pictures.JPEG, {})


def _content(tx: Tx, place: Mapping[str, Any]) -> bytes | None:
    row = tx.one("SELECT content FROM uploaded WHERE upload = ? AND n = ?", place["upload"], place["n"])
    return row["content"] if row is not None else None


def _told(context: Context, tx: Tx, number: str) -> Json:
    """The contract's Upload, of one that is there."""
    row = tx.one("SELECT * FROM uploads WHERE id = ?", number)
    assert row is not None, "the caller has seen it"  # noqa: S101
    came = tx.all("SELECT n, role, size, sha256, at FROM uploaded WHERE upload = ? ORDER BY n", number)
    return {
        "id": number,
        "link": link(context, row["token"]),
        "state": row["state"],
        "expires_at": stamp(row["expires_at"]),
        "documents": [{**each, "media_type": sent_pictures.JPEG, "at": stamp(each["at"])} for each in came],
    }


def link(context: Context, token: str) -> str:
    """The phone's page."""
    return f"{context.gateway_url.rpartition('/')[0]}{PAGE}/{token}"


# What the phone does


def by_token(tx: Tx, token: str, now: float) -> Row:
    """The upload behind a page, with what is `wanted` and has come. Raises NotTakenError when it is over."""
    sweep(tx, now)
    row = tx.one("SELECT * FROM uploads WHERE token = ?", token)
    if row is None:
        raise NotTakenError("没有这个页面，请重新扫终端屏幕上的码")
    if row["state"] not in _TAKES:
        said = {"done": "已经传完了，请看终端屏幕", "expired": "时间到了，请在终端上重新开始"}
        raise NotTakenError(said.get(row["state"], "终端已经结束这次上传"))
    came = tx.all("SELECT role FROM uploaded WHERE upload = ?", row["id"])
    wanted = [
        {**each, "came": sum(one["role"] == each["role"] for one in came)}
        for each in json.loads(row["wanted"])
    ]
    return {**row, "wanted": wanted}


def look(tx: Tx, token: str, now: float) -> Row:
    """The page is looked at. Raises NotTakenError."""
    row = by_token(tx, token, now)
    tx.run("UPDATE uploads SET state = 'open' WHERE id = ? AND state = 'waiting'", row["id"])
    return row


def take(tx: Tx, token: str, now: float, role: str, raw: bytes) -> str:
    """A picture from the phone; the SHA-256 of what the terminal will be given. Raises NotTakenError."""
    row = look(tx, token, now)
    if role not in {each["role"] for each in row["wanted"]}:
        raise NotTakenError("终端没有要这份材料")
    number = 1 + sum(each["came"] for each in row["wanted"])
    if number > MOST_PICTURES:
        raise NotTakenError(f"一次最多传 {MOST_PICTURES} 张")
    try:
        jpeg = sent_pictures.fit(raw)
    except ValueError as error:
        raise NotTakenError(str(error)) from error
    digest = hashlib.sha256(jpeg).hexdigest()
    tx.run(
        "INSERT INTO uploaded VALUES (?, ?, ?, ?, ?, ?, ?)",
        row["id"],
        number,
        role,
        len(jpeg),
        digest,
        now,
        jpeg,
    )
    return digest


def finish(tx: Tx, token: str, now: float) -> None:
    """The citizen says that this is all. Raises NotTakenError."""
    row = by_token(tx, token, now)
    tx.run("UPDATE uploads SET state = 'done' WHERE id = ?", row["id"])


OPERATIONS = (
    Operation("openUpload", "POST", "/uploads", create, body=True, keyed=True),
    Operation("getUpload", "GET", "/uploads/<id>", one),
    Operation("closeUpload", "DELETE", "/uploads/<id>", close),
    Operation("getUploadedDocument", "GET", "/uploads/<id>/documents/<n>", picture, paper=_paper),
)
