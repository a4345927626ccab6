"""Why somebody cannot have an item: what its rules say, and what the registers say of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from .. import offer
from ..db import Row
from ..wire import Reason
from . import holdings, rules, views
from .operations import Call

HERE_SINCE_DAYS = 180
"""Half a year in the city before a residence permit (国务院令第663号, article 2; from memory)."""


def _permit(call: Call, person: Row) -> list[Reason]:
    if person["domicile"].startswith("12"):
        return [
            Reason("您的户籍就在本市，不用办理居住证", "LOCAL_RESIDENT", instead="户籍业务请到派出所办理")
        ]
    found = []
    home = call.tx.one("SELECT since FROM residences WHERE person = ?", person["id"])
    if home is None:
        found.append(
            Reason("没有查到您在本市的居住登记", "NOT_REGISTERED", instead="请先到居住地派出所办理居住登记")
        )
    elif (call.today - date.fromisoformat(home["since"])).days < HERE_SINCE_DAYS:
        found.append(
            Reason(
                f"您在本市居住登记自 {home['since']} 起，还不满半年",
                "TOO_SHORT",
                instead="居住登记满半年后再来申领",
            )
        )
    permit = call.tx.one(
        "SELECT valid_to FROM residence_permits WHERE person = ? AND valid_to >= ?",
        person["id"],
        call.today.isoformat(),
    )
    if permit is not None:
        found.append(
            Reason(
                f"您已有居住证，有效期至 {permit['valid_to']}",
                "HAS_PERMIT",
                instead="到期前一个月内可以办理签注",
            )
        )
    return found


def _transfer(call: Call, person: Row) -> list[Reason]:
    found = []
    if call.tx.one("SELECT 1 AS yes FROM pensions WHERE person = ?", person["id"]) is not None:
        found.append(
            Reason(
                "您已经在领取基本养老金", "DRAWS_PENSION", instead="如有疑问，请拨打 12333 或到社保窗口咨询"
            )
        )
    if call.tx.one("SELECT 1 AS yes FROM insured_elsewhere WHERE person = ?", person["id"]) is None:
        found.append(
            Reason(
                "没有查到您在其他地方的参保记录",
                "NOT_INSURED_ELSEWHERE",
                instead="请向原参保地社保经办机构核对",
            )
        )
    return found


REGISTERED: dict[str, Callable[[Call, Row], list[Reason]]] = {
    "household.residence-permit-apply": _permit,
    "social-insurance.employee-pension-transfer": _transfer,
}
"""By item: what the registers have to say, beside `rules.CONDITIONS`."""


def _described(call: Call, item: str, person: Row) -> list[Reason]:
    """What the item's entry says under `eligible`."""
    told = offer.entry(item).get("eligible", {})
    found = _aged(told, rules.age(date.fromisoformat(person["birth"]), call.today))
    local = person["domicile"].startswith("12")
    if told.get("local", local) != local:
        found.append(
            Reason(
                "申请人的户籍就在本市（演示规则）", "LOCAL_RESIDENT", instead="这一项是为户籍不在本市的人办的"
            )
            if local
            else Reason(
                "申请人没有本市户籍（演示规则）", "NOT_TIANJIN_RESIDENT", instead="请向户籍所在地咨询"
            )
        )
    who = views.Who(call.tx, call.today, item, person, holdings.company(call))
    for each in _listed(told, "has"):
        if not views.rows(who, each["register"], each.get("where"), alone=True):
            found += views.nothing(views.view(each["register"])).errors
    for each in _listed(told, "lacks"):
        # What a company has that one only stands for is not in the way of another that is to be founded.
        if views.rows(who, each["register"], each.get("where")):
            message, code, instead = each["told"]
            found.append(Reason(message, code, instead=instead))
    return found


def _aged(told: Mapping[str, Any], years: int) -> list[Reason]:
    first, last = told.get("age_from", 0), told.get("age_to", years)
    if years < first:
        return [
            Reason(
                f"这一项面向年满 {first} 周岁的人（演示规则），申请人今年 {years} 周岁",
                "TOO_YOUNG",
                instead=f"年满 {first} 周岁后再来办理",
            )
        ]
    if years > last:
        return [
            Reason(
                f"这一项面向 {last} 周岁及以下的人（演示规则），申请人今年 {years} 周岁",
                "TOO_OLD",
                instead="请到窗口咨询可以办理的其他事项",
            )
        ]
    return []


def _listed(told: Mapping[str, Any], what: str) -> list[Mapping[str, Any]]:
    one_or_more = told.get(what, [])
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]


def conditions(call: Call, item: str, person: Row) -> list[Reason]:
    """Every reason at once; empty when this person can have this item."""
    found = [*rules.conditions(item, person, call.today), *_described(call, item, person)]
    known = REGISTERED.get(item)
    return found if known is None else [*found, *known(call, person)]
