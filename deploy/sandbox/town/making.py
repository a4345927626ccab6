"""A town in the making: its generators, its unused numbers, and what stands so far."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from ..people import DATA, Person, people
from . import numbers
from .rows import Registers

AS_OF = date(2026, 11, 1)
"""The day on which the registers were closed; months up to October have been paid."""


@cache
def loaded(name: str) -> Mapping[str, Any]:
    """A file of data/; not to be changed."""
    data: Mapping[str, Any] = YAML(typ="safe").load(DATA / name)
    return data


def age_at(birth: date, day: date = AS_OF) -> int:
    """Whole years."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def month_of(year: int, month: int) -> str:
    """YYYY-MM."""
    return f"{year:04d}-{month:02d}"


def months_between(since: str, until: str) -> int:
    """How many months from one to another, both included; 0 when there is none."""
    first, last = (int(text[:4]) * 12 + int(text[5:7]) for text in (since, until))
    return max(0, last - first + 1)


def months_in(year: int, since: str, until: str | None) -> int:
    """How many months of a year lie between the two; `until` None: until the registers were closed."""
    last = min(until or month_of(AS_OF.year, AS_OF.month - 1), month_of(year, 12))
    return months_between(max(since, month_of(year, 1)), last)


@dataclass
class Household:
    """Who lives together. `division` is where they are registered, `home` the house they live in."""

    id: str
    district: str
    division: str
    address: str
    members: list[str] = field(default_factory=list)
    renting: bool = False
    home: str = ""


@dataclass
class Making:
    """What stands so far. Every part draws from generators of its own, so that one more changes no other."""

    seed: int
    persons: dict[str, Person] = field(default_factory=dict)
    households: list[Household] = field(default_factory=list)
    registers: Registers = field(default_factory=Registers)
    contracts: dict[str, str] = field(default_factory=dict)
    """By house: the number of the contract it was bought by."""
    _serials: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """With the well-known in it."""
        self.persons = {one.id: one for one in people(self.seed)}
        self._numbers = {one.id_number for one in self.persons.values()}
        taken = {one.mobile for one in self.persons.values()}
        free = [numbers.mobile(serial) for serial in range(1000)]
        self.rng("mobiles").shuffle(free)
        self._mobiles: Iterator[str] = iter([mobile for mobile in free if mobile not in taken])

    def rng(self, name: str) -> random.Random:
        """The generator of one part, the same for the same seed."""
        return random.Random(f"{self.seed}:town:{name}")  # noqa: S311 - fiction, not cryptography

    def serial(self, kind: str) -> int:
        """The next number of a kind: 1, 2, 3, ..., from a start that is the seed's."""
        if kind not in self._serials:
            self._serials[kind] = self.rng(f"serial:{kind}").randrange(1, 9000)
        self._serials[kind] += 1
        return self._serials[kind]

    def mobile(self) -> str:
        """One that nobody has."""
        return next(self._mobiles)

    def fresh(self, number: str) -> bool:
        """Whether nobody has this identity number; it is taken now."""
        if number in self._numbers:
            return False
        self._numbers.add(number)
        return True

    def local(self, person: str) -> bool:
        """Whether somebody is registered in the city."""
        return self.persons[person].domicile.startswith("12")

    def age(self, person: str) -> int:
        """Whole years when the registers were closed."""
        return age_at(self.persons[person].birth)
