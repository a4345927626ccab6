"""跨省通办: the home division, level by level, and how it is done between the two places."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flows.bodies import ToldBody
from flows.effects import Call, LoadOptions
from flows.events import Act, Answered, Event, OptionsLoaded, Refused, Unreachable
from flows.held import Entry, Known, Mode, RegionMode
from flows.kinds import Region
from flows.model import Flow
from flows.page import ChoiceBody, Page
from flows.parts import Action, Option, Reason
from flows.run import Run
from flows.steps.city import waiting
from flows.steps.form import code_list
from flows.steps.lists import entry_options
from flows.turn import BACK, NEXT, UP, Turn, framed
from flows.words import UNCHECKED, source_words

ELSEWHERE = Action(id="elsewhere", label="换地方")


class RegionLogic:
    """跨省通办: where from, then how it is done between the two places.

    Nothing is answered until the way is agreed to: who goes back half-way has what they had before. A place
    that an earlier item of the visit asked is not asked again: it is said beside the way, to be changed
    there.
    """

    stage = "选地区"

    def enter(self, turn: Turn, step: Region) -> None:
        """The list of divisions, unless this run has it."""
        turn.unflag("region")
        turn.set(phase="place")
        listed = code_list(turn.flow.fields[step.field], step.field)
        if listed not in turn.run.codes:
            turn.emit(LoadOptions, operation="getCodes", list=listed)
        else:
            self._carried(turn, step)

    def _carried(self, turn: Turn, step: Region) -> None:
        """Go on with what an earlier item asked, unless this one has asked it since."""
        known = turn.run.values.get(step.field)
        if turn.run.region is not None or known is None or not known.earlier:
            return
        if _found(turn.run, step, turn.flow, known.value)[0]:
            turn.set(draft={"home": known.value})
            self._ask(turn, step, known.value)

    def handle(self, turn: Turn, step: Region, event: Event) -> None:
        """Province, division, mode."""
        if isinstance(event, OptionsLoaded):
            turn.set(codes={**turn.run.codes, event.list: event.options})
            if not any(each.detail == "" for each in event.options):
                turn.unavailable("no-list")
            else:
                self._carried(turn, step)
        elif isinstance(event, Answered):
            self._modes(turn, step, event.data)
        elif isinstance(event, Refused):
            self._refused(turn, step, event.reasons, event.code)
        elif isinstance(event, Unreachable):
            if step.offline == "block" or event.about:
                turn.unavailable(event.reason)
                return
            turn.flag("region")
            self._settle(turn, step, None, UNCHECKED["region"])
        elif isinstance(event, Act):
            self._touched(turn, step, event)

    def _modes(self, turn: Turn, step: Region, found: list[Mapping[str, Any]]) -> None:
        modes = tuple(
            Entry(value=each["id"], label=each["label"], detail=each.get("detail", ""))
            for each in found
            if each["id"] in _MODES
        )
        if modes:
            turn.set(phase="told" if len(modes) == 1 else "modes", entries=modes)
            return
        reason = Reason(message="两地还没有开通跨省通办")
        self._refused(turn, step, (reason,), "NO-REGION")

    def _refused(self, turn: Turn, step: Region, reasons: tuple[Reason, ...], code: str) -> None:
        """Not from there. Who was not asked where may still say another place."""
        change = None
        if _said_before(turn.run, step):
            turn.set(values={name: known for name, known in turn.run.values.items() if name != step.field})
            change = turn.run.step
        turn.refused("这个地区还不能在这里办", reasons, code=code, change=change)

    def _touched(self, turn: Turn, step: Region, act: Act) -> None:
        run, choice = turn.run, act.values.get("choice", "")
        if act.action == "up":
            _, parent = _found(run, step, turn.flow, run.draft.get("home", ""))
            turn.set(phase="place", entries=(), draft={"home": parent})
        elif act.action == ELSEWHERE.id:
            turn.set(phase="place", entries=(), draft={})
        elif run.phase in {"told", "modes"}:
            for entry in run.entries:
                if run.phase == "told" or entry.value == choice:
                    self._settle(turn, step, _MODES[entry.value], entry.label, entry.detail)
                    return
        elif choice in {each.value for each in _offered(turn.flow, run, step)}:
            turn.set(draft={"home": choice})
            if not _offered(turn.flow, turn.run, step):
                self._ask(turn, step, choice)

    def _ask(self, turn: Turn, step: Region, home: str) -> None:
        turn.set(phase="asking")
        turn.emit(
            Call,
            operation=step.operation,
            item=turn.flow.item,
            path={"field": "region_mode"},
            query={"q": home},
            body={},
        )

    def _settle(self, turn: Turn, step: Region, mode: Mode | None, words: str, detail: str = "") -> None:
        home = turn.run.draft["home"]
        if not _said_before(turn.run, step):
            label, _ = _found(turn.run, step, turn.flow, home)
            turn.answer({step.field: Known(value=home, source="typed", label=label, chosen=True)})
        turn.set(region=RegionMode(home=home, mode=mode, label=words, detail=detail))
        turn.next()

    def page(self, flow: Flow, run: Run, step: Region) -> Page:
        """One question a page."""
        if run.pending:
            return waiting(flow, "正在查询两地怎么办理" if run.phase == "asking" else "正在取地区清单")
        before = _said_before(run, step)
        place = ""
        if before is not None:
            label, _ = _found(run, step, flow, before.value)
            place = f"{flow.fields[step.field].label}：{label}，{source_words(before)}"
        back, others = (BACK, (ELSEWHERE,)) if before else (UP, ())
        if run.phase == "told" and run.entries:
            lines = tuple(line for line in (run.entries[0].label, run.entries[0].detail, place) if line)
            return framed(flow, "这样办理", ToldBody(lines=lines), primary=NEXT, back=back, others=others)
        if run.phase == "modes":
            title = "选择办理方式"
            modes = entry_options(run.entries)
            choice = ChoiceBody(title=title, hint=place, options=modes, sample=run.sample)
            return framed(flow, title, choice, back=back, others=others)
        inside = bool(run.draft.get("home"))
        options = tuple(Option(value=each.value, label=each.label) for each in _offered(flow, run, step))
        title = "具体是哪里？" if inside else step.title
        known = run.values.get(step.field)
        home = known.value if known is not None else ""
        chosen = home if inside else _found(run, step, flow, home)[1]
        body = ChoiceBody(title=title, hint="", options=options, chosen=chosen)
        return framed(flow, title, body, back=UP if inside else BACK)

    def stops(self, flow: Flow, run: Run, step: Region) -> bool:
        """It asks something."""
        return True

    def lacks(self, flow: Flow, run: Run, step: Region) -> bool:
        """No way was agreed to."""
        return run.region is None


def _said_before(run: Run, step: Region) -> Known | None:
    """The place in hand, where an earlier item of the visit asked it and this one did not."""
    known = run.values.get(step.field)
    return known if known is not None and known.earlier and known.value == run.draft.get("home") else None


def _divisions(flow: Flow, run: Run, step: Region) -> tuple[Option, ...]:
    """The published divisions; the `detail` of each is the code of what it belongs to."""
    return run.codes.get(code_list(flow.fields[step.field], step.field), ())


def _offered(flow: Flow, run: Run, step: Region) -> tuple[Option, ...]:
    """The divisions of the one that is chosen; the first ones while none is."""
    home = run.draft.get("home", "")
    return tuple(each for each in _divisions(flow, run, step) if each.detail == home and each.value != home)


def _found(run: Run, step: Region, flow: Flow, code: str) -> tuple[str, str]:
    """Label of a division, and the code of what it belongs to."""
    for each in _divisions(flow, run, step):
        if each.value == code:
            return each.label, each.detail
    return "", ""


_MODES: dict[str, Mode] = {
    "local": "local",
    "online": "online",
    "forwarded": "forwarded",
    "joint": "joint",
}
