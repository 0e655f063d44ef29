"""The best affine fit for the logistic loss: a rational point, and how near a minimiser must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flint import arb, arb_mat, fmpq, fmpz

from exactland.arithmetic.balls import endpoints, working_precision
from exactland.arithmetic.echelon import independent_rows
from exactland.arithmetic.linear_programs import Infeasible, find_point
from exactland.arithmetic.matrices import inertia, transpose
from exactland.arithmetic.rationals import ONE, ZERO, dot, from_float
from exactland.errors import NoAnswerError
from exactland.landscape.linear_pieces.hypotheses import failed
from exactland.problem.logistic import PRECISION, LogisticLoss, slope_balls
from exactland.problem.network import Matrix, Vector

MAX_NEWTON_STEPS: Final = 300
ROUNDINGS: Final = (64, 128, 256)
"""Binary places to which the fit is rounded, tried in this order."""


@dataclass(frozen=True, slots=True)
class LogisticFit:
    """A rational affine fit, with a proof that a minimiser is near it.

    Attributes
    ----------
    matrix, constants : J x d and J
        The rational fit A x + c.
    columns : entries of (x_k, 1) that span all affine functions of the data.
    step : positive
        Every entry of a minimiser (A*, c*) in these columns is within `step`; the others agree.
    curvature : J positive numbers
        m_j with  sum_k p_kj X_k X_k^T - m_j 1  positive definite, X_k the chosen entries and p_kj
        the least slope of the logistic function within the step.
    drop : rational
        The unscaled loss of the minimiser is at most this much lower.
    """

    matrix: Matrix
    constants: Vector
    columns: tuple[int, ...]
    step: fmpq
    curvature: Vector
    drop: fmpq


def logistic_fit(loss: LogisticLoss) -> LogisticFit:
    """Find the best affine fit A x + c to about 20 digits, and prove how good it is.

    Newton's method proposes; strong convexity proves: with the gradient g, |g|^2 < (m step / 2)^2
    puts a minimiser within the step.

    Raises
    ------
    HypothesisError
        If no affine function is of least loss: the labels of an output are separable.
    NoAnswerError
        If the data are so badly conditioned that no proof is found.

    Examples
    --------
    >>> inputs = tuple((fmpq(k),) for k in (-1, 0, 1))
    >>> labels = tuple((fmpq(k),) for k in (1, 0, 1))
    >>> fit = logistic_fit(LogisticLoss(inputs, labels))  # by symmetry A = 0, and 2^c = 2
    >>> fit.matrix, abs(fit.constants[0] - fmpq(693147, 10**6)) < fmpq(1, 10**6)
    (((0,),), True)
    """
    rows = [(*row, ONE) for row in loss.inputs]
    columns = independent_rows(transpose(rows))
    chosen = [tuple(row[column] for column in columns) for row in rows]
    for output, labels in enumerate(zip(*loss.targets, strict=True)):
        _require_minimiser(chosen, labels, output)
    centres = [_newton(chosen, labels) for labels in zip(*loss.targets, strict=True)]
    for places in ROUNDINGS:
        rounded = [tuple(_rounded(entry, places) for entry in centre) for centre in centres]
        found = _proved(loss, chosen, rounded)
        if found is not None:
            step, curvature, drop = found
            full = [_placed(entries, columns, len(rows[0])) for entries in rounded]
            matrix = tuple(row[:-1] for row in full)
            return LogisticFit(matrix, tuple(r[-1] for r in full), columns, step, curvature, drop)
    raise NoAnswerError("no proof of a best affine fit was found: the data are ill-conditioned")


def _require_minimiser(rows: Sequence[Vector], labels: Sequence[fmpq], output: int) -> None:
    """A minimiser exists exactly if no direction lowers some terms for ever and raises none.

    By Stiemke that is so exactly if positive multiples of the rows, signed by the labels 0 and 1
    (and any multiples of those with other labels), sum to zero.
    """
    signed = [
        row if label else tuple(-x for x in row) for row, label in zip(rows, labels, strict=True)
    ]
    lower = [ONE if label in (0, 1) else None for label in labels]
    target = (ZERO,) * len(rows[0])
    if isinstance(find_point(signed, target, lower, [None] * len(rows)), Infeasible):
        text = f"an affine function separates the labels of output {output}"
        raise failed("an affine fit of least loss exists", text)


def _newton(rows: Sequence[Vector], labels: Sequence[fmpq]) -> list[fmpq]:
    """Propose the minimiser of sum_k log(1 + exp(z . X_k)) - y_k z . X_k, without proof."""
    with working_precision(PRECISION):
        design = arb_mat([[arb(x) for x in row] for row in rows])
        wanted = arb_mat([[arb(y)] for y in labels])
        point = arb_mat(len(rows[0]), 1)
        value = _value(design, wanted, point)
        for _ in range(MAX_NEWTON_STEPS):
            logits = _middle(design * point)
            means = [1 / (1 + (-logits[k, 0]).exp()) for k in range(len(rows))]
            gradient = design.transpose() * (arb_mat([[p] for p in means]) - wanted)
            weighted = arb_mat(
                [
                    [p * (1 - p) * design[k, a] for a in range(len(rows[0]))]
                    for k, p in enumerate(means)
                ]
            )
            try:
                move = _middle((design.transpose() * weighted).solve(gradient))
            except ZeroDivisionError:
                break
            length, lower = arb(1), None
            for _ in range(60):
                lower = _value(design, wanted, point - move * length)
                if not lower > value:
                    break
                length /= 2
            point, before = _middle(point - move * length), value
            value = lower
            size = max((abs(move[a, 0]).mid() for a in range(len(rows[0]))), key=float)
            if size < arb(2) ** (-PRECISION + 40) or (not value < before and length < 1):
                break
        return [point[a, 0].mid().fmpq() for a in range(len(rows[0]))]


def _value(design: Any, wanted: Any, point: Any) -> arb:
    logits = design * point
    total = arb(0)
    for k in range(logits.nrows()):
        t = logits[k, 0].mid()
        total += max(t, arb(0), key=float) + (-abs(t)).exp().log1p() - wanted[k, 0] * t
    return total.mid()


def _middle(matrix: Any) -> Any:
    rows, columns = matrix.nrows(), matrix.ncols()
    return arb_mat([[matrix[i, j].mid() for j in range(columns)] for i in range(rows)])


def _rounded(value: fmpq, places: int) -> fmpq:
    scaled = value * 2**places + fmpq(1, 2)
    return fmpq(scaled.floor(), fmpz(2) ** places)


def _placed(entries: Vector, columns: tuple[int, ...], length: int) -> Vector:
    full = [ZERO] * length
    for column, entry in zip(columns, entries, strict=True):
        full[column] = entry
    return tuple(full)


def _proved(
    loss: LogisticLoss, rows: Sequence[Vector], fit: Sequence[Vector]
) -> tuple[fmpq, Vector, fmpq] | None:
    """Return the step, the curvatures and the drop, or None where the proof fails."""
    predictions = tuple(tuple(dot(z, row) for z in fit) for row in rows)
    slopes = slope_balls(loss, predictions)
    longest = fmpq(1, 2**40)
    curvature, squares = [], []
    for output in range(len(fit)):
        bound = _curvature(rows, [row[output] for row in predictions], longest)
        if bound is None:
            return None
        curvature.append(bound)
        squares.append(_squared_gradient(rows, [row[output] for row in slopes]))
    step = fmpq(1, fmpz(2) ** 300)
    while any(16 * g >= (m * step) ** 2 for g, m in zip(squares, curvature, strict=True)):
        step *= 2
        if step > longest:
            return None
    drop = sum((g / (2 * m) for g, m in zip(squares, curvature, strict=True)), ZERO)
    # The checker's enclosures are a little wider than the balls here.
    return step, tuple(curvature), drop * fmpq(1001, 1000) + fmpq(1, fmpz(2) ** 280)


def _squared_gradient(rows: Sequence[Vector], slopes: Sequence[arb]) -> fmpq:
    with working_precision(PRECISION):
        total = arb(0)
        for axis in zip(*rows, strict=True):
            entry = sum((arb(x) * g for x, g in zip(axis, slopes, strict=True)), arb(0))
            total += entry * entry
        return endpoints(total)[1]


def _curvature(rows: Sequence[Vector], outputs: Sequence[fmpq], step: fmpq) -> fmpq | None:
    """Return a short m > 0 with  sum_k p_k X_k X_k^T - m 1  positive definite."""
    import numpy as np

    weights = []
    with working_precision(PRECISION):
        for row, value in zip(rows, outputs, strict=True):
            size = abs(value) + step * sum((abs(x) for x in row), ZERO)
            u = arb(-size).exp()
            weights.append(endpoints(u / (1 + u) ** 2)[0] * fmpq(999, 1000))
    matrix = [
        [
            sum((p * row[a] * row[b] for p, row in zip(weights, rows, strict=True)), ZERO)
            for b in range(len(rows[0]))
        ]
        for a in range(len(rows[0]))
    ]
    trace = sum((matrix[a][a] for a in range(len(matrix))), ZERO)
    floats = np.array([[float(entry / trace) for entry in row] for row in matrix])
    least = float(np.linalg.eigvalsh(floats)[0])
    bound = _short(from_float(max(least, 2.0**-60) / 2) * trace)
    for _ in range(12):
        shifted = [
            [entry - bound if a == b else entry for b, entry in enumerate(row)]
            for a, row in enumerate(matrix)
        ]
        if inertia(shifted).counts[2] == len(matrix):
            return bound
        bound /= 64
    return None


def _short(value: fmpq) -> fmpq:
    """Return a power of two at most the value and more than half of it."""
    power = fmpq(1)
    while power > value:
        power /= 2
    while 2 * power <= value:
        power *= 2
    return power
