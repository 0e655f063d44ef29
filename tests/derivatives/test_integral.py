"""Loss, gradient and Hessian of the integral loss against independent exact computations."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from flint import fmpq, fmpq_mat, fmpq_poly
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from exactland.arithmetic.inertia import inertia
from exactland.derivatives.integral import (
    IntegralState,
    directional_derivative,
    gradient,
    integral_state,
    regularity,
)
from exactland.derivatives.integral_hessian import hessian, quadratic_form
from exactland.derivatives.integral_quadratic import quadratic_inertia
from exactland.problem.integral import IntegralProblem, Parameters, integral_problem_from_json

SMALL = st.sampled_from(["0", "1", "-1", "1/2", "-1/2", "2", "-2", "1/3", "-3/2", "2/7", "-5/4"])
ACTIVATIONS: list[dict[str, Any]] = [
    {"kind": "relu"},
    {"kind": "leaky_relu", "slope": "1/4"},
    {"kind": "relu_like", "alpha_plus": "2", "alpha_minus": "-1/3"},
    {"kind": "quadratic"},
]


@st.composite
def points(
    draw: st.DrawFn,
    affine: bool = False,
    biases: bool = False,
    kinds: Sequence[dict[str, Any]] = ACTIVATIONS,
) -> IntegralProblem:
    """Small problems: breakpoints meet each other, the ends and zero on purpose."""
    width = draw(st.integers(0, 3))

    def vector(length: int) -> list[str]:
        return draw(st.lists(SMALL, min_size=length, max_size=length))

    network: dict[str, Any] = {
        "activation": draw(st.sampled_from(kinds)),
        "w": [[entry] for entry in vector(width)],
        "v": [vector(width)],
    }
    if biases or draw(st.booleans()):
        network["b"] = vector(width)
    if biases or draw(st.booleans()):
        network["c"] = vector(1)
    loss: dict[str, Any] = {
        "kind": "integral",
        "interval": draw(st.sampled_from([["0", "1"], ["-1", "2"], ["-1/2", "1/3"]])),
        "target": vector(2 if affine else draw(st.integers(1, 4))),
    }
    if not affine:
        loss["weight"] = draw(st.sampled_from([["1"], ["3", "1"], ["2", "0", "1/2"]]))
        loss["scale"] = draw(st.sampled_from(["1", "1/2"]))
    return integral_problem_from_json({"network": network, "loss": loss})


# The pairwise route: every inner product on its own, between all breakpoints, by Fractions.


def ratio(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def inner(problem: IntegralProblem, *factors: Any) -> Fraction:
    """int of a product of functions p1(x) * ... * weight, each a map from a cell to (poly)."""
    lower, upper = map(ratio, problem.loss.interval)
    w, b, _, _ = problem.parameters
    cuts = {-ratio(b[j]) / ratio(w[j]) for j in range(problem.width) if w[j] != 0}
    cuts = {lower, upper} | {cut for cut in cuts if lower < cut < upper}
    ordered = sorted(cuts)
    total = Fraction(0)
    for start, end in pairwise(ordered):
        product = [ratio(entry) * ratio(problem.loss.scale) for entry in problem.loss.weight]
        for factor in factors:
            product = times(product, factor((start + end) / 2))
        total += sum(
            (
                entry * (end ** (k + 1) - start ** (k + 1)) / (k + 1)
                for k, entry in enumerate(product)
            ),
            Fraction(0),
        )
    return total


def times(left: list[Fraction], right: list[Fraction]) -> list[Fraction]:
    result = [Fraction(0)] * (len(left) + len(right))
    for i, a in enumerate(left):
        for j, c in enumerate(right):
            result[i + j] += a * c
    return result


def pairwise_loss_and_gradient(problem: IntegralProblem) -> tuple[Fraction, list[Fraction]]:
    activation = problem.network.activation
    w, b, v = ([ratio(entry) for entry in block] for block in problem.parameters[:3])
    square = activation.kind == "quadratic"

    def slope(j: int, at: Fraction) -> list[Fraction]:
        if square:
            return [2 * b[j], 2 * w[j]]
        positive = w[j] * at + b[j] > 0 or (w[j] == 0 and b[j] == 0)
        return [ratio(activation.alpha_plus if positive else activation.alpha_minus)]

    def output(j: int, at: Fraction) -> list[Fraction]:
        if square:
            return [b[j] ** 2, 2 * b[j] * w[j], w[j] ** 2]
        (factor,) = slope(j, at)
        return [factor * b[j], factor * w[j]]

    def target(_: Fraction) -> list[Fraction]:
        return [-ratio(entry) for entry in problem.loss.target] or [Fraction(0)]

    def neuron(j: int) -> Any:
        return lambda at: [v[j] * entry for entry in output(j, at)]

    terms = [neuron(j) for j in range(problem.width)]
    terms += [lambda _: [ratio(problem.parameters.c)], target]
    loss = sum((inner(problem, f, g) for f in terms for g in terms), Fraction(0))
    parts: dict[str, Any] = {}
    for j in range(problem.width):
        parts[f"w{j}"] = lambda at, j=j: times([0, v[j]], slope(j, at))  # type: ignore[list-item]
        parts[f"b{j}"] = lambda at, j=j: times([v[j]], slope(j, at))
        parts[f"v{j}"] = lambda at, j=j: output(j, at)
    parts["c"] = lambda _: [Fraction(1)]
    return loss, [
        2 * sum((inner(problem, parts[name], f) for f in terms), Fraction(0))
        for name in problem.coordinates
    ]


@settings(max_examples=150)
@given(points())
def test_loss_and_gradient_are_those_of_the_pairwise_route(problem: IntegralProblem) -> None:
    state = integral_state(problem)
    loss, slopes = pairwise_loss_and_gradient(problem)
    assert ratio(state.loss) == loss
    assert [ratio(entry) for entry in gradient(state)] == slopes


def order_of(state: IntegralState) -> Any:
    """The cell: which neuron's kink is where, in order."""
    kinds = [(kind.kind, kind.sign, kind.interior) for kind in state.types]
    return kinds, [site.neurons for site in state.sites]


