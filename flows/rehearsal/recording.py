"""Tests written by what a rehearsal does now: the author of an item reads them over, and keeps what is right.

Recorded is one run for the plainest way, one in which the city knows nothing, one for each other branch, one
for each other person it may be for, and one without a network; each types first what its fields refuse.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from flows import kinds
from flows.listing import conditioned
from flows.model import Flow
from flows.rehearsal.city import City
from flows.rehearsal.fitting import unfitting
from flows.rehearsal.playing import rehearse
from flows.rehearsal.script import Script, whoms
from flows.rehearsal.testing import INHERITED, script_of
from flows.rehearsal.transcript import Transcript
from flows.steps.commitment import COMMITMENT, PROOF
from flows.steps.form import code_list
from flows.trials import Trial
from flows.values import NO, YES

WIDTH = 150
"""Columns of a line."""
_LONGEST = 24
"""Characters of something that is to be refused; longer ones say no more to a reader."""
_PLAIN = re.compile(r"[A-Za-z\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff，+.-]*\??")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_NUMERALS = "一二三四五六七八九十"


def record(flow: Flow) -> tuple[Trial, ...]:
    """Tests that pass. Raises ValueError where a citizen who only presses on comes to no end."""
    found: list[Trial] = []
    tried: Counter[str] = Counter()
    for trial in _plans(flow):
        planned = replace(trial, refuses=_refused(flow, trial, tried))
        got = rehearse(flow, script_of(planned))
        if got.ends == "stuck":
            raise ValueError(f"{flow.item}, {trial.name}: nothing leads on from the step `{got.path[-1]}`")
        told = _told(planned, got)
        if not any(_same(told, each) for each in found):
            found.append(told)
            tried.update(tuple(told.refuses))
    nobody = replace(found[0], path=None, asks=None, judged=(), sends=None, level=None)
    return tuple(_apart(trial, before) for before, trial in zip((nobody, *found), found, strict=False))


def _plans(flow: Flow) -> Iterator[Trial]:
    """Who comes, and what they do; what they meet is not known yet."""
    first, *others = whoms(flow)
    branches = _branches(flow)
    more = max((len(values) for values in branches.values()), default=1)
    whole, least = _items(flow)
    prefills = any(isinstance(step, kinds.Prefill) for step in flow.steps)
    other = more > 1 or least != whole or _other_way(flow) != "card"
    for number in range(max(more, 2)):
        second = number == 1
        yield Trial(
            name=_name(number, prefills=prefills, other=other),
            whom=first,
            answers={name: values[min(number, len(values) - 1)] for name, values in branches.items()},
            items=least if number else whole,
            by=_other_way(flow) if second else "card",
            known=not (second and prefills),
            ends="stuck",
        )
    last = {name: values[-1] for name, values in branches.items()}
    plainest = {name: values[0] for name, values in branches.items()}
    deferrable = [
        each
        for step in flow.steps
        if isinstance(step, kinds.Documents)
        for each in step.documents
        if each.deferrable
    ]
    if deferrable:
        later = tuple(each.role for each in deferrable)
        asked = last | {each.when.field: each.when.values[0] for each in deferrable if each.when is not None}
        yield Trial(name="材料后补", whom=first, answers=asked, later=later, items=whole, ends="stuck")
    for whom in others:
        name = "替家人办" if whom == "proxy" else "企业办理"
        yield Trial(name=name, whom=whom, answers=plainest, items=whole, ends="stuck")
    yield Trial(name="断网", network=False, whom=first, answers=plainest, items=whole, ends="stuck")
    yield Trial(
        name="断网没有缓存",
        network=False,
        cache=False,
        whom=first,
        answers=plainest,
        items=whole,
        ends="stuck",
    )


def _name(number: int, *, prefills: bool, other: bool) -> str:
    """Of the plainest run, of that for which the city knows nothing, and of other branches."""
    if number == 0:
        return "有网络"
    if number > 1:
        return f"第{_NUMERALS[min(number, 9)]}种选择"
    nothing = "平台没有资料" if prefills else ""
    return f"{nothing}{'，' if prefills and other else ''}{'另一种选择' if other else ''}" or "再来一次"


def _branches(flow: Flow) -> dict[str, tuple[str, ...]]:
    """The answers on which something depends: by field, one for each thing that may come of it."""
    city = City(flow, Script())
    found: dict[str, tuple[str, ...]] = {}
    conditions = [each.when for each in flow.fields.values() if each.when is not None]
    conditions += [when for *_, when in conditioned(flow)]
    for name, field in flow.fields.items():
        waiting = [when.values for when in conditions if when.field == name]
        if not waiting:
            continue
        awaited = [values[0] for values in waiting]
        every = {value for values in waiting for value in values}
        may_be = {
            "yes-no": (YES, NO),
            "choice": tuple(choice.code for choice in field.choices),
            "code": tuple(each.value for each in city.published(code_list(field, name))),
        }
        none = [value for value in may_be.get(field.kind, ()) if value not in every]
        found[name] = tuple(dict.fromkeys((*awaited, *none[:1])))
    for step in flow.steps:
        if isinstance(step, kinds.Commitment):
            found[step.field] = (COMMITMENT, PROOF)
            when = flow.fields[step.field].when if step.field in flow.fields else None
            if when is not None and when.field in found:  # both are gone through where they are offered
                found[when.field] = (found[when.field][0], *found[when.field])
        elif isinstance(step, kinds.Pay) and len(step.methods) > 1:
            found["pay"] = step.methods
    return found


def _items(flow: Flow) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Of a bundle all items, and as few as it can do with: those that are needed, or else one."""
    if flow.bundle is None:
        return None, None
    children = flow.bundle.children
    whole = tuple(each.item for each in children)
    return whole, tuple(each.item for each in children if each.needed) or whole[:1]


