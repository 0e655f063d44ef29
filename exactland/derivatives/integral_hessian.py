"""Second order of the integral loss: the exact Hessian, also of the one-sided extension.

    H = 2 int grad f grad f^T p + direct sum of 3 x 3 blocks K_j on (w_j, b_j, v_j).

The Gram part of two neurons depends on these two only, so that its entries stay small numbers;
the residual enters the N blocks K_j alone.
"""

from __future__ import annotations

from flint import fmpq

from exactland.arithmetic.ordered_polynomials import Number, evaluate
from exactland.derivatives.integral import IntegralState, endpoint_residual, gated_residual
from exactland.derivatives.integral_quadratic import quadratic_hessian
from exactland.problem.activations import Quadratic

SymmetricRows = list[list[Number]]


def hessian(state: IntegralState, *, modified: bool = False) -> SymmetricRows:
    """Return the Hessian at a point where the loss is twice differentiable.

    Parameters
    ----------
    state : IntegralState
        Of a point whose :func:`~exactland.derivatives.integral.regularity` says
        ``twice_differentiable`` (elsewhere the result is the Hessian of one side only).
    modified : bool
        Add, at semi-inactive ReLU neurons, the curvature of their active side: the Hessian of the
        C^2 extension by signed integrals, which governs gradient descent there.

    Returns
    -------
    list of rows
        Symmetric, in the order of ``problem.coordinates``.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "leaky_relu", "slope": "1/4"}, "w": [["1"]],
    ...                 "b": ["-2/3"], "v": [["2"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> for row in hessian(integral_state(problem)):
    ...     print(*row)
    46/27 2 5/27 4/3
    2 5/2 1/6 2
    5/27 1/6 1/27 0
    4/3 2 0 2
    """
    if isinstance(state.problem.network.activation, Quadratic):
        full = quadratic_hessian(state)
    else:
        full = _gram(state)
        _add_blocks(state, full, modified)
    keep = _kept(state)
    return [[full[i][j] for j in keep] for i in keep]


def quadratic_form(matrix: SymmetricRows, vector: list[Number]) -> Number:
    """Return v^T H v.

    Examples
    --------
    >>> quadratic_form([[fmpq(1), fmpq(2)], [fmpq(2), fmpq(0)]], [fmpq(1), fmpq(-1)])
    -3
    """
    support = [i for i, entry in enumerate(vector) if entry != 0]
    total = fmpq(0)
    for i in support:
        row = fmpq(0)
        for j in support:
            row = row + matrix[i][j] * vector[j]
        total = total + vector[i] * row
    return total


def semi_inactive_curvature(state: IntegralState, neuron: int) -> Number:
    """Return the factor of (T_k, 1)(T_k, 1)^T that the active side adds: 2 v r(T_k) p(T_k) / |w|.

    Examples
    --------
    >>> from exactland.derivatives.integral import integral_state
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["-1"]], "b": ["0"],
    ...                 "v": [["1"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> semi_inactive_curvature(integral_state(problem), 0)
    1
    """
    kind = state.types[neuron]
    if kind.endpoint is None:
        raise ValueError("the neuron has no breakpoint at an endpoint")
    return _curvature(
        state, neuron, state.problem.loss.interval[kind.endpoint],
        endpoint_residual(state, kind.endpoint),
    )  # fmt: skip


def _gram(state: IntegralState) -> SymmetricRows:
    """2 int grad f grad f^T p on all of (w, b, v, c), absent parameters included."""
    problem = state.problem
    w, b, v, _ = problem.parameters
    width, tails = problem.width, state.weight_tails
    full: SymmetricRows = [[fmpq(0)] * (3 * width + 1) for _ in range(3 * width + 1)]
    doubled = [2 * entry for entry in v]
    for i in range(width):
        gate, at = state.gates[i], state.knot_of[i]
        for j in range(i, width):
            other, place = state.gates[j], state.knot_of[j]
            later = max(at, place)
            moments = []
            for tail in tails[:3]:
                value = gate.left * other.left * tail[0]
                if other.jump != 0:
                    value = value + gate.left * other.jump * tail[place]
                if gate.jump != 0:
                    value = value + gate.jump * other.left * tail[at]
                    if other.jump != 0:
                        value = value + gate.jump * other.jump * tail[later]
                moments.append(value)
            m0, m1, m2 = moments
            if m0 == m1 == m2 == 0:  # one is inactive wherever the other is active
                continue
            low = (w[j] * m1 + b[j] * m0, w[j] * m2 + b[j] * m1)  # int x^k d_i rho_j p
            high = (w[i] * m1 + b[i] * m0, w[i] * m2 + b[i] * m1)  # int x^k d_j rho_i p
            weight = doubled[i] * v[j]
            entries = {
                (i, j): weight * m2,
                (i, width + j): weight * m1,
                (width + i, j): weight * m1,
                (width + i, width + j): weight * m0,
                (i, 2 * width + j): doubled[i] * low[1],
                (width + i, 2 * width + j): doubled[i] * low[0],
                (2 * width + i, j): doubled[j] * high[1],
                (2 * width + i, width + j): doubled[j] * high[0],
                (2 * width + i, 2 * width + j): 2 * (w[i] * low[1] + b[i] * low[0]),
            }
            for (row, column), entry in entries.items():
                full[row][column] = full[column][row] = entry
        m0, m1 = (gate.left * tail[0] + gate.jump * tail[at] for tail in tails[:2])
        last = (doubled[i] * m1, doubled[i] * m0, 2 * (w[i] * m1 + b[i] * m0))
        for block, entry in enumerate(last):
            full[block * width + i][-1] = full[-1][block * width + i] = entry
    full[-1][-1] = 2 * tails[0][0]
    return full


def _add_blocks(state: IntegralState, full: SymmetricRows, modified: bool) -> None:
    """Add the blocks K_j; with b absent, breakpoints do not move and their part drops out."""
    width = state.problem.width
    for j, neuron in enumerate(state.types):
        e0, e1 = gated_residual(state, j, 0), gated_residual(state, j, 1)
        for row, entry in ((j, 2 * e1), (width + j, 2 * e0)):
            full[row][2 * width + j] = full[row][2 * width + j] + entry
            full[2 * width + j][row] = full[row][2 * width + j]
        if neuron.flat or not state.problem.has_hidden_biases:
            continue
        if neuron.interior:
            at, knot = neuron.breakpoint, state.knot_of[j]
            curvature = _curvature(state, j, at, evaluate(state.pieces[knot], at))
        elif modified and neuron.kind.startswith("semi-inactive"):
            at, curvature = neuron.breakpoint, semi_inactive_curvature(state, j)
        else:
            continue
        full[j][j] = full[j][j] + curvature * at * at
        full[j][width + j] = full[width + j][j] = full[j][width + j] + curvature * at
        full[width + j][width + j] = full[width + j][width + j] + curvature


def _curvature(state: IntegralState, neuron: int, at: Number, residual: Number) -> Number:
    problem = state.problem
    weight = evaluate(problem.loss.density, at)
    slope = problem.parameters.w[neuron] * state.types[neuron].sign
    kink = problem.network.activation.kink
    return 2 * problem.parameters.v[neuron] * kink * residual * weight / slope


def _kept(state: IntegralState) -> list[int]:
    width = state.problem.width
    keep = list(range(3 * width + 1))
    if not state.problem.has_hidden_biases:
        del keep[width : 2 * width]
    return keep if state.problem.has_output_bias else keep[:-1]
