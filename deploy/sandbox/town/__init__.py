"""The town: some 300 residents and 40 companies, and every register that knows of them, from one seed.

`town(seed)` makes it: those of data/people.yaml as they are, their families and neighbours around them. The
parts build on each other in this order: families (who there is), companies, work (jobs, insurance, housing
fund, pensions), homes (houses, owners, tenants, meters, bills), papers (cars, permits), holding (certificates
and what is paid for them), owing (loans, roads, heating, taxes), records (cases, examinations, places).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ..people import DEFAULT_SEED, Person
from .companies import found
from .families import settle
from .holding import holding
from .homes import house
from .making import AS_OF, Making
from .owing import owing
from .papers import papers
from .records import licences, records
from .rows import Registers
from .work import work

__all__ = ["AS_OF", "Town", "town"]


@dataclass(frozen=True)
class Town:
    """Everybody, the well-known first, and the registers."""

    persons: tuple[Person, ...]
    registers: Registers


@cache
def town(seed: int = DEFAULT_SEED) -> Town:
    """The town of a seed: always the same; not to be changed."""
    m = Making(seed)
    settle(m)
    found(m)
    work(m)
    house(m)
    papers(m)
    holding(m)
    licences(m)
    owing(m)
    records(m)
    return Town(tuple(m.persons.values()), m.registers)
