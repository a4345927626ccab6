"""The matrix from four crosses and four touches, and the rule that keeps it."""

from __future__ import annotations

import math
import random
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from drivers.touchscreen import udev_rule
from drivers.touchscreen.calibration import (
    IDENTITY,
    LEAST_SPREAD,
    MOST_RESIDUAL,
    Affine,
    Fit,
    Point,
    Refusal,
    Refused,
    Turned,
    fit,
    turned,
)

SHOWN = [Point(0.1, 0.1), Point(0.9, 0.1), Point(0.9, 0.9), Point(0.1, 0.9)]
SIZE = (1080, 1920)
TURNS = {
    Turned.STRAIGHT: IDENTITY,
    Turned.RIGHT: Affine(0, -1, 1, 1, 0, 0),
    Turned.OVER: Affine(-1, 0, 1, 0, -1, 1),
    Turned.LEFT: Affine(0, 1, 0, -1, 0, 1),
    Turned.MIRRORED: Affine(-1, 0, 1, 0, 1, 0),
}


def inverse(matrix: Affine) -> Affine:
    a, b, c, d, e, f = matrix
    det = a * e - b * d
    return Affine(e / det, -b / det, (b * f - c * e) / det, -d / det, a / det, (c * d - a * f) / det)


def touches(correction: Affine) -> list[Point]:
    """Where a panel that needs this correction says that the crosses were touched."""
    return [inverse(correction).of(point) for point in SHOWN]


def fitted(points: list[Point], size: tuple[int, int] = SIZE) -> Fit:
    found = fit(points, SHOWN, size)
    assert isinstance(found, Fit), found
    return found


small = st.floats(-0.3, 0.3)
distortions = st.builds(
    lambda turn, a, b, c, d, e, f: Affine(1 + a, b, c, d, 1 + e, f).after(turn),
    st.sampled_from(list(TURNS.values())),
    small,
    small,
    small,
    small,
    small,
    small,
)


@given(distortions)
def test_any_affine_distortion_is_recovered(correction: Affine) -> None:
    assume(abs(correction.a * correction.e - correction.b * correction.d) > 0.2)
    found = fitted(touches(correction))
    assert max(abs(got - want) for got, want in zip(found.matrix, correction, strict=True)) < 1e-6
    assert found.residual < 1e-6


@given(distortions, st.integers(0, 2**32))
def test_fingers_that_miss_a_little_give_a_matrix_that_is_right_to_a_little(
    correction: Affine, seed: int
) -> None:
    """Ten pixels off in any direction: no cross ends up further away than twenty."""
    assume(abs(correction.a * correction.e - correction.b * correction.d) > 0.2)
    chance = random.Random(seed)
    width, height = SIZE

    def missed(point: Point) -> Point:
        angle = chance.uniform(0, 2 * math.pi)
        return Point(point.x + 10 * math.cos(angle) / width, point.y + 10 * math.sin(angle) / height)

    found = fitted([inverse(correction).of(missed(point)) for point in SHOWN])
    assert found.residual <= 20.0 < MOST_RESIDUAL * max(SIZE)
    for point, touched in zip(SHOWN, touches(correction), strict=True):
        got = found.matrix.of(touched)
        assert math.hypot((got.x - point.x) * width, (got.y - point.y) * height) <= 20.0


@pytest.mark.parametrize(("turn", "matrix"), TURNS.items(), ids=list(TURNS))
def test_turned_and_mirrored_panels_are_set_right_and_told(turn: Turned, matrix: Affine) -> None:
    found = fitted(touches(matrix))
    assert found.turned is turned(matrix) is turn
    assert found.matrix == pytest.approx(matrix)


@given(distortions, distortions)
def test_one_correction_after_another_is_one_correction(first: Affine, second: Affine) -> None:
    for point in SHOWN:
        assert second.after(first).of(point) == pytest.approx(second.of(first.of(point)))


@pytest.mark.parametrize(
    ("points", "why"),
    [
        (SHOWN[:3], Refusal.NOT_FOUR),
        ([*SHOWN, SHOWN[0]], Refusal.NOT_FOUR),
        ([*SHOWN[:3], Point(math.nan, 0.5)], Refusal.NOT_FOUR),
        ([*SHOWN[:3], Point(math.inf, 0.5)], Refusal.NOT_FOUR),
        ([Point(0.5, 0.5)] * 4, Refusal.TOO_NEAR),
        ([Point(x, 0.5) for x in (0.1, 0.3, 0.6, 0.9)], Refusal.TOO_NEAR),
        ([Point(x, 1 - x) for x in (0.1, 0.3, 0.6, 0.9)], Refusal.TOO_NEAR),
        ([Point(0.5 + (x - 0.5) / 10, 0.5 + (y - 0.5) / 10) for x, y in SHOWN], Refusal.TOO_NEAR),
        ([SHOWN[1], SHOWN[0], SHOWN[2], SHOWN[3]], Refusal.TOO_FAR_OFF),
        ([*SHOWN[:3], Point(0.3, 0.9)], Refusal.TOO_FAR_OFF),
    ],
)
def test_what_gives_no_matrix_is_refused_with_its_reason(points: list[Point], why: Refusal) -> None:
    found = fit(points, SHOWN, SIZE)
    assert isinstance(found, Refused)
    assert found.why is why
    assert (found.residual is not None) is (why is Refusal.TOO_FAR_OFF)


