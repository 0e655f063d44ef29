"""Slow definitions straight from a textbook, on fractions, to compare the fast code with."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise, product

from flint import fmpq
from hypothesis import strategies as st

Table = list[list[Fraction]]


def fractions_of(rows: Sequence[Sequence[fmpq]]) -> Table:
    return [[Fraction(int(x.p), int(x.q)) for x in row] for row in rows]


def exact(rows: Sequence[Sequence[Fraction]]) -> list[tuple[fmpq, ...]]:
    return [tuple(fmpq(x.numerator, x.denominator) for x in row) for row in rows]


def eliminate(rows: Sequence[Sequence[Fraction]]) -> tuple[Table, list[int]]:
    """Gauss-Jordan elimination: the nonzero rows of the reduced echelon form and the pivots."""
    table = [list(row) for row in rows]
    pivots: list[int] = []
    for column in range(len(table[0]) if table else 0):
        rank = len(pivots)
        row = next((i for i in range(rank, len(table)) if table[i][column] != 0), None)
        if row is None:
            continue
        table[rank], table[row] = table[row], table[rank]
        head = table[rank][column]
        table[rank] = [x / head for x in table[rank]]
        for i in range(len(table)):
            if i != rank and table[i][column] != 0:
                factor = table[i][column]
                table[i] = [x - factor * y for x, y in zip(table[i], table[rank], strict=True)]
        pivots.append(column)
    return table[: len(pivots)], pivots


def solve_square(rows: Sequence[Sequence[Fraction]], right: Sequence[Fraction]) -> list[Fraction]:
    reduced, _ = eliminate([[*row, value] for row, value in zip(rows, right, strict=True)])
    return [row[-1] for row in reduced]


def inertia_by_characteristic_polynomial(rows: Table) -> tuple[int, int, int]:
    """All eigenvalues are real, so Descartes' rule of signs counts them exactly."""
    size = len(rows)
    # Faddeev-LeVerrier: coefficients of det(t - H), leading first.
    coefficients = [Fraction(1)]
    power = [[Fraction(0)] * size for _ in range(size)]
    for step in range(1, size + 1):
        shifted = [
            [power[i][j] + (coefficients[-1] if i == j else 0) for j in range(size)]
            for i in range(size)
        ]
        power = [
            [
                sum((rows[i][k] * shifted[k][j] for k in range(size)), Fraction(0))
                for j in range(size)
            ]
            for i in range(size)
        ]
        coefficients.append(-sum((power[i][i] for i in range(size)), Fraction(0)) / step)
    nonzero = [c for c in coefficients if c != 0]
    positive = sum(1 for a, b in pairwise(nonzero) if a * b < 0)
    zero = next(k for k in range(size + 1) if coefficients[size - k] != 0)
    return size - zero - positive, zero, positive


def vertices(
    rows: Table,
    target: Sequence[Fraction],
    lower: Sequence[Fraction],
    upper: Sequence[Fraction],
) -> list[list[Fraction]]:
    """All vertices of {x : rows x = target, lower <= x <= upper}, by brute force."""
    count = len(lower)
    if rows:
        augmented = [[*row, value] for row, value in zip(rows, target, strict=True)]
        reduced, pivots = eliminate(augmented)
        if pivots and pivots[-1] == count:
            return []
        rows, target = [row[:-1] for row in reduced], [row[-1] for row in reduced]
    found = []
    for basis in combinations(range(count), len(rows)):
        square = [[row[j] for j in basis] for row in rows]
        if len(eliminate(square)[1]) < len(rows):
            continue
        others = [j for j in range(count) if j not in basis]
        for corner in product((False, True), repeat=len(others)):
            point = [Fraction(0)] * count
            for j, at_top in zip(others, corner, strict=True):
                point[j] = upper[j] if at_top else lower[j]
            right = [
                value - sum((row[j] * point[j] for j in others), Fraction(0))
                for row, value in zip(rows, target, strict=True)
            ]
            for j, value in zip(basis, solve_square(square, right), strict=True):
                point[j] = value
            if all(a <= x <= b for a, x, b in zip(lower, point, upper, strict=True)):
                found.append(point)
    return found


def rationals(size: int = 4) -> st.SearchStrategy[fmpq]:
    """Short rationals, zero often, now and then a very large, tiny or long one."""
    short = st.builds(fmpq, st.integers(-size, size), st.sampled_from([1, 1, 1, 2, 3]))
    wild = st.sampled_from(
        [fmpq(10) ** 30, fmpq(-1, 10**30), fmpq(10**40 + 7, 3 * 10**39 + 1), fmpq(0), fmpq(1)]
    )
    return st.integers(0, 19).flatmap(lambda k: wild if k == 0 else short)


@st.composite
def tables(
    draw: st.DrawFn, rows: tuple[int, int] = (1, 5), columns: tuple[int, int] = (1, 5)
) -> list[tuple[fmpq, ...]]:
    """Matrices of low rank as often as not: products of thin factors, repeated and zero rows."""
    height, width = draw(st.integers(*rows)), draw(st.integers(*columns))
    row = st.tuples(*[rationals()] * width)
    table = [draw(row) for _ in range(height)]
    for index in range(1, height):
        match draw(st.integers(0, 5)):
            case 0:
                table[index] = table[index - 1]
            case 1:
                table[index] = (fmpq(0),) * width
            case 2:
                table[index] = tuple(x - 2 * y for x, y in zip(table[0], table[-1], strict=True))
    return table
