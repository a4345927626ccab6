"""getOptions of the items: what the registers offer to choose from, and what comes with a choice."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from ..db import Row
from ..wire import Json, Reason, refused
from . import entitled, slots
from .facts import Fact
from .holdings import Asker, asker
from .known import FIRST_CARD, REIMBURSEMENT, RENTAL
from .operations import Call

TRANSFER = "social-insurance.employee-pension-transfer"
JOINT = "one-thing.utilities-joint-connection"
SUPPLIERS = {
    "utility.electricity-pay": ("electricity", "电费"),
    "utility.water-pay": ("water", "水费"),
    "utility.gas-pay": ("gas", "燃气费"),
}
UNITS = {"electricity": "千瓦时", "water": "立方米", "gas": "立方米"}
ANY = "*"
Options = Callable[[Call, str], list[Json]]


def money(fen: int) -> str:
    """86.40 元."""
    return f"{fen // 100}.{fen % 100:02d} 元"


def masked(name: str) -> str:
    """A name of which only the first sign is shown: whoever knows an account's number may pay for it."""
    return name[:1] + "*" * (len(name) - 1)


def _option(
    call: Call, identity: str, label: str, detail: str, facts: Mapping[str, Fact | None] | None = None
) -> Json:
    as_of = call.today.replace(day=1).isoformat()
    found = {name: fact.as_json(as_of) for name, fact in (facts or {}).items() if fact is not None}
    return {"id": identity, "label": label, "detail": detail, "fields": found}


def _matching(options: list[Json], q: str) -> list[Json]:
    """Those in whose id, label or detail every word of `q` is."""
    words = q.lower().split()
    return [
        option
        for option in options
        if all(word in f"{option['id']} {option['label']} {option['detail']}".lower() for word in words)
    ]


# -- electricity, water, gas ----------------------------------------------------------------------------


def _holder(row: Row) -> str:
    return str(row["company"] or masked(row["person"]))


_ACCOUNT = (
    "SELECT meters.account, houses.address, persons.name AS person, companies.name AS company FROM meters "
    "JOIN houses ON unit = meters.house LEFT JOIN persons ON persons.id = meters.person "
    "LEFT JOIN companies ON companies.id = meters.company WHERE meters.kind = ? AND meters.account = ?"
)


def _accounts(call: Call, q: str) -> list[Json]:
    """The accounts of who stands there; or the one whose number is asked for, with its holder masked."""
    kind, _ = SUPPLIERS[call.item()["code"]]
    numbers = [q] if q else [row["account"] for row in asker(call).meters(kind)] if call.caller.person else []
    rows = [row for number in numbers if (row := call.tx.one(_ACCOUNT, kind, number)) is not None]
    return [
        _option(
            call,
            row["account"],
            f"户号 {row['account']}",
            f"{_holder(row)} {row['address']}",
            {"utility_account_number": Fact(row["account"], "share", "B")},
        )
        for row in rows
    ]


def _bills(call: Call, q: str) -> list[Json]:
    """The bills due on the account `q`, oldest first; without `q` those on all accounts of who stands there.

    Raises Problem 422 for an account that does not exist.
    """
    kind, what = SUPPLIERS[call.item()["code"]]
    accounts = _accounts(call, q)
    if q and not accounts:
        raise refused(
            Reason("没有查到这个户号", "NO_ACCOUNT", instead="请对照缴费单核对，或者咨询供应单位"),
            detail="没有查到这个户号",
        )
    found = []
    for account in accounts:
        for row in call.tx.all(
            "SELECT * FROM bills WHERE account = ? AND settled_on IS NULL AND NOT EXISTS ("
            "SELECT 1 FROM payments WHERE bill = bills.id AND state IN ('paid', 'refunding')) ORDER BY month",
            account["id"],
        ):
            facts = {
                "utility_account_number": Fact(row["account"], "share", "B"),
                "bill": Fact(row["id"], "share"),
                "amount": Fact(row["fen"], "share"),
            }
            label = f"{int(row['month'][:4])} 年 {int(row['month'][5:])} 月{what} {money(row['fen'])}"
            detail = f"{account['detail']}，用量 {row['used']} {UNITS[kind]}，请在 {row['due']} 前缴纳"
            found.append(_option(call, row["id"], label, detail, facts))
    return found


# -- people and homes --------------------------------------------------------------------------------------


