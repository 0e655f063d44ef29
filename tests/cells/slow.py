"""Sign vectors of an arrangement by definition: Fourier-Motzkin elimination for each candidate.

Independent of the package: standard library only, no geometry beyond the feasibility of a system.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import gcd, lcm

Row = tuple[int, ...]


def primitive(row: Sequence[Fraction | int]) -> Row:
    """The integer vector on the same ray with coprime entries."""
    factor = lcm(*(Fraction(entry).denominator for entry in row))
    entries = [int(entry * factor) for entry in row]
    divisor = gcd(*entries) or 1
    return tuple(entry // divisor for entry in entries)


def feasible(positive: set[Row], zero: list[Row]) -> bool:
    """Whether some w has row . w > 0 for all `positive` and row . w = 0 for all `zero`."""
    zero = [row for row in zero if any(row)]
    if any(not any(row) for row in positive):
        return False
    if not positive:
        return True
    if zero:
        equation = zero[0]
        pivot = next(i for i, entry in enumerate(equation) if entry)
        sign = 1 if equation[pivot] > 0 else -1

        def without(row: Row) -> Row:
            size = abs(equation[pivot])
            rest = [size * a - sign * row[pivot] * e for a, e in zip(row, equation, strict=True)]
            return primitive(rest[:pivot] + rest[pivot + 1 :])

        return feasible({without(row) for row in positive}, [without(row) for row in zero[1:]])
    lower = [row for row in positive if row[-1] > 0]
    upper = [row for row in positive if row[-1] < 0]
    remaining = {row[:-1] for row in positive if row[-1] == 0}
    for low, high in product(lower, upper):
        pairs = zip(low[:-1], high[:-1], strict=True)
        remaining.add(primitive([-high[-1] * a + low[-1] * b for a, b in pairs]))
    return feasible(remaining, [])


def sign_vectors(
    rows: Sequence[Sequence[Fraction]], *, faces: bool = False
) -> set[tuple[int, ...]]:
    """All sign vectors: of the cells (zero rows have sign 0), or of all faces."""
    normals = [primitive(row) for row in rows]
    found: list[tuple[int, ...]] = [()]
    for k, normal in enumerate(normals):
        choices = (-1, 0, 1) if faces and any(normal) else (-1, 1) if any(normal) else (0,)
        extended = []
        for signs in found:
            for sign in choices:
                candidate = (*signs, sign)
                chosen = list(zip(candidate, normals[: k + 1], strict=True))
                positive = {tuple(s * e for e in row) for s, row in chosen if s}
                if feasible(positive, [row for s, row in chosen if not s]):
                    extended.append(candidate)
        found = extended
    return set(found)


def rank(rows: Sequence[Sequence[Fraction | int]]) -> int:
    """The rank, by elimination."""
    table = [list(map(Fraction, row)) for row in rows]
    result = 0
    for column in range(len(table[0]) if table else 0):
        pivot = next((row for row in table[result:] if row[column]), None)
        if pivot is None:
            continue
        table.remove(pivot)
        table.insert(result, pivot)
        for row in table[result + 1 :]:
            factor = row[column] / pivot[column]
            row[:] = [a - factor * b for a, b in zip(row, pivot, strict=True)]
        result += 1
    return result


def dimension(rows: Sequence[Sequence[Fraction]], signs: Sequence[int]) -> int:
    """The dimension of the face with these signs."""
    zero = [row for row, sign in zip(rows, signs, strict=True) if sign == 0]
    return len(rows[0]) - rank(zero)
