"""One row of each register, as the table of the same name in schema.sql wants it.

Dates are ISO text, months `YYYY-MM`, money is in fen; None where the register has nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

from . import deeds


class House(NamedTuple):
    """A flat, or business premises: one entry each."""

    unit: str
    certificate: str
    district: str
    address: str
    kind: str
    area_m2: int
    registered: str


class Owner(NamedTuple):
    """Who a house belongs to: a person or a company, with a share in per cent."""

    house: str
    person: str | None
    company: str | None
    percent: int


class Residence(NamedTuple):
    """Who lives where, since when, and whether as a tenant."""

    person: str
    house: str
    since: str
    renting: int


class Marriage(NamedTuple):
    """Two spouses."""

    husband: str
    wife: str
    since: str


class Kin(NamedTuple):
    """A parent and a child."""

    parent: str
    child: str


class Company(NamedTuple):
    """A company. Scale: 1 large, 2 medium, 3 small, 4 micro; revenue of the last year."""

    id: str
    credit_code: str
    name: str
    type_code: str
    industry: str
    scale: str
    revenue_fen: int
    capital_fen: int
    employees: int
    founded: str
    district: str
    address: str
    premises: str
    legal_representative: str
    phone: str
    bank_account: str | None


class Handler(NamedTuple):
    """Who may act for a company (by its credit code): as legal-representative or as handler."""

    business: str
    person: str
    authority: str


class Licence(NamedTuple):
    """A licence of a company; it names the legal representative."""

    number: str
    company: str
    type_code: str
    title: str
    issued: str
    valid_to: str
    legal_representative: str


class Employment(NamedTuple):
    """Who works where, from one month to another (both included; None: still)."""

    company: str
    person: str
    since: str
    until: str | None


class Payroll(NamedTuple):
    """What a company paid for somebody in a year: its share of social insurance and of the housing fund."""

    company: str
    person: str
    year: int
    months: int
    base_fen: int
    insurance_fen: int
    fund_fen: int


class FundAccount(NamedTuple):
    """A housing fund account; the company that pays into it now."""

    account: str
    person: str
    company: str | None
    opened: str


class FundYear(NamedTuple):
    """What came into a housing fund account in a year."""

    account: str
    year: int
    months: int
    personal_fen: int
    unit_fen: int


class Pension(NamedTuple):
    """What somebody draws a month, since when."""

    person: str
    since: str
    monthly_fen: int


class InsuredElsewhere(NamedTuple):
    """Pension insurance paid in another place, from one month to another (both included)."""

    person: str
    division: str
    since: str
    until: str


class AllowancePayment(NamedTuple):
    """The old-age allowance of a month."""

    person: str
    month: str
    fen: int


class Meter(NamedTuple):
    """An account for electricity, water or gas at a house, and whose it is."""

    account: str
    kind: str
    house: str
    person: str | None
    company: str | None


class Bill(NamedTuple):
    """What an account used in a month (kWh or m³) and costs; `settled_on` None: it is due."""

    id: str
    account: str
    month: str
    used: int
    fen: int
    due: str
    settled_on: str | None


class Rental(NamedTuple):
    """A rental contract; `filed` 1 when it has been registered."""

    id: str
    house: str
    landlord: str
    tenant: str
    rent_fen: int
    since: str
    until: str
    filed: int


class Car(NamedTuple):
    """A car; plate types as in GA/T 16.7: 02 small, 52 small, new energy."""

    plate: str
    plate_type: str
    vin: str
    person: str
    registered: str
    inspect_by: str


class DrivingLicence(NamedTuple):
    """A driving licence; its number is that of the identity card."""

    person: str
    classes: str
    file_number: str
    valid_to: str


class ResidencePermit(NamedTuple):
    """A residence permit of somebody registered elsewhere."""

    number: str
    person: str
    house: str
    reason: str
    issued: str
    valid_to: str


class Disability(NamedTuple):
    """A certificate of disability (GB/T 26341: types 1 to 7, levels 1 the gravest to 4)."""

    person: str
    number: str
    type_code: str
    level_code: str
    valid_to: str


class Dishonesty(NamedTuple):
    """A record that excludes somebody from commitments while it lasts."""

    id: str
    person: str | None
    company: str | None
    what: str
    since: str
    until: str


class Treatment(NamedTuple):
    """A hospital's bill; `settled` 0: paid in full by the patient, not yet claimed."""

    invoice: str
    person: str
    hospital: str
    since: str
    until: str
    fen: int
    settled: int


