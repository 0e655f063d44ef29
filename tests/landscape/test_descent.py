"""Exact descent: where it ends, and that it may be interrupted."""

from __future__ import annotations

import pytest
from flint import fmpq

from exactland.errors import UnsupportedError
from exactland.landscape.analysis import analyze_empirical
from exactland.landscape.descent import descend
from exactland.problem.activations import relu
from exactland.problem.losses import EmpiricalLoss, Problem
from exactland.problem.network import Network
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
