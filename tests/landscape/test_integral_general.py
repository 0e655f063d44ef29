"""Targets, weights and networks beyond the affine theorem: only what is proved is claimed."""

from __future__ import annotations

from typing import Any

import pytest
from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.arithmetic.number_fields import field_from_json
from exactland.derivatives.integral import integral_state, response
from exactland.landscape.integral.analysis import IntegralAnalysis, analyze_integral
from exactland.landscape.integral.degenerate import clarke_hull, descent_of_degenerate
from exactland.problem.integral import integral_problem_from_json

RELU: dict[str, Any] = {"kind": "relu"}
LEAKY: dict[str, Any] = {"kind": "leaky_relu", "slope": "1/4"}
QUADRATIC: dict[str, Any] = {"kind": "quadratic"}


def point(
    activation: dict[str, Any], rows: list[tuple[str, str, str]], constant: str | None,
    interval: tuple[str, str] = ("-1", "1"), target: tuple[str, ...] = ("0", "0", "1"),
    weight: tuple[str, ...] = ("1",), biases: bool = True,
) -> Any:  # fmt: skip
    network: dict[str, Any] = {
        "activation": activation,
        "w": [[row[0]] for row in rows],
        "v": [[row[2] for row in rows]],
    }
    if biases:
        network["b"] = [row[1] for row in rows]
    if constant is not None:
        network["c"] = [constant]
    return integral_problem_from_json(
        {
            "network": network,
            "loss": {
                "kind": "integral",
                "interval": list(interval),
                "target": list(target),
                "weight": list(weight),
            },
        }
    )


def analysis(*args: Any, **options: Any) -> IntegralAnalysis:
    return analyze_integral(point(*args, **options))


@pytest.mark.parametrize("activation", [RELU, LEAKY])
def test_a_non_flat_degenerate_neuron_can_be_directionally_stationary(
    activation: dict[str, Any],
) -> None:
    # r = 1/3 - x^2 has mean zero and M = 0; G(t) = int_t^1 r (x - t) has one sign.
    good = analysis(activation, [("0", "0", "-1")], "1/3")
    assert good.stationarity.directional and not good.stationarity.classical
    assert not good.stationarity.differentiable and good.verdict == "undetermined"
    bad = analysis(activation, [("0", "0", "1")], "1/3")
    assert not bad.stationarity.directional and bad.stationarity.clarke
    assert bad.verdict == "not_stationary"
    assert bad.descent is not None and bad.descent.order == 1


@pytest.mark.parametrize(
    ("found", "verdict", "clause"),
    [
        (analysis(RELU, [("0", "0", "0")], "1/3"), "saddle", "escape neuron"),
        (analysis(RELU, [("1", "-1", "1")], "1/3"), "saddle", "escape neuron"),
        (analysis(RELU, [("1", "-1", "0")], "1/3"), "saddle", "escape neuron"),
        (analysis(RELU, [("1", "-1", "-1")], "1/3"), "local_minimum", "idle neurons"),
        (analysis(RELU, [("1", "-2", "1")], "1/3"), "local_minimum", "idle neurons"),
        (analysis(LEAKY, [("1", "-2", "1")], "1/3"), "not_stationary", "nonzero partial"),
        (analysis(QUADRATIC, [("1", "0", "1")], "0"), "global_minimum", "zero residual"),
        (analysis(RELU, [], "1/3"), "global_minimum", "N = 0"),
        (analysis(RELU, [("1", "5", "1")], None, target=("5", "1")), "global_minimum", "zero"),
        (analysis({"kind": "abs"}, [("1", "0", "0")], "1/2", ("0", "1"), ("0", "1")),
         "not_stationary", "nonzero"),
        (analysis({"kind": "abs"}, [("1", "-1/2", "0")], "1/2", ("0", "1"), ("0", "1")),
         "saddle", "second order"),
        (analysis(RELU, [("1", "-2", "1")], "5/9", ("0", "1"), ("0", "1"), ("1", "1")),
         "local_minimum", "idle neurons"),
    ],
)  # fmt: skip
def test_verdicts_that_hold_for_every_target(
    found: IntegralAnalysis, verdict: str, clause: str
) -> None:
    assert found.verdict == verdict and found.classification.clause.startswith(clause)
    if verdict in ("saddle", "not_stationary"):
        assert found.descent is not None and len(found.descent.changes) == 3


def test_a_constant_weight_keeps_the_theorem_and_other_weights_do_not() -> None:
    rows = [("1", "-1/3", "2/3"), ("-1", "2/3", "-2/3")]
    known = analysis(RELU, rows, "1/2", ("0", "1"), ("0", "1"), ("7/2",))
    assert known.verdict == "saddle" and known.classification.theorem
    assert known.loss == fmpq(7, 2) / 972 and all(known.checks.values())
    other = analysis(RELU, rows, "1/2", ("0", "1"), ("0", "1"), ("1", "1/9"))
    assert not other.classification.theorem and other.verdict == "not_stationary"


