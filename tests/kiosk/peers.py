"""TLS peers that misbehave on demand: a CA made here, and servers that speak raw bytes.

They share no code with the client: a reply is what the test wrote, byte by byte.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Authority:
    """A CA; `file` is its certificate as PEM."""

    file: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def server(self, folder: Path, *names: str, days: int = 2) -> ssl.SSLContext:
        """A server's context with a certificate for `names` (127.0.0.1 and localhost by default).

        A negative `days` makes one that ran out so many days ago.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names or ("localhost",)]
        if not names:
            alternatives.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(_name("server"))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=10))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        pair = folder / f"{certificate.serial_number}.pem"
        pair.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pair)
        return context


def authority(folder: Path, name: str = "ca") -> Authority:
    """A new CA with its certificate in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=10))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(file, key, certificate)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


class Peer:
    """A server on 127.0.0.1; `behave(line, peer)` is called for each connection, after its request was read.

    `requests` has the raw requests; `stopped` is set when the test is over, for behaviours that hold
    a line open.
    """

    def __init__(self, behave: Callable[[socket.socket, Peer], None], context: ssl.SSLContext | None) -> None:
        self._behave = behave
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self.connections = 0
        self.stopped = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def url(self, path: str = "/v1", host: str = "127.0.0.1") -> str:
        """An https address of this peer."""
        return f"https://{host}:{self.port}{path}"

    def close(self) -> None:
        """Stop, and wait for what was begun."""
        self.stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in list(self._threads):
            thread.join(5)

    def _accept(self) -> None:
        while not self.stopped.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(line,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, line: socket.socket) -> None:
        line.settimeout(10)
        with contextlib.suppress(OSError, ssl.SSLError):
            if self._context is not None:
                line = self._context.wrap_socket(line, server_side=True)
            with line:
                request = _request(line)
                if request:
                    self.requests.append(request)
                    self._behave(line, self)


def _request(line: socket.socket) -> bytes:
    """One request: head, and as much body as its Content-Length says."""
    read = b""
    while b"\r\n\r\n" not in read:
        some = line.recv(65536)
        if not some:
            return b""
        read += some
    head, _, body = read.partition(b"\r\n\r\n")
    length = 0
    for one in head.split(b"\r\n"):
        if one.lower().startswith(b"content-length:"):
            length = int(one.split(b":")[1])
    while len(body) < length:
        body += line.recv(65536)
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def peer(behave: Callable[[socket.socket, Peer], None], context: ssl.SSLContext | None) -> Iterator[Peer]:
    """A `Peer` for the length of a test."""
    one = Peer(behave, context)
    try:
        yield one
    finally:
        one.close()


def replies(*answers: bytes) -> Callable[[socket.socket, Peer], None]:
    """Give the answers one after the other, one a connection; the last one for ever."""
    waiting = list(answers)

    def behave(line: socket.socket, _: Peer) -> None:
        line.sendall(waiting.pop(0) if len(waiting) > 1 else waiting[0])

    return behave


def reply(status: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of an answer that ends the connection; `content_type="text/html"` names a header."""
    named = {"content_type": "application/json", **headers}
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in named.items()]
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body)}", "Connection: close"])
    return head.encode() + b"\r\n\r\n" + body
