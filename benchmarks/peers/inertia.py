"""The inertia of a symmetric rational matrix: exactly here and in sympy, by floats as the limit."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

Matrix = list[list[str]]


def exactland(matrix: Matrix) -> dict[str, Any]:
    """The package's inertia (short entries by LDL^T, long ones proved by ball arithmetic)."""
    from exactland.arithmetic.rationals import parse_rational
    from exactland.landscape.integral.second_order import exact_inertia

    counts, _ = exact_inertia([[parse_rational(x) for x in row] for row in matrix])
    return {"inertia": list(counts)}


def sympy(matrix: Matrix) -> dict[str, Any]:
    """Signs in sympy's exact LDL^T; where a pivot vanishes, Descartes' rule for its charpoly."""
    from sympy import Matrix as SympyMatrix
    from sympy import Rational

    rows = SympyMatrix([[Rational(x) for x in row] for row in matrix])
    try:
        _, diagonal = rows.LDLdecomposition(hermitian=False)
        signs = [diagonal[i, i] for i in range(rows.rows)]
        if all(sign != 0 for sign in signs):
            negative = sum(1 for sign in signs if sign < 0)
            return {"inertia": [negative, 0, len(signs) - negative]}
    except (ValueError, ZeroDivisionError):
        pass
    # All roots are real, so the sign changes count the positive ones exactly.
    coefficients = rows.charpoly().all_coeffs()
    zero = next(i for i, c in enumerate(reversed(coefficients)) if c != 0)
    nonzero = [c for c in coefficients if c != 0]
    positive = sum(1 for a, b in pairwise(nonzero) if a * b < 0)
    return {"inertia": [rows.rows - zero - positive, zero, positive]}


def floats(matrix: Matrix) -> dict[str, Any]:
    """Eigenvalues by LAPACK, zero within the usual tolerance: the limit, not an exact answer."""
    from fractions import Fraction

    import numpy as np

    values = np.linalg.eigvalsh([[float(Fraction(x)) for x in row] for row in matrix])
    tolerance = np.abs(values).max() * len(values) * np.finfo(float).eps
    negative, positive = int((values < -tolerance).sum()), int((values > tolerance).sum())
    return {"inertia": [negative, len(values) - negative - positive, positive]}


DECIDERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "exactland": exactland,
    "sympy": sympy,
    "floats": floats,
}
