"""How a run of a flow advances: a pure function from (run, event) to (run, effects), and its page.

No clock, no disk, no network, no device: times come in with events, everything else goes out as
effects. A late outcome (its effect no longer awaited) changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from flows import kinds
from flows.bodies import BundleBody, CameraBody, DocumentsBody, RecordsBody
from flows.effects import Effect
from flows.events import TOO_LOW, Act, Event, Progress, Refused, Scanned, Unreachable
from flows.held import Known
from flows.model import Flow
from flows.page import Body, ChoiceBody, FormBody, Page, RateBody, ReviewBody, Stage, TableBody, TroubleBody
from flows.parts import Action
from flows.run import Person, Run
from flows.steps.booking import BookLogic, ConfirmBookingLogic
from flows.steps.browsing import BrowseLogic
from flows.steps.bundle import BundleLogic
from flows.steps.city import EligibilityLogic, GuideLogic, PrefillLogic, QueryLogic
from flows.steps.closing import DisplayLogic, RateLogic
from flows.steps.commitment import CommitmentLogic
from flows.steps.documents import DocumentsLogic, PhotoLogic
from flows.steps.form import FormLogic, ReviewLogic, SelectLogic
from flows.steps.lists import OptionsLogic, RecordsLogic
from flows.steps.numbers import ChooseCaseLogic, DraftLogic, LookupLogic
from flows.steps.opening import ConsentLogic, NoticeLogic
from flows.steps.paying import PayLogic
from flows.steps.phone_code import PhoneCodeLogic
from flows.steps.policies import BenefitsLogic, ChooseBenefitLogic, ConfirmBenefitLogic, MatchLogic
from flows.steps.printing import PrintLogic
from flows.steps.proxy import ProxyLogic
from flows.steps.regions import RegionLogic
from flows.steps.signing import SignLogic
from flows.steps.submit import SubmitLogic
from flows.steps.who import IdentifyLogic
from flows.turn import FINISH, RETRY, REVISE, StepLogic, Turn
from flows.values import known_from

LOGIC: dict[type[Any], StepLogic[Any]] = {
    kinds.Notice: NoticeLogic(),
    kinds.Consent: ConsentLogic(),
    kinds.Identify: IdentifyLogic(),
    kinds.Proxy: ProxyLogic(),
    kinds.Region: RegionLogic(),
    kinds.Prefill: PrefillLogic(),
    kinds.Eligibility: EligibilityLogic(),
    kinds.Select: SelectLogic(),
    kinds.Options: OptionsLogic(),
    kinds.Browse: BrowseLogic(),
    kinds.Form: FormLogic(),
    kinds.Records: RecordsLogic(),
    kinds.PhoneCode: PhoneCodeLogic(),
    kinds.Documents: DocumentsLogic(),
    kinds.Photo: PhotoLogic(),
    kinds.Commitment: CommitmentLogic(),
    kinds.Review: ReviewLogic(),
    kinds.Sign: SignLogic(),
    kinds.Submit: SubmitLogic(),
    kinds.Book: BookLogic(),
    kinds.ConfirmBooking: ConfirmBookingLogic(),
    kinds.Pay: PayLogic(),
    kinds.Query: QueryLogic(),
    kinds.Guide: GuideLogic(),
    kinds.Lookup: LookupLogic(),
    kinds.Match: MatchLogic(),
    kinds.Display: DisplayLogic(),
    kinds.ChooseBenefit: ChooseBenefitLogic(),
    kinds.ConfirmBenefit: ConfirmBenefitLogic(),
    kinds.ChooseCase: ChooseCaseLogic(),
    kinds.Bundle: BundleLogic(),
    kinds.Draft: DraftLogic(),
    kinds.Print: PrintLogic(),
    kinds.Benefits: BenefitsLogic(),
    kinds.Rate: RateLogic(),
}

TAKE_CODES = (kinds.Form, kinds.ChooseCase, kinds.Draft)
"""Steps that take a code from the scanner in the place of what would be typed from it."""

STEP_KINDS: tuple[str, ...] = tuple(str(kind.__struct_config__.tag) for kind in LOGIC)

Advanced = tuple[Run, tuple[Effect, ...]]


def start(
    flow: Flow,
    run_id: str,
    *,
    person: Person | None = None,
    known: Mapping[str, Known] | None = None,
    drafted: Mapping[str, Any] | None = None,
    at: str = "",
) -> Advanced:
    """Begin `flow`. `person` and `known` are what this visit knows already; it is not asked again.

    `drafted` is what was filled in on the phone: the contract's `Value` by field; what is not of the
    field's kind is left out. `at` is the civil time of the touch that began it (RFC 3339).
    """
    values = {name: value for name, value in (known or {}).items() if name in flow.fields}
    for name, entry in (drafted or {}).items():
        found = known_from(flow.fields[name], entry) if name in flow.fields else None
        if found is not None and not flow.fields[name].locked:
            values[name] = found
    run = Run(
        id=run_id, item=flow.item, version=flow.version, person=person, values=values, today=_day(at, "")
    )
    turn = Turn(flow, run, LOGIC)
    turn.enter(0)
    return turn.run, tuple(turn.effects)


def advance(flow: Flow, run: Run, event: Event) -> Advanced:
    """Work off one event. An event that means nothing now leaves the run as it is."""
    if run.ended:
        return run, ()
    turn = Turn(flow, run, LOGIC)
    if isinstance(event, Act):
        today = _day(event.at, run.today)
        if today != run.today:
            turn.set(today=today)
        _touched(turn, event)
    elif isinstance(event, Scanned):
        if asks_code(_unframed(flow, run), event.field) and isinstance(turn.step, TAKE_CODES):
            turn.logic(turn.step).handle(turn, turn.step, event)
    elif event.effect == run.refund:
        turn.refunded(event)
    elif event.effect in run.pending:
        if not isinstance(event, Progress):
            turn.set(pending=run.pending - {event.effect})
        turn.logic(turn.step).handle(turn, turn.step, _heard(turn.step, run, event))
    return turn.run, tuple(turn.effects)


def _heard(step: kinds.Step, run: Run, event: Event) -> Event:
    """Where the face could not be compared and the item goes on all the same, what is only for whoever was
    compared is not to be had, as without a network. What is filed for it and refused, is refused."""
    if isinstance(step, kinds.Submit) or not isinstance(event, Refused):
        return event
    if event.code == TOO_LOW and "face" in run.unchecked:
        return Unreachable(effect=event.effect, reason=TOO_LOW)
    return event


def _touched(turn: Turn, act: Act) -> None:
    if act.action not in offered(_unframed(turn.flow, turn.run)):
        return
    if turn.run.trouble is not None:
        if act.action == RETRY.id:
            turn.set(trouble=None, outcome="")
            turn.enter(turn.run.step)
        elif act.action == REVISE.id and turn.run.trouble.change is not None:
            change = turn.run.trouble.change
            turn.set(trouble=None, outcome="")
            turn.enter(change)
        else:
            turn.skip_to_rating()
    elif act.action == "back":
        turn.back()
    elif act.action == "leave":
        turn.leave()
    else:
        turn.logic(turn.step).handle(turn, turn.step, act)


def offered(shown: Page) -> frozenset[str]:
    """The actions that `shown` offers: its buttons, and what its body carries. Nothing else acts."""
    buttons: tuple[Action | None, ...] = (shown.primary, shown.back, *shown.others)
    actions = {button.id for button in buttons if button is not None and not button.why_not}
    body = shown.body
    if isinstance(body, ChoiceBody) and body.options:
        actions.add("choose")
    elif isinstance(body, RateBody):
        actions.add("rate")
    elif isinstance(body, ReviewBody):
        actions |= {row.change for row in body.rows if row.change}
    elif isinstance(body, FormBody):
        actions.add("keep")
    elif isinstance(body, TableBody):
        actions |= {f"sheet:{sheet}" for sheet in range(1, body.sheets + 1)}
    return frozenset(actions | _carried(body))


def asks_code(shown: Page, name: str) -> bool:
    """Whether `shown` asks for a code under this name, which the scanner may read."""
    body = shown.body
    inputs = body.inputs if isinstance(body, FormBody) else ()
    return any((each.name, each.kind, each.locked) == (name, "scan", False) for each in inputs)


def _carried(body: Body) -> set[str]:
    """The actions of the bodies that stand in `flows.bodies`."""
    match body:
        case DocumentsBody(rows=rows, camera=camera):
            taken = {f"capture:{row.role}" for row in rows if camera}
            return taken | {f"later:{row.role}" for row in rows if row.may_follow}
        case RecordsBody(rows=rows, most=most):
            acts = {f"{verb}:{row.number}" for row in rows for verb in ("edit", "remove")}
            return acts | ({"add"} if len(rows) < most else set())
        case BundleBody(rows=rows):
            return {f"{'drop' if row.wanted else 'want'}:{row.item}" for row in rows if not row.needed}
        case CameraBody():
            return {"no-camera"}
        case _:
            return set()


def abandon(flow: Flow, run: Run) -> tuple[Effect, ...]:
    """What must be given back when the visit ends from outside, in the midst of `run`."""
    turn = Turn(flow, run, LOGIC)
    turn.release()
    return tuple(turn.effects)


def page(flow: Flow, run: Run) -> Page:
    """What the citizen sees now."""
    return replace(_unframed(flow, run), stages=_stages(flow, run.step))


def _unframed(flow: Flow, run: Run) -> Page:
    """The page without its stepper."""
    step = flow.steps[run.step]
    return _trouble_page(flow, run) if run.trouble else LOGIC[type(step)].page(flow, run, step)


def _trouble_page(flow: Flow, run: Run) -> Page:
    trouble = run.trouble
    assert trouble is not None  # noqa: S101 - the caller has looked
    return Page(
        item=flow.item,
        item_name=flow.name,
        title=trouble.title,
        body=TroubleBody(
            kind=trouble.kind,
            title=trouble.title,
            reasons=trouble.reasons,
            next=(*_money(run), *trouble.next),
            code=trouble.code,
        ),
        primary=FINISH,
        others=(*((REVISE,) if trouble.change is not None else ()), *((RETRY,) if trouble.retry else ())),
    )


_MONEY = {
    "refunding": "您付的钱已申请退回，会原路退到您的账户",
    "refunded": "您付的钱已经退回原来的账户",
    "unknown": "付款结果银行还没有确认，请不要再付；如果付成了，会原路退回",
}


def _money(run: Run) -> tuple[str, ...]:
    """What happens to what was paid."""
    words = _MONEY.get(run.payment.state, "") if run.payment is not None else ""
    return (words,) if words else ()


def _stages(flow: Flow, now: int) -> tuple[Stage, ...]:
    """The stepper's words, each once; a step without a word of its own belongs to the one before it."""
    labels: list[str] = []
    present = 0
    for number, step in enumerate(flow.steps):
        label = LOGIC[type(step)].stage
        if label and label not in labels:
            labels.append(label)
        if number == now:
            present = labels.index(label) if label else max(0, len(labels) - 1)
    return tuple(
        Stage(label=label, state="past" if i < present else "now" if i == present else "ahead")
        for i, label in enumerate(labels)
    )


def _day(at: str, otherwise: str) -> str:
    return at[:10] if at[:4].isdigit() else otherwise
