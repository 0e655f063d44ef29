"""The rank of an integer matrix, by fraction-free elimination."""

from __future__ import annotations

from collections.abc import Sequence

from exactland.checker.limits import Meter
from exactland.checker.numbers import bits_of


def rank(matrix: Sequence[Sequence[int]], meter: Meter) -> int:
    """Return the rank.

    The entries after each step are minors of the matrix (Bareiss), so the division is exact.

    Examples
    --------
    >>> rank([[1, 2, 3], [2, 4, 6], [0, 1, 1]], Meter()), rank([], Meter())
    (2, 0)
    """
    rows = [list(row) for row in matrix]
    found, last = 0, 1
    for column in range(len(rows[0]) if rows else 0):
        pivot_row = next((i for i in range(found, len(rows)) if rows[i][column]), None)
        if pivot_row is None:
            continue
        rows[found], rows[pivot_row] = rows[pivot_row], rows[found]
        pivot, size = rows[found][column], bits_of(rows[found])
        for i in range(found + 1, len(rows)):
            factor, bits = rows[i][column], bits_of(rows[i])
            meter.work(len(rows[i]), bits, pivot.bit_length())
            meter.work(len(rows[i]), size, factor.bit_length())
            meter.work(len(rows[i]), bits + size + 1, last.bit_length())
            meter.memory(len(rows[i]), bits + size, keep=False)
            rows[i] = [
                (pivot * x - factor * y) // last for x, y in zip(rows[i], rows[found], strict=True)
            ]
        found, last = found + 1, pivot
        if found == len(rows):
            break
    return found
