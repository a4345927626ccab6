"""What ALSA's player said, and how it ended: folded into one outcome. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.speaker.health import Condition

MOST_WORDS = 120
"""Characters of what it said that are told on."""

# strerror of the C locale, as aplay prints it behind "audio open error:" and the like.
_BUSY = ("Device or resource busy",)
_DENIED = ("Permission denied", "Operation not permitted")
_NO_CARD = (
    "Unknown PCM",
    "No such file or directory",
    "No such device",
    "no soundcards found",
    "cannot find card",
    "Cannot get card index",
)


@dataclass(frozen=True, slots=True)
class Said:
    """`condition` is UNCONFIRMED when all was taken: whether it was heard no program knows. `words` are the
    player's last, `underruns` how often the card had nothing to play."""

    condition: Condition
    words: str = ""
    underruns: int = 0


def said(status: int | None, errors: bytes) -> Said:
    """`status` as of `subprocess.Popen.returncode`: negative is a signal, None is no end by the deadline;
    `errors` is what came on standard error."""
    lines = [_plain(line) for line in errors.decode("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line]
    own = [line for line in lines if line.startswith("aplay:")]
    words = (own or lines or [""])[-1][:MOST_WORDS]
    underruns = sum("underrun" in line for line in lines)
    if status == 0:
        return Said(Condition.UNCONFIRMED, words, underruns)
    if status is None:
        return Said(Condition.FAILED, "no end by the deadline", underruns)
    if status < 0:
        return Said(Condition.FAILED, f"ended by signal {-status}", underruns)
    text = "\n".join(lines)
    for condition, signs in (
        (Condition.BUSY, _BUSY),
        (Condition.DENIED, _DENIED),
        (Condition.NO_CARD, _NO_CARD),
    ):
        if any(sign in text for sign in signs):
            return Said(condition, words, underruns)
    return Said(Condition.FAILED, words or f"exit status {status}", underruns)


def _plain(line: str) -> str:
    """Without what a terminal would obey."""
    return "".join(each if each.isprintable() else " " for each in line).strip()
