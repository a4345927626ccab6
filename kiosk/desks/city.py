"""The desk of the city: calls as the citizen, and public content through the offline cache."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Protocol

import msgspec

from flows.effects import Call, LoadGuide, LoadOptions
from flows.events import Answered, GuideLoaded, OptionsLoaded, Outcome, Refused, Unreachable
from flows.loader import Name
from flows.page import DocumentLine, GuideView
from flows.parts import Option, Reason
from kiosk.clock import Clock
from kiosk.desks.desk import Tell, civil
from kiosk.gateway.bearer import Bearer
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.contract import Contract
from kiosk.gateway.outcomes import Ok, Problem, TooLow
from kiosk.gateway.outcomes import Outcome as Said
from kiosk.gateway.outcomes import Reason as Silence
from kiosk.loop import Executor
from offline_cache.content import Content

log = logging.getLogger(__name__)
_BUSY = frozenset({408, 425, 429})
_LOGIN_ENDED = Reason(
    message="您的登录已经失效，平台没有处理这一步", instead="请结束后回首页，重新刷证或扫码再办"
)
"""A citizen's token ends by itself; a provider may give it a few minutes only."""


class Library(Protocol):
    """Public content, fetched or from the cache."""

    def get(self, operation: str, item: str = "") -> Content | None:
        """The content, asking the gateway when it is stale; None when there is none. May take seconds."""
        ...


class _Document(msgspec.Struct):
    role: str
    name: str
    importance: str
    deferrable: bool = False


class _Fee(msgspec.Struct):
    fen: int = 0
    note: str = ""


class _Guide(msgspec.Struct):
    item: str
    version: str
    sample: bool
    documents: tuple[_Document, ...]
    conditions: tuple[str, ...] = ()
    fee: _Fee | None = None
    promised_working_days: int | None = None
    legal_basis: tuple[str, ...] = ()
    office: str = ""
    hotline: str = ""
    badges: tuple[str, ...] = ()


class _Entry(msgspec.Struct):
    code: str
    enabled: bool
    reason: str = ""


class _Catalogue(msgspec.Struct):
    items: tuple[_Entry, ...]


