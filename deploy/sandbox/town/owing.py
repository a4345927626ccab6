"""Loans, cars on the road, heating, taxes: what people and companies owe, and what they have paid."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from . import numbers
from .deeds import (
    Due,
    FundLoan,
    HeatingAccount,
    Mortgage,
    TransportCertificate,
    VehiclePolicy,
    Violation,
)
from .making import AS_OF, Making, month_of
from .rows import Car, DrivingLicence

SEASONS = ("2025-2026", "2026-2027")
WRONGS = (
    ("违反禁止停车标志", 0, 10000),
    ("超速不足百分之二十", 3, 15000),
    ("不按导向车道行驶", 2, 10000),
    ("闯红灯", 6, 20000),
)
"""What, points, a sample fine in fen."""
DRIVERS = ("p-zhang-wei", "p-li-jianjun", "p-liu-na")
"""Of the well-known, who drives in any case."""
_PREMIUM_FEN = {
    "resident-pension": (60000, "城乡居民养老保险费"),
    "resident-medical": (43000, "城乡居民基本医疗保险费"),
}


def _due(m: Making, kind: str, what: str, about: str, fen: int, **more: str | None) -> Due:
    """One that is open; `more`: person or company, code, period, settled_on."""
    return Due(
        f"YS{kind.replace('-', '').upper()}{m.serial(kind):08d}",
        more.get("person"),
        more.get("company"),
        kind,
        what,
        more.get("code"),
        more.get("period") or month_of(2026, 10),
        fen,
        "2026-12-31",
        more.get("settled_on"),
        about,
    )


def _drivers(m: Making) -> None:
    """Those of the well-known who drive, with a car each, where chance gave them none."""
    driving = {row.person for row in m.registers.driving_licences}
    owning = {row.person for row in m.registers.cars}
    for person in DRIVERS:
        rng = m.rng(f"driver:{person}")
        if person not in driving:
            until = (AS_OF + timedelta(days=rng.randrange(30, 80))).isoformat()
            m.registers.driving_licences.append(
                DrivingLicence(person, "C1", f"0000{m.serial('driver'):08d}", until)
            )
        if person not in owning:
            plate, vin = numbers.plate(m.serial("plate"), electric=False), numbers.vin(m.serial("vin"), "N")
            m.registers.cars.append(Car(plate, "02", vin, person, "2022-05-16", "2028-05-16"))


def _cars(m: Making) -> None:
    rng = m.rng("roads")
    for car in m.registers.cars:
        since = AS_OF - timedelta(days=rng.randrange(5, 350))
        until = since + timedelta(days=364)
        m.registers.vehicle_policies.append(
            VehiclePolicy(
                f"YSJQX{m.serial('policy'):08d}",
                car.plate,
                "演示财产保险公司",
                since.isoformat(),
                until.isoformat(),
            )
        )
        wrongs = 3 if car.person in DRIVERS else rng.choice((0, 1, 1, 2))
        for nth in range(wrongs):
            what, points, fen = rng.choice(WRONGS)
            day = (AS_OF - timedelta(days=rng.randrange(3, 300))).isoformat()
            number = f"YSWF{m.serial('violation'):08d}"
            decision = None
            if nth:  # The first waits to be handled; of the others, the fine is open or paid.
                fine = _due(m, "fine", f"交通违法罚款（{what}）", car.plate, fen, person=car.person,
                            period=day[:7], settled_on=None if nth == 1 else AS_OF.isoformat())  # fmt: skip
                m.registers.dues.append(fine)
                decision = fine.number
            place = f"演示大街{rng.randrange(1, 90)}号路段"
            m.registers.violations.append(
                Violation(number, car.plate, day, place, what, points, fen, decision)
            )


def _lorry(m: Making, rng: Random, person: str | None, company: str | None) -> None:
    m.registers.transport_certificates.append(
        TransportCertificate(
            f"YSYS{m.serial('transport'):06d}",
            numbers.plate(m.serial("plate"), electric=False),
            "01",
            numbers.vin(m.serial("vin"), "N"),
            person,
            company,
            rng.randrange(5, 31),
            "2022-06-01",
            month_of(2026, 12) + f"-{rng.randrange(1, 29):02d}",
        )
    )


def _lorries(m: Making) -> None:
    rng = m.rng("lorries")
    hauling = {row.company for row in m.registers.licences if row.type_code == "road-transport"}
    for company in ["c-01", "c-02", *sorted(hauling - {"c-01", "c-02"})]:
        for _ in range(rng.randrange(1, 4)):
            _lorry(m, rng, None, company)
    for row in m.registers.credentials:
        if row.kind == "transport-driver" and (row.person in DRIVERS or rng.random() < 0.4):
            _lorry(m, rng, row.person, None)


def _loans(m: Making) -> None:
    """A fund loan on every third flat of who pays into the fund; of the well-known, on the first one."""
    rng = m.rng("loans")
    paying = {row.person for row in m.registers.fund_accounts}
    seen: set[str] = set()
    houses = {row.unit: row for row in m.registers.houses}
    for row in m.registers.owners:
        person = row.person
        if person is None or person not in paying or person in seen:
            continue
        if person not in DRIVERS and rng.random() > 0.4:
            continue
        seen.add(person)
        months, fen = rng.choice((120, 180, 240)), rng.randrange(20, 80) * 1_000_000
        bought = int(houses[row.house].registered[:4])
        since = month_of(rng.randrange(max(2017, bought + 1), 2026), rng.randrange(1, 13))
        settled = person == "p-li-jianjun" or rng.random() < 0.3
        contract = f"YSDK{m.serial('loan'):08d}"
        m.registers.fund_loans.append(
            FundLoan(
                contract, person, row.house, "演示银行", fen, months, fen * 13 // 10 // months, since,
                "2026-06-30" if settled else None,
            )
        )  # fmt: skip
        registered = max(houses[row.house].registered, since + "-01")
        m.registers.mortgages.append(
            Mortgage(
                f"YSDY{m.serial('mortgage'):08d}", row.house, person, contract, "演示银行", fen, registered
            )
        )


def _heating(m: Making) -> None:
    rng = m.rng("heating")
    areas = {row.unit: row.area_m2 for row in m.registers.houses}
    for row in m.registers.meters:
        if row.kind != "water":
            continue
        account = numbers.meter(4, m.serial("heating"))
        m.registers.heating_accounts.append(HeatingAccount(account, row.house, row.person, row.company))
        for season in SEASONS:
            open_ = season == SEASONS[-1] and (row.person in DRIVERS or rng.random() < 0.6)
            m.registers.dues.append(
                _due(m, "heating", "采暖费", account, areas[row.house] * 2500, person=row.person,
                     company=row.company, period=season, settled_on=None if open_ else "2025-11-10")
            )  # fmt: skip


def _taxes(m: Making) -> None:
    rng = m.rng("taxes")
    for company in m.registers.companies:
        for month in range(4, 11):
            code, what = (("10101", "增值税"), ("10104", "企业所得税"))[month % 3 == 0]
            fen = max(5000, company.revenue_fen // 400 + rng.randrange(0, 90000))
            m.registers.dues.append(
                _due(m, "tax", what, company.credit_code, fen, company=company.id, code=code,
                     period=month_of(2026, month),
                     settled_on=None if month == 10 else f"2026-{month + 1:02d}-12")
            )  # fmt: skip
        m.registers.dues.append(
            _due(
                m,
                "non-tax",
                "罚没收入（样例）",
                company.credit_code,
                rng.randrange(10, 90) * 1000,
                company=company.id,
            )
        )
    owners = {row.house: row.person for row in m.registers.owners if row.person}
    houses = {row.unit: row for row in m.registers.houses}
    for house, person in owners.items():
        # Deed tax on every flat, paid when it was registered; on some letting, still open.
        day = houses[house].registered
        m.registers.dues += [
            _due(m, "tax", "契税", person, rng.randrange(8000, 40000) * 100, person=person, code="10119",
                 period=day[:7], settled_on=day),
        ]  # fmt: skip
        if person in DRIVERS or rng.random() < 0.2:
            m.registers.dues.append(
                _due(m, "tax", "房产税（出租）", person, rng.randrange(300, 900) * 100, person=person,
                     code="10110", period="2026-10")
            )  # fmt: skip
        m.registers.dues.append(
            _due(m, "upkeep", "住宅专项维修资金", _contract(m, house), houses[house].area_m2 * 5000,
                 person=person, settled_on=None if person in DRIVERS or rng.random() < 0.3 else day)
        )  # fmt: skip


def _contract(m: Making, house: str) -> str:
    return m.contracts[house]


def _people(m: Making) -> None:
    rng = m.rng("dues")
    working = {row.person for row in m.registers.employments if row.until is None}
    drawing = {row.person for row in m.registers.pensions}
    for identity, person in m.persons.items():
        known = identity.startswith("p-")
        if person.mobile:
            m.registers.dues.append(
                _due(m, "telecom", "通信费", person.mobile, rng.randrange(29, 129) * 100, person=identity)
            )
        if identity not in working | drawing and (known or m.local(identity)):
            for kind, (fen, what) in _PREMIUM_FEN.items():
                if kind == "resident-medical" or m.age(identity) >= 16:
                    m.registers.dues.append(
                        _due(m, kind, what, person.id_number, fen, person=identity, period="2027")
                    )
            if m.age(identity) >= 18:
                m.registers.dues.append(
                    _due(m, "flexible", "灵活就业人员社会保险费", person.id_number, 89600, person=identity)
                )
        if known or rng.random() < 0.1:
            m.registers.dues.append(
                _due(
                    m,
                    "non-tax",
                    "考试费（样例）",
                    person.id_number,
                    rng.randrange(60, 180) * 100,
                    person=identity,
                )
            )
    for car in m.registers.cars:
        if car.person in DRIVERS or rng.random() < 0.2:
            m.registers.dues.append(
                _due(
                    m, "vehicle-tax", "车辆购置税", car.vin, rng.randrange(60, 150) * 10000, person=car.person
                )
            )


def owing(m: Making) -> None:
    """All of these."""
    m.contracts.update(
        {str(row.detail): row.number for row in m.registers.credentials if row.kind == "sale-contract"}
    )
    _drivers(m)
    _cars(m)
    _lorries(m)
    _loans(m)
    _heating(m)
    _taxes(m)
    _people(m)
