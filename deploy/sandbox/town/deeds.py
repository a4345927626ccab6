"""Rows of the registers that most items ask about: certificates, dues, cases, places, records of companies.

As in `rows`: dates are ISO text, months `YYYY-MM`, money is in fen; None where the register has nothing.
"""

from __future__ import annotations

from typing import NamedTuple


class Credential(NamedTuple):
    """What a department has of a person under a number: a certificate, a card, a standing (`kind`)."""

    number: str
    person: str
    kind: str
    title: str
    level: str | None
    code: str | None
    issuer: str
    issued: str
    valid_to: str
    state: str
    fen: int | None
    detail: str | None


class Payout(NamedTuple):
    """What a department paid somebody in a month."""

    person: str
    kind: str
    month: str
    fen: int


class Due(NamedTuple):
    """Something to pay (`settled_on` None), or paid; `about`: the case, plate, account or contract of it."""

    number: str
    person: str | None
    company: str | None
    kind: str
    what: str
    code: str | None
    period: str
    fen: int
    due: str
    settled_on: str | None
    about: str


class Happening(NamedTuple):
    """Something on a day: an examination, a vaccination, a border crossed."""

    number: str
    person: str
    kind: str
    day: str
    what: str
    place: str
    result: str
    score: int | None
    code: str | None


class Progress(NamedTuple):
    """A case of another system, and where it stands; `word` stands on its receipt."""

    number: str
    word: str
    person: str | None
    company: str | None
    item: str
    what: str
    state: str
    since: str
    step: str


class Place(NamedTuple):
    """A school, a notary's office, a nursing home and the like."""

    code: str
    kind: str
    name: str
    district: str
    address: str
    phone: str
    detail: str


class FundLoan(NamedTuple):
    """A loan of the housing fund for a house; repaid monthly from `since` on, unless settled."""

    contract: str
    person: str
    house: str
    bank: str
    fen: int
    months: int
    monthly_fen: int
    since: str
    settled_on: str | None


class Mortgage(NamedTuple):
    """What secures a loan."""

    number: str
    house: str
    person: str
    loan: str
    bank: str
    fen: int
    registered: str


class VehiclePolicy(NamedTuple):
    """The compulsory insurance of a car."""

    number: str
    plate: str
    insurer: str
    since: str
    until: str


class Violation(NamedTuple):
    """Against the rules of the road; `decision` is the number of the fine, once there is one."""

    number: str
    plate: str
    day: str
    place: str
    what: str
    points: int
    fen: int
    decision: str | None


class TransportCertificate(NamedTuple):
    """A lorry that may carry goods, and whose it is."""

    number: str
    plate: str
    plate_type: str
    vin: str
    person: str | None
    company: str | None
    tons: int
    issued: str
    review_by: str


class HeatingAccount(NamedTuple):
    """An account for heating, in the name that the meters of the house are in."""

    account: str
    house: str
    person: str | None
    company: str | None


class Birth(NamedTuple):
    """A medical certificate of birth."""

    number: str
    child: str
    hospital: str


class Death(NamedTuple):
    """Somebody who died, and who is left (`relation`, GB/T 4761: what they were to the dead)."""

    id_number: str
    name: str
    day: str
    relative: str
    relation: str


class CompanyRecord(NamedTuple):
    """What a department has of a company: a report, a rating, a penalty (`kind`)."""

    number: str
    company: str
    kind: str
    what: str
    year: int
    day: str
    state: str
    fen: int | None


class PublicRecord(NamedTuple):
    """What anybody may look up; `code` narrows it (an occupation, a section, a check code)."""

    number: str
    kind: str
    title: str
    holder: str
    code: str
    district: str
    detail: str
    state: str
    day: str
    fen: int | None
