"""Rank and definiteness of a matrix of integers (or over a number field), without fractions."""

from __future__ import annotations

from collections.abc import Sequence

from exactland.checker.fields import Real
from exactland.checker.limits import Meter
from exactland.checker.numbers import W, bits_of


def rank(matrix: Sequence[Sequence[W]], meter: Meter) -> int:
    """Return the rank.

    The entries after each step are minors of the matrix (Bareiss), so the division is exact.

    Examples
    --------
    >>> rank([[1, 2, 3], [2, 4, 6], [0, 1, 1]], Meter()), rank([], Meter())
    (2, 0)
    """
    rows = [list(row) for row in matrix]
    found = 0
    last: W = 1
    for column in range(len(rows[0]) if rows else 0):
        pivot_row = next((i for i in range(found, len(rows)) if rows[i][column]), None)
        if pivot_row is None:
            continue
        rows[found], rows[pivot_row] = rows[pivot_row], rows[found]
        pivot, size = rows[found][column], bits_of(rows[found])
        for i in range(found + 1, len(rows)):
            _eliminate(rows, i, found, column, last, size, meter)
        found, last = found + 1, pivot
        if found == len(rows):
            break
    return found


def is_positive_definite(matrix: Sequence[Sequence[W]], meter: Meter) -> bool:
    """Tell whether a symmetric matrix is positive definite: all leading minors are positive.

    Examples
    --------
    >>> [is_positive_definite([[2, 1], [1, x]], Meter()) for x in (1, 0)]
    [True, False]
    """
    rows = [list(row) for row in matrix]
    last: W = 1
    for column in range(len(rows)):
        pivot, size = rows[column][column], bits_of(rows[column])
        if pivot <= 0:
            return False
        for i in range(column + 1, len(rows)):
            _eliminate(rows, i, column, column, last, size, meter)
        last = pivot
    return True


def _eliminate(
    rows: list[list[W]], i: int, pivot_row: int, column: int, last: W, size: int, meter: Meter
) -> None:
    """Subtract from row i the multiple of the pivot row (of `size` bits) that clears the column."""
    row, top = rows[i], rows[pivot_row]
    pivot, factor, bits = top[column], row[column], bits_of(row)
    meter.work(len(row), bits, pivot.bit_length())
    meter.work(len(row), size, factor.bit_length())
    meter.work(len(row), bits + size + 1, last.bit_length())
    meter.memory(len(row), bits + size, keep=False)
    rows[i] = [_exactly(pivot * x - factor * y, last) for x, y in zip(row, top, strict=True)]


def _exactly(value: W, divisor: W) -> W:
    """Return value / divisor, which is an integer where both are integers."""
    if isinstance(divisor, Real):
        return (divisor.inverse("problem") * value).reduced()
    if isinstance(value, Real):
        quotient = value if divisor > 0 else -value
        return quotient.over(abs(divisor)).reduced()
    return value // divisor