class Hospital(NamedTuple):
    """A designated hospital."""

    code: str
    name: str
    district: str
    level: str


class ServicePoint(NamedTuple):
    """A counter that citizens are sent to; `serves`: police (identity cards, permits) or hall."""

    code: str
    name: str
    district: str
    address: str
    serves: str


class Draft(NamedTuple):
    """What somebody began on the phone: values by field (JSON)."""

    id: str
    person: str
    item: str
    flow_version: str
    fields: str
    expires_at: float


@dataclass(eq=False)
class Registers:
    """All of them. The name of each is that of its table; the order lets foreign keys hold."""

    houses: list[House] = field(default_factory=list)
    companies: list[Company] = field(default_factory=list)
    owners: list[Owner] = field(default_factory=list)
    residences: list[Residence] = field(default_factory=list)
    marriages: list[Marriage] = field(default_factory=list)
    kin: list[Kin] = field(default_factory=list)
    handlers: list[Handler] = field(default_factory=list)
    licences: list[Licence] = field(default_factory=list)
    employments: list[Employment] = field(default_factory=list)
    payrolls: list[Payroll] = field(default_factory=list)
    fund_accounts: list[FundAccount] = field(default_factory=list)
    fund_years: list[FundYear] = field(default_factory=list)
    pensions: list[Pension] = field(default_factory=list)
    insured_elsewhere: list[InsuredElsewhere] = field(default_factory=list)
    allowance_payments: list[AllowancePayment] = field(default_factory=list)
    meters: list[Meter] = field(default_factory=list)
    bills: list[Bill] = field(default_factory=list)
    rentals: list[Rental] = field(default_factory=list)
    cars: list[Car] = field(default_factory=list)
    driving_licences: list[DrivingLicence] = field(default_factory=list)
    residence_permits: list[ResidencePermit] = field(default_factory=list)
    disabilities: list[Disability] = field(default_factory=list)
    dishonesties: list[Dishonesty] = field(default_factory=list)
    hospitals: list[Hospital] = field(default_factory=list)
    treatments: list[Treatment] = field(default_factory=list)
    service_points: list[ServicePoint] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    credentials: list[deeds.Credential] = field(default_factory=list)
    payouts: list[deeds.Payout] = field(default_factory=list)
    dues: list[deeds.Due] = field(default_factory=list)
    happenings: list[deeds.Happening] = field(default_factory=list)
    progress: list[deeds.Progress] = field(default_factory=list)
    places: list[deeds.Place] = field(default_factory=list)
    fund_loans: list[deeds.FundLoan] = field(default_factory=list)
    mortgages: list[deeds.Mortgage] = field(default_factory=list)
    vehicle_policies: list[deeds.VehiclePolicy] = field(default_factory=list)
    violations: list[deeds.Violation] = field(default_factory=list)
    transport_certificates: list[deeds.TransportCertificate] = field(default_factory=list)
    heating_accounts: list[deeds.HeatingAccount] = field(default_factory=list)
    births: list[deeds.Birth] = field(default_factory=list)
    deaths: list[deeds.Death] = field(default_factory=list)
    company_records: list[deeds.CompanyRecord] = field(default_factory=list)
    public_records: list[deeds.PublicRecord] = field(default_factory=list)

    def tables(self) -> list[tuple[str, list[tuple[Any, ...]]]]:
        """Name and rows of each, in the order to be written."""
        return [(each.name, getattr(self, each.name)) for each in fields(self)]
