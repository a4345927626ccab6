"""`kiosk doctor` on a CUPS of this machine before the A4 printer: what it keeps of documents and jobs."""

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
_HISTORY = 300  # seconds, as the docs have it
_SHORTEST_HISTORY = 60  # seconds: the driver looks at a job each second, but a mute CUPS is waited for
_SEE = "see docs/drivers/document-printer.md, Through CUPS"


def check_spool(
    spec: IppPrinter | Simulated | None, *, mounts: Path = MOUNTS, settings: Path = SETTINGS
) -> list[Check]:
    """One check where the printer is a queue of this machine's CUPS, else none.

    Bad is a spool on a disk, or the folder where its filters write (cups-files.conf(5)): what was deleted
    there can be read by whoever takes the disk. Bad is a CUPS that keeps printed documents, which it does
    for a day unless told otherwise (cupsd.conf(5)), and one that forgets a job before the driver has seen its
    end: no print is ever confirmed. What cannot be read is unknown, never good.
    """
    if not isinstance(spec, IppPrinter) or not spec.path.startswith(_QUEUES):
        return []
    if not ipaddress.ip_address(spec.host).is_loopback:
        return []
    what = "CUPS spool"
    files = settings / "cups-files.conf"
    root, temporary = _directive(files, "RequestRoot"), _directive(files, "TempDir")
    if root is None or temporary is None:
        remedy = f"see as root that what {files} names as RequestRoot and TempDir is a tmpfs: {_SEE}"
        return [Check(what, "unknown", "where documents are written cannot be read", remedy)]
    # CUPS takes a path without a slash as one below its settings.
    spool = settings / (root or _USUAL_SPOOL)
    for place in (spool, settings / temporary if temporary else spool / "tmp"):
        kind = kind_of_file_system(place, mounts)
        if not kind:
            found = f"where {place} lies cannot be told"
            return [Check(what, "unknown", found, f"let it be a tmpfs: {_SEE}")]
        if kind not in IN_MEMORY:
            found = f"{place} is on a disk ({kind}): documents are written to it"
            return [Check(what, "bad", found, f"mount a tmpfs on {place}: {_SEE}")]
    found = f"{spool} is in memory ({kind})"
    daemon = settings / "cupsd.conf"
    keeps, history = _directive(daemon, "PreserveJobFiles"), _directive(daemon, "PreserveJobHistory")
    if keeps is None or history is None:
        remedy = f"see as root that {daemon} says PreserveJobFiles No, PreserveJobHistory {_HISTORY}"
        return [Check(what, "unknown", f"{found}; whether documents are kept in it cannot be read", remedy)]
    if keeps.lower() not in _NO:
        remedy = f"write PreserveJobFiles No into {daemon}: {_SEE}"
        return [Check(what, "bad", f"{found}, but printed documents are kept in it", remedy)]
    if history.lower() in _NO or (history.isdecimal() and int(history) < _SHORTEST_HISTORY):
        remedy = f"write PreserveJobHistory {_HISTORY} into {daemon}: {_SEE}"
        return [Check(what, "bad", f"{found}, but jobs are forgotten: no print is ever confirmed", remedy)]
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
        words = line.partition("#")[0].split(None, 1)
        if words and words[0].lower() == name.lower():
            found = words[1].strip().strip('"') if len(words) > 1 else ""
    return found
