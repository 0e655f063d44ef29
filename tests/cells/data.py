"""Random data for arrangements, degenerate on purpose, and checks that every list must pass."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from fractions import Fraction

from flint import fmpq
from hypothesis import strategies as st

from exactland.cells.arrangement import Faces

Rows = list[list[Fraction]]

SMALL = st.integers(-2, 2).map(Fraction)
RATIONAL = st.builds(Fraction, st.integers(-6, 6), st.integers(1, 5))
HUGE = st.builds(Fraction, st.integers(-(10**25), 10**25), st.integers(1, 10**6))


@st.composite
def data(
    draw: st.DrawFn,
    max_dimension: int = 4,
    max_points: int = 7,
    numbers: st.SearchStrategy[Fraction] | None = None,
) -> Rows:
    """Rows with repetitions, parallels, combinations of others and zeros among them."""
    dimension = draw(st.integers(1, max_dimension))
    count = draw(st.integers(1, max_points))
    chosen = draw(st.sampled_from([SMALL, SMALL, RATIONAL])) if numbers is None else numbers
    rows: Rows = []
    for _ in range(count):
        kind = draw(st.integers(0, 9))
        if kind == 0:
            rows.append([Fraction(0)] * dimension)
        elif kind <= 2 and rows:
            factor = draw(
                st.sampled_from([Fraction(1), Fraction(-1), Fraction(2), Fraction(-1, 3)])
            )
            rows.append([factor * entry for entry in draw(st.sampled_from(rows))])
        elif kind == 3 and len(rows) > 1:
            one, other = draw(st.sampled_from(rows)), draw(st.sampled_from(rows))
            rows.append([a - b for a, b in zip(one, other, strict=True)])
        else:
            rows.append(draw(st.lists(chosen, min_size=dimension, max_size=dimension)))
    return rows


def random_rows(generator: random.Random) -> Rows:
    """Small data, degenerate on purpose: faster to make than with a strategy."""
    dimension = generator.choice([1, 2, 2, 3, 3, 4])
    size = generator.choice([1, 1, 2, 5])
    rows: Rows = []
    for _ in range(generator.randint(1, 7 if dimension < 4 else 6)):
        kind = generator.random()
        if kind < 0.1:
            rows.append([Fraction(0)] * dimension)
        elif kind < 0.3 and rows:
            factor = generator.choice([Fraction(1), Fraction(-1), Fraction(2), Fraction(-1, 3)])
            rows.append([factor * entry for entry in generator.choice(rows)])
        elif kind < 0.4 and rows:
            one, other = generator.choice(rows), generator.choice(rows)
            rows.append([a - b for a, b in zip(one, other, strict=True)])
        else:
            rows.append([Fraction(generator.randint(-size, size)) for _ in range(dimension)])
    return rows


def exact(rows: Iterable[Iterable[Fraction | int]]) -> list[list[fmpq]]:
    """The rows as the package takes them."""
    return [
        [fmpq(Fraction(entry).numerator, Fraction(entry).denominator) for entry in row]
        for row in rows
    ]


def checked_signs(
    rows: Sequence[Sequence[Fraction | int]], batches: Iterable[Faces]
) -> set[tuple[int, ...]]:
    """The sign vectors listed, after checking that they are distinct and that points have them."""
    found = set()
    for batch in batches:
        for signs, point in zip(batch.signs.tolist(), batch.points.tolist(), strict=True):
            for row, sign in zip(rows, signs, strict=True):
                value = sum(entry * int(w) for entry, w in zip(row, point, strict=True))
                assert (value > 0) - (value < 0) == sign
            assert tuple(signs) not in found
            found.add(tuple(signs))
    return found
