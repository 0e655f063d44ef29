"""Exact descent: where it ends, and that it may be interrupted."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from flint import fmpq

from exactland.arithmetic.matrices import nullspace
from exactland.arithmetic.rationals import ZERO, dot
from exactland.cells.patterns import SIGN_VALUES
from exactland.derivatives.empirical import evaluate, one_sided_functionals
from exactland.errors import UnsupportedError
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.descent import run
from exactland.landscape.descent.face import face_minimiser, integer_data
from exactland.landscape.descent.run import descend
from exactland.landscape.stationarity import directional_stationarity
from exactland.problem.activations import relu
from exactland.problem.losses import EmpiricalLoss, Problem
from exactland.problem.network import Network
from tests.landscape.test_atlas import random_landscape
from tests.reference import empirical_problem, problem_object

ONE = fmpq(1)


def test_a_stationary_point_is_its_own_end() -> None:
    problem = empirical_problem(problem_object("exp1_END"))
    end = descend(problem)
    assert end.status == "stationary" and end.problem == problem and len(end.steps) == 1


def test_a_saddle_is_left_on_request() -> None:
    problem = empirical_problem(problem_object("exp1_P1_plus_zero_plus_dead"))
    assert len(descend(problem).steps) == 1
    end = descend(problem, leave_saddles=True)
    assert end.status == "local_minimum" and end.steps[1].kind == "escape"
    assert analyze_empirical(end.problem).verdict in ("local_minimum", "global_minimum")


def test_the_origin_is_left_to_a_minimum() -> None:
    inputs = ((-ONE, ONE), (ONE, ONE), (2 * ONE, ONE))
    data = EmpiricalLoss(inputs, ((ONE,), (2 * ONE,), (-ONE,)))
    zero = Network(relu(), ((ONE - 1, ONE - 1),) * 2, ((ONE - 1, ONE - 1),))
    end = descend(Problem(zero, data), leave_saddles=True)
    assert end.status == "local_minimum" and end.loss < end.steps[0].loss


def test_steps_may_run_out() -> None:
    data = EmpiricalLoss(((-ONE, ONE), (ONE, ONE)), ((ONE,), (3 * ONE,)))
    start = Problem(Network(relu(), ((ONE, ONE),), ((ONE,),)), data)
    end = descend(start, max_steps=0)
    assert end.status == "interrupted" and end.problem == start


def test_several_outputs_are_refused() -> None:
    data = EmpiricalLoss(((ONE,),), ((ONE, ONE),))
    with pytest.raises(UnsupportedError, match="one output"):
        descend(Problem(Network(relu(), ((ONE,),), ((ONE,), (ONE,))), data))


@pytest.mark.needs("sklearn", checks="descent on the digits")
def test_digits_are_descended_to_a_local_minimum() -> None:
    """The first 200 images of 64 pixels, width 2: cell steps, then one exact point of a face."""
    from benchmarks.digits import digits_problem

    start = empirical_problem(digits_problem(width=2, points=200))
    end = descend(start)
    assert end.status == "stationary" and end.steps[-1].kind == "minimiser"
    assert all(a.loss > b.loss for a, b in pairwise(end.steps))
    point = evaluate(end.problem)
    assert point.loss == end.loss and any("0" in pattern for pattern in point.patterns)
    # Not the answer of the descent: the definition, by multipliers from a linear program.
    assert directional_stationarity(point, one_sided_functionals(point)).holds


@pytest.mark.parametrize("seed", range(40))
def test_exact_steps_alone_and_proposals_end_at_stationary_points(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = random.Random(seed)
    landscape, width = random_landscape(generator), generator.randint(1, 3)
    weights = tuple(
        tuple(fmpq(generator.randint(-4, 4), generator.randint(1, 3)) for _ in row)
        for row in (landscape.loss.inputs[0],) * width
    )
    outputs = tuple(fmpq(generator.randint(-3, 3)) for _ in range(width))
    start = landscape.problem(weights, outputs, fmpq(generator.randint(-2, 2)))
    for rounds in (50, 0):
        monkeypatch.setattr(run, "ROUNDS", rounds)
        end = descend(start)
        assert end.status == "stationary"
        assert analyze_empirical(end.problem).directional.holds
        assert (rounds > 0) or "cell" not in {step.kind for step in end.steps}


@pytest.mark.parametrize("seed", range(30))
def test_the_minimiser_of_a_face_is_that_of_textbook_least_squares(seed: int) -> None:
    """Against a basis of the face and rational normal equations."""
    generator = random.Random(seed)
    landscape = random_landscape(generator)
    width = generator.randint(1, 3)
    inputs = landscape.loss.inputs
    weights = tuple(tuple(fmpq(generator.randint(-2, 2)) for _ in inputs[0]) for _ in range(width))
    heights = tuple(fmpq(generator.choice([-2, -1, 1, 3])) for _ in range(width))
    problem = landscape.problem(weights, heights, fmpq(1))
    data = integer_data(problem)
    constant = fmpq(1) if data.bias else ZERO
    point = evaluate(problem)
    found, offset = face_minimiser(data, point.patterns, point.weights, heights, constant)
    rho = landscape.activation
    columns: list[list[fmpq]] = [[fmpq(1)] * len(inputs)] if data.bias else []
    for height, pattern, new in zip(heights, point.patterns, found, strict=True):
        zeros = [inputs[k] for k, sign in enumerate(pattern) if sign == "0"]
        assert all(dot(new, row) == 0 for row in zeros)
        for basis in nullspace(zeros, len(inputs[0])):
            slopes = [rho.slope(SIGN_VALUES[s]) if s != "0" else ZERO for s in pattern]
            pairs = zip(slopes, inputs, strict=True)
            columns.append([height * slope * dot(basis, row) for slope, row in pairs])
    values = [
        offset
        + sum(
            (
                h * rho.slope(SIGN_VALUES[pattern[k]]) * dot(new, row)
                for h, pattern, new in zip(heights, point.patterns, found, strict=True)
            ),
            ZERO,
        )
        for k, row in enumerate(inputs)
    ]
    for column in columns:  # the residual is orthogonal to all that the face can do
        residual = (v - y[0] for v, y in zip(values, landscape.loss.targets, strict=True))
        assert dot(column, tuple(residual)) == 0


def test_time_may_run_out() -> None:
    data = EmpiricalLoss(((-ONE, ONE), (ONE, ONE)), ((ONE,), (3 * ONE,)))
    start = Problem(Network(relu(), ((ONE, ONE),), ((ONE,),)), data)
    end = descend(start, max_seconds=0)
    assert end.status == "interrupted" and end.loss < evaluate(start).loss
    assert end.to_json()["complete"] is False
