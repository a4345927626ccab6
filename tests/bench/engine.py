"""A whole item through the engine, no input or output, beside SpiffWorkflow on the same steps.

The item is the senior allowance, for oneself, online, from the first page to the rating. A first run on the
engine's test world writes down every event (touches and outcomes); what is timed is these events through
`flows.engine`, from `start` to the end of the run.

SpiffWorkflow gets a process of the same steps: a user task a touch and a service task an effect, in that
order, each assigning the same values to the task's data, and an exclusive gateway after each effect (and
after "for whom?") that goes on or to the trouble page, as the engine does. It checks no field and describes
no page, which ours does. Its process is made both ways that it knows, as BPMN and as a plain specification,
and the faster one counts. Reading the item and parsing the BPMN are left out, and its loggers are set to
WARNING (left alone they list all tasks at every step). Both are timed in this thread's own processor time,
which other work on the machine disturbs least, and each collects its own garbage.
"""

from __future__ import annotations

import gc
import io
import logging
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.operators import Attrib, Equal
from SpiffWorkflow.specs.ExclusiveChoice import ExclusiveChoice
from SpiffWorkflow.specs.Simple import Simple
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from flows import engine
from flows.events import Act, Event, Outcome
from flows.loader import load_all
from tests.bench.rows import row
from tests.flows.world import AT, PICTURE, SIGNATURE, World

ITEM = "civil.senior-allowance-apply"
FORM = {"residential_address": "和平区某某路 1 号", "bank_card_number": "6222020000000000000"}
TOUCHES: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("next", {}),  # notice
    ("next", {}),  # consent; then the card is read and the person logged in
    ("face", {}),
    ("next", PICTURE),  # then it is judged and compared
    ("choose", {"choice": "self"}),
    ("next", FORM),
    ("next", {}),  # review
    ("next", SIGNATURE),  # then submitted and printed
    ("next", {}),  # receipt
    ("rate", {"level": "5"}),
)
ROUNDS, A_ROUND = 15, 40
GOAL = 0.1
_BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


class _Recorded(World):
    """Keeps every event, in order."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        super().__init__(load_all()[ITEM])

    def tell(self, event: Event) -> None:
        self.events.append(event)
        super().tell(event)


class _Step(msgspec.Struct, frozen=True):
    """One task of the process; `decides` where a gateway follows."""

    name: str
    by_hand: bool
    decides: bool
    values: dict[str, Any]


def run() -> list[dict[str, Any]]:
    """Medians over rounds in which ours and both processes take turns; the goal is about the faster one."""
    logging.getLogger("spiff").setLevel(logging.WARNING)
    events = _events()
    steps = _steps(events)
    works = {"ours": _ours(events), "plain": _plain(steps), "BPMN": _parsed(steps)}
    gc.freeze()  # so that collecting costs what the work left behind, not what was imported
    took: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            took[name].append(_timed(work))
    median = {name: statistics.median(times) * 1000 for name, times in took.items()}
    touched = sum(step.by_hand for step in steps)
    name = f"whole item through the engine, no I/O ({touched} touches, {len(steps) - touched} effects)"
    faster, slower = sorted(("plain", "BPMN"), key=lambda way: median[way])
    return [
        row(name, "ms", median["ours"], peer=(_peer(faster), median[faster]), goal=GOAL),
        row(
            "whole item through the engine, beside",
            "ms",
            median["ours"],
            peer=(_peer(slower), median[slower]),
        ),
    ]


def _peer(way: str) -> str:
    return f"SpiffWorkflow, {way} specification"


def _events() -> list[Event]:
    world = _Recorded()
    for action, values in TOUCHES:
        world.tap(action, **values)
    assert world.run.ended == "done"
    return world.events


def _ours(events: list[Event]) -> Callable[[], None]:
    flow = load_all()[ITEM]

    def once() -> None:
        run, _ = engine.start(flow, "v.1", at=AT)
        for event in events:
            run, _ = engine.advance(flow, run, event)
        assert run.ended == "done"

    return once


def _steps(events: list[Event]) -> list[_Step]:
    """A step a touch, a step an effect: an effect's outcomes (stored, then accepted) are one.

    What was typed is kept under its field's name, what was answered under its effect's.
    """
    steps: list[_Step] = []
    asked = ""
    for event in events:
        if isinstance(event, Act):
            verdict = event.values.get("choice", "")
            steps.append(
                _Step(f"touch{len(steps)}", True, bool(verdict), {**event.values, "verdict": verdict})
            )
        elif isinstance(event, Outcome):
            if event.effect != asked:
                steps.append(_Step(f"effect{len(steps)}", False, True, {}))
            asked = event.effect
            steps[-1].values.update({asked: msgspec.to_builtins(event), "verdict": type(event).__name__})
    return steps


def _plain(steps: list[_Step]) -> Callable[[], None]:
    """SpiffWorkflow's own specification, without BPMN."""
    specification = WorkflowSpec("item", addstart=True)
    trouble = Simple(specification, "trouble", manual=True)
    end = Simple(specification, "End")
    trouble.connect(end)
    connect = specification.start.connect
    for step in steps:
        task = Simple(specification, step.name, manual=step.by_hand)
        connect(task)
        connect = task.connect
        if step.decides:
            gateway = ExclusiveChoice(specification, f"gateway-{step.name}")
            connect(gateway)
            gateway.connect(trouble)  # the default

            def connect(
                task: Simple, gateway: ExclusiveChoice = gateway, verdict: str = step.values["verdict"]
            ) -> None:
                gateway.connect_if(Equal(Attrib("verdict"), verdict), task)

    connect(end)
    values = {step.name: step.values for step in steps}

    def once() -> None:
        _drive(Workflow(specification), values)

    return once


