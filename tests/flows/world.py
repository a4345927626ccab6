"""A small world for the engine: answers each effect as told, and keeps a history to assert on."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from flows import engine
from flows.effects import (
    Call,
    Cancel,
    Effect,
    LoadGuide,
    LoadOptions,
    Login,
    PhoneScan,
    PrintPaper,
    ReadCard,
    Submit,
)
from flows.events import (
    Accepted,
    Act,
    Answered,
    CardRead,
    Event,
    GuideLoaded,
    Identified,
    OptionsLoaded,
    Outcome,
    PrintEnded,
    ScanReady,
    StillWaiting,
    Stored,
    Unreachable,
)
from flows.model import Flow
from flows.page import GuideView, Page
from flows.parts import Option

AT = "2026-11-22T10:00:00+08:00"
CARD = {"name": "王秀兰", "id_number": "120103194001010025", "card_type": "resident", "sam_id": "05.01"}
PRINCIPAL = {"name": "李德顺", "id_number": "120103193801010010", "card_type": "resident", "sam_id": "05.01"}
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"0" * 40).decode()
SIGNATURE = {"signature": f"data:image/png;base64,{PIXEL}", "strokes": "[[1,2]]"}
SLIP = "6f1f7c0e-6f0e-4a63-9d5b-0d0f7f4f9a11"

GUIDE = GuideView(
    item="civil.senior-allowance-apply",
    name="高龄津贴",
    conditions=("年满 80 周岁",),
    documents=(),
    fee="不收费",
    days="20 个工作日",
    office="民政局",
    hotline="12345",
    legal_basis=(),
    badges=(),
    sample=True,
    version="1",
    age="",
)


class World:
    """Plays the shell: `online` decides what the network says; `calls` overrides single operations."""

    def __init__(self, flow: Flow, *, online: bool = True) -> None:
        self.flow = flow
        self.online = online
        self.history: list[Effect] = []
        self.calls: dict[str, Callable[[Call], Outcome]] = {}
        self.hold: set[type[Effect]] = set()
        self.card: Mapping[str, str] = CARD
        self.run, effects = engine.start(flow, "v.1", at=AT)
        self.perform(effects)

    @property
    def page(self) -> Page:
        """What is on the screen."""
        return engine.page(self.flow, self.run)

    def tell(self, event: Event) -> None:
        """An event reaches the run."""
        self.run, effects = engine.advance(self.flow, self.run, event)
        self.perform(effects)

    def tap(self, action: str, **values: str) -> None:
        """The citizen taps."""
        self.tell(Act(action=action, values=values, at=AT))

    def perform(self, effects: tuple[Effect, ...]) -> None:
        """Answer what was asked, unless its kind is held."""
        for effect in effects:
            self.history.append(effect)
            if type(effect) not in self.hold:
                for outcome in self.outcomes(effect):
                    self.tell(outcome)

    def asked(self, kind: type[Effect]) -> list[Any]:
        """All effects of one kind so far."""
        return [effect for effect in self.history if isinstance(effect, kind)]

    def outcomes(self, effect: Effect) -> list[Outcome]:  # noqa: PLR0912 - a kind each
        """What the world says."""
        gone = Unreachable(effect=effect.id, reason="no-network", at=AT)
        match effect:
            case LoadGuide():
                return [GuideLoaded(effect=effect.id, guide=GUIDE)]
            case LoadOptions():
                option = Option(value="civil.senior-allowance-apply", label="高龄津贴")
                return [OptionsLoaded(effect=effect.id, options=(option,))]
            case ReadCard(whose=whose):
                return [CardRead(effect=effect.id, card=self.card if whose == "citizen" else PRINCIPAL)]
            case Login(card=card):
                if not self.online:
                    return [gone]
                return [
                    Identified(
                        effect=effect.id,
                        name=card["name"],
                        id_number=card["id_number"],
                        level="card",
                        method="id-card",
                        at=AT,
                    )
                ]
            case PhoneScan():
                return [ScanReady(effect=effect.id, uri="https://id.example/d?c=AB", user_code="AB")]
            case Call():
                if not self.online:
                    return [gone]
                if effect.operation in self.calls:
                    return [self.calls[effect.operation](effect)]
                return [Answered(effect=effect.id, data=ANSWERS[effect.operation])]
            case Submit():
                stored = Stored(effect=effect.id, slip=SLIP)
                if not effect.wait:
                    return [stored]
                if not self.online:
                    return [stored, StillWaiting(effect=effect.id, slip=SLIP)]
                return [stored, Accepted(effect=effect.id, slip=SLIP, case_no="TJ-1", state="accepted")]
            case PrintPaper():
                return [PrintEnded(effect=effect.id, result="printed")]
            case Cancel():
                return []
        raise AssertionError(effect)


ANSWERS: dict[str, Any] = {
    "prefill": {
        "residential_address": {"value": "和平区某某路 1 号", "source": "share", "trust": "A"},
        "mother_maiden_name": {"value": "never asked", "source": "share"},
    },
    "checkEligibility": {"eligible": True, "reasons": []},
    "listBenefits": [],
    "lookupProxy": [{"authorisation": "A-1", "relation": "child"}],
    "query": {
        "title": "权益",
        "columns": [{"key": "y", "label": "年"}, {"key": "m", "label": "缴费", "kind": "money"}],
        "rows": [{"y": "2025", "m": 123456} for _ in range(11)],
    },
}
