"""Cases of other systems, examinations, records of companies, places, and what anybody may look up."""

from __future__ import annotations

from datetime import timedelta

from .deeds import CompanyRecord, Due, Happening, Place, Progress, PublicRecord
from .making import AS_OF, Making, loaded
from .rows import Licence, ServicePoint

_FEES = {"exit-entry.fee-pay": "exit-fee", "real-estate.registration-fee-pay": "estate-fee"}
_MORE = (
    ("food-business", "食品经营许可证"),
    ("hygiene", "公共场所卫生许可证"),
    ("entertainment", "娱乐经营许可证"),
    ("pollution", "排污许可证"),
    ("road-transport", "道路运输经营许可证"),
)
"""Licences that the companies of the well-known have in any case, and some others by chance."""


def _progress(m: Making) -> None:
    deeds = loaded("deeds.yaml")
    for item, what, whose in deeds["progress"]:
        rng = m.rng(f"progress:{item}")
        holders = [each.id for each in m.registers.companies] if whose == "company" else list(m.persons)
        # The well-known, and the companies that they stand for, have one of each.
        first = holders[:2] if whose == "company" else [each for each in holders if each.startswith("p-")]
        for holder in dict.fromkeys([*first, *rng.sample(holders, 12)]):
            state, step = rng.choice(deeds["steps"])
            if item.endswith("-print"):
                state, step = deeds["steps"][-1]
            number = f"YSBJ{m.serial('case'):08d}"
            since = (AS_OF - timedelta(days=rng.randrange(4, 60))).isoformat()
            person, company = (None, holder) if whose == "company" else (holder, None)
            word = f"{rng.randrange(10**6):06d}"
            m.registers.progress.append(
                Progress(number, word, person, company, item, what, state, since, step)
            )
            if item in _FEES:
                fen = rng.choice((8000, 12000, 16000))
                m.registers.dues.append(
                    Due(
                        f"YSFEE{m.serial('fee'):08d}", person, company, _FEES[item],
                        f"{what}费用（样例）", None, since[:7], fen, "2026-12-31", None, number,
                    )
                )  # fmt: skip


def _happening(
    m: Making, person: str, kind: str, day: str, what: str, place: str, result: str, **more: object
) -> None:
    score, code = more.get("score"), more.get("code")
    m.registers.happenings.append(
        Happening(
            f"YSJL{m.serial('happening'):08d}",
            person,
            kind,
            day,
            what,
            place,
            result,
            score if isinstance(score, int) else None,
            code if isinstance(code, str) else None,
        )
    )


