"""``python -m deploy.walk ITEM`` (`kiosk walk`): walks an item in a demo of its own, and judges it."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import time

from deploy.demo import DemoRunningError
from deploy.demo.children import ChildEndedError
from deploy.demo.city import CityRefusedError
from deploy.walk.everything import Told, every, terminals_here
from deploy.walk.journey import (
    NobodyError,
    NotPreparedError,
    Order,
    flows,
    travel,
)
from deploy.walk.verdict import Report, Verdict, as_announced
from kiosk.keys import KeyFileError

TROUBLES = (
    NobodyError,
    NotPreparedError,
    ChildEndedError,
    CityRefusedError,
    TimeoutError,
    DemoRunningError,
    KeyFileError,
    OSError,
)


def main(arguments: list[str] | None = None) -> int:
    """Walk, and say what became of it.

    Exit code 0 for `done` and `queued`, and for `unavailable` where the item's policy is that and its tile
    says so before the start; 1 for other outcomes; 2 when it could not be walked at all. With --all 0 when
    every item came to what its policy says.
    """
    options = _parser().parse_args(arguments)
    offered = flows()
    if bool(options.item) == options.all:
        print("kiosk walk: name one ITEM, or --all", file=sys.stderr)  # noqa: T201 - CLI
        return 2
    if not options.all and options.item not in offered:
        near = difflib.get_close_matches(options.item, offered, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(offered)}"
        print(f"kiosk walk: no item is called {options.item}; {hint}", file=sys.stderr)  # noqa: T201 - CLI
        return 2
    try:
        if options.all:
            return _every_item(list(offered), options.terminals, as_json=options.json)
        order = Order(
            options.item,
            offline=options.offline,
            person=options.person,
            proxy=options.proxy,
            defer=options.defer,
            upload=options.upload,
            card=options.card,
        )
        report, verdict = travel(order, _Progress())
    except TROUBLES as error:
        print(f"kiosk walk: {error}", file=sys.stderr)  # noqa: T201 - the words of a command line tool
        return 2
    _tell(report, verdict, as_json=options.json)
    right = report.outcome in {"done", "queued"}
    return 0 if right or as_announced(verdict, offered[order.item].offline, offline=order.offline) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kiosk walk", description="Walk ITEM from first touch to rating.")
    parser.add_argument("item", metavar="ITEM", nargs="?", default="")
    parser.add_argument("--all", action="store_true", help="every item, with a network and then without")
    parser.add_argument(
        "--terminals", type=int, default=terminals_here(), metavar="N", help="for --all: so many at once"
    )
    parser.add_argument(
        "--offline", action="store_true", help="pull the network cable before the first touch"
    )
    parser.add_argument(
        "--person", default="", metavar="ID", help="who walks (default: somebody for whom it can be done)"
    )
    parser.add_argument("--proxy", default="", metavar="ID", help="for whom, when it is for somebody else")
    parser.add_argument("--defer", action="store_true", help="what may be brought later is brought later")
    parser.add_argument("--upload", action="store_true", help="send documents from the phone")
    parser.add_argument("--card", action="store_true", help="pay by bank card, not by phone")
    parser.add_argument("--json", action="store_true", help="print the report as JSON, and nothing else")
    return parser


def _every_item(items: list[str], terminals: int, *, as_json: bool) -> int:
    """All of them, with a network and without. Raises what starting a demo raises."""
    told = every(items, terminals, (lambda _: None) if as_json else _line)
    if as_json:
        print(json.dumps([each.as_json() for each in told], ensure_ascii=False))  # noqa: T201 - the report
    else:
        right = sum(each.right for each in told)
        print(f"{right} of {2 * len(items)} came to what their policy says")  # noqa: T201 - the report
    return 0 if len(told) == 2 * len(items) and all(each.right for each in told) else 1


def _line(told: Told) -> None:
    """One row of the table."""
    report = told.report
    how = "offline" if told.offline else "online"
    number = report.case_no or report.slip or "—"
    row = f"{'✓' if told.right else '!'} {report.item:42} {how:8} {report.outcome:12} {report.pages:3} pages "
    print(f"{row}{report.seconds:6.1f} s  {number}", flush=True)  # noqa: T201 - the report
    if not told.right:
        for why in told.verdict.why:
            print(f"    {why}", flush=True)  # noqa: T201 - the report


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
