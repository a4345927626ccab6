"""The process that holds the PC/SC library: started by path, killed when it hangs, started again.

``/usr/bin/python3 -I .../worker.py``. It imports the standard library and `smartcard` (Debian's
``python3-pyscard``) and nothing else, so it runs under the system's Python, and no compiler is needed on a
terminal. Only pyscard's low layer is used (`smartcard.scard`): its monitor stops for good when pcscd does.

One JSON object a line on standard input is answered by one on standard output:

    {"op": "watch", "seconds": 0.25}        {"readers": [["Virtual PCD 00 00", "present", 3], ...]}
    {"op": "connect", "reader": "..."}      {"atr": "3B...", "t0": true}
    {"op": "transmit", "apdu": "00A4..."}   {"answer": "6F...9000"}
    {"op": "disconnect"}                    {}

or by ``{"error": WORD, "code": "8010002E"}``. The list of what may reach a card stands here, in the last
place before the card: nothing above can widen it.
"""

from __future__ import annotations

import ctypes
import json
import resource
import signal
import sys
import time
from typing import Any

LONGEST_APDU = 5 + 255 + 1
"""Bytes: header, Lc, data, Le (ISO/IEC 7816-4, short form)."""

_LAST_SFI = 10
"""Files 11 to 30 are the payment system's and the issuer's; the transaction log is one (EMV Book 3, D4)."""
_FILES = (b"\xef\x05", b"\xef\x06")
"""Of a social-security card: issuer data and holder basics (LD/T 32)."""


def refusal(apdu: bytes) -> str | None:
    """Why `apdu` must not reach a card; None where it may.

    What may: SELECT by name, or of one of two files; READ RECORD; GET RESPONSE; GET PROCESSING OPTIONS; GET
    DATA of the PIN's try counter. All else is refused, above all VERIFY (20): a few wrong ones lock the card.
    """
    if not 4 <= len(apdu) <= LONGEST_APDU:
        return "no APDU of the short form"
    head, rest = apdu[:4], apdu[4:]
    if len(rest) > 1 and (rest[0] == 0 or len(rest) - rest[0] not in (1, 2)):
        return "its length is not that of its data"
    data = rest[1 : 1 + rest[0]] if len(rest) > 1 else b""
    match tuple(head):
        case (0x00, 0xA4, 0x04, 0x00):
            allowed = 5 <= len(data) <= 16
        case (0x00, 0xA4, 0x00 | 0x02, 0x00):
            allowed = data in _FILES
        case (0x00, 0xB2, number, place):
            allowed = not data and number > 0 and place >> 3 <= _LAST_SFI and place & 7 in (0, 4)
        case (0x00, 0xC0, 0x00, 0x00) | (0x80, 0xCA, 0x9F, 0x17):
            allowed = not data
        case (0x80, 0xA8, 0x00, 0x00):
            allowed = data[:1] == b"\x83"
        case _:
            allowed = False
    return None if allowed else "not on the list of what a card may be asked"


class PcscError(Exception):
    """A call that failed: `word` for the driver, `code` as the library gave it."""

    def __init__(self, word: str, code: int = 0) -> None:
        super().__init__(word)
        self.word = word
        self.code = code & 0xFFFFFFFF


WORDS = {
    0x8010001D: "no-service",  # SCARD_E_NO_SERVICE: pcscd is not there
    0x8010001E: "no-service",  # SCARD_E_SERVICE_STOPPED
    0x80100013: "no-service",  # SCARD_F_COMM_ERROR: it went away in the middle of a call
    0x80100003: "no-service",  # SCARD_E_INVALID_HANDLE: of a pcscd that was started anew
    0x8010006A: "denied",  # SCARD_W_SECURITY_VIOLATION: polkit's rule for pcscd
    0x80100009: "no-reader",  # SCARD_E_UNKNOWN_READER
    0x80100017: "no-reader",  # SCARD_E_READER_UNAVAILABLE
    0x8010002E: "no-reader",  # SCARD_E_NO_READERS_AVAILABLE
    0x8010000B: "in-use",  # SCARD_E_SHARING_VIOLATION
    0x8010000C: "no-card",  # SCARD_E_NO_SMARTCARD
    0x80100069: "no-card",  # SCARD_W_REMOVED_CARD
    0x80100068: "no-card",  # SCARD_W_RESET_CARD: it was away, or another program reset it
    0x80100066: "mute",  # SCARD_W_UNRESPONSIVE_CARD: no answer to reset
    0x80100067: "mute",  # SCARD_W_UNPOWERED_CARD
    0x80100065: "mute",  # SCARD_W_UNSUPPORTED_CARD
    0x8010000F: "mute",  # SCARD_E_PROTO_MISMATCH
    0x80100016: "not-transacted",  # SCARD_E_NOT_TRANSACTED: the exchange broke off
}
"""PC/SC's codes (winscard.h, pcsc-lite 1.9.9) by what they mean here. Any other is `failed`."""


