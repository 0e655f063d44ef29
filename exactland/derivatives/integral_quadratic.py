"""Quadratic activation: the derivatives of the integral loss as products with small matrices.

Every derivative of f = c + sum_j v_j (w_j x + b_j)^2 in a parameter is a polynomial of degree at
most 2.  Row i of the matrix U holds the coefficients of d_i f in 1, x, x^2.  With the moments
R_k = int x^k r p of the residual and G = (2 int x^(k + l) p) for k, l = 0, 1, 2,

    grad L = 2 U R,        H = U G U^T + direct sum of 3 x 3 blocks K_j on (w_j, b_j, v_j).

Fractions of unrelated denominators are reduced once, at the end of a matrix product; and the
inertia of H is that of matrices of size 3 and 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from flint import arb, fmpq

from exactland.arithmetic.ball_inertia import PRECISION, inertia_of_blocks_and_gram
from exactland.arithmetic.balls import working_precision
from exactland.arithmetic.matrices import multiply, transpose
from exactland.arithmetic.ordered_polynomials import Number

if TYPE_CHECKING:
    from exactland.derivatives.integral import IntegralState


def quadratic_gradient(state: IntegralState) -> list[Number]:
    """Return the gradient in all of (w, b, v, c), absent parameters included.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> state = integral_state(integral_problem_from_json({
    ...     "network": {"activation": {"kind": "quadratic"}, "w": [["1"]], "b": ["0"],
    ...                 "v": [["1"]], "c": ["0"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}}))
    >>> quadratic_gradient(state)
    [-1/5, -1/3, -1/10, -1/3]
    """
    twice = [(2 * moment,) for moment in _residual_moments(state)]
    return [entry for (entry,) in multiply(_rows(state), twice)]


def quadratic_hessian(state: IntegralState) -> list[list[Number]]:
    """Return the Hessian in all of (w, b, v, c), absent parameters included.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> state = integral_state(integral_problem_from_json({
    ...     "network": {"activation": {"kind": "quadratic"}, "w": [["1"]], "b": ["0"],
    ...                 "v": [["1"]], "c": ["0"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}}))
    >>> for row in quadratic_hessian(state):
    ...     print(*row)
    7/5 5/3 3/5 4/3
    5/3 2 2/3 2
    3/5 2/3 2/5 2/3
    4/3 2 2/3 2
    """
    w, b, v, _ = state.problem.parameters
    rows, width = _rows(state), state.problem.width
    full = [list(row) for row in multiply(multiply(rows, _gram(state)), transpose(rows))]
    moments = _residual_moments(state)
    for j in range(width):
        places = (j, width + j, 2 * width + j)
        for i, line in zip(places, _block(w[j], b[j], v[j], moments), strict=True):
            for k, entry in zip(places, line, strict=True):
                full[i][k] = full[i][k] + entry
    return full


def quadratic_inertia(state: IntegralState) -> tuple[int, int, int] | None:
    """Return (negative, zero, positive) of the Hessian, None if balls do not prove it.

    They prove it where every block K_j is nonsingular, at a generic point; all numbers of the
    state must be rational.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> state = integral_state(integral_problem_from_json({
    ...     "network": {"activation": {"kind": "quadratic"}, "w": [["1"]], "b": ["0"],
    ...                 "v": [["1"]], "c": ["0"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}}))
    >>> quadratic_inertia(state)
    (1, 0, 3)
    """
    w, b, v, _ = state.problem.parameters
    kept = (0, 1, 2) if state.problem.has_hidden_biases else (0, 2)
    with working_precision(PRECISION):
        moments = [arb(moment) for moment in _residual_moments(state)]
        blocks = []
        for neuron in zip(map(arb, w), map(arb, b), map(arb, v), strict=True):
            block, rows = _block(*neuron, moments), _neuron_rows(*neuron)
            blocks.append(
                ([[block[i][k] for k in kept] for i in kept], [list(rows[i]) for i in kept])
            )
    loose = [[fmpq(1), fmpq(0), fmpq(0)]] if state.problem.has_output_bias else []
    return inertia_of_blocks_and_gram(blocks, loose, _gram(state))


def _rows(state: IntegralState) -> list[tuple[Number, Number, Number]]:
    """Return U in the order w, b, v, c."""
    w, b, v, _ = state.problem.parameters
    neurons = [_neuron_rows(*neuron) for neuron in zip(w, b, v, strict=True)]
    return [rows[i] for i in range(3) for rows in neurons] + [(fmpq(1), fmpq(0), fmpq(0))]


def _neuron_rows(w: Number, b: Number, v: Number) -> tuple[tuple[Number, Number, Number], ...]:
    constant, slope, zero = 2 * v * b, 2 * v * w, 0 * v
    return (zero, constant, slope), (constant, slope, zero), (b * b, 2 * w * b, w * w)


def _block(w: Number, b: Number, v: Number, moments: Sequence[Number]) -> list[list[Number]]:
    """Return K_j = 2 (int d_kl f r p) on (w_j, b_j, v_j)."""
    r0, r1, r2 = moments
    first, second = 4 * (w * r2 + b * r1), 4 * (w * r1 + b * r0)
    scaled = 4 * v
    return [
        [scaled * r2, scaled * r1, first],
        [scaled * r1, scaled * r0, second],
        [first, second, 0 * v],
    ]


def _residual_moments(state: IntegralState) -> list[Number]:
    return [tail[0] for tail in state.residual_tails]


def _gram(state: IntegralState) -> list[list[Number]]:
    moments = [tail[0] for tail in state.weight_tails]
    return [[2 * moments[k + power] for power in range(3)] for k in range(3)]
