"""The checker's integral loss against its definition, and rays against the loss itself."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from exactland.checker.fields import Real
from exactland.checker.integral_functional import Point, evaluate_point, gradient, loss
from exactland.checker.integral_problem import read_integral_problem
from exactland.checker.integral_rays import expand
from exactland.checker.integral_second_order import (
    hessian,
    quadratic_form,
    require_twice_differentiable,
)
from exactland.checker.limits import Meter
from exactland.checker.outcome import Rejected
from exactland.checker.reader import Field, normalise
from tests import integral_oracle as oracle

Json = dict[str, Any]
NUMBERS = st.sampled_from(["0", "0", "1", "-1", "2", "-1/2", "1/3", "-2/3", "0.75"])
KINDS: list[Json] = [
    {"kind": "relu"},
    {"kind": "relu"},
    {"kind": "leaky_relu", "slope": "1/4"},
    {"kind": "abs"},
    {"kind": "relu_like", "alpha_plus": "-1/2", "alpha_minus": "3"},
    {"kind": "identity"},
    {"kind": "quadratic"},
]
TARGETS = st.sampled_from([["0", "1"], ["1/2"], [], ["0", "0", "1"], ["1/3", "-1", "0", "2"]])
DENSITIES: list[Json] = [{}, {"weight": ["2", "1/2"], "scale": "2/3"}, {"weight": ["3", "0", "1"]}]


@st.composite
def problems(draw: st.DrawFn) -> Json:
    width = draw(st.integers(0, 3))
    rows = st.lists(NUMBERS, min_size=width, max_size=width)
    network: Json = {
        "activation": draw(st.sampled_from(KINDS)),
        "w": [[x] for x in draw(rows)],
        "v": [draw(rows)],
    }
    if draw(st.booleans()):
        network["b"] = draw(rows)
    if draw(st.booleans()):
        network["c"] = [draw(NUMBERS)]
    interval = draw(st.sampled_from([["0", "1"], ["-1", "1"], ["-1", "2"], ["1/2", "3"]]))
    body = {"kind": "integral", "interval": interval, "target": draw(TARGETS)}
    density = draw(st.sampled_from(DENSITIES))
    return {"format": "exactland-problem/1", "network": network, "loss": body | density}


def point_of(problem: Json) -> Point:
    return evaluate_point(read_integral_problem(Field(normalise(problem), "problem", Meter())))


def rational(value: Real) -> Fraction:
    return Fraction(value.numerators[0], value.denominator)


@settings(max_examples=150)
@given(problems())
def test_loss_gradients_and_hessian_are_those_of_the_definition(problem: Json) -> None:
    point, s = point_of(problem), oracle.setting(problem)
    assert rational(loss(point)) == oracle.loss(s)
    assert list(map(rational, gradient(point))) == oracle.gradient(s)
    slopes = point.problem.slopes
    if slopes is not None:
        assert list(map(rational, gradient(point, slopes[1]))) == oracle.gradient(s, 1)
    for modified in (False, True):
        try:
            require_twice_differentiable(point, modified, "here")
        except Rejected:
            assert not oracle.twice_differentiable(s, modified)
            continue
        assert oracle.twice_differentiable(s, modified)
        rows = [list(map(rational, row)) for row in hessian(point, modified)]
        assert rows == oracle.hessian(s, modified)


@settings(max_examples=150)
@given(problems(), st.data())
def test_rays_expand_the_loss(problem: Json, data: st.DataObject) -> None:
    """L(P + tau d) - L(P) is its expansion up to a remainder of the next order."""
    point, s = point_of(problem), oracle.setting(problem)
    names = s.coordinates()
    chosen = data.draw(st.lists(st.sampled_from(names), max_size=4) if names else st.just([]))
    assume(chosen)
    shown = {name: data.draw(NUMBERS) for name in chosen}
    d = {name: Fraction(x) for name, x in shown.items()}
    field = point.problem.field
    expansion = expand(point, {name: field.rational(x) for name, x in d.items()})
    first, second = rational(expansion.first), rational(expansion.second)
    assert first == oracle.directional_derivative(s, d)
    third = None if expansion.third is None else rational(expansion.third)
    here = oracle.loss(s)
    order = 3 if third is None else 4
    step = Fraction(1, 10**9)
    change = oracle.loss(s.moved(d, step)) - here
    predicted = first * step + second * step**2 + (third or 0) * step**3
    assert abs(change - predicted) <= 10**6 * step**order


@settings(max_examples=60)
@given(problems(), st.data())
def test_the_hessian_is_the_second_order_of_rays(problem: Json, data: st.DataObject) -> None:
    point, s = point_of(problem), oracle.setting(problem)
    assume(s.coordinates() and oracle.twice_differentiable(s, False))
    field = point.problem.field
    d = {name: field.rational(Fraction(data.draw(NUMBERS))) for name in s.coordinates()}
    form = quadratic_form(hessian(point), list(d.values()))
    assert rational(form) == 2 * rational(expand(point, d).second)


@pytest.mark.parametrize(("b", "expected"), [("1", 1), ("-1", 0)])
def test_a_semi_inactive_neuron_bends_the_loss_on_one_side_only(b: str, expected: int) -> None:
    neuron = {"w": [["-1"]], "b": ["0"], "v": [["1"]], "c": ["1/2"]}
    network = {"activation": {"kind": "relu"}} | neuron
    body = {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}
    point = point_of({"format": "exactland-problem/1", "network": network, "loss": body})
    found = expand(point, {"b0": point.problem.field.rational(Fraction(b))})
    assert 2 * rational(found.second) == expected
