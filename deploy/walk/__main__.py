"""``python -m deploy.walk ITEM`` (`kiosk walk`): walks an item in a demo of its own, and judges it."""

from __future__ import annotations

import argparse
import difflib
import json
import sys
import tempfile
import time
from pathlib import Path

from deploy.demo import Demo, DemoRunningError
from deploy.demo.children import ChildEndedError
from deploy.walk.journey import (
    NobodyError,
    NotPreparedError,
    Order,
    at_home,
    flows,
    travel,
    walk_in,
)
from deploy.walk.verdict import Report, Verdict, as_announced
from kiosk.keys import KeyFileError

TROUBLES = (
    NobodyError,
    NotPreparedError,
    ChildEndedError,
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
            return _every_item(_Progress(), as_json=options.json)
        order = Order(
            options.item,
            offline=options.offline,
            person=options.person,
            proxy=options.proxy,
            defer=options.defer,
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
        "--offline", action="store_true", help="pull the network cable before the first touch"
    )
    parser.add_argument(
        "--person", default="", metavar="ID", help="who walks (default: somebody for whom it can be done)"
    )
    parser.add_argument("--proxy", default="", metavar="ID", help="for whom, when it is for somebody else")
    parser.add_argument("--defer", action="store_true", help="what may be brought later is brought later")
    parser.add_argument("--card", action="store_true", help="pay by bank card, not by phone")
    parser.add_argument("--json", action="store_true", help="print the report as JSON, and nothing else")
    return parser


def _every_item(say: _Progress, *, as_json: bool) -> int:
    """All of them in one demo, first with the cable in. Raises what starting a demo raises."""
    told, right = [], True
    with tempfile.TemporaryDirectory(prefix="kiosk-walk-") as folder, Demo(Path(folder), say=say) as town:
        for offline in (False, True):
            for item, flow in flows().items():
                try:
                    report, verdict = walk_in(at_home(town), Order(item, offline=offline), say)
                except (NobodyError, NotPreparedError) as error:
                    verdict = Verdict("failed", [str(error)])
                    report = Report(item, "failed", None, None, pages=0, printed=False, seconds=0.0)
                good = as_announced(verdict, flow.offline, offline=offline)
                right &= good
                told.append({**report.as_json(), "offline": offline, "why": verdict.why})
                if not as_json:
                    _line(report, verdict, offline=offline, good=good)
    if as_json:
        print(json.dumps(told, ensure_ascii=False))  # noqa: T201 - the report
    return 0 if right else 1


def _line(report: Report, verdict: Verdict, *, offline: bool, good: bool) -> None:
    """One row of the table."""
    how = "offline" if offline else "online"
    number = report.case_no or report.slip or "—"
    row = f"{'✓' if good else '!'} {report.item:42} {how:8} {report.outcome:12} {report.pages:3} pages "
    print(f"{row}{report.seconds:6.1f} s  {number}", flush=True)  # noqa: T201 - the report
    if not good:
        for why in verdict.why:
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
