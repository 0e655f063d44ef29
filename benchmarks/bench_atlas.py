"""The atlas, branch and bound, and its certificates: growth in width, points and dimension.

Run with ``make bench``.  Data are random integers with the constant input 1 last; the targets of
the project (five points at width 3; 10 points at width 3 and 20 points at width 2, one input and
the constant) are among the cases.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from flint import fmpq

from exactland.certificates.atlas import minimum_certificate
from exactland.checker import check_text
from exactland.landscape.atlas.bounding import least_loss
from exactland.landscape.atlas.branches import bounded_minimum
from exactland.landscape.atlas.pieces import cached_setting
from exactland.landscape.atlas.run import atlas
from exactland.landscape.atlas.setting import Landscape, make_setting
from exactland.problem.activations import relu
from exactland.problem.losses import EmpiricalLoss

CASES = [
    *[pytest.param(5, 2, width, id=f"5 points, width={width}") for width in (1, 2, 3, 4)],
    *[pytest.param(points, 2, 2, id=f"width 2, points={points}") for points in (5, 10, 20)],
    *[pytest.param(points, 2, 3, id=f"width 3, points={points}") for points in (5, 7, 10)],
    *[pytest.param(n, 3, 2, id=f"2 inputs, width 2, points={n}") for n in (6, 8, 10)],
]


def landscape(points: int, dimension: int, seed: int = 3) -> Landscape:
    """Random integer data with the constant input 1."""
    generator = random.Random(seed)

    def number() -> fmpq:
        return fmpq(generator.randint(-50, 50))

    inputs = tuple((*(number() for _ in range(dimension - 1)), fmpq(1)) for _ in range(points))
    return Landscape(EmpiricalLoss(inputs, tuple((number(),) for _ in range(points))), relu())


def once(benchmark: Any, function: Any, *arguments: Any) -> Any:
    return benchmark.pedantic(function, args=arguments, rounds=3, iterations=1, warmup_rounds=0)


@pytest.mark.benchmark(group="atlas, complete list")
@pytest.mark.parametrize(("points", "dimension", "width"), CASES)
def test_atlas(benchmark: Any, points: int, dimension: int, width: int) -> None:
    data = landscape(points, dimension)
    cached_setting.cache_clear()
    found = once(benchmark, atlas, data, width)
    assert found.complete
    benchmark.extra_info.update(sets=found.examined, multisets=found.total)


@pytest.mark.benchmark(group="global minimum by branch and bound")
@pytest.mark.parametrize(("points", "dimension", "width"), CASES)
def test_least_loss(benchmark: Any, points: int, dimension: int, width: int) -> None:
    found = once(benchmark, bounded_minimum, landscape(points, dimension), width)
    assert found.complete
    benchmark.extra_info.update(examined=found.examined, multisets=found.total)


@pytest.mark.benchmark(group="check global_minimum_of_width")
@pytest.mark.parametrize(("points", "dimension", "width"), CASES)
def test_check(benchmark: Any, points: int, dimension: int, width: int) -> None:
    setting = make_setting(landscape(points, dimension))
    text = minimum_certificate(setting, least_loss(setting, width)).to_text()
    assert once(benchmark, check_text, text).status == "accepted"