class CityDesk:
    """Calls and content. `heard` tells connectivity whether the gateway answered."""

    def __init__(
        self,
        *,
        client: GatewayClient,
        contract: Contract,
        library: Library,
        names: Mapping[str, Name],
        executor: Executor,
        clock: Clock,
        heard: Callable[[bool], None],
    ) -> None:
        self._client = client
        self._contract = contract
        self._library = library
        self._names = names
        self._executor = executor
        self._clock = clock
        self._heard = heard

    def call(self, effect: Call, token: Bearer | None, tell: Tell) -> None:
        """One operation as the citizen; without a login there is nobody to ask as."""
        if token is None:
            tell(Unreachable(effect=effect.id, reason="no-login", at=civil(self._clock.now())))
            return
        operation = self._contract[effect.operation]
        path = {parameter.name: effect.item for parameter in operation.parameters}
        body = None if operation.method == "GET" else dict(effect.body)

        def work() -> Outcome:
            return self._outcome(effect.id, self._client.call(effect.operation, path, body, token=token))

        self._executor.submit(work, tell)

    def guide(self, effect: LoadGuide, tell: Tell) -> None:
        """A guide, with its age when it is not fresh."""
        self._executor.submit(lambda: self._guide(effect), tell)

    def options(self, effect: LoadOptions, tell: Tell) -> None:
        """The items that the city publishes, under their official names."""
        self._executor.submit(lambda: self._options(effect), tell)

    def _outcome(self, effect_id: str, said: Said) -> Outcome:
        if isinstance(said, Ok):
            self._heard(True)
            return Answered(effect=effect_id, data=said.data)
        if isinstance(said, TooLow):
            self._heard(True)
            reason = Reason(
                message="这一项需要更高的身份核验级别", instead="请用手机扫码重新办理，或到窗口办理"
            )
            return Refused(effect=effect_id, reasons=(reason,), code="LEVEL-TOO-LOW")
        if isinstance(said, Problem):
            self._heard(True)
            if said.status == HTTPStatus.UNAUTHORIZED:
                return Refused(effect=effect_id, reasons=(_LOGIN_ENDED,), code="LOGIN-ENDED")
            if said.status in _BUSY or said.retryable:
                return self._unreachable(effect_id, f"status-{said.status}")
            reasons = tuple(Reason(message=each.message, instead=each.instead) for each in said.errors)
            if not reasons and said.detail:
                reasons = (Reason(message=said.detail),)
            return Refused(
                effect=effect_id,
                reasons=reasons,
                code=said.code or f"HTTP-{said.status}",
                offers=tuple(slot.as_contract() for slot in said.offers),
            )
        if said.reason is not Silence.DEPARTMENT_DOWN:  # nobody was asked, so the line was not tried
            self._heard(False)
        return self._unreachable(effect_id, said.reason.value)

    def _guide(self, effect: LoadGuide) -> Outcome:
        content = self._library.get(effect.operation, effect.item)
        if content is None:
            return self._unreachable(effect.id, "not-cached")
        try:
            guide = msgspec.json.decode(content.body, type=_Guide)
        except msgspec.MsgspecError:
            log.warning("a guide is not in the contract's shape: %s", effect.item)
            return self._unreachable(effect.id, "malformed")
        name = self._names.get(effect.item)
        return GuideLoaded(
            effect=effect.id,
            guide=guide_view(guide, name.name if name else effect.item, age_words(content)),
        )

    def _options(self, effect: LoadOptions) -> Outcome:
        content = self._library.get(effect.operation)
        if content is None:
            return self._unreachable(effect.id, "not-cached")
        try:
            catalogue = msgspec.json.decode(content.body, type=_Catalogue)
        except msgspec.MsgspecError:
            return self._unreachable(effect.id, "malformed")
        options = tuple(
            Option(value=entry.code, label=name.name, detail=name.department)
            for entry in catalogue.items
            if entry.enabled and (name := self._names.get(entry.code)) is not None
        )
        return OptionsLoaded(effect=effect.id, options=options)

    def _unreachable(self, effect_id: str, reason: str) -> Outcome:
        return Unreachable(effect=effect_id, reason=reason, at=civil(self._clock.now()))


def guide_view(guide: _Guide, name: str, age: str) -> GuideView:
    """The contract's `Guide` in the citizen's words."""
    fee = "请以窗口公布为准"
    if guide.fee is not None:
        fee = "不收费" if guide.fee.fen == 0 else f"{guide.fee.fen / 100:.2f} 元"
        fee = f"{fee}（{guide.fee.note}）" if guide.fee.note else fee
    days = guide.promised_working_days
    return GuideView(
        item=guide.item,
        name=name,
        conditions=guide.conditions,
        documents=tuple(
            DocumentLine(name=each.name, main=each.importance == "main", deferrable=each.deferrable)
            for each in guide.documents
        ),
        fee=fee,
        days="请以窗口公布为准" if days is None else "当场办结" if days == 0 else f"{days} 个工作日",
        office=guide.office,
        hotline=guide.hotline,
        legal_basis=guide.legal_basis,
        badges=guide.badges,
        sample=guide.sample,
        version=guide.version,
        age=age,
    )


def age_words(content: Content) -> str:
    """How old stale content is, for the citizen; empty while it is current."""
    if not content.stale:
        return ""
    hours = int(content.age // 3600)
    if hours < 1:
        return "这是不到 1 小时前保存的内容"
    if hours < 48:
        return f"这是 {hours} 小时前保存的内容"
    return f"这是 {hours // 24} 天前保存的内容，可能已有变化"


def known_items(body: Any) -> list[str]:
    """The item codes of a catalogue's body, or none when it is not one."""
    try:
        return [entry.code for entry in msgspec.json.decode(body, type=_Catalogue).items]
    except msgspec.MsgspecError:
        return []
