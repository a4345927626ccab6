"""query: tables that look like what each department would answer. Money is in fen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..db import Row
from ..wire import Json, Reason, refused
from .bodies import Fields
from .holdings import Asker, asker
from .operations import Call

Column = tuple[str, str, str]
Answer = Callable[[Call, Fields], Json]


def table(call: Call, title: str, columns: Sequence[Column], rows: Sequence[Row]) -> Json:
    """The contract's Table; columns that no row has a value in are left out."""
    shown = [column for column in columns if any(row[column[0]] is not None for row in rows)]
    return {
        "title": f"{title}（演示数据）",
        "columns": [{"key": key, "label": label, "kind": kind} for key, label, kind in shown],
        "rows": [{key: row[key] for key, _, _ in shown if row[key] is not None} for row in rows],
        "more": False,
        "as_of": call.today.isoformat(),
    }


def _own(call: Call, fields: Fields) -> Asker:
    """Who asks, about themselves only. Raises Problem 422."""
    who = asker(call)
    number = fields["resident_id_number"].text() if "resident_id_number" in fields else ""
    if number not in {"", who.person["id_number"]}:
        raise refused(
            Reason("只能查询本人的记录", "NOT_YOURS", "/fields/resident_id_number/value"),
            detail="查询条件不正确",
        )
    return who


def _nothing(message: str, code: str, instead: str) -> Exception:
    return refused(Reason(message, code, instead=instead), detail="没有查到记录")


def _month(fields: Fields, name: str, otherwise: str) -> str:
    text = fields[name].text() if name in fields else ""
    return text[:7] if text else otherwise


def _allowance(call: Call, fields: Fields) -> Json:
    """Payments of the old-age allowance, the last first."""
    who = _own(call, fields)
    rows = call.tx.all(
        "SELECT month, fen, '已发放' AS state FROM allowance_payments WHERE person = ? ORDER BY month DESC",
        who.id,
    )
    if not rows:
        raise _nothing(
            "没有查到您的高龄津贴发放记录", "NOT_RECEIVING", "还没有申请的，可以在“高龄津贴申请”中办理"
        )
    columns = (("month", "月份", "month"), ("fen", "金额（元）", "money"), ("state", "状态", "status"))
    return table(call, "高龄津贴发放记录", columns, rows)


_CONTRIBUTIONS = (
    ("year", "年度", "text"),
    ("kind", "险种", "text"),
    ("employer", "缴费单位", "text"),
    ("state", "状态", "status"),
    ("months", "月数", "number"),
    ("base_fen", "月缴费基数（元）", "money"),
    ("personal_fen", "个人缴费（元）", "money"),
    ("unit_fen", "单位缴费（元）", "money"),
    ("benefit_fen", "领取待遇（元）", "money"),
)


def _contributions(title: str) -> Answer:
    """Years of social insurance with who paid; `insurance_type_code` and the period narrow it."""

    def answer(call: Call, fields: Fields) -> Json:
        who = _own(call, fields)
        kind = fields["insurance_type_code"].text() if "insurance_type_code" in fields else ""
        label = call.tx.one("SELECT label FROM codes WHERE list = 'insurance_type_code' AND code = ?", kind)
        rows = call.tx.all(
            "SELECT CAST(year AS TEXT) AS year, kind, state, months, base_fen, personal_fen, unit_fen, "
            "benefit_fen, (SELECT group_concat(name, '、') FROM payrolls JOIN companies ON id = company "
            "WHERE payrolls.person = insurances.person AND payrolls.year = insurances.year "
            "AND insurances.unit_fen > 0) AS employer FROM insurances "
            "WHERE person = ? AND year BETWEEN ? AND ? AND (? = '' OR kind = ?) ORDER BY year DESC, rowid",
            who.id,
            _month(fields, "period_start", "0000")[:4],
            _month(fields, "period_end", "9999")[:4],
            kind,
            label["label"] if label else "",
        )
        if not rows:
            raise _nothing("没有查到您的参保记录", "NOT_INSURED", "如有疑问，请拨打 12333 或到社保窗口咨询")
        return table(call, title, _CONTRIBUTIONS, rows)

    return answer


def _fund(call: Call, fields: Fields) -> Json:
    """The housing fund account, year by year, with what has come together by its end."""
    who = _own(call, fields)
    rows = call.tx.all(
        "SELECT fund_accounts.account, name AS employer, CAST(year AS TEXT) AS year, months, "
        "personal_fen, unit_fen, sum(personal_fen + unit_fen) OVER (ORDER BY year) AS balance_fen "
        "FROM fund_years JOIN fund_accounts ON fund_accounts.account = fund_years.account "
        "LEFT JOIN companies ON id = company WHERE person = ? ORDER BY year DESC",
        who.id,
    )
    if not rows:
        raise _nothing("没有查到您的公积金账户", "NO_FUND", "请向单位或者公积金中心咨询")
    columns = (
        ("account", "个人账号", "text"),
        ("employer", "现缴存单位", "text"),
        ("year", "年度", "text"),
        ("months", "月数", "number"),
        ("personal_fen", "个人缴存（元）", "money"),
        ("unit_fen", "单位缴存（元）", "money"),
        ("balance_fen", "累计缴存（元）", "money"),
    )
    return table(call, "住房公积金账户信息", columns, rows)


def _medical(call: Call, fields: Fields) -> Json:
    """What went into the personal account of medical insurance, year by year."""
    who = _own(call, fields)
    rows = call.tx.all(
        "SELECT CAST(year AS TEXT) AS year, state, months, personal_fen FROM insurances "
        "WHERE person = ? AND kind = '职工基本医疗保险' ORDER BY year DESC",
        who.id,
    )
    if not rows:
        raise _nothing(
            "没有查到您的职工医保个人账户", "NO_ACCOUNT", "居民医保没有个人账户，如有疑问请咨询医保窗口"
        )
    columns = (
        ("year", "年度", "text"),
        ("state", "状态", "status"),
        ("months", "月数", "number"),
        ("personal_fen", "划入个人账户（元）", "money"),
    )
    return table(call, "医保个人账户记录", columns, rows)


def _houses(call: Call, fields: Fields) -> Json:
    """Houses registered in the person's name; none is an answer too."""
    who = _own(call, fields)
    rows = [{**row, "share": f"{row['percent']}%"} for row in who.flats()]
    if not rows:
        rows = [
            {
                "address": "名下没有住房登记信息",
                "certificate": None,
                "area_m2": None,
                "share": None,
                "registered": None,
            }
        ]
    columns = (
        ("address", "坐落", "text"),
        ("certificate", "不动产权证号", "text"),
        ("area_m2", "建筑面积（平方米）", "number"),
        ("share", "份额", "text"),
        ("registered", "登记日期", "date"),
    )
    return table(call, "住房情况查询结果", columns, rows)


QUERIES: dict[str, Answer] = {
    "civil.senior-allowance-query": _allowance,
    "social-insurance.contribution-query": _contributions("个人社会保险参保缴费记录"),
    "social-insurance.contribution-certificate": _contributions("社会保险参保缴费证明"),
    "housing-fund.account-query": _fund,
    "medical-insurance.account-query": _medical,
    "real-estate.no-house-certificate": _houses,
}
"""By item; the rights record is in `records`."""
