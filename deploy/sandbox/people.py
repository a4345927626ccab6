"""The well-known residents: who they are from data/people.yaml, their numbers and histories from one seed.

No number made here can be a real person's: an identity number begins with 120199, which GB/T 2260 does not
assign; the numbers of women of other layouts (their first six digits are prescribed) have the sequence 000,
which is not given out; mobile numbers begin with 19900000, bank cards with 620000. All check digits hold.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

DEFAULT_SEED = 2026
DATA = Path(__file__).with_name("data")
UNASSIGNED_AREA = "120199"
FIRST_YEAR, LAST_YEAR = 2019, 2026
"""Years with insurance records; the last one runs to October."""

RATES = (
    ("企业职工基本养老保险", 160, 80),
    ("职工基本医疗保险", 90, 20),
    ("失业保险", 5, 5),
    ("工伤保险", 4, 0),
)
"""Sample rates in per mille of the base (employer, person); real ones are the department's to say."""

# GB 11643-1999, appendix A (ISO 7064 MOD 11-2).
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_CARD_TYPES = {"resident": "resident", "hmt": "hmt", "foreign-2023": "foreign"}
_SUBJECTS = uuid.UUID("6f1d7a52-3a6b-4c1e-9a43-1b4f0f8c2026")


def check_digit(first17: str) -> str:
    """The 18th character of an identity number."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def luhn_digit(digits: str) -> str:
    """The last digit of a bank card's number (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    return str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


@dataclass(frozen=True)
class Insurance:
    """One kind of social insurance in one year; money in fen, None where the kind has no such sum."""

    year: int
    kind: str
    state: str
    months: int
    base_fen: int | None = None
    personal_fen: int | None = None
    unit_fen: int | None = None
    benefit_fen: int | None = None


@dataclass(frozen=True)
class Person:
    """A resident. `card` is what `place` of the ID-card simulator takes; dates there are YYYYMMDD.

    Who has no card yet (a child) has an empty one, and an empty `valid_to`.
    """

    id: str
    sub: str
    name: str
    card_type: str
    id_number: str
    sex: str
    birth: date
    valid_to: str
    domicile: str
    address: str
    mobile: str
    bank_card: str | None
    allowance_since: date | None
    insurances: tuple[Insurance, ...]
    card: Mapping[str, str]


@dataclass(frozen=True)
class Authorisation:
    """`agent` may act for `principal` in `items` until `valid_to`; `relation`: what the agent is to them."""

    id: str
    agent: str
    principal: str
    relation: str
    items: tuple[str, ...]
    valid_to: date


def _compact(value: date | str) -> str:
    return value if isinstance(value, str) else value.strftime("%Y%m%d")


def resident_number(birth: date, sex: str, rng: random.Random) -> str:
    """An identity number of nobody."""
    # GB 11643: the 17th digit is odd for men. 000 is left out, so that the rule above stays simple.
    sequence = rng.randrange(2, 998) // 2 * 2 + (1 if sex == "1" else 0)
    body = f"{UNASSIGNED_AREA}{birth:%Y%m%d}{sequence:03d}"
    return body + check_digit(body)


def subject(seed: int, identity: str) -> str:
    """What tokens name a person by."""
    return uuid.uuid5(_SUBJECTS, f"{seed}:{identity}").hex


def _id_number(entry: Mapping[str, Any], rng: random.Random) -> str:
    birth = entry["birth"].strftime("%Y%m%d")
    layout = entry.get("layout", "resident")
    if layout == "resident":
        return resident_number(entry["birth"], entry["sex"], rng)
    # hmt: the prescribed area; foreign: 9, province, ISO 3166-1 numeric.
    area = entry["area"] if layout == "hmt" else f"912{entry['country']}"
    body = f"{area}{birth}000"
    return body + check_digit(body)


