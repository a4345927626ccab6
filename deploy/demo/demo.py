"""One demo: a city, a cable, simulated devices and a terminal, started and ended together."""

from __future__ import annotations

import contextlib
import fcntl
import json
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.demo.cable import Cable
from deploy.demo.camera import Camera
from deploy.demo.card_reader import CardReader, simulated
from deploy.demo.children import Child, Nursery, errors
from deploy.demo.city import City
from deploy.demo.terminal import (
    PRINTER_BAUD,
    PRINTER_PROFILE,
    SCANNER_BAUD,
    TERMINAL_ID,
    Channel,
    Places,
    Ports,
    configuration,
    enrol,
)
from drivers.simkit import control
from drivers.simkit.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 30.0
"""For each process, on a machine that does other things as well; alone they take two or three seconds."""

PAGES_A_MINUTE = 60
"""Faster than a real A4 printer (20 to 40), so that nobody waits for the demonstration's sake."""

NOBODY = "nobody"
"""Who stands before the camera at the start; also the name of the city's picture of an empty head."""

AGENT_STOP_SECONDS = 12.0
"""The agent ends its visit and lets its devices go, within about 8 s by its own promise."""


class DemoRunningError(RuntimeError):
    """Another demo runs in this folder."""


class Handles:
    """A running demo in the hands of dock, walker and tests. Any thread.

    `kiosk_url` opens the pages (it holds the agent's secret and is another after a restart); `control` is the
    city's control page; `paper` and `pages` are the folders of what came out of the receipt printer and the
    A4 printer; `cable` is between terminal and city; `camera` is what the browser of `kiosk demo` sees.
    """

    terminal = TERMINAL_ID

    def __init__(self, demo: Demo, places: Places, cable: Cable, city: City, facts: dict[str, Any]) -> None:
        self._demo = demo
        self.places = places
        self.folder = places.folder
        self.paper = places.paper
        self.pages = places.pages
        self.camera = Camera(places.camera)
        self.card_socket = places.card_socket
        self.printer_socket = places.printer_socket
        self.config = places.config
        self.public_jwk: dict[str, Any] = json.loads(places.public_jwk.read_text(encoding="utf-8"))
        self.cable = cable
        self.city = city
        self.control = city.control
        self.issuer = str(facts["issuer"])
        self.gateway = str(facts["gateway"])
        self.ca_file = Path(facts["ca_file"])

    @property
    def kiosk_url(self) -> str:
        """Opens the pages of the agent that runs now. Raises OSError when none serves."""
        return str(json.loads(self.places.ready.read_text(encoding="utf-8"))["url"])

    @property
    def agent(self) -> Child:
        """The agent's process, running or not."""
        return self._demo.nursery.children["agent"]

    def kill_agent(self) -> None:
        """kill -9. The agent is gone when this returns, and stays so until `restart_agent`."""
        self._demo.kill_agent()

    def restart_agent(self) -> str:
        """End the agent if it runs, start it again, wait until it serves; the new `kiosk_url`."""
        return self._demo.restart_agent()

    def reader(self, op: str, **order: Any) -> dict[str, Any]:
        """An order to the card reader's simulator. Raises OSError or ValueError."""
        return control(self.card_socket, {"op": op, **order})

    def printer(self, op: str, **order: Any) -> dict[str, Any]:
        """An order to the printer's simulator. Raises OSError or ValueError."""
        return control(self.printer_socket, {"op": op, **order})

    def document_printer(self, op: str, **order: Any) -> dict[str, Any]:
        """An order to the A4 printer's simulator. Raises OSError or ValueError."""
        return control(self.places.pages_socket, {"op": op, **order})

    def payment_terminal(self, op: str, **order: Any) -> dict[str, Any]:
        """An order to the bank card terminal's simulator. Raises OSError or ValueError."""
        return control(self.places.pos_socket, {"op": op, **order})

    def scanner(self, op: str, **order: Any) -> dict[str, Any]:
        """An order to the code scanner's simulator. Raises OSError or ValueError."""
        return control(self.places.scanner_socket, {"op": op, **order})

    def keypad(self, op: str, **order: Any) -> dict[str, Any]:
        """An order to the keypad's simulator. Raises OSError or ValueError."""
        return control(self.places.keypad_socket, {"op": op, **order})


