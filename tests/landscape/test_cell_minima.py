"""The least loss in every cell against exhaustive search over active sets, and the atlas."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest
from flint import fmpq, fmpq_mat
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.arithmetic.rationals import dot
from exactland.cells.arrangement import enumerate_cells
from exactland.derivatives.empirical import evaluate
from exactland.errors import UnsupportedError
from exactland.landscape.atlas.bounding import least_loss
from exactland.landscape.atlas.setting import Landscape, make_setting
from exactland.landscape.cell_minima import cell_minima, nonnegative_least_squares
from exactland.problem.files import problem_from_json
from exactland.problem.losses import Problem
from tests.strategies import problems

SMALL = st.integers(-3, 3).map(fmpq)


def brute_force(columns: list[tuple[fmpq, ...]], target: tuple[fmpq, ...]) -> fmpq:
    """The least square over all sets of independent columns whose solution is nonnegative."""
    best = dot(target, target)
    for size in range(1, len(columns) + 1):
        for chosen in combinations(columns, size):
            gram = fmpq_mat([[dot(a, b) for b in chosen] for a in chosen])
            if gram.det() == 0:
                continue
            right = fmpq_mat(size, 1, [dot(a, target) for a in chosen])
            factors = gram.solve(right).entries()
            if all(factor >= 0 for factor in factors):
                reached = [dot(factors, row) for row in zip(*chosen, strict=True)]
                errors = [a - b for a, b in zip(reached, target, strict=True)]
                best = min(best, dot(errors, errors))
    return best


@given(
    st.integers(1, 4).flatmap(
        lambda n: st.tuples(st.lists(st.tuples(*[SMALL] * n), max_size=4), st.tuples(*[SMALL] * n))
    )
)
def test_nonnegative_least_squares_is_the_best_active_set(
    case: tuple[list[tuple[fmpq, ...]], tuple[fmpq, ...]],
) -> None:
    columns, target = case
    found = nonnegative_least_squares(columns, target)
    assert all(factor >= 0 for factor in found)
    reached = [dot(found, row) for row in zip(*columns, strict=True)] or [fmpq(0)] * len(target)
    errors = [a - b for a, b in zip(reached, target, strict=True)]
    assert dot(errors, errors) == brute_force(columns, target)


def one_output(obj: dict[str, Any]) -> Problem | None:
    problem = problem_from_json(obj)
    assert isinstance(problem, Problem)
    activation = problem.network.activation
    return problem if activation.kink and any(map(any, problem.loss.inputs)) else None


@settings(max_examples=60)
@given(problems(max_outputs=1))
def test_every_cell_has_its_best_neuron_and_no_network_there_is_better(
    obj: dict[str, Any],
) -> None:
    problem = one_output(obj)
    if problem is None:
        return
    point = evaluate(problem)
    found = {best.signs: best for best in cell_minima(point, 0)}
    signs = {
        "".join({1: "+", 0: "0", -1: "-"}[sign] for sign in row)
        for batch in enumerate_cells(point.inputs)
        for row in batch.signs.tolist()
    }
    assert set(found) == signs
    activation = problem.network.activation
    rest = [
        activation(dot(point.weights[0], row)) * point.outputs[0][0] - error
        for row, (error,) in zip(point.inputs, point.residuals, strict=True)
    ]
    for best in found.values():
        reached = [activation(dot(best.weight, row)) * best.output for row in point.inputs]
        errors = [a - b for a, b in zip(reached, rest, strict=True)]
        assert best.loss == problem.loss.scale * dot(errors, errors)
    # The point itself is in some closed cell.
    pattern = point.patterns[0]
    own = [
        best.loss
        for best in found.values()
        if all(a in (b, "0") for a, b in zip(pattern, best.signs, strict=True))
    ]
    assert min(own) <= point.loss


@settings(max_examples=40)
@given(problems(max_outputs=1, biases=False))
def test_the_best_cell_of_a_single_neuron_is_the_global_minimum(obj: dict[str, Any]) -> None:
    obj["network"]["w"], obj["network"]["v"] = obj["network"]["w"][:1], [["1"]]
    problem = one_output(obj)
    if problem is None:
        return
    setting = make_setting(Landscape(problem.loss, problem.network.activation))
    expected = least_loss(setting, 1).loss
    assert min(best.loss for best in cell_minima(evaluate(problem), 0)) == expected


def test_several_outputs_are_refused() -> None:
    problem = problem_from_json(
        {
            "format": "exactland-problem/1",
            "network": {"activation": {"kind": "relu"}, "w": [["1"]], "v": [["1"], ["1"]]},
            "loss": {"kind": "empirical", "x": [["1"]], "y": [["1", "2"]]},
        }
    )
    assert isinstance(problem, Problem)
    with pytest.raises(UnsupportedError, match="one output"):
        cell_minima(evaluate(problem), 0)
