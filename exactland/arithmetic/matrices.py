"""Exact linear algebra: the front door, and least squares.

Entries are rationals, or elements of one real number field; matrices of rationals take the integer
path of flint.

Row reduction lives in :mod:`~exactland.arithmetic.echelon`, inertia with its witness in
:mod:`~exactland.arithmetic.inertia`; both are re-exported here.
"""

from __future__ import annotations

from collections.abc import Sequence

from flint import fmpq, fmpq_mat

from exactland.arithmetic import field_matrices
from exactland.arithmetic.echelon import (
    Matrix,
    Vector,
    independent_rows,
    nullspace,
    primitive,
    rank,
    shorten_direction,
    solve_columns,
    solve_linear,
    unit_vector,
)
from exactland.arithmetic.field_matrices import common_field
from exactland.arithmetic.inertia import (
    Inertia,
    inertia,
    is_positive_definite,
    negative_direction,
    quadratic_form,
    verify_inertia,
)

__all__ = [
    "Inertia",
    "Matrix",
    "Vector",
    "difference",
    "independent_rows",
    "inertia",
    "is_positive_definite",
    "least_squares",
    "multiply",
    "nearest_least_squares",
    "negative_direction",
    "nullspace",
    "primitive",
    "quadratic_form",
    "rank",
    "shorten_direction",
    "solve_columns",
    "solve_linear",
    "transpose",
    "unit_vector",
    "verify_inertia",
]

Rows = Sequence[Sequence[fmpq]]


def multiply(left: Rows, right: Rows) -> Matrix:
    """Return the matrix product.

    Examples
    --------
    >>> multiply([[fmpq(1), fmpq(2)]], [[fmpq(1, 2)], [fmpq(1)]])
    ((5/2,),)
    """
    if not left or not right or not right[0]:
        return tuple(() for _ in left)
    if common_field(entry for rows in (left, right) for row in rows for entry in row) is not None:
        return field_matrices.multiply(left, right)
    return _from_flint(_to_flint(left) * _to_flint(right))


def difference(left: Rows, right: Rows) -> Matrix:
    """Return ``left - right`` for matrices of one shape.

    Examples
    --------
    >>> difference([[fmpq(1), fmpq(2)]], [[fmpq(1, 2), fmpq(0)]])
    ((1/2, 2),)
    """
    pairs = zip(left, right, strict=True)
    return tuple(tuple(a - b for a, b in zip(row, other, strict=True)) for row, other in pairs)


def transpose(rows: Rows) -> Matrix:
    """Return the transposed matrix (of no rows: no rows).

    Examples
    --------
    >>> transpose([[fmpq(1), fmpq(2)]])
    ((1,), (2,))
    """
    return tuple(zip(*rows, strict=True))


def least_squares(design: Rows, targets: Rows) -> tuple[Matrix, tuple[Vector, ...]]:
    """Return all minimisers X of ``|design X - targets|^2`` (Frobenius norm).

    Parameters
    ----------
    design : N x p
        With at least one row.
    targets : N x J

    Returns
    -------
    particular : p x J
        One minimiser.
    directions : tuple of vectors in Z^p
        A basis of the kernel of `design`: every minimiser is the particular one plus a
        combination of directions in each column.

    Notes
    -----
    The minimisers are the solutions of the normal equations ``A^T A X = A^T Y``, which always
    have one.

    Examples
    --------
    >>> least_squares([[fmpq(1), fmpq(0)], [fmpq(1), fmpq(0)]], [[fmpq(0)], [fmpq(1)]])
    (((1/2,), (0,)), ((0, 1),))
    """
    if not design:
        raise ValueError("least squares without equations")
    if len(design) != len(targets):
        raise ValueError(f"{len(design)} rows of the design for {len(targets)} targets")
    unknowns = len(design[0])
    if unknowns == 0:
        return (), ()
    if not targets[0]:
        return tuple(() for _ in range(unknowns)), nullspace(design, unknowns)
    adjoint = transpose(design)
    particular = solve_columns(multiply(adjoint, design), multiply(adjoint, targets))
    if particular is None:
        raise ArithmeticError("normal equations without a solution")
    return particular, nullspace(design, unknowns)


def nearest_least_squares(design: Rows, targets: Rows, guess: Rows, metric_basis: Rows) -> Matrix:
    """Return the least-squares solution X that minimises ``|B X - guess|^2``.

    Parameters
    ----------
    design : N x p
    targets : N x J
    guess : q x J
        A point of the ambient space.
    metric_basis : q x p
        The linear map B from the coordinates X to the ambient space.  Where it is not injective
        on the kernel of the design, one of the nearest solutions is returned.

    Notes
    -----
    With the solutions written ``X0 + K Z`` (K a basis of the kernel of the design) this is the
    least-squares problem ``min |B K Z - (guess - B X0)|^2`` in Z; its normal equations are the
    KKT conditions of the constrained problem.

    Examples
    --------
    The point of the line ``x + y = 1`` nearest to (1, 1):

    >>> one, zero = fmpq(1), fmpq(0)
    >>> identity = [[one, zero], [zero, one]]
    >>> nearest_least_squares([[one, one]], [[one]], [[one], [one]], identity)
    ((1/2,), (1/2,))
    """
    particular, directions = least_squares(design, targets)
    if not directions or not metric_basis:
        return particular
    kernel = transpose(directions)
    image = multiply(metric_basis, particular)
    missing = tuple(
        tuple(wanted - present for wanted, present in zip(row, other, strict=True))
        for row, other in zip(guess, image, strict=True)
    )
    coordinates, _ = least_squares(multiply(metric_basis, kernel), missing)
    correction = multiply(kernel, coordinates)
    return tuple(
        tuple(left + right for left, right in zip(row, other, strict=True))
        for row, other in zip(particular, correction, strict=True)
    )


def _to_flint(rows: Rows) -> fmpq_mat:
    return fmpq_mat(len(rows), len(rows[0]), [entry for row in rows for entry in row])


def _from_flint(matrix: fmpq_mat) -> Matrix:
    return tuple(tuple(row) for row in matrix.tolist())
