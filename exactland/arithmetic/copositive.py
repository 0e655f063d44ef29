"""Strict copositivity of small symmetric matrices over an ordered field, decided exactly.

S is strictly copositive if t^T S t > 0 for every t >= 0, t != 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from flint import fmpq

from exactland.arithmetic.field_matrices import Vector, determinant, inertia, nullspace, solve
from exactland.arithmetic.ordered import Scalar, is_zero, sign, to_ball
from exactland.arithmetic.rationals import ZERO, dot, from_float

MAX_ORDER: Final = 10
"""Order up to which all principal submatrices (2**order) are looked at."""
MAX_STEPS: Final = 400
"""Steps of the search for a nonnegative matrix to split off."""

Rows = Sequence[Sequence[Scalar]]


@dataclass(frozen=True, slots=True)
class Copositivity:
    """``strict``, or a ``witness`` t >= 0, t != 0, with ``value`` t^T S t <= 0, < 0 if possible."""

    strict: bool
    witness: Vector = ()
    value: Scalar = ZERO


def strict_copositivity(matrix: Rows) -> Copositivity:
    """Decide strict copositivity.

    If S is not copositive, a smallest principal submatrix S_I that is not has an inverse without
    positive entries; so t = -S_I^-1 (1, ..., 1) is nonnegative and t^T S_I t < 0.  If S is
    copositive and not strictly so, a smallest S_I that is not strictly copositive is singular, with
    a positive vector in its one-dimensional kernel.

    Raises
    ------
    ValueError
        If the order exceeds :data:`MAX_ORDER`.

    References
    ----------
    K. P. Hadeler, On copositive matrices, Linear Algebra Appl. 49 (1983); R. W. Cottle, G. J.
    Habetler, C. E. Lemke, On classes of copositive matrices, Linear Algebra Appl. 3 (1970).

    Examples
    --------
    >>> one = fmpq(1)
    >>> strict_copositivity([[one, 2 * one], [2 * one, one]]).strict
    True
    >>> strict_copositivity([[one, -2 * one], [-2 * one, one]])
    Copositivity(strict=False, witness=(1, 1), value=-2)
    >>> strict_copositivity([[one, -one], [-one, one]])
    Copositivity(strict=False, witness=(1, 1), value=0)
    """
    order = len(matrix)
    if order > MAX_ORDER:
        raise ValueError(f"order {order} above {MAX_ORDER}")
    zero: Copositivity | None = None
    for size in range(1, order + 1):
        for chosen in combinations(range(order), size):
            part = [[matrix[i][j] for j in chosen] for i in chosen]
            found = _nonpositive_vector(part)
            if found is None:
                continue
            witness = [ZERO] * order
            for place, entry in zip(chosen, found, strict=True):
                witness[place] = entry
            value = dot(witness, [dot(row, witness) for row in matrix])
            failure = Copositivity(False, tuple(witness), value)
            if sign(value) < 0:
                return failure
            zero = zero or failure
    return zero or Copositivity(True)


def _nonpositive_vector(part: Rows) -> Vector | None:
    """Return t >= 0, t != 0, with part t = -(1, ..., 1), or else part t = 0, if there is one."""
    if is_zero(determinant(part)):
        kernel = nullspace(part)
        directions = [kernel[0], tuple(-entry for entry in kernel[0])] if len(kernel) == 1 else []
    else:
        solution = solve(part, [fmpq(-1)] * len(part))
        directions = [solution] if solution is not None else []
    return next((t for t in directions if all(sign(entry) >= 0 for entry in t)), None)


def split_nonnegative(matrix: Rows) -> list[list[Scalar]] | None:
    """Return N >= 0 with zero diagonal and S - N positive definite, or None if none is found.

    Up to order 4 one exists for every strictly copositive S (a copositive matrix of order at most 4
    is positive semidefinite plus nonnegative).  Floating point proposes, elimination verifies.

    References
    ----------
    P. H. Diananda, On non-negative forms in real variables, Proc. Cambridge Philos. Soc. 58 (1962).

    Examples
    --------
    >>> one = fmpq(1)
    >>> split_nonnegative([[one, 2 * one], [2 * one, one]])
    [[0, 2], [2, 0]]
    """
    order = len(matrix)
    positive = [
        [matrix[i][j] if i != j and sign(matrix[i][j]) > 0 else ZERO for j in range(order)]
        for i in range(order)
    ]
    nothing = [[ZERO] * order for _ in range(order)]
    for candidate in (nothing, positive):
        if _definite_without(matrix, candidate):
            return candidate
    for candidate in _proposals(matrix):
        if _definite_without(matrix, candidate):
            return candidate
    return None


def _definite_without(matrix: Rows, part: Rows) -> bool:
    rest = [
        [a - b for a, b in zip(row, other, strict=True)]
        for row, other in zip(matrix, part, strict=True)
    ]
    return inertia(rest).inertia[2] == len(matrix) if matrix else True


def _proposals(matrix: Rows) -> list[list[list[Scalar]]]:
    """Ascend the least eigenvalue of S - N over N >= 0, by its supergradient."""
    import numpy as np

    size = len(matrix)
    floats: Any = np.array([[float(to_ball(entry).mid()) for entry in row] for row in matrix])
    scale = float(np.abs(floats).max()) or 1.0
    current = np.zeros((size, size))
    best, best_value = current, float(np.linalg.eigvalsh(floats)[0])
    for step in range(1, MAX_STEPS):
        _, vectors = np.linalg.eigh(floats - current)
        # d lambda / d N_ij = -2 t_i t_j for the eigenvector t of the least eigenvalue.
        ascent = -np.outer(vectors[:, 0], vectors[:, 0])
        np.fill_diagonal(ascent, 0.0)
        current = np.maximum(current + scale / step**0.75 * ascent, 0.0)
        value = float(np.linalg.eigvalsh(floats - current)[0])
        if value > best_value:
            best, best_value = current, value
    if best_value <= 0:
        return []
    found: list[list[list[Scalar]]] = []
    for bits in (8, 20, 40):
        unit = scale / 2**bits
        rounded = [
            [
                from_float(float(round(best[max(i, j), min(i, j)] / unit)) * unit)
                for j in range(size)
            ]
            for i in range(size)
        ]
        found.append(rounded)
    return found
