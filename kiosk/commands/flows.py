"""What can be said of a flow: in numbers, whole, what is wrong with it, and whether its own tests hold."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from ruamel.yaml import YAML

from flows.asked_once import asked_once
from flows.finding import Finding
from flows.lint import Context, lint
from flows.lint.written import written
from flows.model import Flow
from flows.rehearsal.testing import failures
from kiosk.gateway import contract


def described(flow: Flow) -> dict[str, Any]:
    """One row of `kiosk flows list --json`.

    `fields` counts all fields; `typed_before` those that would be typed if nothing were known, and
    `typed_after` those left to type when card, platform and lists have told what they can.
    """
    figures = asked_once(flow)
    return {
        "item": flow.item,
        "version": flow.version,
        "name": flow.name,
        "domain": flow.domain,
        "kind": flow.kind,
        "identity": flow.identity,
        "offline": flow.offline,
        "channels": list(flow.channels),
        "needs": list(flow.needs),
        "steps": [str(step.__struct_config__.tag) for step in flow.steps],
        "fields": figures.fields,
        "typed_before": figures.typed_before,
        "typed_after": figures.typed_after,
    }


def whole(flow: Flow) -> str:
    """The item as YAML, with all that its pattern and the dictionary say."""
    told = io.StringIO()
    yaml = YAML()
    yaml.width = 110
    yaml.dump(msgspec.to_builtins(flow), told)
    return told.getvalue()


def linted(flows: Mapping[str, Flow], root: Path) -> list[Finding]:
    """Every finding in `flows`, which were loaded from `root`."""
    context = Context.shipped(contract.load(), flows)
    return [each for flow in flows.values() for each in lint(flow, context, written(flow, root))]


def tested(flows: Sequence[Flow]) -> tuple[list[dict[str, Any]], str]:
    """Each failure of the tests that `flows` carry, as a row of `kiosk flows test --json`; and in words, with
    how many tests there are."""
    found = [failure for flow in flows for failure in failures(flow)]
    tests = sum(len(flow.tests) for flow in flows)
    summary = f"{tests} tests of {len(flows)} items, {len(found)} failures"
    return [msgspec.structs.asdict(failure) for failure in found], "\n".join((*map(str, found), summary))
