"""Small items made for a test: the shortest flow that shows a kind of step."""

from __future__ import annotations

from typing import Any

import msgspec

from flows import kinds
from flows.fields import Field
from flows.kinds import Step
from flows.model import Flow

COMMIT = [{"code": "commitment", "label": "承诺"}, {"code": "proof", "label": "证明"}]
REVIEW = kinds.Review()
SIGN = kinds.Sign(statement="属实")
SUBMIT = kinds.Submit(operation="submitApplication")
RECEIPT = kinds.Print(paper="receipt")
RATE = kinds.Rate(operation="rate")
NOTICE = kinds.Notice()


def field(kind: str, **more: Any) -> Field:
    """A field of one kind."""
    told = {"label": "问题", "kind": kind, "purpose": "测试", "mask": "none", "keep": "submission", **more}
    return msgspec.convert(told, Field)


NAME = field("text", label="姓名", mask="name", keep="visit", locked=True, prefill=["id-card"])
NUMBER = field("id-number", label="号码", mask="id-number", keep="visit", locked=True, prefill=["id-card"])


def item(fields: dict[str, Field], *steps: Step, **more: Any) -> Flow:
    """An item of these steps."""
    told: dict[str, Any] = {
        "item": "test.item",
        "version": "1",
        "name": "测试事项",
        "short": "测试",
        "summary": "只为测试",
        "department": "测试部门",
        "kind": "apply",
        "audience": "both",
        "channels": ("terminal",),
        "identity": "none",
        "offline": "unavailable",
        "needs": ("camera",),
    }
    return Flow(**{**told, **more}, fields=fields, steps=steps)


def form(*names: str) -> kinds.Form:
    """A page of questions."""
    return kinds.Form(title="填写", fields=names)
