"""Cells: enumeration with one exact interior point a cell, and counting; growth in every direction.

Run with ``make bench``; ``extra_info`` holds cells per second.  Targets on one core: 800,000 at
(dimension, points) = (3, 100) and (4, 40), 400,000 at (5, 25), 150,000 on degenerate integer data
of those sizes, 11,292 cells of all nonzero 0/1 vectors in dimension 5 under 0.3 s, and 100,000 at
(3, 1000) by streaming.
"""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest
from flint import fmpq

from exactland.cells.arrangement import enumerate_cells
from exactland.cells.counting import count_cells

Rows = list[list[fmpq]]

GROWTH = [
    pytest.param(d, points, id=f"dimension {d}, points={points}")
    for d, counts in {
        3: (25, 50, 100, 200, 400, 1000),
        4: (10, 20, 40, 80),
        5: (12, 25, 40),
        6: (10, 15, 20),
        7: (10, 12, 14),
        8: (12, 14, 16),
        12: (14, 15, 16),
    }.items()
    for points in counts
]


def integers(dimension: int, points: int, size: int) -> Rows:
    """Random integer data; a small size makes them degenerate."""
    generator = random.Random(1000 * dimension + points)
    return [[fmpq(generator.randint(-size, size)) for _ in range(dimension)] for _ in range(points)]


def time_listing(benchmark: Any, rows: Rows) -> None:
    expected = count_cells(rows).cells

    def run() -> int:
        return sum(map(len, enumerate_cells(rows)))

    rounds = 5 if expected < 50_000 else 1
    assert benchmark.pedantic(run, rounds=rounds, iterations=1, warmup_rounds=1) == expected
    if benchmark.stats is not None:
        benchmark.extra_info["cells"] = expected
        benchmark.extra_info["cells per second"] = int(expected / benchmark.stats.stats.median)


@pytest.mark.benchmark(group="cells, general position (numbers up to 1000)")
@pytest.mark.parametrize(("dimension", "points"), GROWTH)
def test_list_general(benchmark: Any, dimension: int, points: int) -> None:
    time_listing(benchmark, integers(dimension, points, 1000))


@pytest.mark.benchmark(group="cells, degenerate (numbers up to 3)")
@pytest.mark.parametrize(("dimension", "points"), GROWTH)
def test_list_degenerate(benchmark: Any, dimension: int, points: int) -> None:
    time_listing(benchmark, integers(dimension, points, 3))


@pytest.mark.benchmark(group="cells, all nonzero 0/1 vectors")
@pytest.mark.parametrize("dimension", [2, 3, 4, 5], ids="dimension={}".format)
def test_list_zero_one(benchmark: Any, dimension: int) -> None:
    rows = [[fmpq(a) for a in row] for row in product((0, 1), repeat=dimension) if any(row)]
    time_listing(benchmark, rows)


@pytest.mark.benchmark(group="cells, long numbers (40 digits)")
@pytest.mark.parametrize(("dimension", "points"), [(3, 50), (4, 20), (5, 12)])
def test_list_long_numbers(benchmark: Any, dimension: int, points: int) -> None:
    time_listing(benchmark, integers(dimension, points, 10**40))


@pytest.mark.benchmark(group="counting, general position (numbers up to 1000)")
@pytest.mark.parametrize(("dimension", "points"), GROWTH)
def test_count_general(benchmark: Any, dimension: int, points: int) -> None:
    rows = integers(dimension, points, 1000)
    assert benchmark(count_cells, rows).cells > 0


@pytest.mark.benchmark(group="counting, degenerate (numbers up to 3)")
@pytest.mark.parametrize(("dimension", "points"), GROWTH)
def test_count_degenerate(benchmark: Any, dimension: int, points: int) -> None:
    rows = integers(dimension, points, 3)
    assert benchmark(count_cells, rows).cells > 0