class Reader:
    """pcscd as this process knows it: one context, at most one card."""

    def __init__(self, scard: Any) -> None:
        self._scard = scard
        self._context: Any = None
        self._card: Any = None
        self._protocol: Any = None
        self._known: dict[str, int] = {}

    def watch(self, seconds: float) -> dict[str, Any]:
        """The readers, what is in each, and a number that rises when a card comes or goes: at a change, or
        after `seconds`."""
        scard = self._scard
        try:
            if self._context is None:
                self._context = self._got(scard.SCardEstablishContext(scard.SCARD_SCOPE_USER))
            self._known = {name: self._known.get(name, scard.SCARD_STATE_UNAWARE) for name in self._names()}
            if not self._known:
                time.sleep(seconds)
                return {"readers": []}
            wanted = list(self._known.items())
            code, states = scard.SCardGetStatusChange(self._context, int(seconds * 1000), wanted)
            if code & 0xFFFFFFFF != 0x8010000A:  # SCARD_E_TIMEOUT: nothing changed
                self._ok(code)
        except PcscError:
            self.forget()
            raise
        self._known = {name: event & ~scard.SCARD_STATE_CHANGED for name, event, _ in states}
        return {
            "readers": [[name, self._state(event), event >> 16] for name, event in self._known.items()],
        }

    def connect(self, reader: str) -> dict[str, Any]:
        """Power the card in `reader`, for nobody else meanwhile."""
        scard = self._scard
        if self._context is None:
            raise PcscError("no-service")
        self.disconnect()
        card, protocol = self._got(
            scard.SCardConnect(
                self._context,
                reader,
                scard.SCARD_SHARE_EXCLUSIVE,
                scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1,
            )
        )
        self._card, self._protocol = card, protocol
        _, _, _, atr = self._got(scard.SCardStatus(card))
        return {"atr": bytes(atr).hex(), "t0": protocol == scard.SCARD_PROTOCOL_T0}

    def transmit(self, apdu: bytes) -> dict[str, Any]:
        """One exchange; 61xx and 6Cxx come back as they are."""
        if refusal(apdu):
            raise PcscError("forbidden")
        if self._card is None:
            raise PcscError("no-card")
        answer = self._got(self._scard.SCardTransmit(self._card, self._protocol, list(apdu)))
        return {"answer": bytes(answer).hex()}

    def disconnect(self) -> dict[str, Any]:
        """Take the power from the card, so that nothing which was selected stays so."""
        card, self._card = self._card, None
        if card is not None:
            self._scard.SCardDisconnect(card, self._scard.SCARD_UNPOWER_CARD)
        return {}

    def forget(self) -> None:
        """Give the context up: of a pcscd that went away nothing is left."""
        self._card = None
        self._known.clear()
        context, self._context = self._context, None
        if context is not None:
            self._scard.SCardReleaseContext(context)

    def _names(self) -> list[str]:
        code, names = self._scard.SCardListReaders(self._context, [])
        if WORDS.get(code & 0xFFFFFFFF) == "no-reader":
            return []
        self._ok(code)
        return list(names)

    def _state(self, event: int) -> str:
        scard = self._scard
        if event & scard.SCARD_STATE_MUTE:
            return "mute"
        if event & scard.SCARD_STATE_PRESENT:
            return "present"
        return "empty" if event & scard.SCARD_STATE_EMPTY else "gone"

    def _got(self, result: list[Any]) -> Any:
        code, *values = result
        self._ok(code)
        return values[0] if len(values) == 1 else values

    def _ok(self, code: int) -> None:
        code &= 0xFFFFFFFF
        if code:
            raise PcscError(WORDS.get(code, "failed"), code)


def answer(reader: Reader, request: dict[str, Any]) -> dict[str, Any]:
    """One request's answer. Never raises for what the library says."""
    try:
        match request:
            case {"op": "watch", "seconds": float(seconds)}:
                return reader.watch(seconds)
            case {"op": "connect", "reader": str(name)}:
                return reader.connect(name)
            case {"op": "transmit", "apdu": str(apdu)}:
                return reader.transmit(bytes.fromhex(apdu))
            case {"op": "disconnect"}:
                return reader.disconnect()
        return {"error": "bad-request", "code": ""}
    except PcscError as error:
        return {"error": error.word, "code": f"{error.code:08X}"}


def main() -> None:
    """Answer requests until standard input ends, or the parent does."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a card's answers are in here
    libc = ctypes.CDLL(None)
    libc.prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE: nor by a pipe
    libc.prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG: also while a call hangs
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is the parent's to hear
    try:
        from smartcard import scard  # noqa: PLC0415 - the driver imports this module, and needs no library
    except ImportError:
        print(json.dumps({"error": "no-library", "code": ""}), flush=True)  # noqa: T201 - the protocol
        return
    print(json.dumps({"ready": True}), flush=True)  # noqa: T201 - the protocol
    reader = Reader(scard)
    for line in sys.stdin:
        print(json.dumps(answer(reader, json.loads(line))), flush=True)  # noqa: T201 - the protocol
    reader.disconnect()


if __name__ == "__main__":
    main()
