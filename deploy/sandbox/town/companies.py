"""Forty companies: their premises, licences, legal representatives and handlers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

from . import numbers
from .making import AS_OF, Making, loaded
from .rows import Company, Dishonesty, Handler, House, Licence, Owner

REVENUE_YUAN = {"4": (40, 290), "3": (300, 1900), "2": (2000, 39000), "1": (40000, 200000)}
"""By scale, in 10,000 yuan; the bounds are industry's of 工信部联企业〔2011〕300号 (from memory)."""
EMPLOYEES = {"4": (4, 19), "3": (20, 299), "2": (300, 999), "1": (1000, 4000)}
NO_END = "长期"


def _premises(m: Making, rng: Random) -> House:
    """A place of business; half belong to who works there, half to the first company, which lets them."""
    code, district, _ = rng.choice(loaded("town.yaml")["districts"])
    serial = m.serial("house")
    house = House(
        numbers.unit_number(serial),
        numbers.property_certificate(2012 + serial % 13, district, serial),
        code,
        f"天津市{district}演示大街{serial % 9000 + 1}号",
        "business",
        rng.randrange(60, 4000),
        f"{2012 + serial % 13}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}",
    )
    m.registers.houses.append(house)
    return house


def _name(rng: Random, stem: str, does: str, scale: str) -> str:
    """A company's name says that it is a demonstration; those of large ones are long."""
    if scale in "12":
        return (
            f"天津演示{stem}{does}集团股份有限公司"
            if rng.random() < 0.5
            else f"天津市演示{stem}{does}有限责任公司"
        )
    return f"天津演示{stem}{does}有限公司"


def _candidates(m: Making) -> list[str]:
    """Whom a company may be represented by: grown up, registered here, of working age."""
    known = {entry["person"] for entry in loaded("town.yaml")["known"]}
    return [each for each in m.persons if 30 <= m.age(each) < 58 and m.local(each) and each not in known]


def _licences(m: Making, company: Company, trade: list[Any]) -> None:
    def licence(kind: str, title: str, issued: str, valid_to: str) -> None:
        number = f"演示-{kind.upper()}-{m.serial('licence'):06d}"
        m.registers.licences.append(
            Licence(number, company.id, kind, title, issued, valid_to, company.legal_representative)
        )

    licence("business-licence", "营业执照", company.founded, NO_END)
    if len(trade) > 2:
        kind, title, years = trade[2:]
        rng = m.rng(f"licence:{company.id}")
        issued = max(AS_OF - timedelta(days=rng.randrange(40, 365 * years)), AS_OF.replace(year=2019))
        issued = issued.replace(day=min(issued.day, 28))
        licence(kind, title, issued.isoformat(), issued.replace(year=issued.year + years).isoformat())


def found(m: Making) -> None:
    """All companies: those for which the well-known stand first, then others; every scale is there."""
    town = loaded("town.yaml")
    pick = m.rng("companies")
    trades = pick.sample(town["trades"] * 2, 2 * len(town["trades"]))
    stems = pick.sample(town["stems"], len(town["stems"])) + pick.sample(town["stems"], len(town["stems"]))
    heads = _candidates(m)
    pick.shuffle(heads)
    for serial in range(1, town["companies"] + 1):
        rng = m.rng(f"company:{serial}")
        stand = town["standing"][serial - 1] if serial <= len(town["standing"]) else {}
        scale = "1" if serial % 20 == 3 else "2" if serial % 6 == 5 else "3" if serial % 3 == 1 else "4"
        trade = trades[serial - 1]
        name = _name(rng, stems[serial - 1], trade[1], scale)
        if name in {row.name for row in m.registers.companies}:
            # Both its words were drawn twice.
            name = name.replace(stems[serial - 1], stems[serial - 2])
        drawn: dict[str, Any] = {
            "credit_code": numbers.credit_code(m.serial("company")),
            "name": name,
            "industry": trade[0],
            "scale": scale,
            "legal_representative": heads[serial - 1],
            "handlers": [heads[town["companies"] + serial]] if serial % 2 else [],
        }
        _company(m, rng, serial, {**drawn, **stand}, [trade[0], ""] if stand else trade)


def _company(m: Making, rng: Random, serial: int, what: Mapping[str, Any], trade: list[Any]) -> None:
    house = _premises(m, rng)
    known = serial <= len(loaded("town.yaml")["standing"])
    # Those of the well-known have paid for them since the record begins.
    founded = AS_OF - timedelta(days=rng.randrange(*((4000, 6000) if known else (400, 9000))))
    low, high = REVENUE_YUAN[what["scale"]]
    company = Company(
        id=f"c-{serial:02d}",
        credit_code=what["credit_code"],
        name=what["name"],
        type_code="1229" if "股份" in what["name"] else "1130",
        industry=what["industry"],
        scale=what["scale"],
        revenue_fen=rng.randrange(low, high) * 1_000_000,
        capital_fen=rng.choice((50, 100, 200, 500, 1000))
        * 1_000_000
        * {"1": 50, "2": 10}.get(what["scale"], 1),
        employees=rng.randrange(*EMPLOYEES[what["scale"]]),
        founded=founded.isoformat(),
        district=house.district,
        address=house.address,
        premises=house.unit,
        legal_representative=what["legal_representative"],
        phone=numbers.company_phone(serial),
        bank_account=f"0000{rng.randrange(10**12):012d}" if known or rng.random() < 0.85 else None,
    )
    m.registers.companies.append(company)
    own = serial == 1 or rng.random() < 0.5
    m.registers.owners.append(Owner(house.unit, None, company.id if own else "c-01", 100))
    _licences(m, company, trade)
    m.registers.handlers += [
        Handler(company.credit_code, company.legal_representative, "legal-representative"),
        *(Handler(company.credit_code, each, "handler") for each in what["handlers"]),
    ]
    if serial == 9:
        m.registers.dishonesties.append(
            Dishonesty(
                "YS-SX-0001", None, company.id, "未履行告知承诺（演示数据）", "2025-06-18", "2028-06-18"
            )
        )
