"""query of the items that say in data/items which register is told, and have no function of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .. import offer
from ..db import Row
from ..wire import Json, Reason, refused
from . import holdings, views
from .bodies import Fields
from .operations import Call
from .tables import table

_ENDINGS = re.compile(
    r"(查询与证明打印|下载与打印|查询结果打印|查询打印|开具打印|自助打印|打印（已办结）|查询核验|真伪查验|真伪核验|"
    r"查验打印|开具|查询|打印)(?=（|$)"
)


def who_asks(call: Call, register: str) -> views.Who:
    """Who asks for the item of the path; nobody, where the register is for anybody. Raises Problem 401."""
    item = call.item()
    if views.view(register)["whose"] == "anybody":
        # An item that wants somebody to be identified wants it for what is public, too.
        person = call.person(item["level"]) if item["level"] != "none" else None
        return views.Who(call.tx, call.today, item["code"], person, holdings.company(call))
    asker = holdings.asker(call)
    return views.Who(call.tx, call.today, item["code"], asker.person, asker.company)


def title_of(name: str) -> str:
    """An item's name as the heading of its answer: without what is done with it."""
    return _ENDINGS.sub("", name) or name


def describes(code: str) -> bool:
    """Whether the item says which register its query tells."""
    return "query" in offer.entry(code)


def answer(call: Call, fields: Fields) -> Json:
    """The table. Raises Problem 422 with every reason, or with what is said when there is nothing."""
    item = call.item()
    how: Mapping[str, Any] = offer.entry(item["code"])["query"]
    name = how["register"]
    register = views.view(name)
    who = who_asks(call, name)
    reasons = views.wrong(who, name, fields)
    if register["whose"] == "company" and not who.firm and item["level"] == "phone":
        reasons.append(
            Reason("这一项为企业办理", "NO_BUSINESS", instead="请用电子营业执照或者津心办的法人身份扫码登录")
        )
    if reasons:
        raise refused(*reasons, detail="查询条件不正确")
    given = {field: value.text() for field, value in fields.items()}
    found = views.rows(who, name, how.get("where"), given, alone=item["level"] != "phone")
    if not found:
        found = _none(register)
    columns = [
        (key, *register["columns"][key]) for key in how.get("columns", register["columns"])
    ]  # fmt: skip
    told: dict[str, Any] = table(
        call, how.get("title") or title_of(item["name"]), columns, found[: views.MOST]
    )
    return {**told, "more": len(found) > views.MOST}


def _none(register: Mapping[str, Any]) -> list[Row]:
    """The row that says there is nothing. Raises Problem 422 where that is no answer."""
    if "nothing" not in register:
        raise views.nothing(register)
    return [{**dict.fromkeys(register["columns"]), **register["nothing"]}]
