"""Cars, driving licences, residence permits, disabilities, hospital bills, records of dishonesty, drafts."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from ..wire import BEIJING
from . import numbers
from .making import AS_OF, Making, loaded
from .rows import (
    Car,
    Disability,
    Dishonesty,
    Draft,
    DrivingLicence,
    Hospital,
    ResidencePermit,
    ServicePoint,
    Treatment,
)

DRAFTS_EXPIRE = datetime(2027, 12, 31, 23, 59, 59, tzinfo=BEIJING).timestamp()
# GB 16735, table 2: the sign of the model year.
_YEAR_SIGNS = dict(zip(range(2015, 2027), "FGHJKLMNPRST", strict=True))
NO_END = "长期"


def _known() -> set[str]:
    return {entry["person"] for entry in loaded("town.yaml")["known"]}


def _car(m: Making, rng: Random, person: str) -> None:
    year, electric = rng.randrange(2015, 2027), rng.random() < 0.3
    registered = date(year, rng.randrange(1, 11), rng.randrange(1, 29))
    # Inspected every second year: the next time after the registers were closed.
    inspect = registered.replace(year=year + 2)
    while inspect <= AS_OF:
        inspect = inspect.replace(year=inspect.year + 2)
    m.registers.cars.append(
        Car(
            numbers.plate(m.serial("plate"), electric=electric),
            "52" if electric else "02",
            numbers.vin(m.serial("vin"), _YEAR_SIGNS[year]),
            person,
            registered.isoformat(),
            inspect.isoformat(),
        )
    )


def _drive(m: Making) -> None:
    for identity, person in m.persons.items():
        rng, age = m.rng(f"drive:{identity}"), m.age(identity)
        if person.card_type != "resident" or not 20 <= age < 70 or rng.random() < 0.4:
            continue
        until = AS_OF + timedelta(days=rng.randrange(20, 2100))
        m.registers.driving_licences.append(
            DrivingLicence(identity, "C1", f"0000{m.serial('driver'):08d}", until.isoformat())
        )
        if age >= 24 and rng.random() < 0.45:
            _car(m, rng, identity)


def _permits(m: Making) -> None:
    """Half of those registered elsewhere have a residence permit; the others can apply for one."""
    employed = {row.person for row in m.registers.employments if row.until is None}
    since = {row.person: row.since for row in m.registers.residences}
    for each in m.households:
        for identity in each.members:
            rng = m.rng(f"permit:{identity}")
            if m.local(identity) or m.persons[identity].card_type != "resident" or rng.random() < 0.5:
                continue
            if since[identity] > "2026-04-01":  # half a year here first (国务院令第663号, article 2)
                continue
            reason = "10" if identity in employed else "30" if m.age(identity) < 18 else "50"
            issued = AS_OF - timedelta(days=rng.randrange(10, 170))
            m.registers.residence_permits.append(
                ResidencePermit(
                    f"120199{m.serial('permit'):012d}",
                    identity,
                    each.home,
                    reason,
                    issued.isoformat(),
                    (issued + timedelta(days=364)).isoformat(),
                )
            )


def _disabled(m: Making) -> None:
    rng = m.rng("disabled")
    able = [each for each in m.persons if m.local(each) and each not in _known() and m.age(each) >= 6]
    for identity in rng.sample(able, 9):
        kind, level = rng.choice("1234567"), rng.choice("1234")
        # 残疾人证号: the identity number, type and level.
        number = f"{m.persons[identity].id_number}{kind}{level}"
        until = (AS_OF + timedelta(days=rng.randrange(100, 3000))).isoformat()
        m.registers.disabilities.append(Disability(identity, number, kind, level, until))


def _treated(m: Making) -> None:
    """Hospital bills paid in full by the patient; every well-known grown-up of the city has one."""
    codes = [row.code for row in m.registers.hospitals]
    for identity in m.persons:
        rng = m.rng(f"treated:{identity}")
        known = identity in _known() and m.age(identity) >= 18
        if not known and rng.random() > 0.12:
            continue
        for nth in range(1 if rng.random() < 0.7 else 2):
            since = AS_OF - timedelta(days=rng.randrange(12, 300))
            m.registers.treatments.append(
                Treatment(
                    f"YS{m.serial('invoice'):08d}",
                    identity,
                    rng.choice(codes),
                    since.isoformat(),
                    (since + timedelta(days=rng.randrange(0, 12))).isoformat(),
                    rng.randrange(8000, 1_200_000),
                    nth,
                )
            )


def _points(m: Making) -> None:
    for code, name, _ in loaded("town.yaml")["districts"]:
        address = f"天津市{name}演示街道服务路1号"
        m.registers.service_points += [
            ServicePoint(f"YS-P-{code}", f"{name}演示街道派出所户籍窗口", code, address, "police"),
            ServicePoint(f"YS-H-{code}", f"{name}政务服务中心（演示）", code, address[:-2] + "9号", "hall"),
        ]


def _value(value: str | int, source: str = "typed", trust: str = "D") -> dict[str, Any]:
    return {"value": value, "source": source, "trust": trust}


def _drafts(m: Making) -> None:
    """What a few began on the phone, in items that can be continued."""
    zhang, wang = m.persons["p-zhang-wei"], m.persons["p-wang-xiulan"]
    before = next(row.division for row in m.registers.insured_elsewhere if row.person == zhang.id)
    newcomer = next(
        m.persons[each]
        for each in m.persons
        if not m.local(each) and m.age(each) >= 20 and each not in _known() and each != "p-ma-yufen"
    )
    for serial, (person, item, values) in enumerate(
        (
            (zhang, "social-insurance.employee-pension-transfer", {
                "transfer_from_division_code": _value(before),
                "transfer_to_division_code": _value("120000"),
                "mobile_number": _value(zhang.mobile, "account", "B"),
            }),
            (wang, "civil.senior-allowance-apply", {"residential_address": _value(wang.address)}),
            (newcomer, "household.residence-permit-apply", {
                "residential_address": _value(newcomer.address),
                "residence_reason_code": _value("10"),
            }),
        ),
        start=1,
    ):  # fmt: skip
        body = json.dumps(values, ensure_ascii=False)
        m.registers.drafts.append(Draft(f"D2026{serial:04d}", person.id, item, "1", body, DRAFTS_EXPIRE))


def papers(m: Making) -> None:
    """All of these."""
    m.registers.hospitals += [Hospital(*row) for row in loaded("town.yaml")["hospitals"]]
    _points(m)
    _drive(m)
    _permits(m)
    _disabled(m)
    _treated(m)
    # A landlord whose contract waits to be filed: may file it, but not on a commitment.
    landlord = next(row.landlord for row in m.registers.rentals if row.landlord not in _known())
    m.registers.dishonesties.append(
        Dishonesty("YS-SX-0002", landlord, None, "作出不实承诺（演示数据）", "2025-09-01", "2028-09-01")
    )
    _drafts(m)
