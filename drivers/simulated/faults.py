"""The faults that a script may name, by class of device, and the orders by which they begin and end.

A word that is also a condition of the class (docs/technician.md) is the same word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Fidelity = Literal["memory", "bytes"]
Order = Mapping[str, Any]
"""What a control socket takes."""


class Orders(NamedTuple):
    """How a fault is brought about; `end` is None for one that befalls the next use and is then over."""

    begin: Order
    end: Order | None


def _kind(begin: str, end: str = "clear", **details: Any) -> Orders:
    """A fault of the card reader's simulator."""
    return Orders({"op": "fault", "kind": begin, **details}, {"op": "fault", "kind": end})


def _flag(op: str) -> Orders:
    return Orders({"op": op, "on": True}, {"op": op, "on": False})


def _state(op: str, state: str) -> Orders:
    return Orders({"op": op, "state": state}, {"op": op, "state": "full"})


def _be(condition: str, well: str) -> Orders:
    """A double in memory is told what to be."""
    return Orders({"op": "be", "condition": condition}, {"op": "be", "condition": well})


def _plays(how: str) -> Orders:
    """The simulated player of a loudspeaker ends so."""
    return Orders({"op": "be", "how": how}, {"op": "be", "how": "play"})


_CABLE = Orders({"op": "unplug"}, {"op": "replug"})
_RECEIPTS = {
    "unplugged": _CABLE,
    "silent": _flag("mute"),
    "paper-low": _state("paper", "low"),
    "paper-out": _state("paper", "out"),
    "paper-jam": _flag("jam"),
    "cover-open": Orders({"op": "cover", "open": True}, {"op": "cover", "open": False}),
    "head": _flag("hot"),
}
_DOOR = {
    "unplugged": _CABLE,
    "open": Orders({"op": "drive", "line": "DOOR", "level": 1}, {"op": "drive", "line": "DOOR", "level": 0}),
}
_LIGHTS = {
    "unplugged": _CABLE,
    "stuck": Orders(
        {"op": "short", "line": "LIGHT_RECEIPT", "level": 1},
        {"op": "short", "line": "LIGHT_RECEIPT", "level": None},
    ),
}
_SCANNER = {"unplugged": _CABLE, "silent": _flag("mute")}

FAULTS: Mapping[str, Mapping[Fidelity, Mapping[str, Orders]]] = {
    "id_card": {
        "bytes": {
            "unplugged": _kind("unplug", "replug"),
            "silent": _kind("silent", times=0),
            "sam-failed": _kind("sam-failed"),
            "card-unreadable": _kind("refuse", on="select")._replace(end=None),
        },
        "memory": {
            **{word: _be(word, "ready") for word in ("unplugged", "silent", "sam-failed")},
            "card-unreadable": Orders({"op": "spoil"}, None),
        },
    },
    "receipt_printer": {"bytes": _RECEIPTS, "memory": _RECEIPTS},
    "document_printer": {
        "bytes": {
            "unplugged": _CABLE,
            "paper-low": _state("paper", "low"),
            "paper-out": _state("paper", "out"),
            "toner-low": _state("toner", "low"),
            "toner-out": _state("toner", "out"),
            "paper-jam": _flag("jam"),
            "cover-open": _flag("cover"),
        },
        "memory": {
            "unplugged": _be("offline", "idle"),
            **{
                word: _be(word, "idle")
                for word in ("paper-low", "paper-out", "toner-low", "toner-out", "paper-jam", "cover-open")
            },
        },
    },
    "code_scanner": {"bytes": _SCANNER, "memory": _SCANNER},
    "payment_terminal": {
        "bytes": {
            "unplugged": _CABLE,
            "out-of-service": _flag("out-of-service"),
            "silent": Orders({"op": "answer", "how": "mute"}, {"op": "answer", "how": "well"}),
        },
        "memory": {
            "unplugged": _be("offline", "ready"),
            "out-of-service": _be("out-of-service", "ready"),
            "silent": _be("unknown", "ready"),
        },
    },
    "smart_card": {
        "memory": {word: _be(word, "ready") for word in ("unplugged", "no-service", "silent")},
    },
    "door": {"bytes": _DOOR, "memory": _DOOR},
    "lights": {"bytes": _LIGHTS, "memory": _LIGHTS},
    "keypad": {
        "bytes": {
            "unplugged": _CABLE,
            "port-busy": Orders({"op": "refuse", "errno": "EBUSY"}, {"op": "refuse"}),
        },
        "memory": {"unplugged": _CABLE, "port-busy": _be("port-busy", "ready")},
    },
    "touchscreen": {
        "bytes": {"unplugged": _CABLE, "silent": _flag("mute"), "failed": _flag("fail")},
        "memory": {
            "unplugged": _CABLE,
            **{word: _be(word, "ready") for word in ("silent", "failed")},
        },
    },
    "speaker": {
        "bytes": {
            "unplugged": _plays("no-card"),
            "busy": _plays("busy"),
            "denied": _plays("denied"),
            "failed": _plays("fail"),
        },
        "memory": {
            "unplugged": _be("no-card", "ready"),
            **{word: _be(word, "ready") for word in ("busy", "denied", "failed")},
        },
    },
}
"""Both fidelities of a class know the same words. A smart card reader of bytes is the machine's own pcscd:
nothing here can stand in its place."""
