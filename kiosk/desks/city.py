"""The desk of the city: calls as the citizen, and public content through the offline cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Protocol

from flows.effects import Call, LoadEntries, LoadGuide, LoadOptions, LoadPolicies
from flows.events import (
    TOO_LOW,
    Answered,
    EntriesLoaded,
    GuideLoaded,
    OptionsLoaded,
    Outcome,
    PoliciesLoaded,
    Refused,
    Unreachable,
)
from flows.held import Slot
from flows.loader import Name
from flows.parts import Option, Published, Reason
from kiosk.clock import Clock
from kiosk.desks.desk import Tell, civil
from kiosk.desks.filing import OFFLINE_PATIENCE
from kiosk.gateway import outcomes
from kiosk.gateway.bearer import Bearer
from kiosk.gateway.client import GatewayClient
from kiosk.gateway.contract import Contract
from kiosk.gateway.outcomes import Ok, Problem, TooLow
from kiosk.gateway.outcomes import Outcome as Said
from kiosk.gateway.outcomes import Reason as Silence
from kiosk.gateway.outcomes import Unreachable as NotReached
from kiosk.guide_pictures import Held, Media
from kiosk.loop import Executor
from kiosk.published import (
    Catalogue,
    Codes,
    Guide,
    Listed,
    Policies,
    age_words,
    decoded,
    guide_view,
)
from kiosk.slips import Slips
from kiosk.visit import Visit
from offline_cache.content import Content

_BUSY = frozenset({408, 425, 429})
_LOGIN_ENDED = Reason(
    message="您的登录已经失效，平台没有处理这一步", instead="请结束后回首页，重新刷证或扫码再办"
)
"""A citizen's token ends by itself; a provider may give it a few minutes only."""


class Library(Protocol):
    """Public content, fetched or from the cache."""

    def get(self, operation: str, *names: str) -> Content | None:
        """The content of `operation` for the `names` in its path, asking the gateway when it is stale; None
        when there is none. May take seconds."""
        ...

    def pictures(self, media: Sequence[Media], *, ask: bool) -> list[tuple[Media, Held]]:
        """Those of a guide's pictures that can be shown. Without `ask` only what is kept is looked at."""
        ...


ANSWER_SECONDS = 8.0
"""Seconds that a citizen waits for an answer; OFFLINE_PATIENCE when the city was not heard just now."""


