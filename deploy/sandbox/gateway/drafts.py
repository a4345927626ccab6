"""Begun on the phone, continued here: drafts, which the control page puts there."""

from __future__ import annotations

import json

from ..wire import Problem, stamp
from .operations import VISIT, Call, Operation, Reply


def draft(call: Call) -> Reply:
    """The draft, to whose it is and to nobody else."""
    person = call.person()
    row = call.tx.one(
        "SELECT * FROM drafts WHERE id = ? AND person = ? AND expires_at > ?",
        call.params["id"],
        person["id"],
        call.now,
    )
    if row is None:
        raise Problem(404, "NO_DRAFT", "No such draft", "没有查到您的草稿，可能已经过期")
    return Reply(
        200,
        {
            "item": row["item"],
            "flow_version": row["flow_version"],
            "fields": json.loads(row["fields"]),
            "expires_at": stamp(row["expires_at"]),
        },
    )


OPERATIONS = (Operation("getDraft", "GET", "/drafts/<id>", draft, frozenset({VISIT})),)
