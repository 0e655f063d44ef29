"""Exact steps of a descent from a given point, each of which lowers the loss.

* :func:`face_step`: to the least-squares point of the current face (data on a kink stay there),
  or to the first boundary in the way, where the face gets smaller;
* :func:`release`: along a direction in which some one-sided derivative is negative, off a kink or
  in an output weight that was zero;
* :func:`leave`: along the descent curve of a saddle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flint import fmpq

from exactland.arithmetic.matrices import multiply, transpose
from exactland.arithmetic.rationals import ZERO, dot, round_relative
from exactland.derivatives.empirical import EmpiricalPoint, one_sided_functionals
from exactland.landscape.analysis import Analysis
from exactland.landscape.descent.face import IntegerData, face_minimiser
from exactland.landscape.directions import Curve
from exactland.landscape.outcomes import NotLocalMinimum
from exactland.landscape.stationarity import Violation, directional_stationarity
from exactland.problem.losses import Problem
from exactland.problem.network import Matrix, Vector


@dataclass(frozen=True, slots=True)
class State:
    """A network with one output by its parameters: augmented weights w~_i, h_i, c; and its loss."""

    weights: Matrix
    heights: Vector
    constant: fmpq
    loss: fmpq


def state_at(data: IntegerData, weights: Matrix, heights: Vector, constant: fmpq) -> State:
    """Return the state with these parameters, its loss computed."""
    return State(weights, heights, constant, data.loss(weights, heights, constant))


def problem_at(data: IntegerData, state: State) -> Problem:
    """Return the problem with the network of a state.

    Examples
    --------
    >>> from exactland.landscape.descent.face import integer_data
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> one = ((fmpq(1),),)
    >>> problem = Problem(Network(relu(), one, one, (fmpq(2),)), EmpiricalLoss(one, one))
    >>> problem_at(integer_data(problem), initial_state(integer_data(problem))) == problem
    True
    """
    network = data.problem.network
    biases, inputs = None, state.weights
    if network.hidden_biases is not None:
        biases = tuple(row[-1] for row in state.weights)
        inputs = tuple(row[:-1] for row in state.weights)
    changed = replace(
        network,
        input_weights=inputs,
        hidden_biases=biases,
        output_weights=(state.heights,),
        output_bias=(state.constant,) if data.bias else None,
    )
    return replace(data.problem, network=changed)


def initial_state(data: IntegerData) -> State:
    """Return the state of the problem's own network."""
    network = data.problem.network
    weights = network.input_weights
    if network.hidden_biases is not None:
        pairs = zip(weights, network.hidden_biases, strict=True)
        weights = tuple((*row, bias) for row, bias in pairs)
    constant = ZERO if network.output_bias is None else network.output_bias[0]
    return state_at(data, weights, network.output_weights[0], constant)


def face_step(data: IntegerData, state: State, patterns: Sequence[str]) -> tuple[str, State] | None:
    """Go to the minimiser on the face, or the first boundary before it; None at the minimiser.

    Parameters
    ----------
    patterns : m strings
        The signs of the pre-activations at the state.
    """
    weights, constant = face_minimiser(data, patterns, state.weights, state.heights, state.constant)
    if weights == state.weights and constant == state.constant:
        return None
    moves = tuple(
        tuple(new - old for new, old in zip(target, row, strict=True))
        for target, row in zip(weights, state.weights, strict=True)
    )
    factor = fmpq(1)
    columns = transpose(data.inputs)
    for row, move in zip(state.weights, moves, strict=True):
        if not any(move):
            continue
        heights, speeds = multiply((row, move), columns)
        for height, speed in zip(heights, speeds, strict=True):
            if height and height * speed < 0:
                factor = min(factor, -height / speed)
    if factor < 1:
        weights = _shifted(state.weights, moves, factor)
        constant = state.constant + factor * (constant - state.constant)
    kind = "minimiser" if factor == 1 else "boundary"
    return kind, state_at(data, weights, state.heights, constant)


