"""The pages that belong to no item: home, help, goodbye, out of service. Lists of items: `kiosk.browse`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from flows import engine
from flows.kinds import Submit
from flows.model import DeviceName, Flow
from flows.parts import Action, Option
from flows.run import Run
from kiosk.catalogue import Catalogue
from kiosk.config import Staff
from kiosk.offered import by_phone_alone
from kiosk.views import (
    EndedBody,
    EscalateBody,
    EscalatedBody,
    HelpBody,
    HomeBody,
    OutOfServiceBody,
    Tile,
    VisitPage,
)

HOME_TILES = 6
DEVICE_WORDS: dict[DeviceName, str] = {
    "id_card": "身份证读卡器",
    "receipt_printer": "凭条打印机",
    "document_printer": "证明打印机",
    "payment_terminal": "刷卡机",
    "smart_card": "社保卡读卡器",
    "code_scanner": "扫码器",
    "camera": "摄像头",
    "door": "柜门开关",
    "lights": "指示灯",
    "touchscreen": "触摸屏",
    "keypad": "按键盘",
    "speaker": "扬声器",
}
BACK = Action(id="back", label="返回")
HOME = Action(id="home", label="回首页")
CANNOT_DO = (
    Option(value="no-item", label="没有我要办的事"),
    Option(value="rejected", label="材料或条件说不通"),
    Option(value="machine", label="机器有问题"),
    Option(value="unclear", label="看不懂、不会操作"),
    Option(value="other", label="其他原因"),
)
HOTLINE_REASONS = (
    Option(value="consult", label="咨询政策和办法"),
    Option(value="request", label="有事求助"),
    Option(value="complain", label="投诉"),
    Option(value="suggest", label="提建议"),
)


class Conditions(Protocol):
    """What the terminal can do at this moment."""

    @property
    def online(self) -> bool | None:
        """Whether the city answers; None while that is not known."""
        ...

    @property
    def can_queue(self) -> bool:
        """Whether a submission can be sealed and stored now."""
        ...

    @property
    def fault(self) -> OutOfServiceBody | None:
        """Why nobody can be served, if so."""
        ...

    @property
    def closed(self) -> OutOfServiceBody | None:
        """That it is outside the opening hours, or that the cabinet stands open: nobody new is served."""
        ...

    def closed_item(self, item: str) -> str:
        """Why the city does not take it at present, in its words; empty when it does."""
        ...

    def fitted(self, device: DeviceName) -> bool:
        """Whether this terminal has such a device at all."""
        ...

    def usable(self, device: DeviceName) -> bool:
        """Whether a device is there and not known to be broken."""
        ...


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be offered now."""

    catalogue: Catalogue
    conditions: Conditions

    def why_not(self, flow: Flow) -> str:
        """Why `flow` cannot be begun now, in words; empty when it can."""
        closed = self.conditions.closed_item(flow.item)
        if closed:
            return closed
        missing = [DEVICE_WORDS[name] for name in flow.needs if not self.conditions.fitted(name)]
        if missing:
            return "本机没有" + "、".join(missing)
        broken = [DEVICE_WORDS[name] for name in flow.needs if not self.conditions.usable(name)]
        if broken:
            return "、".join(broken) + "暂不可用"
        if self.conditions.online is False and flow.offline == "unavailable":
            return "网络不通，暂不能办"
        if self.conditions.online is False and by_phone_alone(flow):
            return "网络不通，材料暂不能传"
        if flow.offline == "queue" and not self.conditions.can_queue:
            return "网络不通，暂不能提交" if self.conditions.online is False else "暂不能提交"
        return ""

    def tile(self, flow: Flow) -> Tile:
        """How `flow` is shown on a list."""
        offline_words = ""
        if self.conditions.online is False:
            offline_words = {"queue": "没有网络，可先暂存", "cached": "没有网络也能查"}.get(flow.offline, "")
        why_not = self.why_not(flow)
        tile = self.catalogue.tile(flow)
        return (
            replace(tile, why_not=why_not, offline_words=offline_words) if why_not or offline_words else tile
        )

    def tiles(self, flows: Sequence[Flow]) -> tuple[Tile, ...]:
        """How `flows` are shown on a list."""
        return tuple(map(self.tile, flows))

    def home(self, *, elder: bool = False) -> VisitPage:
        """The first page; for elders the shortlist."""
        catalogue = self.catalogue
        shown = catalogue.for_elders if elder else catalogue.flows
        ours = tuple(
            Action(id=f"start:{flow.item}", label=flow.short, why_not=self.why_not(flow))
            for flow in catalogue.ours
        )
        return VisitPage(
            title="您要办什么事？",
            body=HomeBody(tiles=self.tiles(shown[:HOME_TILES])),
            others=(Action(id="list", label="全部事项"), Action(id="search", label="查找事项"), *ours),
        )


