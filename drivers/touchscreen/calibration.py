"""From where crosses were shown and where they were touched to the matrix that corrects the panel. Pure.

Points are parts of the screen's width and height, 0 to 1 from the left and from the top, as libinput wants
them: LIBINPUT_CALIBRATION_MATRIX holds the first two rows of a 3 x 3 matrix that is applied to coordinates
normalised so (libinput, *Static device configuration via udev*).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

LEAST_SPREAD = 0.2
"""The touched points have to span so much of the panel in every direction: closer together a finger's width
decides the matrix."""
MOST_RESIDUAL = 0.02
"""The largest distance that may be left between a cross and its corrected touch, in parts of the screen's
longer side: a finger that misses a cross of the page misses by less."""

_FAR = 100.0
"""Screens away, and it is no touch; nor is what is no number."""


class Point(NamedTuple):
    """Parts of the width and of the height."""

    x: float
    y: float


class Affine(NamedTuple):
    """``x' = a x + b y + c``, ``y' = d x + e y + f``."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def of(self, point: Point) -> Point:
        """Where `point` comes to lie."""
        return Point(
            self.a * point.x + self.b * point.y + self.c, self.d * point.x + self.e * point.y + self.f
        )

    def after(self, first: Affine) -> Affine:
        """The matrix that does `first` and then this one."""
        return Affine(
            self.a * first.a + self.b * first.d,
            self.a * first.b + self.b * first.e,
            self.a * first.c + self.b * first.f + self.c,
            self.d * first.a + self.e * first.d,
            self.d * first.b + self.e * first.e,
            self.d * first.c + self.e * first.f + self.f,
        )


IDENTITY = Affine(1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


class Refusal(StrEnum):
    """Why there is no matrix."""

    NOT_FOUR = "not-four"  # not as many touches as crosses, fewer than four, or one that is nowhere
    TOO_NEAR = "too-near"  # the touches lie together, or in one line
    TOO_FAR_OFF = "too-far-off"  # no matrix brings the touches to their crosses


class Turned(StrEnum):
    """How the panel lies behind the screen."""

    STRAIGHT = "straight"
    RIGHT = "90"
    OVER = "180"
    LEFT = "270"
    MIRRORED = "mirrored"


@dataclass(frozen=True, slots=True)
class Fit:
    """A matrix, and how well it fits: `residual` is the largest distance left, in pixels."""

    matrix: Affine
    residual: float
    turned: Turned


@dataclass(frozen=True, slots=True)
class Refused:
    """No matrix. `residual` in pixels where one was found and was too large."""

    why: Refusal
    residual: float | None = None


def fit(touched: Sequence[Point], shown: Sequence[Point], size: tuple[int, int]) -> Fit | Refused:
    """The matrix that brings `touched` nearest to `shown`, by least squares.

    `size` of the screen is in pixels. A panel that is turned, mirrored or wired crosswise is a matrix like
    any other.
    """
    usable = all(abs(part) <= _FAR for point in (*touched, *shown) for part in point)
    if len(touched) != len(shown) or len(touched) < 4 or not usable:
        return Refused(Refusal.NOT_FOUR)
    there, here = _middle(touched), _middle(shown)
    from_ = [(x - there.x, y - there.y) for x, y in touched]
    to = [(x - here.x, y - here.y) for x, y in shown]
    xx, xy, yy = _sum(from_, from_, 0, 0), _sum(from_, from_, 0, 1), _sum(from_, from_, 1, 1)
    if math.sqrt(_least(xx, xy, yy) / len(from_)) < LEAST_SPREAD / 2:
        return Refused(Refusal.TOO_NEAR)
    determinant = xx * yy - xy * xy
    rows = []
    for axis in (0, 1):
        tx, ty = _sum(to, from_, axis, 0), _sum(to, from_, axis, 1)
        first, second = (tx * yy - ty * xy) / determinant, (ty * xx - tx * xy) / determinant
        rows += [first, second, here[axis] - first * there.x - second * there.y]
    matrix = Affine(*rows)
    width, height = size
    residual = max(
        math.hypot((got.x - want.x) * width, (got.y - want.y) * height)
        for got, want in zip(map(matrix.of, touched), shown, strict=True)
    )
    if residual > MOST_RESIDUAL * max(size):
        return Refused(Refusal.TOO_FAR_OFF, residual)
    return Fit(matrix, residual, turned(matrix))


def turned(matrix: Affine) -> Turned:
    """How the panel lies, by where the matrix brings its axes."""
    if matrix.a * matrix.e - matrix.b * matrix.d < 0:
        return Turned.MIRRORED
    if abs(matrix.a) >= abs(matrix.b):
        return Turned.STRAIGHT if matrix.a > 0 else Turned.OVER
    return Turned.RIGHT if matrix.d > 0 else Turned.LEFT


def _middle(points: Sequence[Point]) -> Point:
    return Point(sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))


def _sum(
    one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]], first: int, second: int
) -> float:
    return sum(a[first] * b[second] for a, b in zip(one, other, strict=True))


def _least(xx: float, xy: float, yy: float) -> float:
    """The smaller eigenvalue of the scatter: how far the points spread where they spread least."""
    return (xx + yy - math.hypot(xx - yy, 2 * xy)) / 2
