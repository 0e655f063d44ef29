"""Points over real number fields: what is true of rational points is true of their rescalings."""

from __future__ import annotations

from typing import Any

from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.arithmetic.number_fields import sqrt_field
from exactland.landscape.analysis import Analysis, analyze_empirical
from exactland.problem.files import problem_from_json, problem_to_json
from exactland.problem.losses import Problem
from tests.field_points import RANK_ONE, rescaled, with_passengers
from tests.oracle import Oracle
from tests.strategies import problems, stationary_problems

POINTS = st.one_of(problems(), stationary_problems(), stationary_problems(max_outputs=2))


def analysed(problem: dict[str, Any]) -> Analysis:
    found = problem_from_json(problem)
    assert isinstance(found, Problem)
    return analyze_empirical(found)


@settings(max_examples=60)
@given(POINTS)
def test_an_irrational_rescaling_changes_no_verdict_and_doubles_the_loss(
    problem: dict[str, Any],
) -> None:
    plain, moved = analysed(problem), analysed(rescaled(problem))
    assert moved.loss == 2 * plain.loss
    assert moved.point.patterns == plain.point.patterns
    assert moved.differentiable == plain.differentiable
    assert moved.directional.holds == plain.directional.holds
    assert moved.clarke.holds == plain.clarke.holds
    assert moved.escape_neurons == plain.escape_neurons
    assert moved.verdict == plain.verdict
    assert (moved.hessian_inertia or plain.hessian_inertia) == plain.hessian_inertia


@settings(max_examples=60)
@given(POINTS)
def test_a_point_over_a_field_is_the_one_that_its_file_shows(problem: dict[str, Any]) -> None:
    moved = rescaled(problem)
    found, oracle = problem_from_json(moved), Oracle(moved)
    assert problem_from_json(problem_to_json(found)) == found
    analysis = analysed(moved)
    assert oracle.loss() == oracle.read(analysis.to_json().get("loss_exact", str(analysis.loss)))
    assert analysis.directional.holds == oracle.directionally_stationary()
    assert analysis.clarke.holds == oracle.clarke_stationary()
    if analysis.directional.holds:
        assert list(analysis.escape_neurons or ()) == oracle.escape_neurons()
        if oracle.outputs == 1:
            expected = oracle.local_minimum_one_output()
            assert (analysis.verdict in ("local_minimum", "global_minimum")) == expected


def test_the_best_rank_one_fit_lies_over_a_quadratic_field() -> None:
    analysis = analysed(RANK_ONE)
    root = sqrt_field(fmpq(5)).generator
    assert analysis.loss == fmpq(7, 4) - fmpq(3, 4) * root
    assert analysis.directional.holds and analysis.hessian_inertia == (0, 1, 3)
    report = analysis.to_json()
    assert report["loss"] == "7/4 - 3/4*sqrt(5)"
    assert report["loss_exact"] == ["7/4", "-3/4"]
    assert report["field"]["minpoly"] == ["-5", "0", "1"]
    assert "7/4 - 3/4*sqrt(5)  (0.07294901688)" in str(analysis)
    assert "sqrt(5)" in analysis._repr_html_()


def test_the_best_rank_one_fit_is_a_local_minimum_with_an_escape_neuron() -> None:
    """Of type 2: the second-order form is definite across the symmetry, over the field."""
    analysis = analysed(RANK_ONE)
    assert analysis.verdict == "local_minimum" and analysis.escape_neurons == (0,)


def test_a_zero_neuron_escapes_from_an_algebraic_plateau() -> None:
    analysis = analysed(with_passengers())
    assert analysis.verdict == "saddle" and analysis.escape_neurons == (0, 2)
