"""Textbook linear algebra on lists of fractions, for the slow deciders; nothing of the package."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction as F
from itertools import pairwise
from math import lcm
from operator import mul
from typing import Any

Vector = tuple[F, ...]
Rows = list[Vector]


def dot(u: Sequence[F], v: Sequence[F]) -> F:
    return sum((a * b for a, b in zip(u, v, strict=True)), F(0))


def plus(u: Sequence[F], v: Sequence[F]) -> Vector:
    return tuple(a + b for a, b in zip(u, v, strict=True))


def times(factor: F, u: Sequence[F]) -> Vector:
    return tuple(factor * a for a in u)


def echelon(rows: Sequence[Sequence[F]], columns: int) -> tuple[list[list[F]], list[int]]:
    """Return the reduced row echelon form without zero rows, and the pivot columns."""
    work = [list(row) for row in rows]
    pivots: list[int] = []
    for column in range(columns):
        top = len(pivots)
        found = next((i for i in range(top, len(work)) if work[i][column]), None)
        if found is None:
            continue
        work[top], work[found] = work[found], work[top]
        pivot = work[top][column]
        work[top] = [a / pivot for a in work[top]]
        for i, row in enumerate(work):
            if i != top and row[column]:
                factor = row[column]
                work[i] = [a - factor * b for a, b in zip(row, work[top], strict=True)]
        pivots.append(column)
    return work[: len(pivots)], pivots


def rank(rows: Sequence[Sequence[F]], columns: int) -> int:
    return len(echelon(rows, columns)[1])


def nullspace(rows: Sequence[Sequence[F]], columns: int) -> Rows:
    """Return a basis of the vectors orthogonal to all rows."""
    reduced, pivots = echelon(rows, columns)
    basis = []
    for free in (c for c in range(columns) if c not in pivots):
        vector = [F(0)] * columns
        vector[free] = F(1)
        for row, pivot in zip(reduced, pivots, strict=True):
            vector[pivot] = -row[free]
        basis.append(tuple(vector))
    return basis


def solve(rows: Sequence[Sequence[F]], right: Sequence[F], columns: int) -> Vector | None:
    """Return one solution of rows . x = right, None if there is none."""
    reduced, pivots = echelon([(*r, b) for r, b in zip(rows, right, strict=True)], columns + 1)
    if columns in pivots:
        return None
    result = [F(0)] * columns
    for row, pivot in zip(reduced, pivots, strict=True):
        result[pivot] = row[columns]
    return tuple(result)


def characteristic_polynomial(rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Return det(x - H), highest coefficient first (Faddeev and LeVerrier).

    The entries are integers, or numbers of a quadratic field.
    """
    n, result = len(rows), [1]
    current = [[0] * n for _ in range(n)]
    for k in range(1, n + 1):
        for i in range(n):
            current[i][i] += result[-1]
        columns = list(zip(*current, strict=True))
        current = [[sum(map(mul, row, column)) for column in columns] for row in rows]
        trace = -sum(current[i][i] for i in range(n))
        result.append(trace // k if isinstance(trace, int) else trace / k)  # integers: divisible
    return result


def inertia(rows: Sequence[Sequence[Any]]) -> tuple[int, int, int]:
    """Return (negative, zero, positive) of a symmetric matrix by Descartes' rule of signs.

    The rule is exact here, because all roots are real; a positive factor changes no sign.
    """
    if not rows:
        return 0, 0, 0
    if all(isinstance(entry, F) for row in rows for entry in row):
        factor = lcm(*(entry.denominator for row in rows for entry in row))
        rows = [[int(factor * a) for a in row] for row in rows]
    coefficients = characteristic_polynomial(rows)
    zero = 0
    while not coefficients[-1]:
        coefficients.pop()
        zero += 1
    signs = [c > 0 for c in coefficients if c]
    positive = sum(a != b for a, b in pairwise(signs))
    return len(rows) - zero - positive, zero, positive
