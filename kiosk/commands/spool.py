"""`kiosk doctor` on a CUPS of this machine before the A4 printer: what it may keep of a document."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from kiosk.commands.at_rest import IN_MEMORY, MOUNTS, kind_of_file_system
from kiosk.commands.check import Check
from kiosk.config_devices import IppPrinter, Simulated

SETTINGS = Path("/etc/cups")
_USUAL_SPOOL = "/var/spool/cups"  # CUPS as Debian builds it
_QUEUES = ("/printers/", "/classes/")
_NO = frozenset({"no", "off", "false", "0"})
_SEE = "see docs/drivers/document-printer.md, Through CUPS"


def check_spool(
    spec: IppPrinter | Simulated | None, *, mounts: Path = MOUNTS, settings: Path = SETTINGS
) -> list[Check]:
    """One check where the printer is a queue of this machine's CUPS, else none.

    Bad is a spool on a disk: what was deleted there can be read by whoever takes the disk. Bad is a CUPS
    that keeps printed documents, which it does for a day unless told otherwise (cupsd.conf(5)).
    """
    if not isinstance(spec, IppPrinter) or not spec.path.startswith(_QUEUES):
        return []
    if not ipaddress.ip_address(spec.host).is_loopback:
        return []
    what = "CUPS spool"
    told = _directive(settings / "cups-files.conf", "RequestRoot")
    spool = Path(told or _USUAL_SPOOL)
    kind = kind_of_file_system(spool, mounts)
    if not kind:
        return [Check(what, "unknown", f"where {spool} lies cannot be told", f"let it be a tmpfs: {_SEE}")]
    if kind not in IN_MEMORY:
        remedy = f"mount a tmpfs on {spool}: {_SEE}"
        return [Check(what, "bad", f"{spool} is on a disk ({kind}): documents are written to it", remedy)]
    found = f"{spool} is in memory ({kind})"
    keeps = _directive(settings / "cupsd.conf", "PreserveJobFiles")
    if keeps is None:
        remedy = f"see as root that {settings / 'cupsd.conf'} says PreserveJobFiles No"
        return [Check(what, "unknown", f"{found}; whether documents are kept in it cannot be read", remedy)]
    if keeps.lower() not in _NO:
        remedy = f"write PreserveJobFiles No into {settings / 'cupsd.conf'}: {_SEE}"
        return [Check(what, "bad", f"{found}, but printed documents are kept in it", remedy)]
    return [Check(what, "good", f"{found}, and no document is kept in it after printing")]


def _directive(file: Path, name: str) -> str | None:
    """The last value of a directive: "" where it is not there, None where the file may not be read."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    except OSError:
        return None
    found = ""
    for line in lines:
        word, _, value = line.strip().partition(" ")
        if word.lower() == name.lower():
            found = value.strip().strip('"')
    return found
