"""``python -m deploy.demo`` (`kiosk demo`, `make demo`): the whole thing on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import signal
import sys
import threading
from pathlib import Path

from deploy.demo.card_reader import CARD_READERS
from deploy.demo.children import ChildEndedError
from deploy.demo.demo import ROOT, Demo, DemoRunningError, Handles
from deploy.demo.dock import DockServer
from deploy.demo.windows import can_open, open_windows
from kiosk.keys import KeyFileError

LOOK_SECONDS = 0.5
DOCK_PORT = 8700
"""Where the dock is looked for first; any free port when somebody else is there."""

WINDOWS = ("kiosk-window", "dock-window")


def say(text: str) -> None:
    """Tell whoever started the demo."""
    print(text, flush=True)  # noqa: T201 - the words of a command line tool


def main(arguments: list[str] | None = None) -> int:
    """Run the demo. Exit code 0 after Ctrl-C or SIGTERM, 1 when it could not start or fell apart."""
    parser = argparse.ArgumentParser(prog="kiosk demo", description="A city, a terminal and a dock, here.")
    parser.add_argument("--dir", type=Path, default=ROOT / "build" / "demo", help="where it keeps its files")
    parser.add_argument("--no-browser", action="store_true", help="open no windows, only tell the addresses")
    parser.add_argument("--port", type=int, default=DOCK_PORT, help="port of the dock (default: %(default)s)")
    parser.add_argument(
        "--card-reader", choices=CARD_READERS, default="serial", help="its line (default: %(default)s)"
    )
    options = parser.parse_args(arguments)

    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    demo = Demo(options.dir, card_reader=options.card_reader, say=say, stopped=stopped)
    with contextlib.ExitStack() as ends:
        ends.callback(demo.close)
        try:
            town = demo.start()
            dock = _dock(town, options.port)
            ends.callback(dock.close)
        except InterruptedError:
            return 0
        except (ChildEndedError, TimeoutError, DemoRunningError, KeyFileError, OSError) as error:
            say(f"演示没有起来 · the demo did not start\n{error}")
            return 1
        _tell(town, dock)
        browser = "" if options.no_browser else can_open()
        if browser:
            profiles = open_windows(demo.nursery, browser, town.kiosk_url, dock.url, town.camera.flags)
            ends.callback(shutil.rmtree, profiles, ignore_errors=True)
            ends.callback(demo.close)
        return _watch(demo, stopped)


def _dock(town: Handles, port: int) -> DockServer:
    """The dock at `port`, or elsewhere when that is taken."""
    try:
        return DockServer(town, port)
    except OSError:
        return DockServer(town)


def _tell(town: Handles, dock: DockServer) -> None:
    say(
        "\n请用浏览器打开这两个地址 · open these two addresses in a browser\n"
        f"  终端 the kiosk   {town.kiosk_url}\n"
        f"  演示台 the dock  {dock.url}\n"
        f"\n自己开浏览器要演示摄像头，Chromium 加这些参数 · the demo's camera, for a Chromium of your own:\n"
        f"  {' '.join(town.camera.flags)}\n"
        f"\n文件 files: {town.folder}\n结束请按 Ctrl-C · Ctrl-C ends it all"
    )


def _watch(demo: Demo, stopped: threading.Event) -> int:
    """Until told to end, or until something is gone without which there is no demo."""
    told: set[int] = set()
    while not stopped.wait(LOOK_SECONDS):
        for child in demo.died():
            if child.pid in told or child.name in WINDOWS:
                continue
            told.add(child.pid)
            say(f"\n{child.obituary()}")
            if child.name != "agent":
                say("演示到此结束 · this ends the demo")
                return 1
            say("可以在演示台上重新启动 · the dock can start it again")
    say("\n正在结束 · ending")
    return 0


if __name__ == "__main__":
    sys.exit(main())
