"""``python -m deploy.walk ITEM`` (`kiosk walk`): walks an item in a demo of its own, and judges it."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import time

from deploy.demo import DemoRunningError
from deploy.demo.children import ChildEndedError
from deploy.walk.journey import NobodyError, Order, travel
from deploy.walk.verdict import Report, Verdict
from flows.loader import load_all
from kiosk.keys import KeyFileError


def main(arguments: list[str] | None = None) -> int:
    """Walk, and say what became of it.

    Exit code 0 for `done` and `queued`, and for `unavailable` where the item's policy is that and its tile
    says so before the start; 1 for other outcomes; 2 when it could not be walked at all.
    """
    parser = argparse.ArgumentParser(prog="kiosk walk", description="Walk ITEM from first touch to rating.")
    parser.add_argument("item", metavar="ITEM")
    parser.add_argument(
        "--offline", action="store_true", help="pull the network cable before the first touch"
    )
    parser.add_argument("--person", default="", help="who walks (an id of the sandbox; default: its first)")
    parser.add_argument("--proxy", default="", metavar="ID", help="for whom, when it is for somebody else")
    parser.add_argument("--json", action="store_true", help="print the report as JSON, and nothing else")
    options = parser.parse_args(arguments)

    flows = load_all()
    if options.item not in flows:
        near = difflib.get_close_matches(options.item, flows, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(flows)}"
        print(f"kiosk walk: no item is called {options.item}; {hint}", file=sys.stderr)  # noqa: T201 - CLI
        return 2
    order = Order(options.item, offline=options.offline, person=options.person, proxy=options.proxy)
    try:
        report, verdict = travel(order, _Progress())
    except (NobodyError, ChildEndedError, TimeoutError, DemoRunningError, KeyFileError, OSError) as error:
        print(f"kiosk walk: {error}", file=sys.stderr)  # noqa: T201 - the words of a command line tool
        return 2
    _tell(report, verdict, as_json=options.json)
    as_announced = order.offline and flows[options.item].offline == "unavailable" and verdict.told_before
    right = report.outcome in {"done", "queued"} or (report.outcome == "unavailable" and as_announced)
    return 0 if right else 1


def _tell(report: Report, verdict: Verdict, *, as_json: bool) -> None:
    """The report on standard output; in words also why."""
    if as_json:
        print(json.dumps(report.as_json(), ensure_ascii=False))  # noqa: T201 - the report
        return
    for name, value in report.as_json().items():
        print(f"{name:8} {'—' if value is None else value}")  # noqa: T201 - the report
    for why in verdict.why:
        print(f"         {why}")  # noqa: T201 - the report


class _Progress:
    """Says on standard error what is going on, from the second second on."""

    def __init__(self) -> None:
        self._begin = time.monotonic()

    def __call__(self, words: str) -> None:
        """One line."""
        spent = time.monotonic() - self._begin
        if spent > 1:
            print(f"{spent:5.1f} s  {words}", file=sys.stderr, flush=True)  # noqa: T201 - progress


if __name__ == "__main__":
    sys.exit(main())