def _children(call: Call, q: str) -> list[Json]:
    return _matching(
        [
            _option(
                call,
                child["id_number"],
                child["name"],
                f"{child['birth']} 出生",
                {
                    "ward_name": Fact(child["name"], "share"),
                    "ward_resident_id_number": Fact(child["id_number"], "share"),
                    "relationship_code": Fact("20" if child["sex"] == "1" else "30", "share"),
                },
            )
            for child in asker(call).children()
        ],
        q,
    )


def _flat(call: Call, row: Row, identity: str) -> Json:
    return _option(
        call,
        identity,
        row["address"],
        f"不动产权证 {row['certificate']}，{row['area_m2']} 平方米",
        {
            "property_address": Fact(row["address"], "e-licence"),
            "install_address": Fact(row["address"], "e-licence"),
            "certificate_number": Fact(row["certificate"], "e-licence"),
            "real_estate_unit_number": Fact(row["unit"], "e-licence"),
        },
    )


def _flats_by(column: str) -> Options:
    """Houses that belong to who asks (to the company, if one is acted for), chosen by this value."""

    def options(call: Call, q: str) -> list[Json]:
        return _matching([_flat(call, row, row[column]) for row in asker(call).flats()], q)

    return options


def _contract(call: Call, row: Row, who: Asker) -> Json:
    mine = "出租" if row["landlord"] == who.id else "承租"
    return _option(
        call,
        row["id"],
        row["address"],
        f"{mine}，{row['since']} 至 {row['until']}，每月 {money(row['rent_fen'])}",
        {
            "contract_number": Fact(row["id"], "share", "B"),
            "property_address": Fact(row["address"], "share", "B"),
            "landlord_resident_id_number": Fact(row["landlord_number"], "share", "B"),
            "rent_amount": Fact(row["rent_fen"], "share", "B"),
            "start_date": Fact(row["since"], "share", "B"),
            "end_date": Fact(row["until"], "share", "B"),
        },
    )


def _contracts(call: Call, q: str) -> list[Json]:
    who = asker(call)
    return _matching([_contract(call, row, who) for row in who.rentals()], q)


def _rented(call: Call, q: str) -> list[Json]:
    """Houses with a contract to file, then the other houses that belong to who asks."""
    who = asker(call)
    contracts = [_contract(call, row, who) for row in who.rentals()]
    known = {option["label"] for option in contracts}
    flats = [_flat(call, row, row["address"]) for row in who.flats() if row["address"] not in known]
    for flat in flats:
        flat["fields"]["landlord_resident_id_number"] = Fact(who.person["id_number"], "share").as_json(
            call.today.replace(day=1).isoformat()
        )
    return _matching([{**option, "id": option["label"]} for option in contracts] + flats, q)


# -- insurance, places, items --------------------------------------------------------------------------------


def _hospitals(call: Call, q: str) -> list[Json]:
    rows = call.tx.all(
        "SELECT hospitals.code, name, level, label FROM hospitals "
        "JOIN codes ON list = 'divisions' AND codes.code = district ORDER BY hospitals.code"
    )
    return _matching(
        [_option(call, row["code"], row["name"], f"{row['label']}，{row['level']}医疗机构") for row in rows],
        q,
    )


def _invoices(call: Call, q: str) -> list[Json]:
    return _matching(
        [
            _option(
                call,
                row["invoice"],
                f"{row['name']} {money(row['fen'])}",
                f"票据 {row['invoice']}，{row['since']} 至 {row['until']}",
                {
                    "invoice_number": Fact(row["invoice"], "share", "B"),
                    "hospital_code": Fact(row["hospital"], "share", "B"),
                    "start_date": Fact(row["since"], "share", "B"),
                    "end_date": Fact(row["until"], "share", "B"),
                    "amount": Fact(row["fen"], "share", "B"),
                },
            )
            for row in asker(call).treatments()
        ],
        q,
    )


def _elsewhere(call: Call, q: str) -> list[Json]:
    """Places where pension insurance was paid before."""
    rows = call.tx.all(
        "SELECT insured_elsewhere.*, codes.label, above.label AS province FROM insured_elsewhere "
        "JOIN codes ON codes.list = 'divisions' AND codes.code = division "
        "LEFT JOIN codes AS above ON above.list = 'divisions' AND above.code = codes.parent WHERE person = ?",
        asker(call).id,
    )
    return _matching(
        [
            _option(
                call,
                row["division"],
                f"{row['province'] or ''}{row['label']}",
                f"{row['since']} 至 {row['until']} 参保",
                {"transfer_from_division_code": Fact(row["division"], "share")},
            )
            for row in rows
        ],
        q,
    )


