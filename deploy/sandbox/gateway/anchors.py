"""The heads of the terminals' journals: whoever rewrites one is found out here."""

from __future__ import annotations

from ..wire import Problem, Reason
from .bodies import Anchor
from .operations import TERMINAL, Call, Operation, Reply

LARGEST = 2**63 - 1


def anchor(call: Call) -> Reply:
    """Noted; the same again too. Raises Problem 409 for another hash of a known sequence."""
    terminal, head = call.params["id"], call.decode(Anchor)
    if terminal != call.caller.terminal:
        raise Problem(403, "NOT_YOURS", "Another terminal's journal")
    if not 0 <= head.sequence <= LARGEST:
        reason = Reason("no sequence of a journal", "BAD_BODY", "/sequence")
        raise Problem(422, "BAD_BODY", "No sequence of a journal", errors=(reason,))
    known = call.tx.one(
        "SELECT hash FROM anchors WHERE terminal = ? AND sequence = ?", terminal, head.sequence
    )
    if known is not None and known["hash"] != head.hash:
        raise Problem(409, "CONFLICT", "Another hash is known for this sequence")
    if known is None:
        call.tx.run("INSERT INTO anchors VALUES (?, ?, ?, ?)", terminal, head.sequence, head.hash, call.now)
    return Reply(201, {"sequence": head.sequence})


OPERATIONS = (
    Operation("anchorJournal", "POST", "/terminals/<id>/anchors", anchor, frozenset({TERMINAL}), body=True),
)
