"""Exact descent on scikit-learn's digits to a certified stationary point: growth in points, width.

Run with ``make bench``.  1,797 images of 64 pixels and the constant input, parity as +-1.
"""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.digits import digits_problem
from exactland.landscape.descent.run import descend
from exactland.problem.files import problem_from_json

CASES = [
    *[pytest.param(4, points, id=f"width 4, points={points}") for points in (225, 450, 900, 1797)],
    *[pytest.param(width, 1797, id=f"1797 points, width={width}") for width in (1, 2, 4, 8)],
]


@pytest.mark.benchmark(group="descend, digits")
@pytest.mark.parametrize(("width", "points"), CASES)
def test_descend(benchmark: Any, width: int, points: int) -> None:
    problem = problem_from_json(digits_problem(width, points=points))
    found = benchmark.pedantic(descend, args=(problem,), rounds=1, iterations=1)
    assert found.status == "stationary"
    loss = found.loss
    benchmark.extra_info.update(
        steps=len(found.steps) - 1, loss=int(loss.p) / int(loss.q), bits=int(loss.q.bit_length())
    )
