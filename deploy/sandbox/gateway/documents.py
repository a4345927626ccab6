"""What a guide asks of an application beside its fields: documents, deferral 容缺, commitment 告知承诺."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..db import Row, Tx
from ..wire import Reason
from .bodies import Application, Document, Fields
from .feedback import working_day_after
from .operations import Call

SHOWN_HERE = frozenset(
    {
        "resident-id",
        "bank-card",
        "account",
        "authorisation",
        "business-licence",
        "case",
        "household-book",
        "phone",
    }
)
"""Roles that are read, scanned or typed at the terminal: nobody sends a picture of them along."""


@dataclass(frozen=True)
class Verdict:
    """Why not, and which documents (roles) are still to come. `lacks`: those that would mend it, where
    documents can."""

    reasons: tuple[Reason, ...] = ()
    deferred: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


def damaged(documents: Sequence[Document], at: str = "") -> list[Reason]:
    """Documents that are not what their hash says. `at`: where the application stands in the body."""
    found = []
    for index, document in enumerate(documents):
        try:
            content = base64.b64decode(document.content or "", validate=True)
        except (binascii.Error, ValueError):
            content = b""
        if not content or hashlib.sha256(content).hexdigest() != document.sha256.lower():
            found.append(
                Reason("材料没有完整收到，请重新拍摄或扫描", "DOCUMENT_DAMAGED", f"{at}/documents/{index}")
            )
    return found


def judge(
    guide: Mapping[str, Any],
    documents: Sequence[Document],
    deferred: Sequence[str],
    *,
    committed: bool,
    elsewhere: Collection[str] = (),
    at: str = "",
) -> Verdict:
    """Whether everything is there that the guide wants, as far as it may not come later.

    A main document cannot be deferred. A secondary one that may be deferred is named in `deferred`; one that
    a commitment may stand for is not asked for where there is one. Other secondary ones depend on the case,
    and are not missed; nor are those that another part of a bundle answers for (`elsewhere`, roles).
    """
    given = {document.role for document in documents}
    reasons = damaged([one for one in documents if one.role in _roles(guide)], at)
    later: list[str] = []
    for wanted in guide["documents"]:
        role, name = wanted["role"], wanted["name"]
        if role in given or role in SHOWN_HERE or (role in elsewhere and role not in deferred):
            continue
        replaced = committed and wanted.get("commitment_instead", False)
        may_wait = wanted.get("deferrable", False) and guide.get("defer_working_days") is not None
        if wanted["importance"] == "main":
            if role in deferred:
                reasons.append(
                    Reason(f"{name}是主要材料，不能容缺", "NOT_DEFERRABLE", f"{at}/deferred_documents")
                )
            else:
                reasons.append(Reason(f"缺少材料：{name}", "DOCUMENT_MISSING", f"{at}/documents"))
        elif replaced:
            continue
        elif role in deferred:
            if may_wait:
                later.append(role)
            else:
                reasons.append(Reason(f"{name}不能容缺", "NOT_DEFERRABLE", f"{at}/deferred_documents"))
        elif may_wait or wanted.get("commitment_instead", False):
            instead = "可以先受理、以后补交" if may_wait else "也可以改用承诺书"
            reasons.append(
                Reason(f"缺少材料：{name}", "DOCUMENT_MISSING", f"{at}/documents", instead=instead)
            )
    return Verdict(tuple(reasons), tuple(later))


BY_PAPER = frozenset({"DOCUMENT_MISSING", "DOCUMENT_DAMAGED", "BY_DEPARTMENT"})
"""Reasons that go when the papers are right: what a department says of its own is taken to be about them."""


def lacks(guide: Mapping[str, Any], given: Sequence[Document], reasons: Sequence[Reason]) -> tuple[str, ...]:
    """The documents that would mend a refusal: those that are missing; all, where the department found fault
    with them; none where any reason is another."""
    codes = {reason.code for reason in reasons}
    if not codes or not codes <= BY_PAPER:
        return ()
    again = codes != {"DOCUMENT_MISSING"}
    there = {document.role for document in given}
    roles = (wanted["role"] for wanted in guide["documents"])
    return tuple(role for role in roles if role not in SHOWN_HERE and (again or role not in there))


def due(tx: Tx, item: Row, today: date) -> str:
    """Until when what is deferred has to come (ISO date): the guide's working days, by the calendar; two
    before the promised time, 20 at the most, one at least."""
    guide = json.loads(item["guide"])
    latest = min(guide.get("promised_working_days", math.inf) - 2, 20)
    return working_day_after(tx, today, max(1, min(guide["defer_working_days"], latest))).isoformat()


def _roles(guide: Mapping[str, Any]) -> set[str]:
    return {wanted["role"] for wanted in guide["documents"]}


def commits(fields: Fields) -> bool:
    """Whether commitment was chosen in place of proof."""
    return "proof_method" in fields and fields["proof_method"].text() == "commitment"


def excluded(tx: Tx, person: Row, today: date) -> Reason | None:
    """Whoever was dishonest before has to prove (State Council Office 2020 no. 42: catalogue README, 2.5)."""
    known = tx.one(
        "SELECT 1 AS yes FROM dishonesties WHERE person = ? AND since <= ? AND until >= ?",
        person["id"],
        today.isoformat(),
        today.isoformat(),
    )
    if known is None:
        return None
    return Reason(
        "申请人有失信记录，这次不能用承诺代替证明",
        "COMMITMENT_EXCLUDED",
        "/fields/proof_method",
        instead="请提交证明材料办理；信用修复后可以再用承诺",
    )


def commitment(
    call: Call, guide: Mapping[str, Any], application: Application, person: Row, at: str = ""
) -> list[Reason]:
    """What is wrong with the commitment, where one was chosen or given."""
    given = application.commitment
    if given is None and not commits(application.fields):
        return []
    text = guide.get("commitment_text")
    place = f"{at}/commitment"
    if text is None:
        return [Reason("这一项没有告知承诺的办法", "COMMITMENT_NOT_OFFERED", place)]
    found = []
    shut = excluded(call.tx, person, call.today)
    if shut is not None:
        found.append(shut)
    if given is None:
        found.append(Reason("还没有签承诺书", "MISSING", place))
    elif given.text_sha256.lower() != hashlib.sha256(text.encode()).hexdigest():
        found.append(
            Reason("承诺书内容已更新，请重新阅读并签署", "COMMITMENT_CHANGED", f"{place}/text_sha256")
        )
    return found
