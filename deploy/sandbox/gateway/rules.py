"""What the departments ask of an applicant; every reason at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from ..db import Row, Tx
from ..wire import Reason

ALLOWANCE = "civil.senior-allowance-apply"
ALLOWANCE_AGE = 80
OPEN_STATES = (
    "received",
    "identity-to-confirm",
    "accepted",
    "accepted-with-deferral",
    "supplement-needed",
    "in-progress",
)
"""A case in one of these is not over."""


def age(birth: date, today: date) -> int:
    """Whole years (周岁): one more from the birthday on."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def _allowance(person: Row, today: date) -> list[Reason]:
    found = []
    years = age(date.fromisoformat(person["birth"]), today)
    if years < ALLOWANCE_AGE:
        found.append(
            Reason(
                f"高龄津贴面向 {ALLOWANCE_AGE} 周岁及以上的老年人，申请人今年 {years} 周岁",
                "AGE_UNDER_80",
                instead=f"年满 {ALLOWANCE_AGE} 周岁后再来申请",
            )
        )
    if not person["domicile"].startswith("12"):
        found.append(
            Reason("申请人没有本市户籍", "NOT_TIANJIN_RESIDENT", instead="请向户籍所在地的民政部门咨询")
        )
    if person["allowance_since"] is not None:
        found.append(
            Reason(
                f"申请人自 {person['allowance_since']} 起已在领取高龄津贴",
                "ALREADY_RECEIVING",
                instead="发放情况可以在“高龄津贴发放查询”中查看",
            )
        )
    return found


CONDITIONS: dict[str, Callable[[Row, date], list[Reason]]] = {ALLOWANCE: _allowance}
"""By item; an item that is not here has no condition in this small city."""

REQUIRED: dict[str, tuple[str, ...]] = {ALLOWANCE: ("residential_address", "bank_card_number")}
"""Fields without which an application is not taken."""


def conditions(item: str, person: Row, today: date) -> list[Reason]:
    """Why this person cannot have this item; empty when they can."""
    check = CONDITIONS.get(item)
    return [] if check is None else check(person, today)


def open_case(tx: Tx, item: str, person: Row) -> Reason | None:
    """The same thing asked for twice is refused while the first is not over."""
    marks = ", ".join("?" * len(OPEN_STATES))
    row = tx.one(
        f"SELECT case_no FROM cases WHERE item = ? AND beneficiary = ? AND state IN ({marks})",  # noqa: S608
        item,
        person["id"],
        *OPEN_STATES,
    )
    if row is None:
        return None
    return Reason(
        f"已有一件同样的申请正在办理，办件编号 {row['case_no']}",
        "DUPLICATE",
        instead="请在“我的办件”中查看进度，不用再次申请",
    )


def may_act(tx: Tx, agent: Row, principal: Row, item: str, today: date) -> Reason | None:
    """Whether an authorisation of this item is in force between the two."""
    row = tx.one(
        "SELECT 1 AS yes FROM authorisations, json_each(authorisations.items) AS item "
        "WHERE agent = ? AND principal = ? AND valid_to >= ? AND item.value = ?",
        agent["id"],
        principal["id"],
        today.isoformat(),
        item,
    )
    if row is not None:
        return None
    return Reason(
        "没有查到您为被代办人办理这一项的授权",
        "NOT_AUTHORISED",
        instead="请被代办人在津心办上授权，或本人到终端、窗口办理",
    )
