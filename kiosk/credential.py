"""A secret that systemd hands to the agent: `credential:NAME` in the configuration.

A unit with ``LoadCredentialEncrypted=NAME:FILE`` (systemd.exec, "Credentials") has FILE opened by the
machine's TPM or host key and its content put into ``$CREDENTIALS_DIRECTORY/NAME``, in memory, for that unit
alone; FILE is made by ``systemd-creds encrypt``. Only who runs as that unit has the credential.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PREFIX = "credential:"
SEALED_FOLDER = Path("/etc/credstore.encrypted")
"""Where systemd itself looks for sealed credentials (systemd.exec), and where our commands put them."""

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}\Z")
"""Of what systemd takes for a name, what needs no quoting anywhere."""

_KINDS = {
    "5a1c6a86df9d4096b1d5a65e0862f19a": "this machine's host key",
    "0c7cc07b117645919c4b0bea08bc20fe": "this machine's TPM",
    "faf7eb9341e3412ca1a436f95a29362f": "this machine's TPM",
    "93a894094874449090caf2fc93cab553": "this machine's TPM and host key",
    "af4950a849134eb1a73846304ff30c05": "this machine's TPM and host key",
}
"""How a sealed file begins: systemd's shared/creds-util.h, CRED_AES256_GCM_BY_*. Two for what the TPM seals,
as it may be bound to a signed policy as well. Sealed by nothing (..._TPM2_ABSENT) is left out on purpose."""

_KIND_BYTES = 16


@dataclass(frozen=True, slots=True)
class Credential:
    """A credential by its name, wherever systemd puts it. Raises ValueError for a name that cannot be one."""

    name: str

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError("a credential has up to 64 letters, digits, '_', '-' and '.'")

    def __str__(self) -> str:
        return PREFIX + self.name

    @classmethod
    def named(cls, text: str) -> Self | None:
        """The credential that `text` names, None when it is the path of a file. Raises ValueError."""
        return cls(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None

    def path(self, environment: Mapping[str, str] = os.environ) -> Path | None:
        """Where it lies for this process; None where systemd gave this process no credentials."""
        folder = environment.get("CREDENTIALS_DIRECTORY", "")
        return Path(folder) / self.name if folder else None

    def sealed_by(self, folder: Path = SEALED_FOLDER) -> str | None:
        """What opens its file in `folder`, in words; None when there is none, or none that can be told.

        Nothing is opened: the kind stands in clear at the head of a sealed file.
        """
        try:
            with (folder / self.name).open("rb") as file:
                head = base64.b64decode(file.read(2 * _KIND_BYTES))
        except (OSError, binascii.Error):
            return None
        return _KINDS.get(head[:_KIND_BYTES].hex())
