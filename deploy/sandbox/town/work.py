"""Who works where, and what was paid for it: by the company, to insurance, to the housing fund, as a pension.

Employer, person and departments tell of the same months and the same money: all of it is derived from one
list of employments. Rates are samples.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from ..people import FIRST_YEAR, LAST_YEAR, RATES, Insurance, contributions
from .making import AS_OF, Making, loaded, month_of, months_in
from .rows import (
    AllowancePayment,
    Employment,
    FundAccount,
    FundYear,
    InsuredElsewhere,
    Payroll,
    Pension,
)

FUND_RATE = 110
"""Per mille of the base, from each side (a sample)."""
RETIRES = {"1": 60, "2": 55}
LOST = "2026-05"
"""The last month of those who lost their work this year."""
ALLOWANCE_FEN = 10000
PENSION_KIND, MEDICAL_KIND, RESIDENT_KIND = "企业职工基本养老保险", "职工基本医疗保险", "城乡居民基本医疗保险"


@dataclass(frozen=True)
class _Working:
    """What a person's working life draws on."""

    m: Making
    rng: Random
    person: str


def _employer(w: _Working, since: str, other_than: str = "") -> str | None:
    """A company that was there by then; larger ones more often."""
    open_by = [row for row in w.m.registers.companies if row.founded[:7] < since and row.id != other_than]
    return w.rng.choices(open_by, [5 - int(row.scale) for row in open_by])[0].id if open_by else None


def _employ(w: _Working, since: str, until: str | None) -> None:
    """One job, or two with a change in between; not before there is a company."""
    rng = w.rng
    first = min(w.m.registers.companies, key=lambda row: row.founded)
    since = max(since, first.founded[:7])
    company = _employer(w, since) or first.id
    rows = [Employment(company, w.person, since, until)]
    if until is None and since < "2023-01" and rng.random() < 0.2:
        year, month = rng.randrange(2023, LAST_YEAR), rng.randrange(1, 12)
        other = _employer(w, month_of(year, month), company)
        if other is not None:
            rows = [
                Employment(company, w.person, since, month_of(year, month)),
                Employment(other, w.person, month_of(year, month + 1), None),
            ]
    w.m.registers.employments += rows


def _jobs(m: Making) -> None:
    """Employments of everybody: who stands for a company works there; the well-known keep their histories."""
    work = {entry["id"]: entry["work"] for entry in loaded("people.yaml")["people"]}
    heads = {each.legal_representative: each for each in m.registers.companies}
    coded = {each.credit_code: each.id for each in m.registers.companies}
    handlers = {each.person: coded[each.business] for each in m.registers.handlers}
    founded = {each.id: each.founded[:7] for each in m.registers.companies}
    for identity, person in m.persons.items():
        w = _Working(m, m.rng(f"work:{identity}"), identity)
        age = m.age(identity)
        start = max(month_of(person.birth.year + w.rng.randrange(20, 25), 7), "2008-01")
        company = heads[identity].id if identity in heads else handlers.get(identity)
        if identity in work:
            if work[identity] == "employee":
                long_there = company or _employer(w, "2018-06")
                # Its company paid from the first year of the record on.
                m.registers.employments.append(Employment(long_there or "c-01", identity, "2018-07", None))
        elif company is not None and age < RETIRES[person.sex]:
            m.registers.employments.append(Employment(company, identity, max(start, founded[company]), None))
        elif age < 22 or (age >= RETIRES[person.sex] and not m.local(identity)):
            continue
        elif age >= RETIRES[person.sex]:
            stopped = month_of(person.birth.year + RETIRES[person.sex], person.birth.month)
            if stopped >= month_of(FIRST_YEAR, 1) and w.rng.random() < 0.8:
                _employ(w, "2009-03", stopped)
        elif w.rng.random() < (0.9 if not m.local(identity) else 0.76):
            until = LOST if 28 <= age < 52 and m.rng(f"lost:{identity}").random() < 0.1 else None
            _employ(w, max(start, month_of(w.rng.randrange(2009, 2026), w.rng.randrange(1, 13))), until)


def _year_of_retirement(rows: list[Insurance], pension: int, months: int) -> list[Insurance]:
    """The year in which somebody stopped paying and began to draw: one row for a kind, both sums in it."""
    return [
        replace(row, state="当年退休", benefit_fen=pension * months if row.kind == PENSION_KIND else None)
        for row in rows
    ]


