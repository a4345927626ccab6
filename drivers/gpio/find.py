"""Which chip is meant, and which of its lines: by names that stay.

The kernel numbers chips in the order in which it finds them, so `/dev/gpiochip0` may be another one after the
next start. The label, which the chip's own driver gives, and a link that udev makes do not change.
"""

from __future__ import annotations

from drivers.gpio.seam import Chip, Gpio, Line
from drivers.gpio.trouble import LinesLost, Trouble, of_chip, of_lines, words


def find_chip(gpio: Gpio, wanted: str) -> Chip:
    """The chip at the path `wanted`, or with that label. Raises LinesLost."""
    if wanted.startswith("/"):
        try:
            return gpio.open(wanted)
        except OSError as error:
            raise LinesLost(of_chip(error), f"{wanted}: {words(error)}") from error
    found: list[tuple[str, Chip]] = []
    shut: OSError | None = None
    try:
        for path in gpio.chips():
            try:
                chip = gpio.open(path)
            except OSError as error:  # it may have left since it was listed
                shut = error if of_chip(error) is Trouble.DENIED else shut
                continue
            if _label(chip) == wanted:
                found.append((path, chip))
            else:
                chip.close()
    except OSError as error:
        raise LinesLost(of_chip(error), f"{wanted}: {words(error)}") from error
    if len(found) == 1:
        return found[0][1]
    for _, chip in found:
        chip.close()
    if found:
        raise LinesLost(Trouble.AMBIGUOUS, f"{wanted}: {', '.join(path for path, _ in found)}")
    raise LinesLost(Trouble.DENIED if shut is not None else Trouble.NO_CHIP, wanted)


def offset_of(chip: Chip, line: Line) -> int:
    """Where in the chip the line is. Raises LinesLost.

    libgpiod takes the first of several lines with one name, and a name of digits for an offset: not so here.
    """
    try:
        # All are asked, also for an offset: what libgpiod knows of the chip itself may be of before it left.
        names = [chip.get_line_info(offset).name for offset in range(chip.get_info().num_lines)]
    except OSError as error:
        raise LinesLost(of_lines(error), f"{line}: {words(error)}") from error
    if isinstance(line, int):
        found = [line] if 0 <= line < len(names) else []
    else:
        found = [offset for offset, name in enumerate(names) if name == line]
    if len(found) > 1:
        raise LinesLost(Trouble.AMBIGUOUS, f"{line}: {', '.join(map(str, found))}")
    if not found:
        raise LinesLost(Trouble.NO_LINE, f"{line}, of {len(names)} lines")
    return found[0]


def _label(chip: Chip) -> str | None:
    try:
        return chip.get_info().label
    except OSError:
        return None  # it left just now
