"""`kiosk touchscreen`: the pages on which a technician calibrates the panel, or tests it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.touchscreen import udev_rule
from drivers.touchscreen.calibration import Affine
from kiosk.config import Config
from kiosk.config_devices import Simulated, TouchEvdev
from kiosk.touch_pages import Calibrated, Calibrating, Tested, Testing, serve

Say = Callable[[str], None]


class CannotCalibrate(Exception):  # noqa: N818 - reads as what it is
    """There is nothing to calibrate, or no place for the matrix: says why, and what to do."""


class NotDone(Exception):  # noqa: N818 - reads as what it is
    """Nobody was done within the time."""


def calibrate(config: Config, say: Say, within: float) -> Calibrated:
    """Serve the crosses until the technician is done. Raises CannotCalibrate, NotDone, and OSError."""
    spec = config.devices.touchscreen
    if spec is None:
        raise CannotCalibrate("no touchscreen is configured: name it under [devices.touchscreen]")
    if isinstance(spec, Simulated):
        raise CannotCalibrate("the touchscreen is simulated: name the driver of one that is there")
    if not isinstance(spec, TouchEvdev):
        raise CannotCalibrate(
            "the browser has no touches of a serial line: let inputattach make an input device of it, "
            "and name that with the driver touch-evdev"
        )
    file = spec.calibration
    try:
        matrix = udev_rule.in_force(spec.port)
    except OSError as error:
        raise CannotCalibrate(f"{spec.port}: {error.strerror}; correct `port`, or plug it in") from error
    except ValueError as error:
        raise CannotCalibrate(f"{error}; take that rule out, and plug the touchscreen in anew") from error
    _free(file)

    def keep(found: Affine) -> str:
        try:
            udev_rule.write(file, udev_rule.rule(spec.port, found))
        except OSError as error:
            return f"{file} 写不进去：{error.strerror}"
        return ""

    bench = Calibrating(matrix, keep, str(file))
    _serve(bench, say, within)
    return bench.outcome or Calibrated(None, why="没有校准")


def test(say: Say, within: float) -> Tested:
    """Serve the grid until the technician is done. Raises NotDone, and OSError."""
    bench = Testing()
    _serve(bench, say, within)
    if bench.outcome is None:
        raise NotDone("nothing was measured")
    return bench.outcome


def calibrated_words(outcome: Calibrated, config: Config) -> str:
    """What came of it, for the terminal's window."""
    spec = config.devices.touchscreen
    if outcome.matrix is None or not isinstance(spec, TouchEvdev):
        return f"not calibrated: {outcome.why}"
    return (
        f"calibrated to {outcome.residual or 0:.1f} pixels; {spec.calibration} is written\n"
        "plug the touchscreen in anew, or restart the terminal, before anything else: it counts from then on"
    )


def tested_words(outcome: Tested) -> str:
    """What was found, for the terminal's window."""
    cells = outcome.columns * outcome.rows
    if outcome.well:
        return f"all of {cells} cells were touched, and nothing else was"
    found = []
    if outcome.dead:
        found.append(f"{len(outcome.dead)} of {cells} cells are dead: {_named(outcome.dead)}")
    if outcome.ghosts:
        found.append(f"{len(outcome.ghosts)} touches of nobody: {_named(outcome.ghosts)}")
    return "\n".join(found)


def as_json(outcome: Calibrated | Tested) -> dict[str, Any]:
    """For machines."""
    if isinstance(outcome, Tested):
        return {
            "well": outcome.well,
            "columns": outcome.columns,
            "rows": outcome.rows,
            "dead": [list(cell) for cell in outcome.dead],
            "ghosts": [list(cell) for cell in outcome.ghosts],
        }
    return {
        "calibrated": outcome.matrix is not None,
        "matrix": list(outcome.matrix) if outcome.matrix else None,
        "residual_pixels": outcome.residual,
        "turned": outcome.turned,
        "why": outcome.why,
    }


def _serve(bench: Calibrating | Testing, say: Say, within: float) -> None:
    if not serve(bench, lambda address: say(f"open on the terminal's own screen: {address}"), within):
        raise NotDone(f"nobody was done within {within:.0f} s")


def _free(file: Path) -> None:
    """That the rule can be written there, before anybody touches a cross. Raises CannotCalibrate."""
    try:
        ours = udev_rule.is_ours(file)
    except OSError as error:
        raise CannotCalibrate(f"{file}: {error.strerror}") from error
    if not ours:
        raise CannotCalibrate(f"{file} is somebody else's: move it away, or name another `calibration`")
    if not os.access(file.parent, os.W_OK | os.X_OK):
        raise CannotCalibrate(f"{file.parent} takes no files of this user: try as root")


def _named(cells: tuple[tuple[int, int], ...]) -> str:
    """Column and row, counted from 1 as a person does; the first twenty."""
    shown = " ".join(f"{column + 1}/{row + 1}" for column, row in cells[:20])
    return shown + (" ..." if len(cells) > 20 else "")
