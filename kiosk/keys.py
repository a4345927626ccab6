"""The terminal's own key: EC P-256, made here at enrolment, never exported. It lies in a file that only its
owner reads, or comes from systemd as a credential.

Its key id is the RFC 7638 thumbprint, the same for `private_key_jwt`, for what is queued and for
the codes on paper. The private half stays inside `TerminalKey`: callers hand over bytes to sign, so
that a TPM can take its place.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from kiosk.credential import Credential

_ALGORITHM = "ES256"
_CURVE = "P-256"
_MAX_FILE = 65536
"""A PEM or JWK of one P-256 key has some 250 bytes; anything near this is another file."""

_MIN_SECRET, _MAX_SECRET = 16, 1024
"""Bytes. Fewer can be guessed (RFC 2104, 3 wants the length of the hash's output; 16 are common)."""

_OTHERS = 0o077
_OTHERS_OF_A_CREDENTIAL = 0o037
"""Bits that a file must not have. A credential is root's, given to the unit's user to read by an access list
where the file system has them, and then the group's bits show that list's mask: `r--` (acl(5))."""

_REGISTRY = jws.JWSRegistry(algorithms=[_ALGORITHM], strict_check_header=False)
"""Not strict about names, because the contract adds `idk` to the protected header."""


class KeyFileError(Exception):
    """The key file cannot be used. `remedy` says what to do about it."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.problem = problem
        self.remedy = remedy


class KeyMissing(KeyFileError, FileNotFoundError):  # noqa: N818 - names what is wrong, as FileNotFoundError does
    """There is no file at the path."""


class KeyExists(KeyFileError, FileExistsError):  # noqa: N818 - as above
    """A key is there already; a key is never overwritten."""


class KeyTooOpen(KeyFileError, PermissionError):  # noqa: N818 - as above
    """Others than the owner may read or write the file."""


class KeyUnreadable(KeyFileError, OSError):  # noqa: N818 - as above
    """The file is there and the operating system will not give or take its bytes."""


class KeyMalformed(KeyFileError, ValueError):  # noqa: N818 - as above
    """The file holds something else than one unencrypted EC P-256 private key."""


class TerminalKey:
    """One private key and what may be done with it: sign, and show the public half."""

    __slots__ = ("_key", "kid")

    def __init__(self, key: ECKey) -> None:
        self._key = key
        self.kid = key.thumbprint()
        """RFC 7638 thumbprint (SHA-256, base64url, 43 characters)."""

    def __repr__(self) -> str:
        return f"TerminalKey(kid={self.kid!r})"

    @property
    def public_jwk(self) -> dict[str, str]:
        """The public half as a JWK (RFC 7517), for enrolment and for checking what the terminal signed."""
        public = self._key.as_dict(private=False)
        return {
            "kty": "EC",
            "crv": _CURVE,
            "x": str(public["x"]),
            "y": str(public["y"]),
            "kid": self.kid,
            "use": "sig",
            "alg": _ALGORITHM,
        }

    def sign(self, payload: bytes, header: Mapping[str, Any]) -> str:
        """A compact JWS (RFC 7515) over `payload`; `alg` and `kid` are added to the protected `header`.

        Every use gives its own `typ`, so that a signature made for one purpose is refused for another.
        """
        protected = {**header, "alg": _ALGORITHM, "kid": self.kid}
        return jws.serialize_compact(protected, payload, self._key, registry=_REGISTRY)

    def sign_bytes(self, payload: bytes) -> bytes:
        """ECDSA with SHA-256 over `payload` as it is: r ‖ s, 64 bytes (RFC 9421, 3.3.4).

        For what is no JWS, and can never be taken for one: a JWS is signed over two base64url texts with
        a dot between them.
        """
        return jws.JWSRegistry.algorithms[_ALGORITHM].sign(payload, self._key)


def generate() -> TerminalKey:
    """A new key that lives only in memory: for tests, the simulation and `create`."""
    return TerminalKey(ECKey.generate_key(_CURVE, private=True))


def create(path: Path) -> TerminalKey:
    """Make a key and write it to `path` as PKCS #8 PEM, mode 0600, on disk before this returns.

    Raises KeyExists rather than overwrite (the gateway knows the old key, and what is queued is
    signed with it), KeyUnreadable where the folder does not take a file.
    """
    key = ECKey.generate_key(_CURVE, private=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(key.as_pem(private=True))
                file.flush()
                os.fsync(file.fileno())
            # A link fails where the name is taken, which a rename would not: the key appears whole
            # or not at all, and never over another.
            os.link(draft, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                draft.unlink()
        _sync_folder(path.parent)
    except FileExistsError:
        raise KeyExists(
            f"{path} exists already.", "Move it away first if this terminal is to be enrolled anew."
        ) from None
    except OSError as error:
        raise KeyUnreadable(
            f"{path} cannot be written ({error.strerror}).",
            "Create its folder, owned by the agent's user, mode 0700.",
        ) from error
    return TerminalKey(key)


def load(place: Path | Credential) -> TerminalKey:
    """The key at `place`: one EC P-256 private key as PEM (PKCS #8 or SEC 1) or as a JWK.

    Raises KeyMissing, KeyTooOpen, KeyUnreadable or KeyMalformed, each with its remedy.
    """
    return TerminalKey(_parse(place, _read_private(place, "the terminal's key file", "Enrol this terminal")))


def load_secret(place: Path | Credential) -> bytes:
    """The secret at `place` that is shared with another system: 16 to 1024 bytes, without the end of line.

    Raises KeyMissing, KeyTooOpen, KeyUnreadable or KeyMalformed, each with its remedy.
    """
    secret = _read_private(place, "the file with the secret", "Put the secret there, mode 0600").rstrip(
        b"\r\n"
    )
    if not _MIN_SECRET <= len(secret) <= _MAX_SECRET:
        raise KeyMalformed(
            f"{place} holds {len(secret)} bytes.",
            f"A shared secret has {_MIN_SECRET} to {_MAX_SECRET} bytes, as the service's operator gave it.",
        )
    return secret


@dataclass(frozen=True, slots=True)
class _Remedies:
    """What to do where `path` is not there, is something else, is open to others, or cannot be read."""

    missing: str
    other: str
    open: str
    unreadable: str


def _read_private(place: Path | Credential, what: str, otherwise: str) -> bytes:
    """The bytes at `place`, if nobody else can have read or changed them."""
    if isinstance(place, Path):
        closed = f"Run `chmod 600 {place}`, and enrol anew if others have been on this machine."
        own = "Give it to the agent's user (chown), mode 0600."
        remedies = _Remedies(f"{otherwise}, or correct the path.", f"Name {what}.", closed, own)
        return _read(place, _OTHERS, remedies)
    path = place.path()
    unit = f"LoadCredentialEncrypted={place.name}:FILE"
    if path is None:
        raise KeyMissing(
            f"{place} is not there: systemd gave this process no credentials.",
            f"Start it as a unit with {unit}, or by `systemd-run -p {unit}`.",
        )
    named = f"Name it in the unit that runs this ({unit}), or correct the configuration."
    ours = "systemd makes it, mode 0400: let nothing else set $CREDENTIALS_DIRECTORY."
    return _read(path, _OTHERS_OF_A_CREDENTIAL, _Remedies(named, ours, ours, ours))


def _read(path: Path, others: int, remedies: _Remedies) -> bytes:
    try:
        with path.open("rb") as file:
            # Judged on the open file, so that what was checked is what is read.
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise KeyMalformed(f"{path} is not a regular file.", remedies.other)
            if status.st_mode & others:
                mode = stat.S_IMODE(status.st_mode)
                raise KeyTooOpen(f"{path} is open to others (mode {mode:04o}).", remedies.open)
            return file.read(_MAX_FILE + 1)
    except FileNotFoundError:
        raise KeyMissing(f"{path} is not there.", remedies.missing) from None
    except IsADirectoryError:
        raise KeyMalformed(f"{path} is a folder.", remedies.other) from None
    except KeyFileError:
        raise
    except OSError as error:
        raise KeyUnreadable(f"{path} cannot be read ({error.strerror}).", remedies.unreadable) from error


def _parse(place: Path | Credential, raw: bytes) -> ECKey:
    remedy = "It must hold one unencrypted EC P-256 private key, as PEM or as a JWK."
    if len(raw) > _MAX_FILE:
        raise KeyMalformed(f"{place} is too large to be a key.", remedy)
    try:
        source: bytes | dict[str, Any] = raw
        if raw.lstrip().startswith(b"{"):
            source = msgspec.json.decode(raw, type=dict[str, Any])
        key = ECKey.import_key(source)
        crv = key.get("crv")
    # joserfc lets some of cryptography's and its own lookups' exceptions through for odd input; the
    # cause is left out on purpose: a parser's message may quote the key.
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, msgspec.MsgspecError):
        raise KeyMalformed(f"{place} does not hold a key that can be read.", remedy) from None
    if not key.is_private or crv != _CURVE:
        raise KeyMalformed(f"{place} holds another kind of key.", remedy)
    return key


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