def help_page(
    run: Run | None, flow: Flow | None, hotline: str, trouble: str = "", staff: str = ""
) -> VisitPage:
    """求助: staff, 12345, 办不成事. `trouble` says why a report could not be kept."""
    return VisitPage(
        title="需要帮忙吗？",
        body=HelpBody(context=context_words(run, flow), hotline=hotline, trouble=trouble, staff=staff),
        back=BACK,
        others=(
            Action(id="escalate:cannot-do", label="反映“办不成事”"),
            Action(id="escalate:12345", label="转 12345 热线"),
            *((_leave(run),) if run is not None and may_leave(run, flow) else ()),
        ),
    )


def _leave(run: Run) -> Action:
    """Out of the item: before anything was filed, given up; after that there is nothing to give up."""
    return Action(id="leave", label="不办了，回首页" if run.filed is None else "回首页")


def may_leave(run: Run | None, flow: Flow | None) -> bool:
    """Not while a submission is under way: what was confirmed is sent, and its paper is still to come."""
    if run is None or flow is None or run.trouble is not None:
        return True
    return not isinstance(flow.steps[run.step], Submit)


def came_to(run: Run, how: str) -> str:
    """What an item came to that was still on the screen when its visit ended as `how`.

    Most citizens take their paper and go: what was filed by then is filed.
    """
    if run.outcome:
        return run.outcome
    if run.filed is not None:
        return "queued"
    return "cancelled" if how in {"left", "finished"} else how


def staff_words(staff: Staff) -> str:
    """帮办: who helps at this place, and how to reach them; empty where nobody is named."""
    found = [staff.words] if staff.words else []
    if staff.phone:
        found.append(f"电话 {staff.phone}")
    return "，".join(found)


def escalate_page(
    kind: str,
    run: Run | None,
    flow: Flow | None,
    *,
    chosen: str = "",
    words: str = "",
    error: str = "",
    sending: bool = False,
) -> VisitPage:
    """One question: what could not be done.

    `chosen` and `words` are what was answered before, `error` what was missing; while it is `sending`
    the page says so and offers nothing.
    """
    cannot_do = kind == "cannot-do"
    return VisitPage(
        title="哪里没办成？" if cannot_do else "您要向 12345 反映什么？",
        body=EscalateBody(
            kind="cannot-do" if cannot_do else "12345",
            reasons=CANNOT_DO if cannot_do else HOTLINE_REASONS,
            context=context_words(run, flow),
            chosen=chosen,
            words=words,
            error=error,
        ),
        primary=Action(id="report", label="提交", why_not="正在提交，请稍候" if sending else ""),
        back=None if sending else BACK,
    )


def escalated_page(number: str, *, stored: bool, promised_by: str, in_run: bool) -> VisitPage:
    """The report is kept; what was promised is what the city promised, or that it will be sent."""
    promise = "会自动送出，直到平台答复，请记下单号" if stored else "会有工作人员处理，请记下单号"
    if promised_by:
        promise = f"最晚 {promised_by} 前答复您"
    return VisitPage(
        title="已暂存，平台还没有答复" if stored else "已经收到您的反映",
        body=EscalatedBody(number=number, stored=stored, promise=promise),
        primary=Action(id="back", label="继续办理") if in_run else HOME,
    )


def ended_page(outcome: str, *, card: bool, paper: bool) -> VisitPage:
    """Goodbye."""
    reminders = []
    if card:
        reminders.append("请带好您的身份证")
    if paper:
        reminders.append("请取走您的凭条")
    titles = {
        "queued": "已暂存，请留好暂存单" if paper else "已暂存，请记好暂存单号",
        "refused": "这一项没有办成",
        "unavailable": "这一项现在办不了",
        "cancelled": "这一项没有办",
        "called-off": "预约已经取消",
    }
    return VisitPage(
        title=titles.get(outcome, "办好了，再见"),
        body=EndedBody(reminders=tuple(reminders)),
        primary=Action(id="finish", label="结束"),
        others=(Action(id="another", label="再办一件事"),),
    )


def out_of_service_page(body: OutOfServiceBody) -> VisitPage:
    """暂停服务."""
    return VisitPage(title="暂停服务", body=body)


def context_words(run: Run | None, flow: Flow | None) -> str:
    """What will be attached to a report, in words: the item and the step, nothing personal."""
    if run is None or flow is None:
        return "会附上这台终端的编号"
    stage = next((each.label for each in engine.page(flow, run).stages if each.state == "now"), "")
    return f"会附上：{flow.name}{f'，办到“{stage}”' if stage else ''}，以及这台终端的编号"
