"""What the city knows about a person: prefill, eligibility, queries, authorisations, benefits."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date

from ..db import Row
from ..wire import Json, Problem, Reason, refused
from . import certificates, described, documents, rules, tables
from .bodies import Asked, Fields, Given, Principal
from .conditions import conditions
from .content import ITEM
from .holdings import asker
from .known import known
from .operations import VISIT, Call, Operation, Reply

ONLY_VISIT = frozenset({VISIT})
FIRST_QUERY_YEAR = 1992
"""No record is older than the city's social insurance (sample)."""


def prefill(call: Call) -> Reply:
    """Only what was asked, and of that what is known."""
    return Reply(200, known(asker(call), call.decode(Asked).fields))


def _about(call: Call, fields: Fields, item: str, level: str) -> tuple[Row, Reason | None]:
    """Whom the fields are about: who stands there, or somebody they may act for; else the reason why not."""
    agent = call.person(level)
    number = fields["resident_id_number"].text() if "resident_id_number" in fields else agent["id_number"]
    if number == agent["id_number"]:
        return agent, None
    principal = call.tx.one("SELECT * FROM persons WHERE id_number = ?", number)
    if principal is None:
        # The same answer as without an authorisation: nobody learns here which numbers exist.
        principal = {**agent, "id": ""}
    return principal, rules.may_act(call.tx, agent, principal, item, call.today)


def eligibility(call: Call) -> Reply:
    """The verdict with every reason."""
    item = call.item()
    fields = call.decode(Given).fields
    person, unauthorised = _about(call, fields, item["code"], item["level"])
    if unauthorised is not None:
        reasons = [unauthorised]
    else:
        reasons = conditions(call, item["code"], person)
        twice = rules.open_case(call.tx, item["code"], person)
        reasons += [twice] if twice else []
        shut = documents.excluded(call.tx, person, call.today) if documents.commits(fields) else None
        reasons += [shut] if shut else []
    return Reply(200, {"eligible": not reasons, "reasons": [reason.as_json() for reason in reasons]})


_COLUMNS = (
    ("kind", "险种", "text"),
    ("state", "状态", "status"),
    ("months", "月数", "number"),
    ("base_fen", "月缴费基数（元）", "money"),
    ("personal_fen", "个人缴费（元）", "money"),
    ("unit_fen", "单位缴费（元）", "money"),
    ("benefit_fen", "领取待遇（元）", "money"),
)


def _rights_record(call: Call, fields: Fields) -> Json:
    """社会保险个人权益记录: one row for each kind of insurance in the year."""
    item = call.item()
    person = call.person(item["level"])
    wrong = []
    number = fields["resident_id_number"].text() if "resident_id_number" in fields else person["id_number"]
    if number != person["id_number"]:
        wrong.append(Reason("只能查询本人的记录", "NOT_YOURS", "/fields/resident_id_number/value"))
    text = fields["statement_year"].text() if "statement_year" in fields else ""
    if not (text.isascii() and text.isdigit() and FIRST_QUERY_YEAR <= int(text) <= call.today.year):
        wrong.append(Reason("请选择要查询的年度", "NO_YEAR", "/fields/statement_year/value"))
    if wrong:
        raise refused(*wrong, detail="查询条件不正确")
    columns = ", ".join(key for key, _, _ in _COLUMNS)
    rows = call.tx.all(
        f"SELECT {columns} FROM insurances WHERE person = ? AND year = ? ORDER BY rowid",  # noqa: S608
        person["id"],
        int(text),
    )
    if not rows:
        raise refused(
            Reason(
                f"没有查到您 {text} 年度在本市的参保记录",
                "NOT_INSURED",
                instead="如有疑问，请拨打 12333 或到社保窗口咨询",
            ),
            detail="没有查到记录",
        )
    # Columns that nobody has a sum in are left out: a pensioner's record has no contributions.
    shown = [column for column in _COLUMNS if any(row[column[0]] is not None for row in rows)]
    return {
        "title": f"{text} 年度社会保险个人权益记录（演示数据）",
        "columns": [{"key": key, "label": label, "kind": kind} for key, label, kind in shown],
        "rows": [{key: row[key] for key, _, _ in shown if row[key] is not None} for row in rows],
        "more": False,
        "as_of": min(call.today, date(int(text), 12, 31)).isoformat(),
    }


QUERIES: dict[str, Callable[[Call, Fields], Json]] = {
    "social-insurance.rights-record": _rights_record,
    **tables.QUERIES,
}
"""By item; for every other one its entry says which register is told (`described`)."""


def answer_of(code: str) -> Callable[[Call, Fields], Json] | None:
    """What answers a query of the item; None for an item without one."""
    return QUERIES.get(code, described.answer if described.describes(code) else None)


def query(call: Call) -> Reply:
    """The department's answer as a table."""
    item = call.item()
    answer = answer_of(item["code"])
    if answer is None:
        raise Problem(404, "NO_QUERY", "Nothing to query for this item", "平台暂不提供这一项的查询")
    fields = call.decode(Given).fields
    return Reply(200, certificates.offered(call, item, answer(call, fields), fields))


def lookup_proxy(call: Call) -> Reply:
    """Authorisations in force between who stands there and a principal."""
    agent = call.person()
    rows = call.tx.all(
        "SELECT authorisations.id, relation, items, authorisations.valid_to FROM authorisations "
        "JOIN persons ON persons.id = principal "
        "WHERE agent = ? AND id_number = ? AND authorisations.valid_to >= ?",
        agent["id"],
        call.decode(Principal).principal_id_number,
        call.today.isoformat(),
    )
    return Reply(
        200,
        [
            {
                "authorisation": row["id"],
                "relation": row["relation"],
                "items": json.loads(row["items"]),
                "valid_to": row["valid_to"],
            }
            for row in rows
        ],
    )


OPERATIONS = (
    Operation("prefill", "POST", ITEM + "/prefill", prefill, ONLY_VISIT, body=True),
    Operation("checkEligibility", "POST", ITEM + "/eligibility", eligibility, ONLY_VISIT, body=True),
    Operation("query", "POST", ITEM + "/query", query, body=True),
    Operation("lookupProxy", "POST", "/proxies/lookup", lookup_proxy, ONLY_VISIT, body=True),
)