def _shifted(weights: Matrix, moves: Matrix, factor: fmpq) -> Matrix:
    return tuple(
        tuple(w + factor * v for w, v in zip(row, move, strict=True))
        for row, move in zip(weights, moves, strict=True)
    )


def release(data: IntegerData, state: State, point: EmpiricalPoint) -> tuple[str, State] | None:
    """Go along a violation of stationarity as far as the loss is one quadratic polynomial.

    None where no one-sided derivative is negative.
    """
    found = directional_stationarity(point, one_sided_functionals(point))
    for violation in found.violations:
        if violation.kind == "output_weight":
            return "output", _along_output(data, state, point, violation)
        if violation.kind == "input_weight":
            return "release", _along_input(data, state, point, violation)
    return None  # dL/dc = 0 at the minimiser of a face


def _along_output(
    data: IntegerData, state: State, point: EmpiricalPoint, violation: Violation
) -> State:
    index, activation = violation.neuron, point.problem.network.activation
    assert index is not None
    values = [activation(dot(point.weights[index], row)) for row in point.inputs]
    product = sum((v * e[0] for v, e in zip(values, point.residuals, strict=True)), ZERO)
    heights = list(state.heights)
    heights[index] -= product / dot(values, values)
    return state_at(data, state.weights, tuple(heights), state.constant)


def _along_input(
    data: IntegerData, state: State, point: EmpiricalPoint, violation: Violation
) -> State:
    index, activation = violation.neuron, point.problem.network.activation
    assert index is not None
    weight, height = point.weights[index], point.outputs[index][0]
    changes, limit = [], None
    for row in point.inputs:
        inside, speed = dot(weight, row), dot(violation.direction, row)
        sign = inside or speed
        changes.append(height * activation.slope(1 if sign > 0 else -1) * speed)
        if inside * speed < 0:
            reach = -inside / speed
            limit = reach if limit is None else min(limit, reach)
    slope = sum((d * e[0] for d, e in zip(changes, point.residuals, strict=True)), ZERO)
    factor = -slope / dot(changes, changes)
    if limit is not None:
        factor = min(factor, limit)
    rounded = round_relative(factor, 8)
    for step in (rounded, factor) if 0 < rounded < factor else (factor,):
        weights = list(state.weights)
        pairs = zip(weight, violation.direction, strict=True)
        weights[index] = tuple(w + step * v for w, v in pairs)
        after = state_at(data, tuple(weights), state.heights, state.constant)
        if after.loss < state.loss:
            return after
    return after


def leave(data: IntegerData, state: State, analysis: Analysis) -> tuple[str, State] | None:
    """Go along the descent curve of a saddle, by a power of two that lowers the loss."""
    found = analysis.minimality
    if not isinstance(found, NotLocalMinimum) or found.along.decreasing_until is None:
        return None
    step = fmpq(1)
    while True:
        after = _on_curve(data, state, found.curve, step)
        if after.loss < state.loss:
            return "escape", after
        if step < found.along.decreasing_until:  # pragma: no cover
            raise ArithmeticError("a descent curve that does not descend")
        step /= 2


def _on_curve(data: IntegerData, state: State, curve: Curve, tau: fmpq) -> State:
    weights, heights, constant = list(state.weights), list(state.heights), state.constant
    for neuron in curve.neurons:
        index = neuron.neuron
        pairs = zip(weights[index], neuron.weights, strict=True)
        weights[index] = tuple(w + _value(c, tau) for w, c in pairs)
        heights[index] += _value(neuron.outputs[0], tau)
    if curve.output_bias is not None:
        constant += _value(curve.output_bias[0], tau)
    return state_at(data, tuple(weights), tuple(heights), constant)


def _value(coefficients: Sequence[fmpq], tau: fmpq) -> fmpq:
    return sum((c * tau**power for power, c in enumerate(coefficients, 1)), ZERO)
