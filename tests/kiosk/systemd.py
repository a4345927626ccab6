"""systemd's side of a credential, done by `systemd-creds`: sealed by a host key, or by a software TPM.

Nothing of this machine is touched: the host key is made in the test's folder (by
``$SYSTEMD_CREDENTIAL_SECRET``), the TPM is `swtpm` with its state there.
"""

from __future__ import annotations

import base64
import ctypes
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from drivers.simkit.ports import free_ports

SECONDS = 60.0


def head(kind: str) -> bytes:
    """How a sealed file begins, whose kind (hex) is this."""
    return base64.b64encode(bytes.fromhex(kind) + bytes(48))


# As systemd 252's own systemd-creds wrote them here, by a host key, by swtpm, and by both.
HOST = head("5a1c6a86df9d4096b1d5a65e0862f19a")
TPM = head("0c7cc07b117645919c4b0bea08bc20fe")
TPM_AND_HOST = head("93a894094874449090caf2fc93cab553")


def missing(*, tpm: bool) -> str:
    """Why no credential can be sealed here; empty where one can."""
    if shutil.which("systemd-creds") is None:
        return "there is no systemd-creds: apt-get install systemd"
    if not tpm:
        return ""
    if shutil.which("swtpm") is None:
        return "there is no swtpm: apt-get install swtpm libtss2-esys-3.0.2-0 libtss2-rc0"
    if not all(_library(name) for name in ("tss2-esys", "tss2-rc", "tss2-mu", "tss2-tcti-swtpm")):
        return "systemd finds no TPM library: apt-get install libtss2-esys-3.0.2-0 libtss2-rc0"
    return ""


def _library(name: str) -> bool:
    with suppress(OSError):
        return bool(ctypes.CDLL(f"lib{name}.so.0"))
    return False


class Creds:
    """`systemd-creds` with a host key in `folder`; `tpm` is the device, as systemd names it."""

    def __init__(self, folder: Path, tpm: str = "") -> None:
        self._folder = folder
        self._tpm = [f"--tpm2-device={tpm}"] if tpm else []
        self._environment = {**os.environ, "SYSTEMD_CREDENTIAL_SECRET": str(folder / "host.secret")}

    def seal(self, source: Path, name: str, *, by: str) -> Path:
        """`source` sealed under `name`, in a folder of sealed credentials."""
        sealed = self._folder / "sealed"
        sealed.mkdir(exist_ok=True)
        self._run(f"--with-key={by}", f"--name={name}", "encrypt", str(source), str(sealed / name))
        return sealed / name

    def hand_over(self, sealed: Path, name: str) -> Path:
        """What systemd does for a unit: opened into a folder of its own, mode 0400. The folder."""
        unit = self._folder / "run" / "credentials"
        unit.mkdir(parents=True, exist_ok=True, mode=0o500)
        unit.chmod(0o700)
        (unit / name).unlink(missing_ok=True)
        (unit / name).touch(0o600)
        self._run(f"--name={name}", "decrypt", str(sealed), str(unit / name))
        (unit / name).chmod(0o400)
        unit.chmod(0o500)
        return unit

    def _run(self, *words: str) -> None:
        command = ["systemd-creds", *self._tpm, *words]
        subprocess.run(command, env=self._environment, capture_output=True, timeout=SECONDS, check=True)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def software_tpm(folder: Path) -> Iterator[str]:
    """A TPM 2.0 of its own, with its state in `folder`: the device, as systemd-creds takes it."""
    # The TPM's library takes the port after this one for the control channel.
    data = next(port for port in iter(lambda: free_ports(1)[0], 0) if _is_free(port + 1))
    control = data + 1
    folder.mkdir()
    channels = [f"--server=type=tcp,port={data},bindaddr=127.0.0.1", "--flags=not-need-init,startup-clear"]
    channels.append(f"--ctrl=type=tcp,port={control},bindaddr=127.0.0.1")
    ready = folder / "pid"
    command = ["swtpm", "socket", "--tpm2", f"--tpmstate=dir={folder}", f"--pid=file={ready}", *channels]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            ends = time.monotonic() + SECONDS
            while (not ready.exists() or _is_free(data)) and time.monotonic() < ends:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.02)
            yield f"swtpm:host=127.0.0.1,port={data}"
        finally:
            process.terminate()
