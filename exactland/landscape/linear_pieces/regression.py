"""The best linear fit for the squared and for the Huber loss, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flint import fmpq

from exactland.arithmetic.matrices import (
    least_squares,
    multiply,
    nullspace,
    solve_linear,
    transpose,
)
from exactland.arithmetic.rationals import ZERO, dot
from exactland.errors import NoAnswerError
from exactland.problem.huber import DeepLoss, HuberLoss
from exactland.problem.network import Matrix, Vector

MAX_STEPS: Final = 200


def best_fit(design: Sequence[Vector], loss: DeepLoss) -> Matrix:
    """Return X (p x J) such that design X has the least loss among all linear fits.

    Raises
    ------
    NoAnswerError
        If the method for the Huber loss does not arrive within :data:`MAX_STEPS` steps.

    Examples
    --------
    The median-like fit of a constant with an outlier:

    >>> rows = tuple((fmpq(1),) for _ in range(3))
    >>> targets = tuple((fmpq(y),) for y in (0, 0, 9))
    >>> best_fit(rows, HuberLoss(rows, targets, fmpq(1)))
    ((1/2,),)
    """
    if not isinstance(loss, HuberLoss):
        return least_squares(design, loss.targets)[0]
    columns = [
        _huber_column(list(design), column, loss.delta)
        for column in zip(*loss.targets, strict=True)
    ]
    return transpose(columns)


def _huber_column(design: list[Vector], targets: Vector, delta: fmpq) -> Vector:
    """Newton's method with exact line search on a piecewise quadratic convex function.

    A direction solves the quadratic piece at hand; where that piece is unbounded below in its
    kernel, it follows the kernel.  The line search ends where the derivative vanishes, so that the
    function falls at every step.
    """
    start, _ = least_squares(design, [(y,) for y in targets])
    point = tuple(row[0] for row in start)
    axes = transpose(design)
    for _ in range(MAX_STEPS):
        errors = [dot(row, point) - y for row, y in zip(design, targets, strict=True)]
        clipped = [max(min(e, delta), -delta) for e in errors]
        gradient = tuple(dot(axis, clipped) for axis in axes)
        if not any(gradient):
            return point
        inner = [row for row, e in zip(design, errors, strict=True) if abs(e) <= delta]
        direction = _newton_direction(inner, gradient)
        speeds = [dot(row, direction) for row in design]
        length = _line_search(errors, speeds, delta)
        point = tuple(p + length * v for p, v in zip(point, direction, strict=True))
    raise NoAnswerError(f"the Huber fit was not reached in {MAX_STEPS} exact Newton steps")


def _newton_direction(inner: list[Vector], gradient: Vector) -> Vector:
    if inner:
        hessian = multiply(transpose(inner), inner)
        solution = solve_linear(hessian, [-entry for entry in gradient])
        if solution is not None:
            return solution
    for vector in nullspace(inner, len(gradient)):
        slope = dot(vector, gradient)
        if slope:
            return tuple(-slope * entry for entry in vector)
    raise AssertionError("an inconsistent Newton system has a kernel vector of descent")


def _line_search(errors: Sequence[fmpq], speeds: Sequence[fmpq], delta: fmpq) -> fmpq:
    """Return t > 0 where the derivative of sum_k H(e_k + t c_k), increasing in t, vanishes."""
    pairs = [(e, c) for e, c in zip(errors, speeds, strict=True) if c]
    breaks = sorted(t for e, c in pairs for t in ((delta - e) / c, (-delta - e) / c) if t > 0)

    def derivative(t: fmpq) -> fmpq:
        return sum((c * max(min(e + t * c, delta), -delta) for e, c in pairs), ZERO)

    before, low = ZERO, derivative(ZERO)
    for at in breaks:
        high = derivative(at)
        if high >= 0:
            return before + (at - before) * low / (low - high)
        before, low = at, high
    raise AssertionError("the Huber loss is bounded below")