def _points(call: Call, q: str) -> list[Json]:
    """Counters that the item can be booked at, halls for an item without bookings; `q` may be a division's
    code: those there, if any."""
    rows = slots.counters(call.tx, call.item()["code"])
    if re.fullmatch(r"\d{6}", q, re.ASCII):
        rows = [row for row in rows if row["district"] == q] or rows
        q = ""
    return _matching([_option(call, row["code"], row["name"], row["address"]) for row in rows], q)


def _benefits(call: Call, q: str) -> list[Json]:
    """What only lacks an account."""
    person = asker(call).person
    found = [match for benefit in entitled.BENEFITS if (match := benefit(call, person)) is not None]
    return _matching(
        [
            _option(
                call,
                match["policy"]["id"],
                match["policy"]["title"],
                "，".join(match["reasons"]),
                {"benefit_code": Fact(match["policy"]["id"], "share")},
            )
            for match in found
            if match["result"] == "needs-account"
        ],
        q,
    )


def _deferred(call: Call, q: str) -> list[Json]:
    """Documents that cases of who stands there still lack."""
    person = call.person(call.item()["level"])
    found = []
    for row in call.tx.all(
        "SELECT case_no, wanted, due, guide, name FROM cases JOIN items ON items.code = item "
        "WHERE applicant = ? AND wanted <> '[]' AND due IS NOT NULL ORDER BY serial",
        person["id"],
    ):
        named = {one["role"]: one["name"] for one in json.loads(row["guide"])["documents"]}
        for role in json.loads(row["wanted"]):
            facts = {
                "case_number": Fact(row["case_no"], "share"),
                "deferred_material_code": Fact(role, "share"),
            }
            detail = f"办件 {row['case_no']}，{row['name']}，请在 {row['due']} 前补交"
            found.append(_option(call, role, named.get(role, role), detail, facts))
    return _matching(found, q)


def _items(call: Call, q: str) -> list[Json]:
    rows = call.tx.all("SELECT code, name, department FROM items ORDER BY rowid")
    return _matching([_option(call, row["code"], row["name"], row["department"]) for row in rows], q)


OPTIONS: dict[tuple[str, str], Options] = {
    **{(item, "utility_account_number"): _accounts for item in SUPPLIERS},
    **{(item, name): _bills for item in SUPPLIERS for name in ("bill", "amount")},
    **{(FIRST_CARD, name): _children for name in ("ward_resident_id_number", "ward_name")},
    (RENTAL, "contract_number"): _contracts,
    (RENTAL, "property_address"): _rented,
    (JOINT, "install_address"): _flats_by("address"),
    (JOINT, "certificate_number"): _flats_by("certificate"),
    ("utility.electricity-new-connection", "install_address"): _flats_by("address"),
    ("utility.water-new-connection", "install_address"): _flats_by("address"),
    ("utility.gas-transfer", "certificate_number"): _flats_by("certificate"),
    (REIMBURSEMENT, "hospital_code"): _hospitals,
    (REIMBURSEMENT, "invoice_number"): _invoices,
    (TRANSFER, "transfer_from_division_code"): _elsewhere,
    (entitled.CONFIRM, "benefit_code"): _benefits,
    (ANY, "service_point_code"): _points,
    (ANY, "deferred_material_code"): _deferred,
    (ANY, "item_code"): _items,
}
"""By item (`ANY`: every one) and field: the contract's Options. `q` is empty when nothing was asked for."""


def _due(kind: str) -> Callable[[Call, str], int | None]:
    def amount(call: Call, number: str) -> int | None:
        row = call.tx.one(
            "SELECT fen FROM bills JOIN meters ON meters.account = bills.account "
            "WHERE bills.id = ? AND kind = ? AND settled_on IS NULL",
            number,
            kind,
        )
        return row["fen"] if row else None

    return amount


BILLS: dict[str, Callable[[Call, str], int | None]] = {
    item: _due(kind) for item, (kind, _) in SUPPLIERS.items()
}
"""By item: what a bill comes to, in fen; None when there is none with this number to pay."""