def _parsed(steps: list[_Step]) -> Callable[[], None]:
    """The same as a BPMN process."""
    parser = BpmnParser()
    parser.add_bpmn_io(io.BytesIO(_bpmn(steps)))
    specification = parser.get_spec("item")
    values = {step.name: step.values for step in steps}

    def once() -> None:
        _drive(BpmnWorkflow(specification), values)

    return once


def _bpmn(steps: list[_Step]) -> bytes:
    nodes = ['<startEvent id="start"/>', '<userTask id="trouble"/>', '<endEvent id="over"/>']
    flows = ['<sequenceFlow id="over-trouble" sourceRef="trouble" targetRef="over"/>']
    source, condition = "start", ""
    for step in steps:
        # A service task of BPMN does nothing without an extension that says what to call: a plain task here.
        nodes.append(f'<{"userTask" if step.by_hand else "task"} id="{step.name}"/>')
        flows.append(
            f'<sequenceFlow id="to-{step.name}" sourceRef="{source}" targetRef="{step.name}">{condition}'
            "</sequenceFlow>"
        )
        source, condition = step.name, ""
        if step.decides:
            source = f"gateway-{step.name}"
            nodes.append(f'<exclusiveGateway id="{source}" default="no-{step.name}"/>')
            flows.append(f'<sequenceFlow id="{source}-in" sourceRef="{step.name}" targetRef="{source}"/>')
            flows.append(f'<sequenceFlow id="no-{step.name}" sourceRef="{source}" targetRef="trouble"/>')
            condition = f"<conditionExpression>verdict == '{step.values['verdict']}'</conditionExpression>"
    flows.append(
        f'<sequenceFlow id="to-over" sourceRef="{source}" targetRef="over">{condition}</sequenceFlow>'
    )
    process = f'<process id="item" isExecutable="true">{"".join(nodes + flows)}</process>'
    return f'<definitions xmlns="{_BPMN}">{process}</definitions>'.encode()


def _drive(workflow: Any, values: Mapping[str, dict[str, Any]]) -> None:
    """Each ready task is given its values and run; the next is looked for where the last one ended."""
    done = 0
    task = workflow.get_next_task(state=TaskState.READY)
    while task is not None:
        if task.task_spec.name in values:
            task.data.update(values[task.task_spec.name])
            done += 1
        task.run()
        task = workflow.get_next_task(task, state=TaskState.READY)
    assert workflow.is_completed()
    assert done == len(values)


def _timed(work: Callable[[], None]) -> float:
    """Seconds for one."""
    gc.collect()  # the other's
    began = time.thread_time()
    for _ in range(A_ROUND):
        work()
    gc.collect()
    return (time.thread_time() - began) / A_ROUND