class Demo:
    """Everything in `folder`. A context manager; `start` and `close` by hand do the same.

    What is kept between two runs in one folder: the terminal's key and store, the city's records.
    """

    def __init__(
        self,
        folder: Path,
        *,
        channel: Channel = "terminal",
        card_reader: CardReader = "serial",
        say: Callable[[str], None] = lambda _: None,
        stopped: threading.Event | None = None,
    ) -> None:
        """`channel`: what kind of terminal it is; `card_reader`: on which line; `say` is told what is being
        waited for; `stopped` ends the waiting early (InterruptedError)."""
        self._folder = folder.resolve()
        self._channel = channel
        self._card_reader = card_reader
        self._say = say
        self._stopped = stopped or threading.Event()
        self._ends = contextlib.ExitStack()
        self._agent_lock = threading.Lock()
        self._expected_gone: set[int] = set()
        self.nursery = Nursery(self._folder / "log", ROOT)

    def start(self) -> Handles:
        """Start everything; what was started is ended again when something fails.

        Raises DemoRunningError, ChildEndedError, TimeoutError, InterruptedError, OSError, keys.KeyFileError.
        """
        try:
            return self._start()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End everything, youngest first, each within its deadline."""
        self._ends.close()

    def __enter__(self) -> Handles:
        """Started."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Closed."""
        self.close()

    def died(self) -> list[Child]:
        """Processes that ended of themselves."""
        with self._agent_lock:
            return [child for child in self.nursery.dead() if child.pid not in self._expected_gone]

    def kill_agent(self) -> None:
        """See Handles."""
        with self._agent_lock:
            agent = self.nursery.children["agent"]
            self._expected_gone.add(agent.pid)
            agent.kill()

    def restart_agent(self) -> str:
        """See Handles."""
        with self._agent_lock:
            agent = self.nursery.children["agent"]
            self._expected_gone.add(agent.pid)
            agent.ask_to_end()
            agent.end(AGENT_STOP_SECONDS)
            self._start_agent()
        return str(json.loads(self._places.ready.read_text(encoding="utf-8"))["url"])

    def _start(self) -> Handles:
        begin = time.monotonic()
        self._prepare()
        places = self._places
        identity_port, gateway_port, web, pages_port, pos_port = free_ports(5)
        cable = self._ends.enter_context(Cable({"identity": identity_port, "gateway": gateway_port}))
        # Registered before the city's end, so told after it: a walk's folder is gone then, log and all.
        self._ends.callback(self._tell_bugs)
        # Registered after the cable, so ended before it.
        self._ends.callback(self.nursery.end, AGENT_STOP_SECONDS)
        issuer = f"https://127.0.0.1:{cable.ports['identity']}"
        gateway = f"https://127.0.0.1:{cable.ports['gateway']}/v1"
        where = places.city / "city.json"
        where.unlink(missing_ok=True)
        city = self._run(
            "city",
            "deploy.sandbox",
            dir=places.city,
            identity_port=identity_port,
            gateway_port=gateway_port,
            issuer=issuer,
            gateway_url=gateway,
            terminal=f"{TERMINAL_ID}={places.public_jwk}",
        )
        reader = self._run(
            "card-reader",
            "drivers.id_card.simulator",
            control=places.card_socket,
            **simulated(self._card_reader, places.card_line),
        )
        printer = self._run(
            "printer",
            "drivers.receipt_printer.simulator",
            baud=PRINTER_BAUD,
            pty=places.printer_line,
            control=places.printer_socket,
            paper=places.paper,
            profile=PRINTER_PROFILE,
        )
        pages = self._run(
            "document-printer",
            "drivers.document_printer.simulator",
            tcp=pages_port,
            control=places.pages_socket,
            paper=places.pages,
            ppm=PAGES_A_MINUTE,
        )
        pos = self._run(
            "payment-terminal",
            "drivers.payment_terminal.simulator",
            tcp=pos_port,
            control=places.pos_socket,
        )
        scanner = self._run(
            "code-scanner",
            "drivers.code_scanner.simulator",
            baud=SCANNER_BAUD,
            pty=places.scanner_line,
            control=places.scanner_socket,
        )
        keypad = self._run(
            "keypad",
            "drivers.keypad.simulator",
            node=places.keypad_node,
            control=places.keypad_socket,
        )
        self._wait(city, where.exists)
        facts = json.loads(where.read_text(encoding="utf-8"))
        text = configuration(
            places,
            ports=Ports(web, pages_port, pos_port),
            issuer=issuer,
            gateway=gateway,
            ca_file=str(facts["ca_file"]),
            channel=self._channel,
            card_reader=self._card_reader,
        )
        places.config.write_text(text, encoding="utf-8")
        self._wait(reader, places.card_socket.exists)
        self._wait(printer, places.printer_socket.exists)
        self._wait(pages, places.pages_socket.exists)
        self._wait(pos, places.pos_socket.exists)
        self._wait(scanner, places.scanner_socket.exists)
        self._wait(keypad, places.keypad_socket.exists)
        self._start_agent()
        self._say(f"全部就绪，用时 {time.monotonic() - begin:.1f} 秒 · all up")
        handles = Handles(self, places, cable, City(str(facts["control"])), facts)
        handles.camera.show(handles.city.face(), NOBODY)
        return handles

    def _tell_bugs(self) -> None:
        """What the city logged of bugs of its own (500s), on stderr."""
        found = errors(self._folder / "log" / "city.log")
        if found:
            sys.stderr.write(f"the city had bugs of its own:\n{found}")

    def _prepare(self) -> None:
        """The folder, ours alone, with the key; the short-named folder of ports and sockets."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / "log").mkdir(exist_ok=True)
        lock = self._ends.enter_context((self._folder / "lock").open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoRunningError(
                f"a demo runs in {self._folder} already: end it, or name another folder with --dir"
            ) from None
        lines = Path(tempfile.mkdtemp(prefix="kiosk-demo-"))
        self._ends.callback(shutil.rmtree, lines, ignore_errors=True)
        self._places = Places(self._folder, lines)
        # Papers are numbered from 1 at every start.
        for out in (self._places.paper, self._places.pages):
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
        enrol(self._places)

    def _start_agent(self) -> None:
        places = self._places
        places.ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "kiosk.cli", "run", "--config", str(places.config)]
        agent = self.nursery.start("agent", [*command, "--ready", str(places.ready)])
        self._wait(agent, places.ready.exists)

    def _run(self, name: str, module: str, **options: object) -> Child:
        """A Python module as a process, with its options."""
        words = [f"--{option.replace('_', '-')}={value}" for option, value in options.items()]
        return self.nursery.start(name, [sys.executable, "-m", module, *words])

    def _wait(self, child: Child, fact: Callable[[], bool]) -> None:
        words = {
            "city": "城市平台（统一身份、业务网关） · the city",
            "card-reader": "身份证读卡器 · the card reader",
            "printer": "凭条打印机 · the printer",
            "document-printer": "证明打印机 · the A4 printer",
            "payment-terminal": "刷卡机 · the bank card terminal",
            "code-scanner": "扫码器 · the code scanner",
            "keypad": "按键盘 · the keypad",
            "agent": "终端程序 · the agent",
        }
        self._say(f"正在启动{words[child.name]} …")

        def there() -> bool:
            if self._stopped.is_set():
                raise InterruptedError
            return fact()

        child.wait_for(there, READY_SECONDS)
