"""Loss, residuals and one-sided derivatives agree with their definitions; the global identity."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from exactland.arithmetic.rationals import parse_rational
from exactland.derivatives.empirical import evaluate, one_sided_functionals
from exactland.derivatives.hessian import hessian, is_smooth, split_parameters
from exactland.landscape.directions import line, loss_along
from exactland.landscape.stationarity import output_gradient
from tests.oracle import Oracle, dot
from tests.reference import empirical_problem
from tests.strategies import SMALL, problems


def fractions(vector: tuple[fmpq, ...]) -> list[Fraction]:
    return [Fraction(int(a.p), int(a.q)) for a in vector]


@given(problems(max_dimension=3, max_outputs=3))
def test_loss_and_residuals_are_those_of_the_definition(problem: dict[str, Any]) -> None:
    point, oracle = evaluate(empirical_problem(problem)), Oracle(problem)
    assert fractions((point.loss,))[0] == oracle.loss()
    assert [fractions(row) for row in point.residuals] == oracle.residuals()


@given(problems(max_dimension=3, max_outputs=3), st.data())
def test_psi_is_the_one_sided_derivative_of_the_dual_function(
    problem: dict[str, Any], data: Any
) -> None:
    point, oracle = evaluate(empirical_problem(problem)), Oracle(problem)
    vector = data.draw(st.lists(SMALL, min_size=oracle.dimension, max_size=oracle.dimension))
    direction = [Fraction(a) for a in vector]
    for index, psi in enumerate(one_sided_functionals(point)):
        values = psi(tuple(parse_rational(a) for a in vector))
        assert fractions(values) == oracle.psi(index, direction)
        assert fractions(output_gradient(point, psi, index)) == oracle.output_gradient(index)


@given(problems(max_dimension=2, max_outputs=2))
def test_psi_vanishes_identically_iff_it_vanishes_on_the_fan(problem: dict[str, Any]) -> None:
    point, oracle = evaluate(empirical_problem(problem)), Oracle(problem)
    for index, psi in enumerate(one_sided_functionals(point)):
        assert psi.is_zero() == (not any(any(oracle.psi(index, v)) for v in oracle.rays()))


@given(problems(max_dimension=2, max_outputs=2), problems(max_dimension=2, max_outputs=2))
def test_the_global_identity(problem: dict[str, Any], other: dict[str, Any]) -> None:
    """L(Q) - L(P) = sum_i h'_i . Psi(w'_i) + c' . dL/dc + scale sum_k |f_Q - f_P|^2 for every Q of
    every width, if sum_k e_k . f_P(x_k) = 0 (made true here by the choice of the targets).
    """
    p = Oracle(problem)
    predictions = [p.predict(row) for row in p.x]
    # Residuals orthogonal to the predictions: exchange neighbouring entries with opposite signs.
    flat = [value for row in predictions for value in row]
    turned = [Fraction(0)] * len(flat)
    for index in range(0, len(flat) - 1, 2):
        turned[index], turned[index + 1] = -flat[index + 1], flat[index]
    rows = [turned[k * p.outputs : (k + 1) * p.outputs] for k in range(len(p.x))]
    problem["loss"]["y"] = [
        [str(f - e) for f, e in zip(prediction, errors, strict=True)]
        for prediction, errors in zip(predictions, rows, strict=True)
    ]
    p, q = Oracle(problem), Oracle(other)
    size, outputs = p.dimension, p.outputs
    weights = [(row + [Fraction(1)] * size)[:size] for row in q.w]
    heights = [(row + [Fraction(-1)] * outputs)[:outputs] for row in q.h]
    bias = [Fraction(1, 2)] * outputs if p.c is not None else None
    values = [p.predict(row, weights, heights, bias) for row in p.x]
    squares = sum(
        (a - b) ** 2
        for new, old in zip(values, predictions, strict=True)
        for a, b in zip(new, old, strict=True)
    )
    right = p.scale * squares
    for weight, height in zip(weights, heights, strict=True):
        dual = [
            2
            * p.scale
            * sum(e[j] * p.rho(dot(weight, x)) for e, x in zip(p.residuals(), p.x, strict=True))
            for j in range(outputs)
        ]
        right += dot(height, dual)
    if bias is not None:
        right += dot(bias, p.bias_gradient())
    assert p.loss(weights, heights, bias) - p.loss() == right


@settings(max_examples=60)
@given(problems(max_dimension=3, max_outputs=2), st.data())
def test_loss_along_a_line_is_the_polynomial_reported(problem: dict[str, Any], data: Any) -> None:
    parsed, oracle = empirical_problem(problem), Oracle(problem)
    point = evaluate(parsed)

    def vector(length: int) -> list[str]:
        return data.draw(st.lists(SMALL, min_size=length, max_size=length))

    weight, height = vector(oracle.dimension), vector(oracle.outputs)
    bias = vector(oracle.outputs) if oracle.c is not None else None
    exact = tuple(map(parse_rational, weight)), tuple(map(parse_rational, height))
    along = loss_along(
        point, line({0: exact}, None if bias is None else tuple(map(parse_rational, bias)))
    )
    tau = fractions((along.valid_until,))[0] / 3
    w = [[a + tau * Fraction(b) for a, b in zip(oracle.w[0], weight, strict=True)], *oracle.w[1:]]
    h = [[a + tau * Fraction(b) for a, b in zip(oracle.h[0], height, strict=True)], *oracle.h[1:]]
    c = (
        None
        if bias is None
        else [a + tau * Fraction(b) for a, b in zip(oracle.c or [], bias, strict=True)]
    )
    expected = oracle.loss(w, h, c) - oracle.loss()
    assert sum(a * tau**k for k, a in enumerate(fractions(along.coefficients))) == expected
    if along.decreasing_until is not None:
        assert expected < 0 or tau > fractions((along.decreasing_until,))[0]


@settings(max_examples=60)
@given(problems(max_dimension=3, max_outputs=2), st.data())
def test_hessian_is_the_second_difference_along_lines(problem: dict[str, Any], data: Any) -> None:
    point = evaluate(empirical_problem(problem))
    if not is_smooth(point):
        return
    matrix = hessian(point).matrix
    vector = tuple(parse_rational(data.draw(SMALL), "direction entry") for _ in range(len(matrix)))
    quadratic = sum(
        (a * dot_exact(row, vector) for a, row in zip(vector, matrix, strict=True)), fmpq(0)
    )
    along = loss_along(point, line(*split_parameters(point, vector)))
    second = along.coefficients[2] if len(along.coefficients) > 2 else fmpq(0)
    assert quadratic == 2 * second


def dot_exact(row: tuple[fmpq, ...], vector: tuple[fmpq, ...]) -> fmpq:
    return sum((a * b for a, b in zip(row, vector, strict=True)), fmpq(0))
