"""What one host asks of the simulated chips, in objects that JSON can carry."""

from __future__ import annotations

from typing import Any

from drivers.gpio.simulator.bus import LABEL, GpioBus


class Host:
    """One conversation. What it took is let go when it leaves, as the kernel does for a process that died."""

    def __init__(self, bus: GpioBus) -> None:
        self._bus = bus
        self._taken: set[int] = set()

    def leave(self) -> None:
        """Hang up."""
        for key in self._taken:
            self._bus.release(key)

    def obey(self, question: dict[str, Any]) -> dict[str, Any]:
        """The answer, when the chip gives one. Raises OSError with the errno to tell."""
        self._bus.enter()
        match question["op"]:
            case "chips":
                return {"chips": self._bus.paths()}
            case "open":
                return {"number": self._bus.opened(question["path"])}
            case "info":
                lines = self._bus.present(question["number"])
                return {"name": f"gpiochip{question['number']}", "label": LABEL, "lines": len(lines)}
            case "line":
                offset: int = question["offset"]
                line = self._bus.present(question["number"])[offset]
                return line.described(offset)
            case "request":
                key = self._bus.request(
                    question["number"], question["lines"], question["consumer"], question["room"]
                )
                self._taken.add(key)
                return {"key": key}
            case _:
                return self._of_request(question)

    def _of_request(self, question: dict[str, Any]) -> dict[str, Any]:
        key = question["key"]
        match question["op"]:
            case "get":
                answer: dict[str, Any] = {"values": self._bus.values(key, question["offsets"])}
            case "set":
                self._bus.set(key, {int(offset): value for offset, value in question["values"]})
                return {}
            case "read":
                answer = {"events": self._bus.read(key, question["most"])}
            case "release":
                self._taken.discard(key)
                self._bus.release(key)
                return {}
            case unknown:
                raise ValueError(f"{unknown!r} is no question")
        how = self._bus.spoilt()
        return answer if how is None else _spoilt(answer, how)


def _spoilt(answer: dict[str, Any], how: str) -> dict[str, Any]:
    """An answer as no kernel gives it."""
    event = {"type": "rising", "timestamp": 0, "offset": 4711, "global": 1, "line": 1}
    match how:
        case "empty":
            return {name: [] for name in answer}
        case "foreign":
            extra = {"events": [event, *answer.get("events", [])], "values": [*answer.get("values", []), 1]}
            return {name: extra.get(name, value) for name, value in answer.items()}
        case "no-number":
            spoilt = {"events": [event | {"line": "one"}], "values": ["one"]}
            return {name: spoilt.get(name, value) for name, value in answer.items()}
        case _:
            spoilt = {"events": [event | {"type": "sideways"}], "values": [7]}
            return {name: spoilt.get(name, value) for name, value in answer.items()}
