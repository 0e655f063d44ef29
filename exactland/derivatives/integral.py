"""First order of the integral loss: exact value, gradient, one-sided derivatives, regularity.

Everything is a combination of tail moments.  With p the weight (times the scale), r = f - target
and the knots T0 = q_0 < q_1 < ... < q_m = T1,

    W_k(i) = int_{q_i}^{T1} x^k p dx,        R_k(i) = int_{q_i}^{T1} x^k r p dx,

so that int d_j x^k r p = left_j R_k(0) + jump_j R_k(i) for the gate of neuron j (knot i).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from flint import fmpq

from exactland.arithmetic.ordered_polynomials import (
    Number,
    Polynomial,
    add,
    antiderivative,
    evaluate,
    multiply,
    scale,
)
from exactland.cells.breakpoints import (
    Gate,
    NeuronType,
    Site,
    gates,
    neuron_types,
    piecewise_function,
    residual_pieces,
    sites,
)
from exactland.derivatives.integral_quadratic import quadratic_gradient
from exactland.problem.activations import Quadratic
from exactland.problem.integral import IntegralProblem


@dataclass(frozen=True, slots=True)
class IntegralState:
    """A point with its pieces and moments; every derivative is read off from it.

    Attributes
    ----------
    types, gates, knot_of : per neuron
        ``gates`` use rho'(0) = alpha_plus at degenerate neurons; ``knot_of`` is the knot index of
        the gate's step.
    sites : distinct interior breakpoints with their neurons
    knots, pieces : the residual r as polynomials between the knots
    weight_tails, residual_tails : W[k][i] and R[k][i], k = 0, 1, 2
        (quadratic activation: W up to k = 4).
    loss : number
    """

    problem: IntegralProblem
    types: tuple[NeuronType, ...]
    gates: tuple[Gate, ...]
    knot_of: tuple[int, ...]
    sites: tuple[Site, ...]
    knots: tuple[Number, ...]
    pieces: tuple[Polynomial, ...]
    weight_tails: tuple[tuple[Number, ...], ...]
    residual_tails: tuple[tuple[Number, ...], ...]
    loss: Number

    @property
    def smooth(self) -> bool:
        """Whether the activation is a polynomial (quadratic or identity)."""
        activation = self.problem.network.activation
        return isinstance(activation, Quadratic) or bool(activation.kink == 0)

    @property
    def residual_vanishes(self) -> bool:
        """Whether r = 0 on the whole interval."""
        return not any(self.pieces)


@dataclass(frozen=True, slots=True)
class Regularity:
    """How smooth the loss is at the point; ``reason`` names the first neuron that breaks C^2."""

    differentiable: bool
    c2_near: bool
    twice_differentiable: bool
    reason: str


def integral_state(problem: IntegralProblem) -> IntegralState:
    """Return the pieces, moments and loss of a point.

    Examples
    --------
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["1"], ["-1"]],
    ...                 "b": ["-1/3", "2/3"], "v": [["2/3", "-2/3"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> integral_state(problem).loss
    1/972
    """
    types = neuron_types(problem)
    if isinstance(problem.network.activation, Quadratic):
        gate: tuple[Gate, ...] = ()
        knots, places, top = problem.loss.interval, (), 4
        pieces = [add(_quadratic_function(problem), scale(problem.loss.target, fmpq(-1)))]
        knot_of: tuple[int, ...] = ()
    else:
        gate = gates(problem, types, problem.network.activation.alpha_plus)
        function = piecewise_function(problem, types, gate)
        pieces = residual_pieces(problem, function)
        knots, places, top = function.knots, sites(types), 2
        knot_of = _knot_indices(len(types), places)
    degree = max((len(piece) - 1 for piece in pieces), default=0)
    density = problem.loss.density
    powers = [
        antiderivative((fmpq(0),) * k + density)
        for k in range(max(top, degree + 2, 2 * degree) + 1)
    ]
    values = [[evaluate(power, knot) for knot in knots] for power in powers]
    on_piece = [[high - low for low, high in pairwise(row)] for row in values]
    return IntegralState(
        problem=problem,
        types=types,
        gates=gate,
        knot_of=knot_of,
        sites=places,
        knots=tuple(knots),
        pieces=tuple(pieces),
        weight_tails=tuple(tuple(row[-1] - value for value in row) for row in values[: top + 1]),
        residual_tails=tuple(_residual_tails(pieces, on_piece, k) for k in range(3)),
        loss=balanced_sum(
            [
                coefficient * on_piece[k][i]
                for i, piece in enumerate(pieces)
                for k, coefficient in enumerate(multiply(piece, piece))
            ]
        ),
    )


def gradient(state: IntegralState, at_zero: Number | None = None) -> tuple[Number, ...]:
    """Return the generalised gradient, in the order of ``problem.coordinates``.

    Parameters
    ----------
    state : IntegralState
    at_zero : number, optional
        The value rho'(0) used at degenerate neurons (w = b = 0): 1 (the default) gives the
        papers' gradient, alpha_minus the other convention.  It matters only there.

    References
    ----------
    Cheridito, Jentzen, Rossmannek, arXiv 2103.10922 (the generalised gradient).

    Examples
    --------
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["0"]], "b": ["0"],
    ...                 "v": [["1"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> gradient(integral_state(problem)), gradient(integral_state(problem), fmpq(0))
    ((-1/6, 0, 0, 0), (0, 0, 0, 0))
    """
    problem = state.problem
    if isinstance(problem.network.activation, Quadratic):
        width, entries = problem.width, quadratic_gradient(state)
        w, b, v = (entries[start : start + width] for start in (0, width, 2 * width))
        return restricted(problem, w, b, v, entries[-1])
    w, b, v, _ = problem.parameters
    first, second, third = [], [], []  # the blocks of w, b and v
    for j in range(problem.width):
        e0, e1 = gated_residual(state, j, 0), gated_residual(state, j, 1)
        if at_zero is not None and state.types[j].degenerate:
            e0, e1 = (at_zero * state.residual_tails[k][0] for k in (0, 1))
        first.append(2 * v[j] * e1)
        second.append(2 * v[j] * e0)
        third.append(2 * (w[j] * e1 + b[j] * e0))
    return restricted(problem, first, second, third, 2 * state.residual_tails[0][0])


def gated_residual(state: IntegralState, neuron: int, power: int) -> Number:
    """Return int d_j x^power r p for one neuron (rho'(0) = alpha_plus if it is degenerate)."""
    gate, tails = state.gates[neuron], state.residual_tails[power]
    return gate.left * tails[0] + gate.jump * tails[state.knot_of[neuron]]


def residual_tail(state: IntegralState, start: Number, power: int) -> Number:
    """Return int_start^{T1} x^power r p dx for any `start` in [T0, T1].

    Examples
    --------
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [], "v": [[]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> residual_tail(integral_state(problem), fmpq(1, 2), 0)
    -1/8
    """
    index = next(i for i in range(len(state.pieces)) if start <= state.knots[i + 1])
    density = state.problem.loss.density
    whole = antiderivative((fmpq(0),) * power + multiply(state.pieces[index], density))
    part = evaluate(whole, state.knots[index + 1]) - evaluate(whole, start)
    return state.residual_tails[power][index + 1] + part


def response(state: IntegralState, weight: Number, bias: Number) -> Number:
    """Return int r rho(weight x + bias) p dx: half the derivative of L per unit of output weight.

    For a degenerate neuron, 2 v_j times it is the one-sided derivative of L along
    (weight, bias) in its (w_j, b_j).

    Examples
    --------
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["0"]], "b": ["0"],
    ...                 "v": [["-1"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> response(integral_state(problem), fmpq(-1), fmpq(1))
    1/12
    """
    activation = state.problem.network.activation
    lower, upper = state.knots[0], state.knots[-1]
    plus, minus = activation.alpha_plus, activation.alpha_minus
    ends = (weight * lower + bias, weight * upper + bias)
    if not (ends[0] < 0 < ends[1] or ends[1] < 0 < ends[0]):
        slope = plus if ends[0] > 0 or ends[1] > 0 else minus
        return slope * _linear(state, weight, bias, lower)
    kink = -bias / weight
    left, right = (minus, plus) if weight > 0 else (plus, minus)
    whole, tail = _linear(state, weight, bias, lower), _linear(state, weight, bias, kink)
    return left * (whole - tail) + right * tail


def directional_derivative(state: IntegralState, direction: Mapping[str, Number]) -> Number:
    """Return the one-sided derivative of L along `direction` (coordinate name -> entry).

    Examples
    --------
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["0"]], "b": ["0"],
    ...                 "v": [["-1"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> directional_derivative(integral_state(problem), {"w0": fmpq(-1), "b0": fmpq(1)})
    -1/6
    """
    total = fmpq(0)
    for name, slope in zip(state.problem.coordinates, gradient(state), strict=True):
        neuron = name[1:]
        if neuron and state.types[int(neuron)].degenerate and name[0] in "wb":
            continue
        if name in direction:
            total = total + slope * direction[name]
    v = state.problem.parameters.v
    for j, neuron_type in enumerate(state.types):
        if neuron_type.degenerate:
            move = [direction.get(f"{block}{j}", fmpq(0)) for block in "wb"]
            total = total + 2 * v[j] * response(state, move[0], move[1])
    return total


def one_sided_partials(state: IntegralState) -> list[dict[str, Number]]:
    """Return, for each non-flat degenerate neuron, its four one-sided coordinate derivatives.

    ``dw_plus`` is L'(+e_w), ``dw_minus`` is L'(-e_w); the same for b (absent b: two only).

    Examples
    --------
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["0"]], "b": ["0"],
    ...                 "v": [["1"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> one_sided_partials(integral_state(problem))
    [{'j': 0, 'dw_plus': -1/6, 'dw_minus': 0, 'db_plus': 0, 'db_minus': 0}]
    """
    moves = {"dw_plus": (1, 0), "dw_minus": (-1, 0)}
    if state.problem.has_hidden_biases:
        moves |= {"db_plus": (0, 1), "db_minus": (0, -1)}
    return [
        {"j": j}
        | {
            name: 2 * state.problem.parameters.v[j] * response(state, fmpq(dw), fmpq(db))
            for name, (dw, db) in moves.items()
        }
        for j, neuron in enumerate(state.types)
        if neuron.degenerate and not neuron.flat
    ]


def regularity(state: IntegralState) -> Regularity:
    """Return whether L is differentiable at the point, C^2 near it, twice differentiable at it.

    Notes
    -----
    A breakpoint exactly at T0 or T1 breaks C^2 *near* the point for every neuron type; the
    gradient is still differentiable *at* the point if v_j r(T_k) = 0, because the jump of the
    second derivative across w_j T_k + b_j = 0 is 2 v_j kink r(T_k) p(T_k) / |w_j|.

    Examples
    --------
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> problem = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["-1"]], "b": ["0"],
    ...                 "v": [["1"]], "c": ["1/2"]},
    ...     "loss": {"kind": "integral", "interval": ["0", "1"], "target": ["0", "1"]}})
    >>> regularity(integral_state(problem)).reason
    'neuron 0 has its breakpoint exactly at T0'
    """
    if state.smooth:
        return Regularity(True, True, True, "")
    differentiable, twice, reason = True, True, ""
    moving = state.problem.has_hidden_biases
    for j, neuron in enumerate(state.types):
        if neuron.degenerate:
            twice = False
            reason = reason or f"neuron {j} is degenerate (w = b = 0)"
            if not neuron.flat and not _even_part_vanishes(state):
                differentiable = False
        elif neuron.endpoint is not None and moving:
            reason = reason or f"neuron {j} has its breakpoint exactly at T{neuron.endpoint}"
            if not neuron.flat and endpoint_residual(state, neuron.endpoint) != 0:
                twice = False
    return Regularity(differentiable, not reason, twice, reason)


def endpoint_residual(state: IntegralState, endpoint: int) -> Number:
    """Return r(T0) or r(T1)."""
    if endpoint == 0:
        return evaluate(state.pieces[0], state.knots[0])
    return evaluate(state.pieces[-1], state.knots[-1])


def restricted(
    problem: IntegralProblem,
    weights: list[Number],
    biases: list[Number],
    outputs: list[Number],
    constant: Number,
) -> tuple[Number, ...]:
    """Return the vector of the blocks that are parameters, in the order w, b, v, c."""
    return (
        *weights,
        *(biases if problem.has_hidden_biases else ()),
        *outputs,
        *((constant,) if problem.has_output_bias else ()),
    )


def balanced_sum(terms: list[Number]) -> Number:
    """Return the sum, by halves: denominators then grow only at the last levels.

    Examples
    --------
    >>> balanced_sum([fmpq(1, 2), fmpq(1, 3), fmpq(1, 6)])
    1
    """
    while len(terms) > 1:
        odd = terms[-1:] if len(terms) % 2 else []
        terms = [a + b for a, b in zip(terms[::2], terms[1::2], strict=False)] + odd
    return terms[0] if terms else fmpq(0)


def _even_part_vanishes(state: IntegralState) -> bool:
    """Whether a non-flat degenerate neuron leaves L differentiable.

    The even part of the one-sided derivative is a multiple of int r |w x + b| p; if b moves, it
    vanishes for all (w, b) only if r = 0.
    """
    if state.problem.has_hidden_biases:
        return state.residual_vanishes
    one = fmpq(1)
    activation = state.problem.network.activation
    both = response(state, one, fmpq(0)) + response(state, -one, fmpq(0))
    return bool(activation.kink == 0 or both == 0)


def _linear(state: IntegralState, weight: Number, bias: Number, start: Number) -> Number:
    return weight * residual_tail(state, start, 1) + bias * residual_tail(state, start, 0)


def _quadratic_function(problem: IntegralProblem) -> Polynomial:
    w, b, v, c = problem.parameters
    rows = range(problem.width)
    return add(
        (c,),
        (
            balanced_sum([v[j] * b[j] * b[j] for j in rows]),
            balanced_sum([2 * v[j] * w[j] * b[j] for j in rows]),
            balanced_sum([v[j] * w[j] * w[j] for j in rows]),
        ),
    )


def _knot_indices(width: int, places: tuple[Site, ...]) -> tuple[int, ...]:
    result = [0] * width  # a constant gate has jump 0: any knot will do
    for index, site in enumerate(places, start=1):
        for j in site.neurons:
            result[j] = index
    return tuple(result)


def _residual_tails(
    pieces: list[Polynomial], on_piece: list[list[Number]], power: int
) -> tuple[Number, ...]:
    tails = [fmpq(0)]
    for index in range(len(pieces) - 1, -1, -1):
        value = tails[-1]
        for k, coefficient in enumerate(pieces[index]):
            value = value + coefficient * on_piece[power + k][index]
        tails.append(value)
    return tuple(reversed(tails))
