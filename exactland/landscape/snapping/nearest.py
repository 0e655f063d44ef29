"""A least-squares solution near a given point: floats choose the free coordinates, the rest is
solved exactly.

Where patterns leave the solution undetermined, as in wide networks, the solutions form an affine
space.  Its point nearest to the checkpoint is only wanted approximately and in short numbers; that
it is a least-squares solution is exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from flint import fmpq, fmpq_mat, nmod_mat

from exactland.arithmetic.matrices import transpose
from exactland.arithmetic.rationals import ZERO, clear_denominators, round_relative
from exactland.landscape.snapping.groups import float_rows
from exactland.problem.network import Matrix

Rows = Sequence[Sequence[fmpq]]

_PRIME: Final = 2**61 - 1


def nearest_solution(
    design: Matrix, targets: Matrix, frame: Any, guess: Any, sizes: Sequence[float], bits: int
) -> Matrix:
    """Return an exact minimiser X of |design X - targets|^2 close to a given point.

    Parameters
    ----------
    design, targets : N x n and N x J
    frame : n x n float array
        X = frame Z, with distance measured in Z.
    guess : n x J float array
        The given point, as Z.
    sizes : n floats
        How much a unit of each coordinate matters, for choosing and rounding the free ones.
    bits : int
        Significant bits of the free coordinates, more where others depend on them strongly.

    Returns
    -------
    n x J matrix; with independent columns it is *the* minimiser, and no float was involved.

    Examples
    --------
    >>> import numpy as np
    >>> one = fmpq(1)
    >>> nearest_solution(((one, one),), ((one,),), np.eye(2), np.ones((2, 1)), [1.0, 1.0], 24)
    ((1/2,), (1/2,))
    """
    columns = transpose(design)
    pivots = _independent(columns, range(len(columns)))
    if len(pivots) == len(columns):
        return _unique_solution(columns, targets)
    import numpy as np

    with np.errstate(all="ignore"):
        floats = float_rows(design)
        scaled = floats / np.array(sizes)
        proposal = frame @ _nearest(np, floats @ frame, float_rows(targets), guess)
        if not np.isfinite(proposal).all():
            proposal = np.zeros_like(proposal)
        pivots = _independent(columns, _pivot_order(np, scaled))
        chosen = set(pivots)
        others = [index for index in range(len(columns)) if index not in chosen]
        levers = _levers(np, scaled[:, pivots], scaled[:, others])
    solution = [(ZERO,) * len(targets[0])] * len(columns)
    for index, lever in zip(others, levers.tolist(), strict=True):
        finer = bits + math.ceil(math.log2(min(lever, 1e60)))
        entries = (fmpq(*value.as_integer_ratio()) for value in proposal[index].tolist())
        solution[index] = tuple(round_relative(entry, finer) for entry in entries)
    present = _matrix([columns[index] for index in others]).transpose() * _matrix(
        [solution[index] for index in others]
    )
    missing = (_matrix(targets) - present).tolist()
    rest = _unique_solution([columns[index] for index in pivots], missing)
    for index, row in zip(pivots, rest, strict=True):
        solution[index] = row
    return tuple(solution)


def _unique_solution(
    columns: Sequence[Sequence[fmpq]], targets: Sequence[Sequence[fmpq]]
) -> Matrix:
    """Solve the normal equations of independent columns."""
    if not columns:
        return ()
    adjoint = _matrix(columns)
    gram = adjoint * adjoint.transpose()
    return tuple(tuple(row) for row in gram.solve(adjoint * _matrix(targets)).tolist())


def _independent(columns: Matrix, order: Sequence[int]) -> list[int]:
    """Return a maximal independent set of columns, the first ones in the given order.

    Computed modulo a prime: what is returned is independent, and with negligible exceptions
    maximal.  (A column missed would show as a gradient that does not vanish.)
    """
    if not columns:
        return []
    integers = clear_denominators([columns[index] for index in order])[0]
    entries = [int(entry % _PRIME) for row in integers for entry in row]
    reduced, rank = nmod_mat(len(columns), len(columns[0]), entries, _PRIME).transpose().rref()
    rows = reduced.tolist()
    pivots, column = [], 0
    for row in rows[:rank]:
        while int(row[column]) == 0:
            column += 1
        pivots.append(order[column])
    return pivots


def _nearest(np: Any, design: Any, targets: Any, guess: Any) -> Any:
    """The minimiser of |design Z - targets| nearest to the guess, in floats."""
    try:
        return guess + np.linalg.lstsq(design, targets - design @ guess, rcond=None)[0]
    except np.linalg.LinAlgError:  # no convergence, on numbers out of all proportion
        return np.zeros_like(guess)


def _levers(np: Any, pivots: Any, others: Any) -> Any:
    """By how much a unit of each other column moves the pivots' coordinates, at least 1."""
    try:
        levers = np.abs(np.linalg.pinv(pivots) @ others).max(axis=0, initial=1.0)
        return np.nan_to_num(levers, nan=1.0)
    except np.linalg.LinAlgError:
        return np.ones(others.shape[1])


def _pivot_order(np: Any, matrix: Any) -> list[int]:
    """Order the columns by pivoted Gram-Schmidt: each is the one farthest from the span so far."""
    rest = matrix.copy()
    order: list[int] = []
    left = np.ones(matrix.shape[1], dtype=bool)
    for _ in range(min(matrix.shape)):
        lengths = np.where(left, (rest * rest).sum(axis=0), -1.0)
        index = int(np.argmax(lengths))
        order.append(index)
        left[index] = False
        if lengths[index] > 0:
            direction = rest[:, index] / math.sqrt(lengths[index])
            rest -= np.outer(direction, direction @ rest)
    return order + [index for index in range(matrix.shape[1]) if left[index]]


def _matrix(rows: Rows) -> fmpq_mat:
    return fmpq_mat(len(rows), len(rows[0]), [entry for row in rows for entry in row])
