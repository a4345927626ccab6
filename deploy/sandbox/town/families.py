"""Who is married to whom, whose children they are, who lives together; the well-known come first."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from ..people import Person, resident_number, subject
from . import names, numbers
from .making import AS_OF, Household, Making, age_at, loaded
from .rows import Kin, Marriage

ADULT, FIRST_CARD = 18, 16
OLD_ALLOWANCE = 80


@dataclass(frozen=True)
class _Place:
    """Where a household is from and lives. `nation`: GB/T 3304; 05 and 04 have no surnames."""

    district: str
    division: str
    address: str
    domicile_address: str
    issuer: str
    nation: str = "01"


def _birthday(rng: random.Random, year: int) -> date:
    return date(year, 1, 1) + timedelta(days=rng.randrange(365))


def _later(day: date, years: int) -> date:
    """The same day years later; 29 February becomes the 28th."""
    return day.replace(year=day.year + years, day=min(day.day, 28) if day.month == 2 else day.day)


def _card_dates(rng: random.Random, birth: date, *, early: float) -> tuple[date, str] | None:
    """When a card was issued, and how long it is valid (Law on Resident Identity Cards, article 5).

    None for a child that has none: it need not have one before 16; `early` is how likely it has one.
    """
    age = age_at(birth)
    if age < 6 or (age < FIRST_CARD and rng.random() >= early):
        return None
    years = 5 if age < FIRST_CARD else 10 if age < 26 else 20
    youngest = 0 if age < FIRST_CARD else FIRST_CARD if age < 26 else 26
    # Not before the age that its length is for, nor so long ago that it has run out.
    earliest = max(_later(birth, youngest), _later(AS_OF, -years) + timedelta(days=40))
    issued = earliest + timedelta(days=rng.randrange(max(1, (AS_OF - earliest).days - 60)))
    if age_at(birth, issued) >= 46:
        return issued, "长期"
    return issued, _later(issued, years).isoformat()


def _card(person: Person, place: _Place, dates: tuple[date, str]) -> dict[str, str]:
    return {
        "layout": "resident",
        "name": person.name,
        "sex": person.sex,
        "birth": f"{person.birth:%Y%m%d}",
        "id_number": person.id_number,
        "valid_from": f"{dates[0]:%Y%m%d}",
        "valid_to": dates[1].replace("-", ""),
        "nation": place.nation,
        "address": place.domicile_address,
        "issuer": place.issuer,
    }


def _born(
    m: Making, rng: random.Random, house: Household, place: _Place, name: str, sex: str, birth: date
) -> str:
    """One more person in the household; the id."""
    identity = f"r-{house.id}-{len(house.members) + 1}"
    number = resident_number(birth, sex, rng)
    while not m.fresh(number):
        number = resident_number(birth, sex, rng)
    age = age_at(birth)
    since = None
    if age > OLD_ALLOWANCE and place.division.startswith("12") and rng.random() < 0.7:
        since = _later(birth, OLD_ALLOWANCE).replace(day=1) + timedelta(days=31)
    # The children of the well-known have none: there is always somebody to apply for.
    dates = _card_dates(rng, birth, early=0.3 if house.id[0].isdigit() else 0.0)
    person = Person(
        id=identity,
        sub=subject(m.seed, identity),
        name=name,
        card_type="resident",
        id_number=number,
        sex=sex,
        birth=birth,
        valid_to=dates[1] if dates else "",
        domicile=place.division,
        address=place.address,
        mobile=m.mobile() if age >= 12 else "",
        bank_card=numbers.bank_card(rng.randrange(10**12))
        if age >= FIRST_CARD and rng.random() < 0.9
        else None,
        allowance_since=since.replace(day=1) if since else None,
        insurances=(),
        card={},
    )
    m.persons[identity] = replace(person, card=_card(person, place, dates)) if dates else person
    house.members.append(identity)
    return identity


def _marry(m: Making, rng: random.Random, one: str, other: str) -> None:
    husband, wife = sorted((one, other), key=lambda each: m.persons[each].sex)
    youngest = max(m.persons[one].birth, m.persons[other].birth)
    since = _later(youngest, 22) + timedelta(days=rng.randrange(900))
    m.registers.marriages.append(Marriage(husband, wife, min(since, AS_OF - timedelta(days=40)).isoformat()))


def _child_name(rng: random.Random, place: _Place, father: str, sex: str, year: int) -> str:
    if place.nation == "05":
        return names.dotted(rng, sex, father)
    if place.nation == "04":
        return names.tibetan(rng, sex)
    length = 2 if father[:2] in loaded("names.yaml")["surnames_rare"] else 1
    return father[:length] + names.given(rng, sex, year)


def _adult_name(rng: random.Random, place: _Place, sex: str, year: int, family: str = "") -> str:
    if place.nation == "05":
        return names.dotted(rng, sex)
    if place.nation == "04":
        return names.tibetan(rng, sex)
    return (family or names.surname(rng)) + names.given(rng, sex, year)


class _Family:
    """A household being born."""

    def __init__(self, m: Making, rng: random.Random, house: Household, place: _Place) -> None:
        self.m, self.rng, self.house, self.place = m, rng, house, place

    def adult(self, sex: str, year: int, family: str = "") -> str:
        """Somebody grown up."""
        name = _adult_name(self.rng, self.place, sex, year, family)
        return _born(self.m, self.rng, self.house, self.place, name, sex, _birthday(self.rng, year))

    def couple(self, year: int) -> tuple[str, str]:
        """A man of that year and his wife."""
        man = self.adult("1", year)
        wife = self.adult("2", year + self.rng.randrange(-2, 4))
        _marry(self.m, self.rng, man, wife)
        return man, wife

    def child(self, year: int, *parents: str) -> str:
        """A child of theirs; it has the name of the first."""
        sex = self.rng.choice("12")
        named_by = self.m.persons[parents[0]].name
        name = _child_name(self.rng, self.place, named_by, sex, year)
        birth = min(_birthday(self.rng, year), AS_OF - timedelta(days=30))
        made = _born(self.m, self.rng, self.house, self.place, name, sex, birth)
        self.m.registers.kin += [Kin(parent, made) for parent in parents]
        return made

    def children(self, *parents: str) -> None:
        """One or two under 18, as old as their parents allow."""
        youngest = max(self.m.persons[each].birth.year for each in parents)
        for _ in range(1 if self.rng.random() < 0.6 else 2):
            year = self.rng.randrange(max(youngest + 23, AS_OF.year - 17), AS_OF.year + 1)
            if all(self.m.persons[each].birth.year != year for each in self.house.members):
                self.child(year, *parents)


def _elders(family: _Family, of: str) -> None:
    """The parents of somebody, in a household of their own."""
    rng, m = family.rng, family.m
    child = m.persons[of]
    man_year = child.birth.year - rng.randrange(23, 32)
    length = 2 if child.name[:2] in loaded("names.yaml")["surnames_rare"] else 1
    man = family.adult("1", man_year, child.name[:length])
    wife = family.adult("2", man_year + rng.randrange(0, 3))
    _marry(m, rng, man, wife)
    m.registers.kin += [Kin(man, of), Kin(wife, of)]


def _couple_with_children(family: _Family) -> str:
    man, wife = family.couple(AS_OF.year - family.rng.randrange(27, 47))
    family.children(man, wife)
    return man


def _young_couple(family: _Family) -> str:
    return family.couple(AS_OF.year - family.rng.randrange(25, 33))[0]


def _old_couple(family: _Family) -> str:
    family.couple(AS_OF.year - family.rng.randrange(60, 88))
    return ""


def _widow(family: _Family) -> str:
    family.adult(family.rng.choice("122"), AS_OF.year - family.rng.randrange(66, 94))
    return ""


def _single(family: _Family) -> str:
    family.adult(family.rng.choice("12"), AS_OF.year - family.rng.randrange(22, 45))
    return ""


def _single_parent(family: _Family) -> str:
    parent = family.adult(family.rng.choice("122"), AS_OF.year - family.rng.randrange(30, 48))
    family.children(parent)
    return ""


def _three_generations(family: _Family) -> str:
    man = _couple_with_children(family)
    mother = family.adult("2", family.m.persons[man].birth.year - family.rng.randrange(22, 30))
    family.m.registers.kin.append(Kin(mother, man))
    return ""


_KINDS: tuple[tuple[Callable[[_Family], str], int, bool], ...] = (
    (_couple_with_children, 34, False),
    (_young_couple, 8, False),
    (_old_couple, 12, False),
    (_widow, 12, False),
    (_single, 6, False),
    (_single_parent, 6, False),
    (_three_generations, 8, False),
    (_couple_with_children, 8, True),
    (_single, 10, True),
)
"""How a household is made (it answers with a man whose parents may live near, or nothing), how often, and
whether it came from elsewhere."""


def free_flat(m: Making, rng: random.Random, district: str) -> str:
    """An address that nobody has yet; short enough for the card's 35 places."""
    taken = {house.address for house in m.households} | {row.address for row in m.registers.houses}
    while True:
        estate = rng.choice(loaded("town.yaml")["estates"])
        room = f"{rng.randrange(1, 19)}{rng.randrange(1, 5):02d}"
        address = f"天津市{district}演示街道{estate}{rng.randrange(1, 31)}号楼{rng.randrange(1, 7)}门{room}号"
        if address not in taken:
            return address