def test_local_minima_with_an_affine_target_are_spurious_for_every_weight() -> None:
    found = analysis(RELU, [("1", "-2", "1")], "5/9", ("0", "1"), ("0", "1"), ("1", "1"))
    assert found.classification.spurious is True
    assert analysis(RELU, [("1", "-2", "1")], "1/3").classification.spurious is None


def test_without_biases_the_kink_stays_at_zero() -> None:
    found = analysis(RELU, [("0", "", "1")], "1/2", ("-1", "1"), ("0", "1"), biases=False)
    # f is constant: one-sided slopes are -2 int_{x>0} x^2 < 0 for +w and 2/3 - ... for -w.
    assert not found.stationarity.directional and found.verdict == "not_stationary"
    both = analysis(LEAKY, [("0", "", "1")], "1/3", ("-1", "1"), ("0", "0", "1"), biases=False)
    assert both.stationarity.one_sided[0].keys() == {"j", "dw_plus", "dw_minus"}


SMALL = st.sampled_from(["0", "1", "-1", "1/2", "-2", "1/3", "-3/2"])


@settings(max_examples=60)
@given(
    st.sampled_from([LEAKY, {"kind": "leaky_relu", "slope": "1/50"}, {"kind": "abs"}]),
    st.lists(SMALL, min_size=3, max_size=5),
    st.sampled_from([("-1", "1"), ("0", "1"), ("100", "101")]),
    st.sampled_from(["1", "-2"]),
)
def test_witnesses_of_degenerate_neurons_are_what_they_claim(
    activation: dict[str, Any], target: list[str], interval: tuple[str, str], output: str
) -> None:
    centre = integral_state(point(activation, [], "0", interval, tuple(target)))
    constant = -centre.residual_tails[0][0] / centre.problem.loss.length
    state = integral_state(
        point(activation, [("0", "0", output)], str(constant), interval, tuple(target))
    )
    found = descent_of_degenerate(state, 0)
    if found is not None:
        assert 2 * state.problem.parameters.v[0] * response(state, *found[0]) == found[1] < 0
    lower, upper = state.knots
    limits = {}
    for k in range(-3, 24):
        at = lower + (upper - lower) * fmpq(k, 20)
        for sign in (1, -1):
            direction = (fmpq(sign), -sign * at)
            value = state.problem.parameters.v[0] * response(state, *direction)
            assert found is not None or value >= 0
            limits[direction] = value
    hull = clarke_hull(state)
    slopes = [limit_of(state, direction) for direction in (hull.directions or limits)]
    if hull.contains_zero:
        assert sum(hull.shares, fmpq(0)) == 1 and min(hull.shares) >= 0
        for part in (0, 1):
            terms = (s * slope[part] for s, slope in zip(hull.shares, slopes, strict=True))
            assert sum(terms, fmpq(0)) == 0
    elif hull.separator is not None:
        assert all(s[0] * hull.separator[0] + s[1] * hull.separator[1] > 0 for s in slopes)
    if found is None:  # d-stationary implies Clarke stationary
        assert hull.contains_zero is not False


def limit_of(state: Any, direction: tuple[fmpq, fmpq]) -> tuple[fmpq, fmpq]:
    """(int d x r, int d r) by differences of the response, which is differentiable there."""
    from exactland.derivatives.integral import residual_tail

    activation = state.problem.network.activation
    plus, minus = activation.alpha_plus, activation.alpha_minus
    lower, upper = state.knots[0], state.knots[-1]
    values = [direction[0] * end + direction[1] for end in (lower, upper)]
    result = []
    for power in (1, 0):
        whole = residual_tail(state, lower, power)
        if values[0] * values[1] >= 0:
            slope = plus if values[0] + values[1] > 0 else minus
            result.append(slope * whole)
            continue
        tail = residual_tail(state, -direction[1] / direction[0], power)
        left, right = (minus, plus) if direction[0] > 0 else (plus, minus)
        result.append(left * (whole - tail) + right * tail)
    return result[0], result[1]


def test_an_algebraic_slope() -> None:
    # gamma = (sqrt 2 - 1)^2: sqrt gamma and everything at n = 1 lies in Q(sqrt 2).
    field = {"minpoly": ["-2", "0", "1"], "interval": ["1", "2"]}
    root = field_from_json(field).generator
    kappa = 1 + root  # 1 / sqrt gamma
    breakpoint_text = [str(entry) for entry in (1 / root).coefficients]
    found = analyze_integral(
        integral_problem_from_json(
            {
                "field": field,
                "network": {
                    "activation": {"kind": "leaky_relu", "slope": ["3", "-2"]},
                    "w": [["1"]],
                    "b": [[f"-{breakpoint_text[0]}", f"-{breakpoint_text[1]}"]],
                    "v": [[[str(entry) for entry in kappa.coefficients]]],
                    "c": ["1/2"],
                },
                "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]},
            }
        )
    )
    assert found.verdict == "saddle" and found.inertia == (1, 1, 2)
    assert found.checks and all(found.checks.values())
    assert found.threshold is not None and found.threshold.margin == 0
    assert found.to_json()["hessian"]["inertia"] == [1, 1, 2]