class CityDesk:
    """Calls and content. `heard` tells connectivity whether the gateway answered; `online` is whether it was
    heard just now: where not, a citizen waits no longer than to find out that nothing has changed."""

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
        online: Callable[[], bool | None],
        new_key: Callable[[], str],
        slips: Slips,
    ) -> None:
        self._client = client
        self._slips = slips
        self._online = online
        self._new_key = new_key
        self._keys_of = ""
        self._keys: dict[str, str] = {}
        self._contract = contract
        self._library = library
        self._names = names
        self._executor = executor
        self._clock = clock
        self._heard = heard

    def call(self, effect: Call, visit: Visit, token: Bearer | None, tell: Tell) -> None:
        """One operation as the citizen, or as the terminal where the contract takes that.

        Where only a citizen will do, and nobody is logged in, there is nobody to ask as.
        """
        operation = self._contract[effect.operation]
        if token is None and operation.tokens == {"visit"}:
            tell(Unreachable(effect=effect.id, reason="no-login", at=civil(self._clock.now())))
            return
        path = {each.name: effect.path.get(each.name, effect.item) for each in operation.parameters}
        body = dict(effect.body) if operation.takes_body else None
        key = self.key_of(visit, effect.intent) if operation.keyed else None

        deadline = OFFLINE_PATIENCE if self._online() is False else ANSWER_SECONDS

        def work() -> Outcome:
            said = self._client.call(
                effect.operation,
                path,
                body,
                query=dict(effect.query),
                token=token,
                key=key,
                deadline=deadline,
            )
            outcome = self._outcome(effect.id, said)
            return self._slips.told(outcome, path["id"]) if effect.operation == "getSlip" else outcome

        self._executor.submit(work, tell)

    def key_of(self, visit: Visit, intent: str) -> str:
        """The Idempotency-Key of what is meant: the same intent in a visit is the same key."""
        if visit.id != self._keys_of:
            self._keys_of, self._keys = visit.id, {}
        return self._keys.setdefault(intent, self._new_key())

    def policies(self, effect: LoadPolicies, tell: Tell) -> None:
        """What is published, with its age when it is not fresh."""
        self._executor.submit(lambda: self._policies(effect), tell)

    def entries(self, effect: LoadEntries, tell: Tell) -> None:
        """What a department publishes, with its age when it is not fresh."""
        self._executor.submit(lambda: self._entries(effect), tell)

    def guide(self, effect: LoadGuide, tell: Tell) -> None:
        """A guide, with its age when it is not fresh."""
        self._executor.submit(lambda: self._guide(effect), tell)

    def options(self, effect: LoadOptions, tell: Tell) -> None:
        """The items that the city publishes, under their official names; or a code list."""
        work = self._codes if effect.list else self._options
        self._executor.submit(lambda: work(effect), tell)

    def _outcome(self, effect_id: str, said: Said) -> Outcome:
        outcome = refused_or_unreachable(effect_id, said, civil(self._clock.now()))
        if isinstance(said, NotReached):
            if said.reason is not Silence.DEPARTMENT_DOWN:  # nobody was asked, so the line was not tried
                self._heard(False)
        else:
            self._heard(True)
        return outcome

    def _guide(self, effect: LoadGuide) -> Outcome:
        content = self._library.get(effect.operation, effect.item)
        guide = decoded(content, Guide)
        if content is None or guide is None:
            return self._unreachable(effect.id, "not-cached" if content is None else "malformed")
        name = self._names.get(effect.item)
        ask = not content.stale and self._online() is not False
        shown = self._library.pictures(guide.media, ask=ask)
        return GuideLoaded(
            effect=effect.id,
            guide=guide_view(guide, name.name if name else effect.item, age_words(content), shown),
        )

    def _options(self, effect: LoadOptions) -> Outcome:
        content = self._library.get(effect.operation)
        catalogue = decoded(content, Catalogue)
        if catalogue is None:
            return self._unreachable(effect.id, "not-cached" if content is None else "malformed")
        options = tuple(
            Option(value=entry.code, label=name.name, detail=name.department)
            for entry in catalogue.items
            if entry.enabled and (name := self._names.get(entry.code)) is not None
        )
        return OptionsLoaded(effect=effect.id, options=options)

    def _codes(self, effect: LoadOptions) -> Outcome:
        """A code list; the `detail` of an entry is the code of what it belongs to."""
        content = self._library.get("getCodes", effect.list)
        found = decoded(content, Codes)
        if found is None:
            reason = "not-cached" if content is None else "malformed"
            return Unreachable(
                effect=effect.id, reason=reason, at=civil(self._clock.now()), about=effect.list
            )
        options = tuple(
            Option(value=each.code, label=each.label, detail=each.parent) for each in found.entries
        )
        return OptionsLoaded(effect=effect.id, options=options, list=effect.list)

    def _policies(self, effect: LoadPolicies) -> Outcome:
        content = self._library.get("searchPolicies")
        found = decoded(content, Policies)
        if content is None or found is None:
            return self._unreachable(effect.id, "not-cached" if content is None else "malformed")
        policies = tuple(
            Option(value="", label=each.title, detail=each.summary or each.issuer) for each in found.policies
        )
        return PoliciesLoaded(effect=effect.id, policies=policies, age=age_words(content))

    def _entries(self, effect: LoadEntries) -> Outcome:
        content = self._library.get(effect.operation, effect.item, effect.field)
        found = decoded(content, tuple[Listed, ...])
        if content is None or found is None:
            return self._unreachable(effect.id, "not-cached" if content is None else "malformed")
        entries = tuple(
            Published(
                label=each.label,
                detail=each.detail,
                fields={name: value.value for name, value in each.fields.items()},
            )
            for each in found
        )
        return EntriesLoaded(effect=effect.id, entries=entries, age=age_words(content))

    def _unreachable(self, effect_id: str, reason: str) -> Outcome:
        return Unreachable(effect=effect_id, reason=reason, at=civil(self._clock.now()))


def refused_or_unreachable(effect_id: str, said: Said, at: str) -> Outcome:
    """What the gateway said, in the run's words: an answer, every reason why not, or that there was none."""
    if isinstance(said, Ok):
        return Answered(effect=effect_id, data=said.data)
    if isinstance(said, TooLow):
        reason = Reason(message="这一项需要更高的身份核验级别", instead="请用手机扫码重新办理，或到窗口办理")
        return Refused(effect=effect_id, reasons=(reason,), code=TOO_LOW)
    if isinstance(said, Problem):
        if said.status == HTTPStatus.UNAUTHORIZED:
            return Refused(effect=effect_id, reasons=(_LOGIN_ENDED,), code="LOGIN-ENDED")
        if said.status in _BUSY or said.retryable:
            return Unreachable(effect=effect_id, reason=f"status-{said.status}", at=at)
        reasons = tuple(Reason(message=each.message, instead=each.instead) for each in said.errors)
        if not reasons and said.detail:
            reasons = (Reason(message=said.detail),)
        return Refused(
            effect=effect_id,
            reasons=reasons,
            code=said.code or f"HTTP-{said.status}",
            offers=tuple(_slot(each) for each in said.offers),
        )
    return Unreachable(effect=effect_id, reason=said.reason.value, at=at)


def _slot(found: outcomes.Slot) -> Slot:
    return Slot(
        id=found.id,
        place=found.place,
        starts_at=civil(found.starts_at),
        ends_at=civil(found.ends_at) if found.ends_at is not None else "",
        free=found.free,
    )
