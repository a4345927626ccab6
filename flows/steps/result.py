"""What became of it, in words: the same for the page and for the paper."""

from __future__ import annotations

import msgspec

from flows.bodies import ResultPart
from flows.events import ChildFiled
from flows.held import Booking
from flows.kinds import ConfirmBenefit, Lookup, Submit
from flows.listing import document_names
from flows.model import Flow
from flows.page import ResultState
from flows.run import Run
from flows.steps.booking import when_words
from flows.steps.bundle import parts
from flows.values import yuan
from flows.words import UNCHECKED

TITLES: dict[ResultState, str] = {
    "accepted": "已经受理",
    "received": "平台已收到您的申请",
    "to-confirm": "已收到，身份待确认",
    "stored": "已暂存，平台还没有答复",
    "paid": "缴费成功",
    "unknown": "付款结果待银行确认",
    "booked": "预约成功",
    "called-off": "预约已取消",
    "partial": "有的事项没有受理",
    "shown": "",
}
_LABELS: dict[ResultState, str] = {
    "stored": "暂存单号",
    "paid": "票据号码",
    "unknown": "支付编号",
    "booked": "预约号",
    "called-off": "预约号",
    "shown": "",
}

MENDED = "因缺材料没有受理的，备齐后可用“容缺材料补正提交”接着办，不用重填"
NOT_MENDED = "因别的原因没有受理的，请到窗口改，或重新单独办这一项"
BOOKED = ("请按时到场，带好办事须知里的材料", "去不了的，请提前用津心办或打 12345 改约、取消")
CALLED_OFF = ("这个号已经退掉，原来的预约凭条作废", "还要去的，请重新预约")


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What is said: state, number and what it is, facts as label and value, what happens next."""

    state: ResultState
    title: str = ""
    number: str = ""
    label: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()
    parts: tuple[ResultPart, ...] = ()


def result(flow: Flow, run: Run) -> Result:
    """How `run` stands."""
    if run.filed is not None:
        return _filed(flow, run)
    if run.payment is not None and run.payment.state in {"paid", "unknown"}:
        return _paid(run)
    if run.booking is not None and run.booking.state in {"confirmed", "cancelled"}:
        return _booked(run.booking)
    return Result(state="shown")


def _booked(booking: Booking) -> Result:
    """On the paper, too, so it says where the appointment is changed by who has left the terminal."""
    off = booking.state == "cancelled"
    state: ResultState = "called-off" if off else "booked"
    return Result(
        state=state,
        title=TITLES[state],
        number=booking.ticket,
        label=_LABELS[state],
        facts=(
            ("原来的地点" if off else "地点", booking.slot.place),
            ("原来的时间" if off else "时间", when_words(booking.slot)),
        ),
        lines=CALLED_OFF if off else BOOKED,
    )


def _paid(run: Run) -> Result:
    payment = run.payment
    assert payment is not None  # noqa: S101 - the caller has looked
    facts = (("金额", f"{yuan(payment.fen)} 元"),)
    if payment.state == "paid":
        check = (("票据校验码", payment.bill_check_code),) if payment.bill_check_code else ()
        at = (("付款时间", payment.paid_at[:19].replace("T", " ")),) if payment.paid_at else ()
        return Result(
            state="paid",
            title=TITLES["paid"],
            number=payment.bill_no or payment.id,
            label=_LABELS["paid"] if payment.bill_no else _LABELS["unknown"],
            facts=(*facts, *at, *check),
            lines=("财政电子票据可凭票据号码和校验码查验",) if payment.bill_no else (),
        )
    return Result(
        state="unknown",
        title=TITLES["unknown"],
        number=payment.id,
        label=_LABELS["unknown"],
        facts=facts,
        lines=(
            "银行还没有答复这笔付款是否成功，请先不要重复付款",
            "这台终端会继续查询；付成了就记作已缴，没付成不会扣款",
            "可凭支付编号到窗口，或拨打 12345 询问",
        ),
    )


def _filed(flow: Flow, run: Run) -> Result:
    filed = run.filed
    assert filed is not None  # noqa: S101 - the caller has looked
    children = parts(flow, filed.children)
    refused = [child for child, part in zip(filed.children, children, strict=True) if part.state == "refused"]
    state: ResultState = "partial" if refused else filed.state
    none = "各事项都没有受理" if refused and len(refused) == len(children) else ""
    is_case = any(
        step.operation != "escalate"
        for step in flow.steps
        if isinstance(step, Submit | ConfirmBenefit | Lookup)
    )
    label = _LABELS.get(state) or ("办件编号" if is_case else "受理单号")
    reported = "已经收到您的反映" if not is_case and state in {"received", "accepted"} else ""
    return Result(
        state=state,
        title=reported or none or TITLES[state],
        number=filed.case_no or filed.slip,
        label=label,
        facts=_money(run),
        lines=_stored(run) if filed.state == "stored" else _next(flow, run, refused, is_case=is_case),
        parts=children,
    )


def _money(run: Run) -> tuple[tuple[str, str], ...]:
    """What was paid for it, beside what became of it."""
    payment = run.payment
    if payment is None:
        return ()
    words = {"paid": "已支付", "unknown": "付款结果待银行确认，请不要重复付款"}.get(payment.state)
    bill = (("票据号码", payment.bill_no),) if payment.bill_no else ()
    return (("金额", f"{yuan(payment.fen)} 元"), ("付款", words), *bill) if words else ()


def _stored(run: Run) -> tuple[str, ...]:
    filed = run.filed
    assert filed is not None  # noqa: S101 - the caller has looked
    return (
        f"这台终端会自动送出{f'，送到 {filed.until} 为止' if filed.until else '您的申请'}",
        "办得怎样，凭暂存单号在任何一台自助终端的“查暂存单”里查，180 天内有效",
        "如果没有受理，原因也这样查；终端不另行通知",
        *((f"到 {filed.until} 还查不到，请重新办理",) if filed.until else ()),
        "受理时间以系统受理为准；有疑问可到窗口或拨打 12345",
        *(UNCHECKED[check] for check in run.unchecked),
    )


def _next(flow: Flow, run: Run, refused: list[ChildFiled], *, is_case: bool) -> tuple[str, ...]:
    filed, names = run.filed, document_names(flow, run)
    assert filed is not None  # noqa: S101 - the caller has looked
    by = f" {filed.due} 前" if filed.due else "规定的日期前"
    received = ("是否受理，以平台答复为准",) if filed.state == "received" and is_case else ()
    follows = (
        (
            f"还要补交：{'、'.join(names.get(each, each) for each in filed.documents)}",
            f"请在{by}用“容缺材料补正提交”补齐，逾期按退件处理",
        )
        if filed.documents
        else ()
    )
    again = tuple(
        words
        for words, those in (
            (MENDED, [each for each in refused if each.documents]),
            (NOT_MENDED, [each for each in refused if not each.documents]),
        )
        if those
    )
    promised = (f"最晚 {filed.next} 前答复您",) if not is_case and filed.next else ()
    told = (filed.next,) if is_case and filed.next else ()
    days = (f"承诺 {filed.working_days} 个工作日内办结",) if filed.working_days is not None else ()
    return (*received, *told, *promised, *follows, *again, *days)