def _place(m: Making, rng: random.Random, *, elsewhere: bool) -> _Place:
    code, district, police = rng.choice(loaded("town.yaml")["districts"])
    address = free_flat(m, rng, district)
    if not elsewhere:
        nation = "05" if rng.random() < 0.03 else "03" if rng.random() < 0.03 else "01"
        return _Place(code, code, address, address, f"天津市公安局{police}分局", nation)
    division, begin, issuer = rng.choice(loaded("town.yaml")["elsewhere"])
    nation = {"540100": "04", "650100": "05"}.get(division, "01")
    there = (
        f"{begin}演示街道示范里{rng.randrange(1, 30)}号楼{rng.randrange(1, 6)}门{rng.randrange(101, 606)}号"
    )
    return _Place(code, division, address, there, issuer, nation)


def _household(m: Making, identity: str, place: _Place) -> Household:
    house = Household(identity, place.district, place.division, place.address)
    m.households.append(house)
    return house


def _known(m: Making, entry: Mapping[str, Any]) -> None:
    """A well-known person's household, with those of the family whom data/town.yaml asks for."""
    anchor = m.persons[entry["person"]]
    rng = m.rng(f"known:{anchor.id}")
    code, _, police = next(row for row in loaded("town.yaml")["districts"] if row[1] in anchor.address)
    nation = anchor.card.get("nation", "01")
    division = anchor.domicile or code
    place = _Place(code, division, anchor.address, anchor.address, f"天津市公安局{police}分局", nation)
    house = _household(m, anchor.id.removeprefix("p-"), place)
    house.members.append(anchor.id)
    house.renting = entry["home"] == "tenant"
    family = _Family(m, rng, house, place)
    if "spouse" in entry:
        spouse = family.adult("2" if anchor.sex == "1" else "1", entry["spouse"])
        _marry(m, rng, anchor.id, spouse)
        parents = sorted((anchor.id, spouse), key=lambda each: m.persons[each].sex)
        for year in entry.get("children", ()):
            family.child(year, *parents)
    if "parents" in entry:
        father = family.adult("1", entry["parents"][0], anchor.name[:1])
        mother = family.adult("2", entry["parents"][1])
        _marry(m, rng, father, mother)
        m.registers.kin += [Kin(father, anchor.id), Kin(mother, anchor.id)]


def settle(m: Making) -> None:
    """Everybody: the well-known with their families, then household after household until it is full."""
    town = loaded("town.yaml")
    for entry in town["known"]:
        _known(m, entry)
    m.registers.kin += [Kin(*pair) for pair in town["kin"]]
    makers, weights = [row[0::2] for row in _KINDS], [row[1] for row in _KINDS]
    for serial in range(1, town["residents"]):
        if len(m.persons) >= town["residents"]:
            return
        rng = m.rng(f"household:{serial}")
        make, elsewhere = rng.choices(makers, weights)[0]
        place = _place(m, rng, elsewhere=bool(elsewhere))
        house = _household(m, f"{serial:03d}", place)
        house.renting = bool(elsewhere) or rng.random() < 0.05
        man = make(_Family(m, rng, house, place))
        if man and not elsewhere and place.nation == "01" and rng.random() < 0.5:
            near = _place(m, rng, elsewhere=False)
            near = _Place(near.district, near.division, near.address, near.address, near.issuer)
            _elders(_Family(m, rng, _household(m, f"{serial:03d}e", near), near), man)
