"""Rank, kernel, definiteness of matrices of integers or field elements, without fractions."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

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
    """Tell whether a symmetric matrix is positive definite: semidefinite, of full rank.

    Examples
    --------
    >>> [is_positive_definite([[2, 1], [1, x]], Meter()) for x in (1, 0)]
    [True, False]
    """
    return semidefinite_rank(matrix, meter) == len(matrix)


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


def kernel(matrix: Sequence[Sequence[W]], columns: int, meter: Meter) -> list[list[W]]:
    """Return a basis of {v : row . v = 0 for every row}.

    The rows are brought to reduced echelon form; each basis vector has one free coordinate.

    Examples
    --------
    >>> kernel([[1, 2, 0], [2, 4, 0]], 3, Meter()), kernel([], 1, Meter())
    ([[-2, 1, 0], [0, 0, 1]], [[1]])
    """
    rows: list[list[W]] = []
    pivots: list[int] = []
    for equation in matrix:
        head: list[W] = list(equation)
        for pivot, known in zip(pivots, rows, strict=True):
            head = _cleared(head, known, pivot, meter)
        column: int = next((c for c, entry in enumerate(head) if entry), -1)
        if column >= 0:
            rows = [_cleared(known, head, column, meter) for known in rows]
            rows.append(head)
            pivots.append(column)
    basis: list[list[W]] = []
    for free in sorted(set(range(columns)) - set(pivots)):
        meter.work(len(rows) ** 2 + 1, sum(bits_of(row) for row in rows), columns)
        vector: list[W] = [0] * columns
        vector[free] = 1
        for row, pivot in zip(rows, pivots, strict=True):
            entry = -row[free] * vector[free]
            vector = [row[pivot] * x for x in vector]
            vector[pivot] = entry
        basis.append(_primitive(vector))
    return basis


def _cleared(row: Sequence[W], by: Sequence[W], column: int, meter: Meter) -> list[W]:
    """Return a multiple of row - (multiple of by) with a 0 in the column."""
    if not row[column]:
        return list(row)
    meter.work(4 * len(row), bits_of(row), bits_of(by))
    factor, pivot = row[column], by[column]
    return _primitive([pivot * x - factor * y for x, y in zip(row, by, strict=True)])


def _primitive(row: list[W]) -> list[W]:
    """Divide integers by their greatest common divisor; reduce field elements."""
    if any(isinstance(x, Real) for x in row):
        return [x.reduced() if isinstance(x, Real) else x for x in row]
    divisor = gcd(*row)  # type: ignore[arg-type]  # these are integers
    return [x // divisor for x in row] if divisor > 1 else row  # type: ignore[operator]  # as well


def semidefinite_rank(matrix: Sequence[Sequence[W]], meter: Meter) -> int | None:
    """Return the rank of a positive semidefinite symmetric matrix, None if it is not semidefinite.

    Pivots are taken on the diagonal; what is left after each step is a positive multiple of the
    Schur complement (its entries are minors: Bareiss), which must be semidefinite in turn.  A zero
    on the diagonal of a semidefinite matrix has only zeros in its row.

    Examples
    --------
    >>> semidefinite_rank([[1, 2], [2, 4]], Meter()), semidefinite_rank([[0, 1], [1, 0]], Meter())
    (1, None)
    """
    rows = [list(row) for row in matrix]
    found = 0
    last: W = 1
    while rows:
        place = next((i for i, row in enumerate(rows) if row[i]), None)
        if place is None:
            return None if any(map(any, rows)) else found
        head = rows[place]
        pivot, size = head[place], bits_of(head)
        if pivot < 0:
            return None
        for i in range(len(rows)):
            if i != place:
                _eliminate(rows, i, place, place, last, size, meter)
        del rows[place]
        for row in rows:
            del row[place]
        found, last = found + 1, pivot
    return found
