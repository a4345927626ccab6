"""免申即享 out of the registers: each answers the contract's Match for who asks, or None (samples)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from ..db import Row
from ..wire import Json
from . import holdings, rules
from .operations import Call

CONFIRM = "service.no-application-confirm"
HEATING_AGE, CHILD_AGE, NEARLY = 70, 3, 6
SEVERE = {"1", "2"}


def _match(identity: str, title: str, result: str, reason: str) -> Json:
    policy = {"id": identity, "title": f"{title}（演示数据）", "no_application": True, "items": [CONFIRM]}
    return {"policy": policy, "result": result, "reasons": [reason]}


def _paid_out(call: Call, person: Row, account: str | None) -> str:
    """Comes by itself where an account is known, or was told since; else the account is missing."""
    told = rules.open_case(call.tx, CONFIRM, person) is not None
    return "will-receive" if account or told else "needs-account"


def heating(call: Call, person: Row) -> Json | None:
    """For old people of the city."""
    if rules.age(date.fromisoformat(person["birth"]), call.today) < HEATING_AGE:
        return None
    if not person["domicile"].startswith("12"):
        return _match("sample-heating", "老年人冬季取暖补贴", "not-eligible", "没有本市户籍")
    result = _paid_out(call, person, person["bank_card"])
    return _match("sample-heating", "老年人冬季取暖补贴", result, f"年满 {HEATING_AGE} 周岁的本市户籍老年人")


def childcare(call: Call, person: Row) -> Json | None:
    """For parents of small children; those whose youngest has just grown out of it hear that."""
    rows = call.tx.all(
        "SELECT birth, domicile FROM kin JOIN persons ON id = child WHERE parent = ? ORDER BY birth DESC",
        person["id"],
    )
    ages = [rules.age(date.fromisoformat(row["birth"]), call.today) for row in rows]
    if not ages or ages[0] >= NEARLY:
        return None
    if ages[0] >= CHILD_AGE:
        return _match("sample-childcare", "育儿补贴", "not-eligible", f"孩子已满 {CHILD_AGE} 周岁")
    if not rows[0]["domicile"].startswith("12"):
        return _match("sample-childcare", "育儿补贴", "not-eligible", "孩子没有本市户籍")
    result = _paid_out(call, person, person["bank_card"])
    return _match("sample-childcare", "育儿补贴", result, f"有未满 {CHILD_AGE} 周岁的孩子")


def disability(call: Call, person: Row) -> Json | None:
    """For those with a certificate of the two gravest levels."""
    row = call.tx.one("SELECT * FROM disabilities WHERE person = ?", person["id"])
    if row is None:
        return None
    if row["valid_to"] < call.today.isoformat() or row["level_code"] not in SEVERE:
        return _match("sample-disability", "重度残疾人护理补贴", "not-eligible", "面向一级、二级残疾人")
    result = _paid_out(call, person, person["bank_card"])
    return _match("sample-disability", "重度残疾人护理补贴", result, "持有一级或者二级残疾人证")


def steady_jobs(call: Call, person: Row) -> Json | None:
    """For the company that is acted for: it paid for its people through the last full year."""
    company = holdings.company(call)
    if company is None:
        return None
    title, identity = "稳岗返还", "sample-steady-jobs"
    bad = call.tx.one(
        "SELECT what FROM dishonesties WHERE company = ? AND until >= ?",
        company["id"],
        call.today.isoformat(),
    )
    if bad is not None:
        return _match(identity, title, "not-eligible", f"有失信记录：{bad['what']}")
    paid = call.tx.one(
        "SELECT count(*) AS people FROM payrolls WHERE company = ? AND year = ?",
        company["id"],
        call.today.year - 1,
    )
    if not paid or not paid["people"]:
        return _match(identity, title, "not-eligible", "上一年度没有为职工缴纳社会保险")
    result = _paid_out(call, person, company["bank_account"])
    return _match(identity, title, result, "上一年度按月为职工缴纳了社会保险")


BENEFITS: list[Callable[[Call, Row], Json | None]] = [heating, childcare, disability, steady_jobs]
"""`benefits` asks these after its own."""
