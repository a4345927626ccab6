"""Pages that ask for a code, as the scanner's desk sees them."""

from __future__ import annotations

from flows.fields import InputKind
from flows.page import FormBody, Input, Page
from kiosk.views import View


def asking(*names: str, kind: InputKind = "scan", turn: int = 1, wrong: str = "", **values: str) -> View:
    """A form with these questions, and what stands in them; that of `wrong` is not right."""
    inputs = tuple(
        Input(
            name=each,
            label=each,
            kind=kind,
            value=values.get(each, ""),
            error="请核对" if each == wrong else "",
        )
        for each in names
    )
    page = Page(item="a.b", item_name="甲", title="问", body=FormBody(title="问", inputs=inputs))
    return View(turn=turn, page=page, service_name="s", terminal="t")