def _months_insured(work: str, year: int, rng: random.Random) -> int:
    most = 10 if year == LAST_YEAR else 12
    return most if work != "flexible" else rng.randrange(most // 2, most)


def contributions(year: int, months: int, base_fen: int, *, own: bool) -> list[Insurance]:
    """What an employee, or somebody who pays alone (`own`), paid for so many months of a year."""
    whole = months == (10 if year == LAST_YEAR else 12)
    return [
        Insurance(
            year,
            kind,
            "正常缴费" if whole else "部分月份缴费",
            months,
            base_fen,
            base_fen * (personal + (unit if own else 0)) // 1000 * months,
            0 if own else base_fen * unit // 1000 * months,
        )
        for kind, unit, personal in RATES
        if not own or kind not in {"失业保险", "工伤保险"}
    ]


def _insurances(work: str, rng: random.Random) -> tuple[Insurance, ...]:
    found: list[Insurance] = []
    wage = rng.randrange(5200, 14000) * 100
    pension = rng.randrange(2800, 5200) * 100
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        months = _months_insured(work, year, rng)
        if work == "retired":
            pension = pension * 103 // 100
            found.append(
                Insurance(year, "企业职工基本养老保险", "领取待遇", months, benefit_fen=pension * months)
            )
            found.append(Insurance(year, "职工基本医疗保险", "退休享受", months))
        elif work in {"employee", "flexible"}:
            wage = wage * 104 // 100
            found += contributions(year, months, wage, own=work == "flexible")
    return tuple(found)


def _card(entry: Mapping[str, Any], id_number: str) -> dict[str, str]:
    layout = entry.get("layout", "resident")
    valid_from, valid_to = (_compact(value) for value in entry["valid"])
    card = {
        "layout": layout,
        "name": entry["name"],
        "sex": entry["sex"],
        "birth": _compact(entry["birth"]),
        "id_number": id_number,
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    if layout == "resident":
        return card | {
            "nation": entry.get("nation", "01"),
            "address": entry["address"],
            "issuer": entry["issuer"],
        }
    if layout == "hmt":
        return card | {
            "address": entry["address"],
            "issuer": entry["issuer"],
            "pass_number": "H00000000",
            "issue_count": "01",
        }
    return card | {
        "english_name": entry["english_name"],
        "nationality": entry["nationality"],
        "renew_count": "00",
    }


def _person(entry: Mapping[str, Any], seed: int) -> Person:
    # One generator a person: adding somebody changes nobody else.
    rng = random.Random(f"{seed}:{entry['id']}")  # noqa: S311 - fiction, not cryptography
    id_number = _id_number(entry, rng)
    mobile = f"19900000{rng.randrange(1000):03d}"
    stem = f"620000{rng.randrange(10**12):012d}"
    since: date | None = entry.get("allowance_since")
    return Person(
        id=entry["id"],
        sub=subject(seed, entry["id"]),
        name=entry["name"],
        card_type=_CARD_TYPES[entry.get("layout", "resident")],
        id_number=id_number,
        sex=entry["sex"],
        birth=entry["birth"],
        valid_to=str(entry["valid"][1]),
        domicile=entry.get("domicile", entry["district"]),
        address=entry["address"],
        mobile=mobile,
        bank_card=stem + luhn_digit(stem) if entry["bank_card"] else None,
        allowance_since=since,
        insurances=_insurances(entry["work"], rng),
        card=_card(entry, id_number),
    )


@cache
def _data() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = YAML(typ="safe").load(DATA / "people.yaml")
    return loaded


@cache
def people(seed: int = DEFAULT_SEED) -> tuple[Person, ...]:
    """Those of data/people.yaml, in its order; the same from the same seed. Their neighbours: `town`."""
    return tuple(_person(entry, seed) for entry in _data()["people"])


def cards(seed: int = DEFAULT_SEED) -> dict[str, dict[str, str]]:
    """The card of everybody by person's id, as the ID-card simulator's control op `place` takes it."""
    return {person.id: dict(person.card) for person in people(seed)}


def authorisations() -> tuple[Authorisation, ...]:
    """Who may act for whom, those that have run out included."""
    return tuple(
        Authorisation(**{**entry, "items": tuple(entry["items"])}) for entry in _data()["authorisations"]
    )
