"""The findings about words, badges and an item among all others: each with an item that has it, and one that
nearly has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec.structs import replace

import kiosk.web
from flows import kinds
from flows.fields import Choice
from flows.kinds import Child
from flows.lint import CHECKS, STALE, Context, among, badges, lint, words
from flows.loader import load_lists, load_names
from flows.model import Flow
from flows.released import Release, digest
from kiosk.gateway import contract
from tests.flows.items import COMMIT, field, form
from tests.flows.linted import PLAIN, TEXT, WHO, applied, codes
from tests.flows.linted import among as these

SEVEN = {f"q{number}": TEXT for number in range(7)}
LIST = kinds.Options(operation="getOptions", field="flat", title="哪一套？", none="没有查到，请到窗口办理")
FLAT = field("option", purpose="办哪一套")
NUMBER = field("digits", purpose="查到是哪一户")
HELPED = replace(NUMBER, help="在电费单上")


def with_short(short: str) -> Flow:
    return replace(PLAIN, short=short)


def with_purpose(purpose: str) -> Flow:
    return applied({"note": replace(TEXT, purpose=purpose, label="用电户号")}, form("note"))


def chosen(*choices: tuple[str, str]) -> Flow:
    offered = tuple(Choice(code=code, label=label) for code, label in choices)
    told = replace(field("choice", purpose="确定标准"), choices=offered)
    return applied({"note": told}, form("note"))


def empty_list(none: str) -> Flow:
    return applied({"flat": FLAT}, replace(LIST, none=none))


def deferring(deferrable: bool, *told: str, **more: str) -> Flow:
    document = kinds.Document(role="plan", name="图", importance="secondary", deferrable=deferrable)
    asked = kinds.Documents(title="拍摄材料", documents=(document,))
    return replace(applied({"note": TEXT}, form("note"), asked, **more), badges=told)


def badged(badge: str, *steps: kinds.Step, **more: str) -> Flow:
    told = {"way": field("choice", purpose="怎么证明", choices=COMMIT)} if badge == "告知承诺" else {}
    return replace(applied({"note": TEXT, **told}, form("note"), *steps, **more), badges=(badge,))


def plain_query(badge: str) -> Flow:
    asks = (*PLAIN.steps[:4], kinds.Query(operation="query"), kinds.Display(title="结果"), PLAIN.steps[-1])
    return replace(PLAIN, steps=asks, badges=(badge,))


COMMITMENT = kinds.Commitment(operation="checkEligibility", field="way", replaces=("plan",))
RELATIONS = (Choice(code="child", label="子女"), Choice(code="other", label="其他"))
PROXY = kinds.Proxy(operation="lookupProxy", relations=RELATIONS)
REGION = kinds.Region(operation="getOptions", field="note", title="哪里？")
REGION_OF_MORE = replace(REGION, field="more")
BENEFITS = kinds.Benefits(operation="listBenefits")
CHILDREN = tuple(
    Child(item=f"utility.{name}-transfer", name="过户", fields=("note",)) for name in ("gas", "water")
)
BUNDLE = kinds.Bundle(title="办哪几项？", children=CHILDREN)


def stepping(badge: str, step: kinds.Step) -> tuple[list[Flow], list[Flow]]:
    """The badge without the step, the step without the badge; both, neither, a reason, nothing filed."""
    both = badged(badge, step)
    return (
        [badged(badge), replace(both, badges=())],
        [
            both,
            PLAIN,
            replace(badged(badge), remarks=f"{badge} means here: at every window."),
            plain_query(badge),
        ],
    )


CASES: dict[str, tuple[list[Flow], list[Flow]]] = {
    "L149": ([with_short("一二三四五六七八"), with_short("一二三四五六七a")], [with_short("一二三四五六七")]),
    "L150": ([replace(PLAIN, summary="字" * 28)], [replace(PLAIN, summary="字" * 27)]),
    "L151": (
        [applied({"note": TEXT}, kinds.Form(title="一" * 11, fields=("note",)))],
        [applied({"note": TEXT}, kinds.Form(title="一" * 10, fields=("note",)))],
    ),
    "L152": (
        [replace(applied(SEVEN, form(*list(SEVEN)[:6])), badges=("适老",))],
        [
            applied(SEVEN, form(*list(SEVEN)[:6])),
            replace(applied(SEVEN, form(*WHO, *list(SEVEN)[:5])), badges=("适老",)),
        ],
    ),
    "L153": (
        [applied({"note": NUMBER}, form("note"))],
        [applied({"note": HELPED}, form("note")), applied({"note": TEXT}, form("note"))],
    ),
    "L154": ([empty_list("没有查到您的房屋")], [empty_list("没有查到您的房屋，请到窗口办理")]),
    "L155": (
        [with_purpose("用电户号"), with_purpose("填写用电户号"), with_purpose("办理业务需要")],
        [with_purpose("核对用电户号"), with_purpose("查询要交的电费")],
    ),
    "L156": (
        [
            chosen(("1", "一级")),
            chosen(("1", "一级"), ("1", "二级")),
            chosen(("1", "一级"), ("2", "一级")),
            badged("亲友代办", replace(PROXY, relations=RELATIONS[:1])),
        ],
        [chosen(("1", "一级"), ("2", "二级"))],
    ),
    "L169": (
        [
            with_short("Guide"),
            replace(PLAIN, summary="only a test"),
            applied({"note": replace(TEXT, help="see the bill")}, form("note")),
            applied({"note": TEXT}, kinds.Form(title="Page 2", fields=("note",))),
            empty_list("none found"),
        ],
        [with_short("ETC 办理"), applied({"note": replace(TEXT, help="")}, form("note"))],
    ),
    "L157": (
        [deferring(False, "容缺受理"), deferring(True)],
        [
            deferring(True, "容缺受理"),
            deferring(False),
            deferring(False, "容缺受理", remarks="容缺受理: 窗口"),
        ],
    ),
    "L158": stepping("告知承诺", COMMITMENT),
    "L159": stepping("亲友代办", PROXY),
    "L160": stepping("跨省通办", REGION),
    "L161": ([badged("一件事"), plain_query("一件事")], [badged("一件事", BUNDLE), PLAIN]),
    "L162": stepping("免申即享", BENEFITS),
}


def test_every_check_has_its_cases() -> None:
    assert set(CASES) == {**words.CHECKS, **badges.CHECKS}.keys()
    assert {"L163", "L164", "L165", "L166", "L170"} == among.CHECKS.keys()  # below, each by itself


@pytest.mark.parametrize(
    ("code", "number"), [(code, n) for code in CASES for n in range(len(CASES[code][0]))]
)
def test_has_it(code: str, number: int) -> None:
    flow = CASES[code][0][number]
    found = [finding for finding in lint(flow, these(flow)) if finding.code == code]
    assert found
    assert all(finding.why and finding.remedy for finding in found)


@pytest.mark.parametrize(
    ("code", "number"), [(code, n) for code in CASES for n in range(len(CASES[code][1]))]
)
def test_nearly_has_it(code: str, number: int) -> None:
    flow = CASES[code][1][number]
    assert code not in codes(flow, these(flow))


def test_nothing_to_pay_leaves_nothing_to_be_done() -> None:
    bills = replace(LIST, none="没有要交的费用")
    pays = kinds.Pay(bill="flat", amount="amount")
    amount = field("amount", purpose="按账单收费", locked=True)
    assert "L154" in codes(applied({"flat": FLAT, "amount": amount}, bills))
    assert "L154" not in codes(applied({"flat": FLAT, "amount": amount}, bills, pays))


ELSE = replace(PLAIN, item="test.other", short="另一项")
ASKS_MORE = replace(
    applied({"note": TEXT, "more": TEXT}, form("note"), form("more")), item="test.other", short="另一项"
)


def test_two_items_of_one_short() -> None:
    same = replace(ASKS_MORE, short=PLAIN.short)
    assert "L163" in codes(PLAIN, these(PLAIN, same))
    assert "L163" not in codes(PLAIN, these(PLAIN, ASKS_MORE))


def test_two_items_of_which_only_the_words_differ() -> None:
    renamed = replace(ELSE, name="别的", department="别的部门", summary="说法不同")
    retitled = tuple(
        replace(step, title="换个说法") if isinstance(step, kinds.Form) else step for step in ELSE.steps
    )
    for twin in (renamed, replace(ELSE, steps=retitled)):
        assert "L164" in codes(PLAIN, these(PLAIN, twin))
        reason = replace(PLAIN, remarks="As test.other; the departments keep them apart.")
        assert "L164" not in codes(reason, these(reason, twin))
    assert "L164" not in codes(PLAIN, these(PLAIN, ASKS_MORE))


def test_a_third_of_which_only_the_words_differ_is_not_excused_by_the_reason_for_another() -> None:
    reason = replace(PLAIN, remarks="As test.other; the departments keep them apart.")
    third = replace(ELSE, item="test.third", name="又一个", short="又一个")
    assert "L164" in codes(reason, these(reason, ELSE, third))
    assert "L164" not in codes(reason, these(reason, ELSE, replace(third, remarks=reason.remarks)))


def test_a_bundle_gives_its_items_what_they_require() -> None:
    bundle = badged("一件事", BUNDLE)
    gas = replace(ASKS_MORE, item="utility.gas-transfer")
    [found] = [each for each in lint(bundle, these(bundle, gas)) if each.code == "L165"]
    assert "`utility.gas-transfer` requires more" in found.why
    optional = replace(gas, fields={**gas.fields, "more": replace(TEXT, required=False)})
    assert "L165" not in codes(bundle, these(bundle, optional))
    abroad = replace(gas, steps=tuple(REGION_OF_MORE if step == form("more") else step for step in gas.steps))
    assert "L165" not in codes(bundle, these(bundle, abroad))


def test_a_bundle_files_what_the_city_has() -> None:
    strange = replace(BUNDLE, children=(CHILDREN[0], replace(CHILDREN[1], item="utility.wind-transfer")))
    assert "L165" in codes(badged("一件事", strange))
    alone = Context(contract.load(), load_names(), {}, load_lists(), {})  # where nobody asks for more
    assert "L165" not in codes(badged("一件事", BUNDLE), alone)


def test_a_bundle_lets_nothing_follow_later_that_an_item_of_it_wants_at_once() -> None:
    def bundle(*, deferrable: bool) -> Flow:
        plan = replace(CHILDREN[0], documents=("plan",))
        told = deferring(deferrable)
        return replace(told, steps=(*told.steps, replace(BUNDLE, children=(plan, CHILDREN[1]))))

    wants, waits = (replace(deferring(waits), item="utility.gas-transfer") for waits in (False, True))
    later = bundle(deferrable=True)
    [found] = [each for each in lint(later, these(later, wants)) if each.code == "L170"]
    assert "`plan` may follow later, and `utility.gas-transfer` is refused without it" in found.why
    assert "L170" not in codes(later, these(later, waits))
    assert "L170" not in codes(bundle(deferrable=False), these(wants))


def test_what_was_released_is_not_changed_under_its_version() -> None:
    was = {PLAIN.item: Release(PLAIN.version, digest(PLAIN))}
    context = Context(contract.load(), load_names(), {}, load_lists(), was)
    changed = replace(PLAIN, summary="换了内容")
    assert "L166" in codes(changed, context)
    assert "L166" not in codes(replace(changed, version="2"), context)
    assert "L166" not in codes(replace(PLAIN, remarks="Reworded."), context)


def test_remarks_let_a_matter_of_judgement_remain() -> None:
    number = applied({"note": NUMBER}, form("note"))
    assert {"L153", STALE}.isdisjoint(codes(replace(number, remarks="L153: everybody knows it by heart.")))


@pytest.mark.parametrize("remarks", ["L153: it was once asked.", "L149: the name is long."])
def test_remarks_let_nothing_remain_that_is_not_there_or_may_not(remarks: str) -> None:
    flow = replace(PLAIN, short="一二三四五六七八", remarks=remarks)
    assert STALE in codes(flow)
    assert "L149" in codes(flow)
    assert STALE not in CHECKS


def test_what_a_tile_and_a_title_hold_is_what_the_pages_have_room_for() -> None:
    """On the upright screen, 67.5 rem wide: two columns in 大字, and a title beside its picture."""
    css = {path.stem: path.read_text(encoding="utf-8") for path in STYLES.glob("*.css")}

    def rem(sheet: str, pattern: str) -> float:
        found = re.search(pattern, css[sheet])
        assert found is not None, pattern
        return float(found[1])

    large = r"html\.large \{[^}]*--%s: ([\d.]+)rem"
    inside = 67.5 - 2 * rem("tokens", r":root \{[^}]*--pad: ([\d.]+)rem")
    column = (inside - rem("tokens", r"--gap: ([\d.]+)rem")) / 2
    two = r"\.tiles:not\(\.few\) "
    tile = column - 2 * rem("components", two + r"\.tile \{[^}]*padding: [\d.]+rem ([\d.]+)rem")
    tile -= 2 * rem("components", r"\.tile \{[^}]*border: ([\d.]+)rem")
    tile -= rem("components", two + r"\.tile-icon \{ width: ([\d.]+)rem")
    tile -= rem("components", two + r"\.tile \{[^}]*gap: [\d.]+rem ([\d.]+)rem")
    assert tile // rem("tokens", large % "sub") == words.SHORT
    assert 3 * (tile // rem("tokens", large % "small")) == words.SUMMARY
    beside = (
        inside
        - rem("frame", r"\.art \{[^}]*width: ([\d.]+)rem")
        - rem("frame", r"\.stage \{[^}]*gap: ([\d.]+)rem")
    )
    assert beside // rem("tokens", large % "title") == words.TITLE


STYLES = Path(kiosk.web.__file__).parent / "static" / "css"