def _exams(m: Making) -> None:
    for nth, spec in enumerate(loaded("deeds.yaml")["exams"]):
        rng, known = m.rng(f"exam:{nth}"), set(spec.get("known", ()))
        for person in m.persons:
            sits = rng.random() * 100 < spec["share"] and spec["from"] <= m.age(person) <= spec["to"]
            if not sits and person not in known:
                continue
            code = f"YSKS{m.serial('exam'):08d}"
            for what in spec["what"]:
                score = rng.randrange(spec["most"] * 55 // 100, spec["most"] + 1)
                passed = "合格" if score >= spec["most"] * 6 // 10 else "不合格"
                day = f"{spec['year']}-06-{rng.randrange(7, 28):02d}"
                _happening(
                    m,
                    person,
                    f"exam-{spec['kind']}",
                    day,
                    what,
                    spec["place"],
                    passed,
                    score=score,
                    code=code,
                )


def _days(m: Making) -> None:
    """Vaccinations of children, borders crossed, money taken out of the housing fund, lessons."""
    rng = m.rng("days")
    hospitals = [row.name for row in m.registers.hospitals]
    for row in m.registers.births:
        born = m.persons[row.child].birth
        for what, days in (("乙肝疫苗 第 1 剂", 1), ("脊灰疫苗 第 1 剂", 60), ("麻腮风疫苗 第 1 剂", 245)):
            when = born + timedelta(days=days)
            if when < AS_OF:
                _happening(
                    m, row.child, "vaccination", when.isoformat(), what, rng.choice(hospitals), "已接种"
                )
    for paper in m.registers.credentials:
        if paper.kind in {"passport", "hkmacao"} and (paper.person.startswith("p-") or rng.random() < 0.6):
            left = AS_OF - timedelta(days=rng.randrange(20, 700))
            back = left + timedelta(days=rng.randrange(3, 12))
            for when, result in ((left, "出境"), (back, "入境")):
                _happening(
                    m,
                    paper.person,
                    "crossing",
                    when.isoformat(),
                    paper.title,
                    "天津滨海国际机场（演示）",
                    result,
                )
    for account in m.registers.fund_accounts:
        if account.person.startswith("p-") or rng.random() < 0.3:
            day = (AS_OF - timedelta(days=rng.randrange(15, 500))).isoformat()
            what = rng.choice(("租房提取", "偿还住房贷款提取"))
            fen = rng.randrange(20, 160) * 10000
            _happening(m, account.person, "withdrawal", day, what, "演示银行", "已到账", score=fen)


def _companies(m: Making) -> None:
    rng = m.rng("records")
    kinds = (
        ("annual-report", "企业年度报告", "已公示"),
        ("tax-rating", "纳税信用评价", "B"),
        ("high-tech", "科技型中小企业", "有效"),
        ("customs", "进出口货物收发货人", "有效"),
        ("foreign-trade", "对外贸易经营者备案", "有效"),
        ("archive", "设立登记档案", "已归档"),
        ("project", "技术改造项目", "已备案"),
    )
    for company in m.registers.companies:
        known = company.id in {"c-01", "c-02"}
        for kind, what, state in kinds:
            if (
                kind in {"high-tech", "customs", "foreign-trade", "project"}
                and not known
                and rng.random() < 0.6
            ):
                continue
            for year in (2024, 2025) if kind in {"annual-report", "tax-rating", "high-tech"} else (2023,):
                shown = rng.choice(("A", "B", "M")) if kind == "tax-rating" else state
                fen = rng.randrange(100, 900) * 1_000_000 if kind == "project" else None
                number = f"YS{kind.replace('-', '').upper()}{m.serial(kind):06d}"
                day = f"{year + 1}-0{rng.randrange(3, 7)}-1{rng.randrange(10)}"
                day = company.founded if kind == "archive" else day
                m.registers.company_records.append(
                    CompanyRecord(
                        number,
                        company.id,
                        kind,
                        what,
                        int(day[:4]) if kind == "archive" else year,
                        day,
                        shown,
                        fen,
                    )
                )
        if company.id in {"c-02", "c-05"}:
            m.registers.company_records.append(
                CompanyRecord(
                    f"YSCF{m.serial('penalty'):08d}", company.id, "penalty", "未按期公示年度报告（样例）",
                    2025, "2025-08-12", "已履行", 200000,
                )
            )  # fmt: skip
        having = {row.type_code for row in m.registers.licences if row.company == company.id}
        for kind, title in _MORE:
            if kind not in having and (known or rng.random() < 0.08):
                number = f"演示-{kind.upper()}-{m.serial('licence'):06d}"
                m.registers.licences.append(
                    Licence(
                        number,
                        company.id,
                        kind,
                        title,
                        "2023-05-10",
                        "2027-05-09",
                        company.legal_representative,
                    )
                )


def _places(m: Making) -> None:
    deeds, districts = loaded("deeds.yaml"), loaded("town.yaml")["districts"]
    for nth, (kind, name, detail) in enumerate(deeds["places"]):
        code, district, _ = districts[nth % len(districts)]
        serial = sum(row.kind == kind for row in m.registers.places) + 1
        m.registers.places.append(
            Place(
                f"YS-{kind[:2].upper()}-{serial:02d}", kind, name, code,
                f"天津市{district}演示街道服务路{nth + 20}号",
                f"022-0000{9000 + nth}", detail,
            )
        )  # fmt: skip
    for serves, name in deeds["counters"]:
        for code, district, _ in (districts[0], districts[3], districts[12]):
            m.registers.service_points.append(
                ServicePoint(
                    f"YS-{serves}-{code}",
                    f"{district}{name}",
                    code,
                    f"天津市{district}演示街道服务路12号",
                    serves,
                )
            )
    for nth, (kind, title, holder, code, detail, state, fen) in enumerate(deeds["public"]):
        district = districts[nth % len(districts)][0]
        # An invoice's number is typed from paper: figures.
        figures = kind in {"invoice", "fiscal-bill"}
        number = f"{26000000 + nth}" if figures else f"YS{kind.replace('-', '').upper()}{nth + 1:04d}"
        who = holder or m.registers.companies[nth].name
        m.registers.public_records.append(
            PublicRecord(number, kind, title, who, code, district, detail, state, "2026-05-12", fen)
        )


def licences(m: Making) -> None:
    """Records of companies and their further licences: before the lorries, which need one."""
    _companies(m)


def records(m: Making) -> None:
    """All the others."""
    _progress(m)
    _exams(m)
    _days(m)
    _places(m)
