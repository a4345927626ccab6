"""Four crosses: where they were shown and where the page was touched make the matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import msgspec
from msgspec import Meta

from drivers.touchscreen.calibration import Affine, Fit, Point, Refusal, Refused, Turned, fit
from kiosk.touch_pages.bench import BadPost, Shown

CROSSES = (Point(0.1, 0.1), Point(0.9, 0.1), Point(0.9, 0.9), Point(0.1, 0.9))
"""Parts of the screen, in the order in which they are shown."""
_REFUSED = {
    Refusal.NOT_FOUR: "没有收到四次触摸",
    Refusal.TOO_NEAR: "四次触摸挤在一起，或在一条线上：触摸屏分不清位置，可能接错线或已经损坏",
    Refusal.TOO_FAR_OFF: "触摸的位置对不上十字：可能碰错了顺序，或触摸屏不均匀",
}
_TURNED = {
    Turned.STRAIGHT: "正",
    Turned.RIGHT: "转了 90°，已纠正",
    Turned.OVER: "转了 180°，已纠正",
    Turned.LEFT: "转了 270°，已纠正",
    Turned.MIRRORED: "左右或上下相反，已纠正",
}

Pixels = Annotated[int, Meta(ge=200, le=20_000)]


class _Touched(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page posts; `points` are parts of the screen."""

    width: Pixels
    height: Pixels
    points: Annotated[list[tuple[float, float]], Meta(max_length=8)]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The outcome. `matrix` is for the rule: what was in force and what the touches add to it; None where
    it was refused, and then `why` says so in words for the technician."""

    matrix: Affine | None
    residual: float | None = None
    turned: Turned | None = None
    why: str = ""


class Calibrating:
    """See `Bench`. `keep` writes a matrix away and gives words of what hindered it, or none."""

    def __init__(self, in_force: Affine, keep: Callable[[Affine], str], file: str) -> None:
        """`in_force`: what corrects the touches that the browser gets now; `file`: where `keep` writes."""
        self._in_force = in_force
        self._keep = keep
        self._file = file
        self.outcome: Calibrated | None = None

    def shown(self) -> Shown:
        """The crosses, or what came of them."""
        if self.outcome is None:
            return Shown("crosses.html", {"crosses": [tuple(each) for each in CROSSES]})
        turned = _TURNED[self.outcome.turned] if self.outcome.turned else ""
        return Shown("calibrated.html", {"outcome": self.outcome, "turned": turned, "file": self._file})

    def take(self, result: bytes) -> None:
        """Fit, and keep. Raises BadPost."""
        try:
            touched = msgspec.json.decode(result, type=_Touched)
        except msgspec.DecodeError as error:
            raise BadPost(str(error)) from error
        points = [Point(x, y) for x, y in touched.points]
        found = fit(points, CROSSES, (touched.width, touched.height))
        match found:
            case Refused():
                self.outcome = Calibrated(None, found.residual, why=_REFUSED[found.why])
            case Fit():
                matrix = found.matrix.after(self._in_force)
                hindered = self._keep(matrix)
                self.outcome = Calibrated(
                    None if hindered else matrix, found.residual, found.turned, hindered
                )

    def again(self) -> None:
        """From the first cross."""
        self.outcome = None
