"""Houses: whose they are, who lives in them, who rents, and what electricity, water and gas they use."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from . import numbers
from .families import free_flat
from .making import AS_OF, Household, Making, loaded, month_of
from .rows import Bill, House, Meter, Owner, Rental, Residence

KINDS = (("electricity", 1, 6), ("water", 2, 2), ("gas", 3, 2))
"""Kind, digit in the account's number, bills kept. Water and gas are billed every second month."""
# Sample prices in fen: a kWh, a cubic metre of water, one of gas.
PRICES = {"electricity": 49, "water": 490, "gas": 261}
USED = {"electricity": (60, 380), "water": (6, 30), "gas": (8, 45)}


def _house(m: Making, rng: Random, district: str, address: str) -> House:
    serial = m.serial("house")
    name = next(row[1] for row in loaded("town.yaml")["districts"] if row[0] == district)
    year = 2003 + rng.randrange(22)
    house = House(
        numbers.unit_number(serial),
        numbers.property_certificate(year, name, serial),
        district,
        address,
        "flat",
        rng.randrange(42, 140),
        f"{year}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}",
    )
    m.registers.houses.append(house)
    return house


def _adults(m: Making, household: Household) -> list[str]:
    """The grown-up members, eldest last born first: the first stands for the household."""
    return [each for each in household.members if m.age(each) >= 20]


def _own(m: Making, house: House, people: list[str]) -> None:
    """One owner, or two who are married with half each."""
    couples = {frozenset((row.husband, row.wife)) for row in m.registers.marriages}
    pair = people[:2]
    if len(pair) == 2 and frozenset(pair) in couples and m.rng(f"own:{house.unit}").random() < 0.6:
        m.registers.owners += [Owner(house.unit, each, None, 50) for each in pair]
    else:
        m.registers.owners.append(Owner(house.unit, people[0], None, 100))


def _due(m: Making, rng: Random, person: str | None, back: int) -> bool:
    """Whether a bill of so many bills ago is to be paid still: the last often; of the well-known, always."""
    if back == 0:
        known = {entry["person"] for entry in loaded("town.yaml")["known"]}
        return person in known or rng.random() < 0.4
    return back == 1 and rng.random() < 0.1


def _meters(m: Making, house: House, person: str | None, company: str | None) -> None:
    rng = m.rng(f"meters:{house.unit}")
    for kind, digit, keep in KINDS:
        account = numbers.meter(digit, m.serial("meter"))
        m.registers.meters.append(Meter(account, kind, house.unit, person, company))
        step = 1 if kind == "electricity" else 2
        unpaid = True
        for back in range(keep):
            year, month = divmod(AS_OF.year * 12 + AS_OF.month - 2 - back * step, 12)
            used = rng.randrange(*USED[kind]) * (rng.randrange(4, 12) if company else 1)
            due = date(year, month + 1, 1) + timedelta(days=55)
            # A bill is not due when a later one has been paid.
            unpaid = unpaid and _due(m, rng, person, back)
            settled = None if unpaid else (due - timedelta(days=rng.randrange(2, 24))).isoformat()
            m.registers.bills.append(
                Bill(
                    f"B{month_of(year, month + 1).replace('-', '')}{account}",
                    account,
                    month_of(year, month + 1),
                    used,
                    used * PRICES[kind],
                    due.isoformat(),
                    min(settled, AS_OF.isoformat()) if settled else None,
                )
            )


def _since(m: Making, rng: Random, person: str) -> str:
    """Since when somebody lives here: not before the birth."""
    days = min((AS_OF - m.persons[person].birth).days - 1, 6000)
    return (AS_OF - timedelta(days=rng.randrange(max(1, days)))).isoformat()


def _rent(m: Making, rng: Random, household: Household, house: House, landlord: str) -> None:
    tenant = _adults(m, household)[0]
    since = AS_OF - timedelta(days=rng.randrange(5, 340))
    # The first contracts, those of the well-known among them, wait to be filed.
    filed = int(len(m.registers.rentals) >= 6 and rng.random() < 0.5)
    m.registers.rentals.append(
        Rental(
            f"YS-ZL-{m.serial('rental'):06d}",
            house.unit,
            landlord,
            tenant,
            rng.randrange(18, 62) * 10000,
            since.isoformat(),
            (since + timedelta(days=364)).isoformat(),
            filed,
        )
    )


def _landlords(m: Making) -> list[str]:
    """Who has a second flat: those for whom data/town.yaml says so come first, then heads of families."""
    rng = m.rng("landlords")
    first = [entry["person"] for entry in loaded("town.yaml")["known"] if entry.get("second")]
    known = {entry["person"] for entry in loaded("town.yaml")["known"]}
    others = [
        _adults(m, each)[0]
        for each in m.households
        if not each.renting and not known & set(each.members) and 35 <= m.age(_adults(m, each)[0]) < 80
    ]
    rng.shuffle(others)
    return first + others


def house(m: Making) -> None:
    """A house for every household, an owner for every house, meters in all of them, businesses included."""
    landlords = iter(_landlords(m))
    flats: dict[str, House] = {}
    for each in m.households:
        rng = m.rng(f"home:{each.id}")
        flats[each.id] = made = _house(m, rng, each.district, each.address)
        each.home = made.unit
        adults = _adults(m, each)
        m.registers.residences += [
            Residence(person, made.unit, _since(m, rng, person), int(each.renting)) for person in each.members
        ]
        if each.renting:
            landlord = next(landlords)
            m.registers.owners.append(Owner(made.unit, landlord, None, 100))
            _rent(m, rng, each, made, landlord)
            _meters(m, made, landlord, None)
        else:
            _own(m, made, adults)
            _meters(m, made, adults[0], None)
    for entry in loaded("town.yaml")["known"]:
        if entry.get("second"):
            # One more that stands empty: whoever owns several is asked which.
            rng = m.rng(f"second:{entry['person']}")
            code, name, _ = rng.choice(loaded("town.yaml")["districts"])
            made = _house(m, rng, code, free_flat(m, rng, name))
            m.registers.owners.append(Owner(made.unit, entry["person"], None, 100))
            _meters(m, made, entry["person"], None)
    for company in m.registers.companies:
        premises = next(row for row in m.registers.houses if row.unit == company.premises)
        _meters(m, premises, None, company.id)
