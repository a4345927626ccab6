"""Debian's ippeveprinter, an IPP Everywhere printer by other people, on a port of its own.

It will not start without a D-Bus to look for Avahi on, though it is told to announce nothing, so it gets
a bus of its own with nobody else on it. A job is "printed" by a command; ours keeps the document and does
what files in its folder say: `state` (printer-state-reasons to tell), `hold` (wait), `abort` (fail),
`attributes` (lines to tell besides).
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

DEADLINE = 15.0

# Debian puts it where not every user looks.
PRINTER = shutil.which("ippeveprinter") or shutil.which("ippeveprinter", path="/usr/sbin")

_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/>
<allow receive_sender="*"/></policy></busconfig>
"""
_ATTRIBUTES = """ATTR boolean color-supported false
ATTR mimeMediaType document-format-supported application/octet-stream,application/pdf
ATTR mimeMediaType document-format-default application/octet-stream
ATTR keyword media-supported iso_a4_210x297mm
ATTR keyword media-default iso_a4_210x297mm
ATTR keyword sides-supported one-sided
ATTR keyword sides-default one-sided
ATTR text printer-make-and-model "Peer"
"""
_COMMAND = """#!/bin/sh
cd {folder} || exit 1
told=
tell() {{ now=$(cat state); [ "$now" = "$told" ] || {{ told=$now; echo "STATE: $now" >&2; }}; }}
tell
: > printing
while [ -e hold ]; do sleep 0.02; tell; done
rm -f printing
[ -e abort ] && {{ rm abort; exit 1; }}
[ -e sham ] && exit 0
[ -e attributes ] && cat attributes >&2
pages=$(grep -ac "/Type/Page/" "$1")
echo "ATTR: job-impressions-completed=$pages" >&2
cp "$1" "out/.new" && mv "out/.new" "out/$(printf %04d $(ls out | wc -l)).pdf"
"""

_COMMON = """GROUP operation-attributes-tag
ATTR charset attributes-charset utf-8
ATTR language attributes-natural-language en
ATTR uri printer-uri $uri
ATTR name requesting-user-name somebody
"""
_SHAM = (
    "{{ OPERATION Print-Job\n"
    + _COMMON
    + ("ATTR mimeMediaType document-format application/pdf\nFILE {document}\nSTATUS successful-ok }}\n")
)
_IDLE = "{ OPERATION Get-Jobs\n" + _COMMON + "STATUS successful-ok\nEXPECT !job-id }\n"


class IppEve:
    """The peer, as a process that can be ended and started again on its port."""

    def __init__(self, folder: Path) -> None:
        missing = [name for name in ("ipptool", "dbus-daemon") if shutil.which(name) is None]
        missing += [] if PRINTER else ["ippeveprinter"]
        assert not missing, f"{', '.join(missing)} not found: the set-up installs them (make setup-test)"
        self.folder = folder / "ippeve"
        for name in ("spool", "out"):
            (self.folder / name).mkdir(parents=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        (self.folder / "state").write_text("none")
        (self.folder / "bus.conf").write_text(_BUS.format(folder=self.folder))
        (self.folder / "attributes.conf").write_text(_ATTRIBUTES)
        command = self.folder / "command"
        command.write_text(_COMMAND.format(folder=self.folder))
        command.chmod(0o755)
        self._bus = subprocess.Popen(
            ["dbus-daemon", "--nofork", f"--config-file={self.folder / 'bus.conf'}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.until((self.folder / "bus").exists)
        self._printer: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Switch it on, and wait until its port is there."""
        self._printer = subprocess.Popen(
            [
                *("ippeveprinter", "-n", "localhost", "-p", str(self.port), "-r", "off", "--no-web-forms"),
                *("-a", str(self.folder / "attributes.conf"), "-c", str(self.folder / "command")),
                *("-d", str(self.folder / "spool"), "peer"),
            ],
            env={"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.folder / 'bus'}", "PATH": "/usr/bin:/bin"},
            executable=PRINTER,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.until(self._answers)

    def stop(self) -> None:
        """Switch it off."""
        printer, self._printer = self._printer, None
        if printer is not None:
            self.flag("hold", on=False)
            printer.kill()
            printer.wait(DEADLINE)

    def close(self) -> None:
        """Take it away."""
        self.stop()
        self._bus.terminate()
        self._bus.wait(DEADLINE)

    def be(self, reasons: str) -> None:
        """Have it tell these printer-state-reasons, which takes a job: one by ipptool, CUPS' own client."""
        (self.folder / "state").write_text(reasons)
        if (self.folder / "printing").exists():
            return  # the command that waits tells it
        self.flag("sham")
        document = self.folder / "sham.pdf"
        document.write_bytes(b"%PDF-1.4\n%%EOF\n")
        assert self._ipptool(_SHAM.format(document=document))
        self.until(lambda: self._ipptool(_IDLE))
        self.flag("sham", on=False)

    def _ipptool(self, order: str) -> bool:
        """Ask something by CUPS' own client; whether it was answered as the order expects."""
        path = self.folder / "order.test"
        path.write_text(order)
        command = ["ipptool", f"ipp://localhost:{self.port}/ipp/print", str(path)]
        return subprocess.run(command, check=False, timeout=DEADLINE, capture_output=True).returncode == 0

    def flag(self, name: str, *, on: bool = True) -> None:
        """Order the command: hold, abort."""
        path = self.folder / name
        path.touch() if on else path.unlink(missing_ok=True)

    def until(self, condition: Callable[[], bool]) -> None:
        """Look every 20 ms, with a deadline: this peer tells nobody what it does."""
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, "the peer did not come to that"
            time.sleep(0.02)

    def until_printing(self) -> None:
        """Wait until a job is in the command's hands."""
        self.until((self.folder / "printing").exists)

    def printed(self) -> list[bytes]:
        """The documents that came out."""
        return [path.read_bytes() for path in sorted((self.folder / "out").glob("*.pdf"))]

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True