def test_crosses_nearer_together_than_the_least_spread_are_too_near() -> None:
    def square(side: float) -> list[Point]:
        return [Point(0.5 + (x - 0.5) * side / 0.8, 0.5 + (y - 0.5) * side / 0.8) for x, y in SHOWN]

    assert isinstance(fit(square(LEAST_SPREAD * 1.01), SHOWN, SIZE), Fit)
    assert isinstance(fit(square(LEAST_SPREAD * 0.99), SHOWN, SIZE), Refused)


@given(
    st.lists(st.builds(Point, st.floats(allow_nan=True), st.floats(allow_nan=True)), max_size=6),
    st.tuples(st.integers(1, 8000), st.integers(1, 8000)),
)
def test_any_points_are_fitted_or_refused(points: list[Point], size: tuple[int, int]) -> None:
    found = fit(points, SHOWN, size)
    assert isinstance(found, Refused) or all(math.isfinite(each) for each in found.matrix)


# The rule

LINK = "/dev/input/by-path/pci-0000:00:14.0-usb-0:3:1.0-event"
NULL = "/dev/null"
"""A character device that is everywhere: 1:3."""


@given(distortions)
def test_a_matrix_is_read_from_udev_as_the_rule_gave_it(
    tmp_path_factory: pytest.TempPathFactory, matrix: Affine
) -> None:
    given = udev_rule.rule(LINK, matrix).partition('MATRIX}="')[2].split('"')[0]
    folder = tmp_path_factory.mktemp("data")
    (folder / "c1:3").write_text(f"S:x\nE:ID_INPUT=1\nE:LIBINPUT_CALIBRATION_MATRIX={given}\n", "utf-8")
    assert udev_rule.in_force(NULL, folder) == pytest.approx(matrix, abs=1e-8)


def test_the_rule_as_udev_reads_it() -> None:
    assert udev_rule.rule(LINK, TURNS[Turned.RIGHT]).splitlines()[1] == (
        'ACTION!="remove", SUBSYSTEM=="input", KERNEL=="event*", '
        'SYMLINK=="input/by-path/pci-0000:00:14.0-usb-0:3:1.0-event", '
        'ENV{LIBINPUT_CALIBRATION_MATRIX}="0.000000000 -1.000000000 1.000000000 '
        '1.000000000 0.000000000 0.000000000"'
    )


def test_patterns_in_a_link_are_taken_literally() -> None:
    made = udev_rule.rule("/dev/input/by-id/usb-A*[1]?-event", IDENTITY)
    assert 'SYMLINK=="input/by-id/usb-A[*][[]1][?]-event"' in made


@pytest.mark.parametrize(
    "port",
    [
        "/dev/input/event5",
        "/dev/ttyS0",
        '/dev/input/by-id/a", RUN+="/bin/sh',
        "/dev/input/by-id/a\nb",
        "/dev/input/by-id/",
    ],
)
def test_port_that_no_rule_can_name_is_refused(port: str) -> None:
    with pytest.raises(udev_rule.BadPort):
        udev_rule.rule(port, IDENTITY)


@pytest.mark.parametrize("told", [None, "", "E:ID_INPUT=1\n"])
def test_device_of_which_udev_knows_no_matrix_is_not_corrected(tmp_path: Path, told: str | None) -> None:
    if told is not None:
        (tmp_path / "c1:3").write_text(told, "utf-8")
    assert udev_rule.in_force(NULL, tmp_path) == IDENTITY


@pytest.mark.parametrize("numbers", ["1 0 0 0 1", "1 0 0 0 1 nan", "1 0 0 0 1 x", ""])
def test_matrix_that_is_none_is_not_believed(tmp_path: Path, numbers: str) -> None:
    (tmp_path / "c1:3").write_text(f"E:LIBINPUT_CALIBRATION_MATRIX={numbers}\n", "utf-8")
    with pytest.raises(ValueError, match=r"no matrix|convert"):
        udev_rule.in_force(NULL, tmp_path)


def test_device_that_is_not_there_has_no_matrix(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        udev_rule.in_force(str(tmp_path / "event5"), tmp_path)


def test_file_of_somebody_else_is_not_ours(tmp_path: Path) -> None:
    file = tmp_path / "99.rules"
    assert udev_rule.is_ours(file)
    udev_rule.write(file, udev_rule.rule(LINK, IDENTITY))
    assert udev_rule.is_ours(file)
    file.write_bytes(b"\xff")
    assert not udev_rule.is_ours(file)


def test_a_rule_is_whole_and_for_everybody_to_read(tmp_path: Path) -> None:
    file = tmp_path / "99.rules"
    udev_rule.write(file, "old")
    udev_rule.write(file, "new")
    assert (file.read_text("utf-8"), file.stat().st_mode & 0o777) == ("new", 0o644)
    assert [each.name for each in tmp_path.iterdir()] == [file.name]


def test_a_write_that_fails_leaves_the_old_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "99.rules"
    udev_rule.write(file, "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        udev_rule.write(file, "new")
    assert file.read_text(encoding="utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == [file.name]
