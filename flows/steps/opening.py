"""How an item begins: 一次性告知 and consent."""

from __future__ import annotations

from flows.effects import LoadGuide
from flows.events import Act, Event, GuideLoaded, Unreachable
from flows.kinds import Consent, Notice
from flows.model import Flow
from flows.page import ConsentBody, NoticeBody, Page, Purpose, WaitingBody
from flows.parts import Action
from flows.run import Run
from flows.turn import BACK, Asks, Turn


class NoticeLogic(Asks):
    """Everything that is needed, before anything is asked. A missing guide is said, not hidden."""

    stage = "看须知"

    def enter(self, turn: Turn, step: Notice) -> None:
        """Fetch the guide unless this run has it."""
        if turn.run.guide is None:
            turn.emit(LoadGuide, operation="getGuide", item=turn.flow.item)

    def handle(self, turn: Turn, step: Notice, event: Event) -> None:
        """The guide arrives, or cannot be had; then the citizen goes on."""
        if isinstance(event, GuideLoaded):
            turn.set(guide=event.guide)
        elif isinstance(event, Unreachable):
            turn.set(message="暂时取不到办事须知，所需材料请以窗口公布为准")
        elif isinstance(event, Act) and event.action == "next":
            turn.next()

    def page(self, flow: Flow, run: Run, step: Notice) -> Page:
        """The guide."""
        if run.pending:
            return Page(
                item=flow.item,
                item_name=flow.name,
                title=flow.name,
                body=WaitingBody(what="正在取办事须知"),
                back=BACK,
            )
        return Page(
            item=flow.item,
            item_name=flow.name,
            title="办事须知",
            body=NoticeBody(guide=run.guide, why_missing=run.message),
            primary=Action(id="next", label="开始办理"),
            back=BACK,
        )

    def stops(self, flow: Flow, run: Run, step: Notice) -> bool:
        """It is a page to come back to."""
        return True


class ConsentLogic(Asks):
    """Which personal data is used, and what for: listed from the flow's own fields."""

    stage = ""

    def enter(self, turn: Turn, step: Consent) -> None:
        """Nothing to fetch."""

    def handle(self, turn: Turn, step: Consent, event: Event) -> None:
        """Agreeing goes on; declining leaves the item with nothing kept."""
        if isinstance(event, Act) and event.action == "next":
            turn.next()

    def page(self, flow: Flow, run: Run, step: Consent) -> Page:
        """The purposes."""
        purposes = tuple(
            Purpose(label=field.label, purpose=field.purpose)
            for field in flow.fields.values()
            if field.mask != "none"
        )
        if step.authorises:
            purposes = (*purposes, Purpose(label="授权查询", purpose=step.authorises))
        return Page(
            item=flow.item,
            item_name=flow.name,
            title="使用您的信息",
            body=ConsentBody(item_name=flow.name, purposes=purposes),
            primary=Action(id="next", label="同意并继续"),
            back=BACK,
            others=(Action(id="leave", label="不同意，不办了"),),
        )

    def stops(self, flow: Flow, run: Run, step: Consent) -> bool:
        """It is a page to come back to."""
        return True
