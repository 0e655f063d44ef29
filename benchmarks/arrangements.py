"""Arrangements on which the programs for cells are compared: exact data, from a seed.

The last row of each is the last unit vector (see `peers.cells`).
"""

from __future__ import annotations

import random
from fractions import Fraction

Rows = list[list[Fraction]]


def general(dimension: int, points: int, seed: int = 1) -> Rows:
    """Random integers up to 100: in general position, or nearly always."""
    generator = random.Random(1000 * dimension + points + seed)
    rows = [[generator.randint(-100, 100) for _ in range(dimension)] for _ in range(points - 1)]
    return _exact([*rows, _last(dimension)])


def repeated(dimension: int, points: int) -> Rows:
    """Half of the points occur twice, one of them as a multiple of itself."""
    rows = general(dimension, points // 2 + 1)[:-1]
    return [*rows, *rows[:-1], [-2 * x for x in rows[-1]], *_exact([_last(dimension)])]


def collinear(points: int) -> Rows:
    """Data (t, 2 t + 1, 1): on one line, so that all hyperplanes share a ray."""
    return _exact([[t, 2 * t + 1, 1] for t in range(1, points)] + [_last(3)])


def nearly_repeated(points: int, gap: Fraction) -> Rows:
    """Half of the points have a neighbour at a distance of about `gap`."""
    rows = general(3, points // 2 + 1)[:-1]
    close = [[row[0] + gap, row[1] - gap, row[2] + gap / 2] for row in rows]
    return [*rows, *close, *_exact([_last(3)])]


def nearly_collinear(points: int, gap: Fraction) -> Rows:
    """Data (t, 2 t + 1 + gap t^2, 1): any three are independent, hardly."""
    rows = [[Fraction(t), 2 * t + 1 + gap * t * t, Fraction(1)] for t in range(1, points)]
    return [*rows, *_exact([_last(3)])]


def named() -> dict[str, Rows]:
    """The arrangements of the report, by name."""
    found = {
        "general (3, 8)": general(3, 8),
        "general (3, 16)": general(3, 16),
        "general (3, 24)": general(3, 24),
        "general (4, 12)": general(4, 12),
        "general (5, 10)": general(5, 10),
        "repeated (3, 11)": repeated(3, 10),
        "collinear (3, 9)": collinear(9),
    }
    for exponent in (3, 6, 9, 12):
        gap = Fraction(1, 10**exponent)
        found[f"nearly repeated, 1e-{exponent}"] = nearly_repeated(10, gap)
        found[f"nearly collinear, 1e-{exponent}"] = nearly_collinear(9, gap)
    return found


def _last(dimension: int) -> list[int]:
    return [0] * (dimension - 1) + [1]


def _exact(rows: list[list[int]]) -> Rows:
    return [[Fraction(x) for x in row] for row in rows]
