"""What departments have of people under a number: certificates, cards, standings; what they pay for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

from ..people import resident_number
from .deeds import Birth, Credential, Death, Payout
from .making import AS_OF, Making, loaded, month_of
from .papers import NO_END
from .rows import Disability
from .work import LOST

_STATE = "有效"


def _jobless(m: Making) -> set[str]:
    """Who lost their work this year."""
    return {row.person for row in m.registers.employments if row.until == LOST}


def _barred(m: Making) -> dict[str, set[str]]:
    """By what a kind may ask of who has it: who it is not for."""
    working = {row.person for row in m.registers.employments if row.until is None}
    drawing = {row.person for row in m.registers.pensions}
    return {
        "jobless": set(m.persons) - _jobless(m),
        "poor": working | drawing,
        "tenant": {row.person for row in m.registers.owners if row.person},
        "local": {each for each in m.persons if not m.local(each)},
        "away": {each for each in m.persons if m.local(each)},
    }


def _fits(m: Making, spec: Mapping[str, Any], person: str, barred: Mapping[str, set[str]]) -> bool:
    """Whether somebody may have one of this kind at all."""
    asked = spec.get("only")
    return spec["from"] <= m.age(person) <= spec["to"] and not (asked and person in barred[asked])


def _credential(m: Making, rng: Random, spec: Mapping[str, Any], person: str) -> Credential:
    # Never before somebody was 16, a pupil's apart.
    old = max(1, (m.age(person) - (6 if spec["to"] < 18 else 16)) * 365)
    span = min(old, spec.get("days", old), spec["years"] * 365 - 60 if spec["years"] else 5000)
    issued = AS_OF - timedelta(days=rng.randrange(1, max(2, span)))
    issued = issued.replace(day=min(issued.day, 28))
    until = issued.replace(year=issued.year + spec["years"]).isoformat() if spec["years"] else NO_END
    code, level = rng.choice(spec.get("levels") or [[None, None]])
    if "grown" in spec:  # The last level from this age on, the first one before.
        code, level = spec["levels"][-1 if m.age(person) >= spec["grown"] else 0]
    return Credential(
        f"YS{spec['kind'].replace('-', '').upper()}{m.serial(spec['kind']):06d}",
        person,
        spec["kind"],
        spec["title"],
        level,
        code,
        spec["issuer"],
        issued.isoformat(),
        until,
        spec.get("state", _STATE),
        None,
        rng.choice(spec["details"]) if "details" in spec else None,
    )


def _credentials(m: Making) -> None:
    barred = _barred(m)
    for spec in loaded("deeds.yaml")["credentials"]:
        rng, known = m.rng(f"credential:{spec['kind']}"), set(spec.get("known", ()))
        for person in m.persons:
            drawn = rng.random() * 100 < spec["share"]
            if person in known or (drawn and _fits(m, spec, person, barred)):
                m.registers.credentials.append(_credential(m, rng, spec, person))


def _houses(m: Making) -> None:
    """For every flat that belongs to somebody: how it was bought, and what was paid in for its upkeep."""
    rng = m.rng("bought")
    houses = {row.unit: row for row in m.registers.houses}
    for row in m.registers.owners:
        house = houses[row.house]
        if row.person is None or house.kind != "flat":
            continue
        common = (None, None, "住房和城乡建设部门（演示）", house.registered, NO_END)
        price = house.area_m2 * rng.randrange(9000, 26000) * 100
        m.registers.credentials += [
            Credential(
                f"YSWQ{m.serial('contract'):08d}", row.person, "sale-contract", house.address, *common,
                "已备案", price, house.unit,
            ),
            Credential(
                f"YSWX{m.serial('upkeep'):08d}", row.person, "upkeep-fund", house.address, *common, "正常",
                house.area_m2 * rng.randrange(40, 110) * 100, house.unit,
            ),
        ]  # fmt: skip


def _one_disabled(m: Making) -> None:
    """One of the well-known has a certificate too: level 2, of limbs."""
    person = m.persons["p-sun-deming"]
    number = f"{person.id_number}42"
    m.registers.disabilities.append(Disability(person.id, number, "4", "2", "2033-05-31"))


def _payouts(m: Making) -> None:
    having: dict[str, list[tuple[str, str | None]]] = {}
    for row in m.registers.credentials:
        having.setdefault(row.kind, []).append((row.person, row.code))
    for spec in loaded("deeds.yaml")["payouts"]:
        held = having.get(spec["with"], [])[:: spec.get("every", 1)]
        if spec["with"] == "disability":
            held = [(row.person, row.level_code) for row in m.registers.disabilities]
        persons = [person for person, code in held if code in spec.get("levels", (code,))]
        for person in dict.fromkeys([*persons, *spec.get("known", ())]):
            m.registers.payouts += [
                Payout(person, spec["kind"], month_of(2026, 10 - back), spec["fen"])
                for back in range(spec["months"])
            ]


def _born(m: Making) -> None:
    rng = m.rng("births")
    codes = [row.code for row in m.registers.hospitals]
    children = dict.fromkeys(row.child for row in m.registers.kin if m.age(row.child) < 18)
    for child in children:
        m.registers.births.append(Birth(f"Y{m.serial('birth'):09d}", child, rng.choice(codes)))


def _dead(m: Making, rng: Random, sex: str, year: int, surname: str) -> tuple[str, str, str]:
    """Number, name and day of death of somebody born in a year."""
    born = date(year, 1 + rng.randrange(12), 1 + rng.randrange(28))
    number = resident_number(born, sex, rng)
    while not m.fresh(number):
        number = resident_number(born, sex, rng)
    return number, f"{surname}演示", (AS_OF - timedelta(days=rng.randrange(20, 400))).isoformat()


def _died(m: Making) -> None:
    """The husbands and wives of old people who live alone, as their children know them, and one father."""
    rng = m.rng("deaths")
    married = {each for row in m.registers.marriages for each in row[:2]}
    for widow in [each for each in m.persons if m.age(each) >= 62 and each not in married]:
        person = m.persons[widow]
        children = [row.child for row in m.registers.kin if row.parent == widow and m.age(row.child) >= 18]
        surname = m.persons[children[0]].name[:1] if children else rng.choice("赵钱孙周吴郑")
        dead = _dead(m, rng, "1" if person.sex == "2" else "2", person.birth.year - rng.randrange(5), surname)
        m.registers.deaths.append(Death(*dead, widow, "10"))
        for child in children:
            m.registers.deaths.append(Death(*dead, child, "20" if m.persons[child].sex == "1" else "30"))
    daughter = m.persons["p-liu-na"]
    m.registers.deaths.append(
        Death(*_dead(m, rng, "1", daughter.birth.year - 27, daughter.name[:1]), daughter.id, "30")
    )


def holding(m: Making) -> None:
    """All of these."""
    _credentials(m)
    _houses(m)
    _one_disabled(m)
    _payouts(m)
    _born(m)
    _died(m)
