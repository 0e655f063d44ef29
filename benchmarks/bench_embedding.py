"""Embedding and spurious minima: replicated networks of growing width, deeper constructions.

Run with ``make bench``.  A replication is analysed at both widths, so that the time is mostly the
exact analysis of the wider point; width 200 takes seconds at most.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from flint import fmpq

from benchmarks.instances import five_point_minimum
from exactland.certificates.deep import spurious_certificates
from exactland.checker import check_text
from exactland.landscape.embedding import Replication, embedding, reduce_to_core
from exactland.landscape.linear_pieces import spurious_minimum
from exactland.problem.files import problem_from_json
from exactland.problem.losses import EmpiricalLoss, Problem
from exactland.problem.piecewise_linear import hard_tanh


def once(benchmark: Any, function: Any, *arguments: Any) -> Any:
    """Time one call after another, few rounds: these are seconds, not microseconds."""
    return benchmark.pedantic(function, args=arguments, rounds=3, iterations=1, warmup_rounds=0)


def replication(copies: int) -> tuple[Problem, Replication]:
    """Split the boundary neuron of the five-point minimum into copies of different norms."""
    problem = problem_from_json(five_point_minimum(3))
    assert isinstance(problem, Problem)
    betas = tuple(fmpq(index % 7 + 1, index % 5 + 1) for index in range(copies))
    return problem, Replication(0, betas, tuple(1 / (copies * beta) for beta in betas))


@pytest.mark.benchmark(group="embed, boundary neuron replicated")
@pytest.mark.parametrize("copies", [2, 20, 200, 1000])
def test_replicate(benchmark: Any, copies: int) -> None:
    found = once(benchmark, embedding, *replication(copies))
    assert found.preserved["local_minimum"] is True


@pytest.mark.benchmark(group="reduce to the narrow core")
@pytest.mark.parametrize("copies", [2, 20, 200, 1000])
def test_reduce(benchmark: Any, copies: int) -> None:
    wide = embedding(*replication(copies)).problem
    assert once(benchmark, reduce_to_core, wide).core.network.width == 2


def random_loss(points: int, inputs: int, outputs: int) -> EmpiricalLoss:
    """Fractions p/q with q up to 9, from a seed."""
    source = random.Random(4)

    def table(columns: int) -> Any:
        return tuple(
            tuple(fmpq(source.randint(-99, 99), source.randint(1, 9)) for _ in range(columns))
            for _ in range(points)
        )

    return EmpiricalLoss(table(inputs), table(outputs))


@pytest.mark.benchmark(group="spurious, hard tanh")
@pytest.mark.parametrize(("points", "widths"), [(10, [4]), (100, [10, 10]), (200, [50, 20, 20])])
def test_spurious(benchmark: Any, points: int, widths: list[int]) -> None:
    found = once(benchmark, spurious_minimum, random_loss(points, 3, 2), hard_tanh(), widths)
    assert found.better.loss < found.loss


@pytest.mark.benchmark(group="check spurious_local_minimum, hard tanh")
@pytest.mark.parametrize(("points", "widths"), [(10, [4]), (100, [10, 10]), (200, [50, 20, 20])])
def test_check_spurious(benchmark: Any, points: int, widths: list[int]) -> None:
    found = spurious_minimum(random_loss(points, 3, 2), hard_tanh(), widths)
    composite = next(spurious_certificates(found)).to_text()
    assert once(benchmark, check_text, composite).status == "accepted"
