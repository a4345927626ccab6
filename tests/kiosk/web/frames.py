"""The frame that the samples stand in: one item, its stages, its buttons."""

from __future__ import annotations

from flows.page import Body, Page, Stage
from flows.parts import Action
from kiosk.views import View
from tests.kiosk.web.samples_visit import ALLOWANCE, BACK

NEXT = Action(id="next", label="下一步")
STAGES = ("看须知", "刷证", "填写", "核对", "签名", "取凭条", "评价")


def flow_view(
    title: str,
    body: Body,
    now: str,
    *,
    name: str = ALLOWANCE,
    primary: Action | None = None,
    back: Action | None = BACK,
    others: tuple[Action, ...] = (),
) -> View:
    """A page of an item that stands at the stage `now`."""
    at = STAGES.index(now)
    stages = tuple(
        Stage(label=label, state="past" if i < at else "now" if i == at else "ahead")
        for i, label in enumerate(STAGES)
    )
    return View(
        turn=1,
        service_name="津门政务自助服务",
        terminal="TJ-HP-0017",
        visitor="王*兰" if at > 1 else "",
        page=Page(
            item="civil.senior-allowance-apply",
            item_name=name,
            title=title,
            body=body,
            stages=stages,
            primary=primary,
            back=back,
            others=others,
        ),
    )
