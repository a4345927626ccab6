"""Sealed papers 电子签章: offered with an answer, printed with a count, verified by the code on them."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from datetime import date
from typing import Any

from .. import ledger
from ..db import Row, Tx
from ..wire import Json, Problem, dump, fingerprint
from . import paper
from .bodies import Fields
from .operations import VISIT, Call, Operation, Paper, Reply

BADGE = "电子签章"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing that is taken for another when it is typed from paper."""
_CODE_LENGTH = 12


def _code(number: str) -> str:
    value = int.from_bytes(hashlib.sha256(b"verify " + number.encode()).digest(), "big")
    return "".join(_ALPHABET[value >> 5 * place & 31] for place in range(_CODE_LENGTH))


def shown(code: str) -> str:
    """As on the paper: in groups of four."""
    return "-".join(code[at : at + 4] for at in range(0, _CODE_LENGTH, 4))


def issue(tx: Tx, item: Row, person: Row, content: dict[str, Any], today: date) -> str:
    """The id of the certificate of this content for this person; the same content of a day is one paper."""
    number = fingerprint([item["code"], person["id"], today.isoformat(), content])[:32]
    tx.run(
        "INSERT OR IGNORE INTO certificates VALUES (?, ?, ?, ?, ?, ?)",
        number,
        _code(number),
        person["id"],
        item["code"],
        today.isoformat(),
        dump(content),
    )
    return number


def _purpose(call: Call, fields: Fields) -> str:
    """What the paper is for, in words; empty where nobody said it."""
    code = fields["issue_purpose"].text() if "issue_purpose" in fields else ""
    row = call.tx.one("SELECT label FROM codes WHERE list = 'issue_purpose' AND code = ?", code)
    return str(row["label"]) if row else ""


def offered(call: Call, item: Row, table: dict[str, Any], fields: Fields) -> Json:
    """A query's answer, with the id to print it by where the item is sealed and somebody stands there."""
    if call.caller.person is None or BADGE not in json.loads(item["guide"])["badges"]:
        return table
    purpose = _purpose(call, fields)
    content = {**table, "purpose": purpose} if purpose else table
    return {**table, "certificate": issue(call.tx, item, call.person(), content, call.today)}


def print_(call: Call) -> Reply:
    """A new print, counted; only for whom the paper is about."""
    person = call.person()
    row = call.tx.one(
        "SELECT * FROM certificates WHERE id = ? AND person = ?", call.params["id"], person["id"]
    )
    if row is None:
        raise Problem(404, "NO_CERTIFICATE", "No such certificate", "没有查到这份证明")
    item = call.item(row["item"])
    last = call.tx.one(
        "SELECT coalesce(max(number), 0) AS number FROM prints WHERE certificate = ?", row["id"]
    )
    count = (last["number"] if last else 0) + 1
    pdf = paper.draw(
        paper.Certificate(
            title=item["name"].removesuffix("打印"),
            issuer=item["department"],
            name=person["name"],
            id_number=person["id_number"],
            issued_on=date.fromisoformat(row["issued_on"]),
            code=shown(row["code"]),
            print_number=count,
            table=json.loads(row["content"]),
        )
    )
    number = uuid.uuid4().hex
    call.tx.run(
        "INSERT INTO prints VALUES (?, ?, ?, ?, ?, ?, ?)",
        number,
        row["id"],
        count,
        call.key,
        call.caller.terminal,
        pdf,
        call.now,
    )
    ledger.effect(call.tx, call.now, "printCertificate", call.key, number)
    return Reply(200, {"print": number})


def _paper(tx: Tx, printed: Json) -> Paper:
    """The very bytes of that print."""
    row = tx.one(
        "SELECT pdf, number, code FROM prints JOIN certificates ON certificates.id = certificate "
        "WHERE prints.id = ?",
        printed["print"],
    )
    assert row is not None, "it is forgotten together with its key"  # noqa: S101
    headers = {"X-Verification-Code": shown(row["code"]), "X-Print-Count": str(row["number"])}
    return Paper(row["pdf"], "application/pdf", headers)


def verify(call: Call) -> Reply:
    """By the code on the paper, however it is typed; it says nothing of the person."""
    typed = re.sub(r"[\s-]", "", call.params["id"]).upper()
    code = typed.translate(str.maketrans("OIL", "011"))
    row = call.tx.one(
        "SELECT issued_on, name, department FROM certificates JOIN items ON items.code = item "
        "WHERE certificates.code = ?",
        code,
    )
    if row is None:
        return Reply(200, {"valid": False})
    return Reply(
        200,
        {
            "valid": True,
            "title": f"{row['name'].removesuffix('打印')}（演示数据）",
            "issuer": row["department"],
            "issued_on": row["issued_on"],
        },
    )


OPERATIONS = (
    Operation(
        "printCertificate",
        "POST",
        "/certificates/<id>/prints",
        print_,
        frozenset({VISIT}),
        keyed=True,
        paper=_paper,
    ),
    Operation("verifyCertificate", "GET", "/certificates/verify/<id>", verify),
)
