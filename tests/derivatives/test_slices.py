"""Slices of the landscape: values, cells and kinks against definitions from outside."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from exactland.derivatives.slices import (
    Boundary,
    Slice,
    coordinates,
    empirical_slice,
    integral_slice,
)
from exactland.errors import InputError
from exactland.problem.files import problem_from_json
from exactland.problem.integral import integral_problem_from_json
from exactland.problem.losses import Problem
from tests.oracle import Oracle
from tests.strategies import problems

RATIONALS = st.fractions(min_value=-2, max_value=2, max_denominator=4)


def q(value: Fraction) -> fmpq:
    return fmpq(value.numerator, value.denominator)


@st.composite
def slices(draw: st.DrawFn, count: int) -> tuple[dict[str, Any], Any]:
    obj = draw(problems())
    problem = problem_from_json(obj)
    assert isinstance(problem, Problem)
    names = coordinates(problem)
    ways = [
        {
            name: q(draw(RATIONALS))
            for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=3))
        }
        for _ in range(count)
    ]
    return obj, empirical_slice(problem, ways)


def at(obj: dict[str, Any], ways: Any, position: list[Fraction]) -> Oracle:
    """The oracle's point of a slice, moved entry by entry."""
    oracle = Oracle(obj)
    width = len(oracle.w[0]) - ("b" in obj["network"])
    for way, step in zip(ways, position, strict=True):
        for name, entry in way.items():
            change = step * Fraction(int(entry.p), int(entry.q))
            block, *places = name.replace("]", "").split("[")
            first, second = (int(places[0]), int(places[-1]))
            if block == "w":
                oracle.w[first][second] += change
            elif block == "b":
                oracle.w[first][width] += change
            elif block == "v":
                oracle.h[second][first] += change
            else:
                assert oracle.c is not None
                oracle.c[first] += change
    return oracle


@given(slices(2), RATIONALS, RATIONALS)
def test_the_loss_in_a_plane_is_that_of_the_moved_network(
    case: tuple[dict[str, Any], Any], s: Fraction, t: Fraction
) -> None:
    obj, plane = case
    expected = at(obj, plane.directions, [s, t]).loss()
    assert plane.loss([q(s), q(t)]) == q(expected)
    from exactland.derivatives.empirical import evaluate

    assert evaluate(plane.problem([q(s), q(t)])).loss == q(expected)


@given(slices(1), RATIONALS)
def test_a_neuron_meets_a_data_point_exactly_at_a_boundary(
    case: tuple[dict[str, Any], Any], t: Fraction
) -> None:
    obj, line = case
    oracle = at(obj, line.directions, [t])
    still = at(obj, line.directions, [t + 1])
    met = {
        (i, k)
        for i, weight in enumerate(oracle.w)
        for k, row in enumerate(oracle.x)
        if sum(a * b for a, b in zip(weight, row, strict=True)) == 0
        and sum(a * b for a, b in zip(still.w[i], row, strict=True)) != 0
    }
    if obj["network"]["activation"]["kind"] == "identity":
        met = set()
    found = {
        meet
        for boundary in line.boundaries
        if boundary.constant + boundary.coefficients[0] * q(t) == 0
        for meet in boundary.meets
    }
    assert found == met


def polynomial_slope(values: list[Fraction], step: Fraction) -> Fraction:
    """The derivative at 0 of the polynomial of degree <= 4 with these values at 0, step, ..., 4 step."""  # noqa: E501
    weights = [Fraction(-25, 12), Fraction(4), Fraction(-3), Fraction(4, 3), Fraction(-1, 4)]
    return sum((w * v for w, v in zip(weights, values, strict=True)), Fraction(0)) / step


@given(slices(1), RATIONALS, st.booleans())
def test_the_jump_is_the_difference_of_both_one_sided_slopes(
    case: tuple[dict[str, Any], Any], t: Fraction, on_boundary: bool
) -> None:
    obj, line = case
    places = [
        Fraction(int(place.p), int(place.q))
        for place in (-b.constant / b.coefficients[0] for b in line.boundaries)
    ]
    if on_boundary and places:
        t = places[0]
    gaps = [abs(place - t) for place in places if place != t]
    step = min([Fraction(1), *gaps]) / 5
    right, left = (
        polynomial_slope(
            [at(obj, line.directions, [t + side * k * step]).loss() for k in range(5)], step
        )
        for side in (1, -1)
    )
    assert line.jump([q(t)], 0) == q(right + left)


def integral(parameters: dict[str, list[str]]) -> Any:
    return integral_problem_from_json(
        {
            "network": {
                "activation": {"kind": "relu"},
                "w": [[entry] for entry in parameters["w"]],
                "b": parameters["b"],
                "v": [parameters["v"]],
                "c": ["1/2"],
            },
            "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]},
        }
    )


def test_boundaries_of_an_integral_loss_are_breakpoints_at_the_ends() -> None:
    line: Slice = integral_slice(
        integral({"w": ["1"], "b": ["-1/3"], "v": ["2"]}), [{"b[0]": fmpq(2)}]
    )
    assert line.boundaries == (
        Boundary(fmpq(-1, 6), (fmpq(1),), ((0, 0),)),
        Boundary(fmpq(1, 3), (fmpq(1),), ((0, 1),)),
    )
    # Far on the inactive side f = 1/2; the loss is then int (1/2 - x)^2 = 1/12.
    assert line.loss([fmpq(-1)]) == fmpq(1, 12)


def test_an_integral_loss_has_a_kink_only_where_weight_and_bias_vanish() -> None:
    """In b alone the loss is C^1; through w = b = 0 its derivative jumps (spec, section 2)."""
    smooth = integral_slice(integral({"w": ["1"], "b": ["0"], "v": ["1"]}), [{"b[0]": fmpq(1)}])
    assert smooth.jump([fmpq(0)], 0) == smooth.jump([fmpq(-1)], 0) == 0
    kinked = integral_slice(integral({"w": ["0"], "b": ["0"], "v": ["1"]}), [{"w[0][0]": fmpq(1)}])
    # L'(1,0) = -1/6 and L'(-1,0) = 0 at the degenerate neuron with c = 1/2, v = 1.
    assert kinked.jump([fmpq(0)], 0) == fmpq(-1, 6)


def test_unknown_parameters_are_refused_by_name() -> None:
    point = integral({"w": ["1"], "b": ["0"], "v": ["1"]})
    with pytest.raises(InputError, match=r"direction 1: 'w\[3\]\[0\]' is no parameter"):
        integral_slice(point, [{"w[3][0]": fmpq(1)}])
    with pytest.raises(InputError, match="direction 1: is zero"):
        integral_slice(point, [{}])