def _paid(m: Making, identity: str, jobs: list[Employment]) -> None:
    """Insurance, payroll and housing fund of one person, year by year."""
    rng = m.rng(f"pay:{identity}")
    person = m.persons[identity]
    known = {row.year: row.base_fen for row in person.insurances if row.kind == PENSION_KIND}
    wage = rng.randrange(5200, 16000) * 100
    account = FundAccount(f"0000{m.serial('fund'):08d}", identity, jobs[-1].company, jobs[0].since + "-01")
    if jobs[-1].until is not None:
        account = account._replace(company=None)
    found: list[Insurance] = []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        wage = wage * 104 // 100
        base = known.get(year) or wage
        spans = [(job.company, months_in(year, job.since, job.until)) for job in jobs]
        months = sum(span for _, span in spans)
        if not months:
            continue
        found += contributions(year, months, base, own=False)
        share = base * FUND_RATE // 1000
        m.registers.fund_years.append(FundYear(account.account, year, months, share * months, share * months))
        m.registers.payrolls += [
            Payroll(
                company,
                identity,
                year,
                span,
                base,
                sum(base * unit // 1000 for _, unit, _ in RATES) * span,
                share * span,
            )
            for company, span in spans
            if span
        ]
    m.registers.fund_accounts.append(account)
    if not person.insurances:
        m.persons[identity] = replace(person, insurances=tuple(found))


def _alone(m: Making, identity: str) -> None:
    """Who has no employer pays alone in part, or is in the residents' scheme."""
    person, rng = m.persons[identity], m.rng(f"alone:{identity}")
    found: list[Insurance] = []
    wage = rng.randrange(4800, 8000) * 100
    flexible = 22 <= m.age(identity) < RETIRES[person.sex] and m.local(identity) and rng.random() < 0.6
    for year in range(max(FIRST_YEAR, person.birth.year + 1), LAST_YEAR + 1):
        whole = 10 if year == LAST_YEAR else 12
        if flexible and year - person.birth.year >= 22:
            wage = wage * 103 // 100
            found += contributions(year, whole - rng.choice((0, 0, 0, 1, 3)), wage, own=True)
        elif m.local(identity):
            found.append(Insurance(year, RESIDENT_KIND, "正常参保", whole))
    m.persons[identity] = replace(person, insurances=tuple(found))


def _retire(m: Making, identity: str) -> None:
    """A pension from the month after the birthday on; insured as a pensioner from then."""
    person, rng = m.persons[identity], m.rng(f"pension:{identity}")
    drawn = [row for row in person.insurances if row.benefit_fen is not None]
    year, month = person.birth.year + RETIRES[person.sex], person.birth.month + 1
    since = month_of(year + month // 13, (month - 1) % 12 + 1)
    if drawn:
        monthly = (drawn[-1].benefit_fen or 0) // drawn[-1].months
        m.registers.pensions.append(Pension(identity, since, monthly))
        return
    monthly = rng.randrange(2600, 5600) * 100
    found = list(person.insurances)
    for each in range(FIRST_YEAR, LAST_YEAR + 1):
        monthly = monthly * 103 // 100
        months = months_in(each, since, None)
        if not months:
            continue
        same = [row for row in found if row.year == each and row.kind in {PENSION_KIND, MEDICAL_KIND}]
        found = [row for row in found if row not in same]
        found += _year_of_retirement(same, monthly, months) or [
            Insurance(each, PENSION_KIND, "领取待遇", months, benefit_fen=monthly * months),
            Insurance(each, MEDICAL_KIND, "退休享受", months),
        ]
    m.registers.pensions.append(Pension(identity, since, monthly))
    m.persons[identity] = replace(person, insurances=tuple(sorted(found, key=lambda row: row.year)))


def _elsewhere(m: Making) -> None:
    """Who came from elsewhere, and a few others, paid there before: what can be brought over."""
    first: dict[str, str] = {}
    for job in m.registers.employments:
        first[job.person] = min(job.since, first.get(job.person, job.since))
    for identity, since in first.items():
        person, rng = m.persons[identity], m.rng(f"elsewhere:{identity}")
        division = person.domicile
        if m.local(identity):
            if identity != "p-zhang-wei" and rng.random() < 0.93:
                continue
            division = rng.choice(loaded("town.yaml")["elsewhere"])[0]
        years = int(since[:4]) - (person.birth.year + 21)
        if not division or years < 1:
            continue
        start = int(since[:4]) - min(years, rng.randrange(1, 7))
        m.registers.insured_elsewhere.append(
            InsuredElsewhere(identity, division, month_of(start, 3), month_of(int(since[:4]) - 1, 12))
        )


def _allowances(m: Making) -> None:
    for person in m.persons.values():
        since: date | None = person.allowance_since
        if since is None:
            continue
        for back in range(24):
            year, month = divmod(AS_OF.year * 12 + AS_OF.month - 2 - back, 12)
            if month_of(year, month + 1) >= f"{since:%Y-%m}":
                m.registers.allowance_payments.append(
                    AllowancePayment(person.id, month_of(year, month + 1), ALLOWANCE_FEN)
                )


def work(m: Making) -> None:
    """Everything about working and having worked."""
    _jobs(m)
    jobs: dict[str, list[Employment]] = defaultdict(list)
    for row in m.registers.employments:
        jobs[row.person].append(row)
    known = {entry["id"] for entry in loaded("people.yaml")["people"]}
    for identity, person in list(m.persons.items()):
        if identity in jobs:
            _paid(m, identity, jobs[identity])
        elif identity not in known and m.age(identity) < RETIRES[person.sex]:
            _alone(m, identity)
        draws = bool(person.insurances) and person.insurances[0].benefit_fen is not None
        old = identity not in known and m.age(identity) >= RETIRES[person.sex] and m.local(identity)
        if draws or old:
            _retire(m, identity)
    _elsewhere(m)
    _allowances(m)