def _other_way(flow: Flow) -> Any:
    for step in flow.steps:
        if isinstance(step, kinds.Identify) and step.optional:
            return "skip"
        if isinstance(step, kinds.Identify) and step.without_card:
            return "number"
    return "card"


def _refused(flow: Flow, trial: Trial, tried: Counter[str]) -> dict[str, str]:
    """For each field that this citizen types, something that it refuses, and that was not tried before."""
    script = script_of(trial)
    got = rehearse(flow, script)
    known = {
        sent.name: json.loads(sent.value)
        for effect in got.effects
        for sent in effect.fields
        if sent.value.startswith('"')
    }
    wrong: dict[str, str] = {}
    for asked in got.asks:
        name = asked.rstrip("?")
        if name not in flow.fields or name in trial.answers:
            continue
        found = [
            each for each in unfitting(flow.fields[name], script, name, known) if 0 < len(each) <= _LONGEST
        ]
        if tried[name] < len(found):
            wrong[name] = found[tried[name]]
    again = rehearse(flow, replace(script, refuses=wrong))
    return {name: value for name, value in wrong.items() if name in again.refused}


def _told(trial: Trial, got: Transcript) -> Trial:
    """`trial` with what it met; answers that nobody asked for are left out."""
    asked = {name.rstrip("?") for name in got.asks} | set(got.path)
    return replace(
        trial,
        answers={name: value for name, value in trial.answers.items() if name in asked},
        **{name: getattr(got, name) for name in INHERITED},
        documents=got.documents,
        later=got.later,
        items=got.items or None,
        unchecked=got.unchecked,
        papers=got.papers,
        ends=got.ends,
        told=got.told,
    )


def _apart(trial: Trial, before: Trial) -> Trial:
    """`trial` without what it shares with the one before it."""
    return replace(
        trial, **{name: None for name in INHERITED if getattr(trial, name) == getattr(before, name)}
    )


def _same(one: Trial, other: Trial) -> bool:
    """Whether both meet the same, and only who they are, or what is called so, differs."""
    plain: dict[str, Any] = {"name": one.name, "cache": True, "known": True, "refuses": {}}
    if "pay" not in one.answers:
        plain["answers"] = {}
    return replace(one, **plain) == replace(other, **plain)


def written(text: str, trials: tuple[Trial, ...]) -> str:
    """The YAML `text` of an item with these tests in place of those it has; the rest as it was."""
    kept: list[str] = []
    inside = False
    for line in text.splitlines():
        inside = line.startswith("tests:") or (inside and line[:1] in {"", " ", "-"})
        if not inside:
            kept.append(line)
    while kept and not kept[-1]:
        kept.pop()
    block = ["tests:", *(line for trial in trials for line in _lines(trial))]
    return "\n".join([*kept, *block]) + "\n"


def _lines(trial: Trial) -> Iterator[str]:
    line = "  - {"
    atoms = list(_atoms(msgspec.to_builtins(trial)))
    for number, atom in enumerate(atoms):
        last = number == len(atoms) - 1
        more = "}" if last else ","
        apart = "" if line.endswith("{") or not line.strip() else " "
        if len(line) + len(apart) + len(atom) + len(more) > WIDTH:
            yield line
            line, apart = "     ", ""
        line += apart + atom + more
    yield line


def _atoms(told: dict[str, Any]) -> Iterator[str]:
    """The parts between which a line may be broken."""
    for key, value in told.items():
        if isinstance(value, tuple | list | dict):
            ends = "{}" if isinstance(value, dict) else "[]"
            parts = (
                [f"{name}: {_scalar(each)}" for name, each in value.items()]
                if isinstance(value, dict)
                else [_scalar(each) for each in value]
            ) or [""]
            parts[0] = f"{key}: {ends[0]}{parts[0]}"
            parts[-1] += ends[1]
            yield from parts
        else:
            yield f"{key}: {_scalar(value)}"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if _PLAIN.fullmatch(text) and text not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)
