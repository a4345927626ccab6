"""Findings about badges that promise what no step does, and steps that no badge tells of (L157 to L162).

Where the catalogue's tag means something else than our step, `remarks` names the badge and says why.
"""

from __future__ import annotations

from collections.abc import Callable

from flows import kinds
from flows.kinds import Step
from flows.lint.context import Check, Context, Found, places, steps
from flows.model import Flow


def _defers(flow: Flow) -> list[int]:
    asked = steps(flow, kinds.Documents)
    return [at for at, step in asked if any(document.deferrable for document in step.documents)]


def _stand(*kinds_: type[Step]) -> Callable[[Flow], list[int]]:
    return lambda flow: places(flow, *kinds_)


def _badge(badge: str, what: str, found: Callable[[Flow], list[int]], *, always: bool = False) -> Check:
    """The check that `badge` is there where `found` finds something, and the reverse.

    A badge of an item that files nothing says where else it can be done, and promises no step; that of an
    item for which it holds `always` does.
    """

    def check(flow: Flow, context: Context) -> Found:
        if badge in flow.remarks:
            return
        at = found(flow)
        applies = any(step.operation == "submitApplication" for _, step in steps(flow, kinds.Submit))
        files = flow.identity != "none" and applies
        if badge in flow.badges and not at and (files or always):
            yield ("badges",), f"{badge}, and there is no {what}", f"add it, or drop {badge}"
        if badge not in flow.badges and at:
            yield ("steps", at[0]), f"there is {what}, and no {badge} under badges", f"add {badge}"

    return check


CHECKS: dict[str, Check] = {
    "L157": _badge("容缺受理", "document that may follow later", _defers),
    "L158": _badge("告知承诺", "step `commitment`", _stand(kinds.Commitment)),
    "L159": _badge("亲友代办", "step `proxy`", _stand(kinds.Proxy)),
    "L160": _badge("跨省通办", "step `region`", _stand(kinds.Region)),
    "L161": _badge("一件事", "step `bundle`", _stand(kinds.Bundle), always=True),
    "L162": _badge(
        "免申即享",
        "step that shows benefits",
        _stand(kinds.Benefits, kinds.ChooseBenefit, kinds.ConfirmBenefit),
    ),
}