STEP = fmpq(1, 10**9)


def second_derivative(state: IntegralState, direction: dict[str, fmpq]) -> fmpq | None:
    """The exact second derivative of L along a line inside the cell, by interpolation.

    L times the product of all w_j^3 is a polynomial along the line (constant weight, affine
    target); a surplus of samples proves that the interpolation is right.  None: not in one cell.
    """
    problem = state.problem
    degree = 3 * problem.width + 8
    w = problem.parameters.w
    samples: list[tuple[fmpq, fmpq]] = []
    for k in range(-(degree // 2 + 2), degree // 2 + 3):
        step = STEP * k
        moved = integral_state(problem.moved(direction, step))
        if order_of(moved) != order_of(state):
            return None
        factor = fmpq(1)
        for entry in moved.problem.parameters.w:
            factor *= entry**3 if problem.network.activation.kind != "quadratic" else 1
        samples.append((fmpq(k), moved.loss * factor))
    fit, rest = samples[: degree + 1], samples[degree + 1 :]
    table = fmpq_mat([[at**power for power in range(degree + 1)] for at, _ in fit])
    top = fmpq_poly(table.solve(fmpq_mat([[value] for _, value in fit])).entries())
    assert all(top(at) == value for at, value in rest)
    bottom = fmpq_poly([1])
    if problem.network.activation.kind != "quadratic":
        for j in range(problem.width):
            change = direction.get(f"w{j}", fmpq(0)) * STEP
            bottom *= fmpq_poly([w[j], change]) ** 3
    value = top(fmpq(0)) / bottom(fmpq(0))
    a, b = top.derivative(), bottom.derivative()
    zero = fmpq(0)
    first = (a(zero) - value * b(zero)) / bottom(zero)
    second = a.derivative()(zero) - value * b.derivative()(zero) - 2 * first * b(zero)
    return second / bottom(zero) / STEP**2


@settings(max_examples=40)
@given(points(affine=True), st.data())
def test_hessian_is_the_exact_second_derivative_along_lines(
    problem: IntegralProblem, data: st.DataObject
) -> None:
    assume(problem.coordinates)
    state = integral_state(problem)
    assume(regularity(state).c2_near)
    quadratic = problem.network.activation.kind == "quadratic"
    assume(quadratic or all(entry != 0 for entry in problem.parameters.w))
    entries = data.draw(
        st.lists(SMALL, min_size=len(problem.coordinates), max_size=len(problem.coordinates))
    )
    direction = {
        name: fmpq(*map(int, [*entry.split("/"), "1"][:2]))
        for name, entry in zip(problem.coordinates, entries, strict=True)
    }
    expected = second_derivative(state, direction)
    assume(expected is not None)
    assert quadratic_form(hessian(state), list(direction.values())) == expected


@settings(max_examples=150)
@given(points(kinds=ACTIVATIONS[3:]))
def test_quadratic_activation_inertia_from_blocks_and_a_gram_matrix(
    problem: IntegralProblem,
) -> None:
    state = integral_state(problem)
    rows = hessian(state)
    found = quadratic_inertia(state)
    event("proved" if found is not None else "left to the whole matrix")
    counts = inertia(rows).counts
    assert found == (counts if regular_blocks(state) and counts[1] == 0 else None)


def regular_blocks(state: IntegralState) -> bool:
    """Whether the blocks on (w_j, b_j, v_j), or (w_j, v_j), are nonsingular."""
    r0, r1, r2 = (tail[0] for tail in state.residual_tails)
    w, b, v, _ = state.problem.parameters
    for a, c, height in zip(w, b, v, strict=True):
        first, second = a * r2 + c * r1, a * r1 + c * r0
        if not state.problem.has_hidden_biases:
            if first == 0:
                return False
        elif height * (2 * first * second * r1 - first**2 * r0 - second**2 * r2) == 0:
            return False
    return True


@settings(max_examples=60)
@given(points(), st.data())
def test_one_sided_derivative_is_the_limit_of_exact_quotients(
    problem: IntegralProblem, data: st.DataObject
) -> None:
    assume(problem.coordinates)
    state = integral_state(problem)
    direction = {
        name: fmpq(data.draw(st.integers(-2, 2)), data.draw(st.integers(1, 2)))
        for name in problem.coordinates
    }
    slope = directional_derivative(state, direction)
    step = fmpq(1, 10**8)
    quotient = (integral_state(problem.moved(direction, step)).loss - state.loss) / step
    assert abs(quotient - slope) < fmpq(1, 1000)


@settings(max_examples=60)
@given(points(affine=True, biases=True), st.sampled_from([fmpq(2), fmpq(1, 3)]))
def test_equivariances(problem: IntegralProblem, factor: fmpq) -> None:
    loss = integral_state(problem).loss
    w, b, v, c = problem.parameters
    degree = 2 if problem.network.activation.kind == "quadratic" else 1
    rescaled = problem.at(
        Parameters(
            tuple(factor * entry for entry in w),
            tuple(factor * entry for entry in b),
            tuple(entry / factor**degree for entry in v),
            c,
        )
    )
    assert integral_state(rescaled).loss == loss
    lower, upper = problem.loss.interval
    beta, alpha = (*problem.loss.target, fmpq(0), fmpq(0))[:2]
    mirrored = integral_problem(
        problem,
        Parameters(
            tuple(-entry for entry in w),
            tuple(b[j] + (lower + upper) * w[j] for j in range(problem.width)),
            v,
            c,
        ),
        (lower, upper),
        (beta + alpha * (lower + upper), -alpha),
    )
    assert integral_state(mirrored).loss == loss
    if alpha != 0:
        length = upper - lower
        unit = integral_problem(
            problem,
            Parameters(
                tuple(entry * length for entry in w),
                tuple(b[j] + w[j] * lower for j in range(problem.width)),
                tuple(entry / (alpha * length) for entry in v),
                (c - beta - alpha * lower) / (alpha * length),
            ),
            (fmpq(0), fmpq(1)),
            (fmpq(0), fmpq(1)),
        )
        assert alpha**2 * length**3 * integral_state(unit).loss == loss


def integral_problem(
    problem: IntegralProblem, point: Parameters, interval: Any, target: Any
) -> IntegralProblem:
    from exactland.problem.integral import IntegralLoss

    return IntegralProblem(problem.at(point).network, IntegralLoss(interval, target))


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_breakpoint_within_1e_minus_40_of_an_end_is_not_at_it(sign: str) -> None:
    near = f"{sign}1/{10**40}"
    point = {
        "network": {
            "activation": {"kind": "relu"}, "w": [["-1"]], "b": [near], "v": [["1"]], "c": ["1/2"],
        },
        "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]},
    }  # fmt: skip
    state = integral_state(integral_problem_from_json(point))
    assert state.types[0].kind == ("inactive" if sign else "type-2-active")
    assert regularity(state).c2_near


def test_one_hundred_neurons_with_64_bit_parameters() -> None:
    import random

    draw = random.Random(5)

    def number() -> str:
        return f"{draw.randrange(-(2**63), 2**63)}/{draw.randrange(1, 2**63)}"

    width = 100
    problem = integral_problem_from_json(
        {
            "network": {
                "activation": {"kind": "relu"},
                "w": [[number()] for _ in range(width)],
                "b": [number() for _ in range(width)],
                "v": [[number() for _ in range(width)]],
                "c": [number()],
            },
            "loss": {"kind": "integral", "interval": ["-3", "2"], "target": ["1", "1"]},
        }
    )
    state = integral_state(problem)
    slopes, rows = gradient(state), hessian(state)
    # The Hessian's last row is the derivative of dL/dc, whose L-part in c is 2 T.
    assert rows[-1][-1] == 10 and len(rows) == len(slopes) == 301
    assert all(rows[i][j] == rows[j][i] for i in range(0, 301, 17) for j in range(301))
