"""The loss on a line or a plane through a point of the landscape: exact cells, kinks and values.

A slice is {P + t_1 D_1 + ... + t_n D_n}.  Every pre-activation is affine along it, so that the
cells of the loss cut it in polytopes with exact boundaries  constant + coefficients . t = 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from flint import fmpq

from exactland.arithmetic.ordered_polynomials import Number
from exactland.arithmetic.rationals import ZERO, dot
from exactland.derivatives.empirical import EmpiricalPoint, augmented, evaluate
from exactland.derivatives.integral import directional_derivative, integral_state
from exactland.errors import InputError
from exactland.problem.activations import Quadratic
from exactland.problem.integral import IntegralProblem
from exactland.problem.losses import Problem
from exactland.problem.network import Vector

Direction = Mapping[str, Number]
"""Changes of parameters, by names as in a problem file: ``w[i][a]``, ``b[i]``, ``v[j][i]``, c."""

_NAME: Final = re.compile(r"([wbvc])\[([0-9]{1,6})\](?:\[([0-9]{1,6})\])?")


@dataclass(frozen=True, slots=True)
class Boundary:
    """The set  constant + coefficients . t = 0  of a slice, on which neurons meet places.

    ``meets`` are the pairs (neuron, place): the index of a data point with w~ . x~ = 0, or 0 and 1
    for the ends of the interval of an integral loss.
    """

    constant: Number
    coefficients: tuple[Number, ...]
    meets: tuple[tuple[int, int], ...]


class Slice(Protocol):
    """A line (one direction) or a plane (two) in the landscape."""

    @property
    def boundaries(self) -> tuple[Boundary, ...]:
        """The cell boundaries, each set once."""

    def problem(self, position: Sequence[Number]) -> Problem | IntegralProblem:
        """Return the point of the landscape at a position t of the slice."""

    def loss(self, position: Sequence[Number]) -> Number:
        """Return the exact loss there."""

    def jump(self, position: Sequence[Number], axis: int) -> Number:
        """Return by how much the derivative along direction `axis` jumps there; 0: no kink."""


@dataclass(frozen=True, slots=True)
class _Moved:
    """A neuron that moves: pre-activations and output weights as affine functions of t."""

    start: Vector
    speeds: tuple[Vector, ...]
    output: Vector
    output_speeds: tuple[Vector, ...]


@dataclass(frozen=True, slots=True)
class EmpiricalSlice:
    """A slice of an empirical loss; made by :func:`empirical_slice`.

    ``resting`` are the residuals without the moved neurons (N x J).
    """

    origin: Problem
    directions: tuple[Direction, ...]
    boundaries: tuple[Boundary, ...]
    moved: tuple[_Moved, ...]
    resting: tuple[Vector, ...]
    bias_speeds: tuple[Vector, ...]

    def problem(self, position: Sequence[fmpq]) -> Problem:
        """Return the problem at a position."""
        return _moved_problem(self.origin, self.directions, position)

    def loss(self, position: Sequence[fmpq]) -> fmpq:
        """Return the loss at a position; only moved neurons are evaluated."""
        total = sum((e * e for row in self._residuals(position) for e in row), ZERO)
        return self.origin.loss.scale * total

    def jump(self, position: Sequence[fmpq], axis: int) -> fmpq:
        """Return the jump of the derivative along an axis: 2 scale sum e_k . h_i kink |speed|."""
        kink = self.origin.network.activation.kink
        errors = self._residuals(position)
        total = ZERO
        for neuron in self.moved:
            output = _affine_vector(neuron.output, neuron.output_speeds, position)
            for k, height in enumerate(_affine_vector(neuron.start, neuron.speeds, position)):
                if not height:
                    total += abs(neuron.speeds[axis][k]) * dot(output, errors[k])
        return 2 * self.origin.loss.scale * kink * total

    def _residuals(self, position: Sequence[fmpq]) -> list[list[fmpq]]:
        activation = self.origin.network.activation
        constant = _affine_vector((ZERO,) * len(self.resting[0]), self.bias_speeds, position)
        errors = [[e + c for e, c in zip(row, constant, strict=True)] for row in self.resting]
        for neuron in self.moved:
            output = _affine_vector(neuron.output, neuron.output_speeds, position)
            heights = _affine_vector(neuron.start, neuron.speeds, position)
            for row, height in zip(errors, heights, strict=True):
                value = activation(height)
                if value:
                    for axis, entry in enumerate(output):
                        row[axis] += entry * value
        return errors


@dataclass(frozen=True, slots=True)
class IntegralSlice:
    """A slice of an integral loss; made by :func:`integral_slice`."""

    origin: IntegralProblem
    directions: tuple[dict[str, Number], ...]
    boundaries: tuple[Boundary, ...]

    def problem(self, position: Sequence[Number]) -> IntegralProblem:
        """Return the problem at a position."""
        result = self.origin
        for direction, step in zip(self.directions, position, strict=True):
            result = result.moved(direction, step)
        return result

    def loss(self, position: Sequence[Number]) -> Number:
        """Return the loss at a position."""
        return integral_state(self.problem(position)).loss

    def jump(self, position: Sequence[Number], axis: int) -> Number:
        """Return the sum of the one-sided derivatives along and against an axis."""
        state = integral_state(self.problem(position))
        direction = self.directions[axis]
        back = {name: -entry for name, entry in direction.items()}
        return directional_derivative(state, direction) + directional_derivative(state, back)


def coordinates(problem: Problem | IntegralProblem) -> tuple[str, ...]:
    """Return the names of all parameters, as in a problem file.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> net = Network(relu(), ((fmpq(1), fmpq(0)),), ((fmpq(1),),), output_bias=(fmpq(0),))
    >>> coordinates(Problem(net, EmpiricalLoss(((fmpq(1), fmpq(2)),), ((fmpq(1),),))))
    ('w[0][0]', 'w[0][1]', 'v[0][0]', 'c[0]')
    """
    network = problem.network
    names = [f"w[{i}][{a}]" for i in range(network.width) for a in range(network.input_dimension)]
    if network.hidden_biases is not None:
        names += [f"b[{i}]" for i in range(network.width)]
    names += [f"v[{j}][{i}]" for j in range(network.output_dimension) for i in range(network.width)]
    if network.output_bias is not None:
        names += [f"c[{j}]" for j in range(network.output_dimension)]
    return tuple(names)


def empirical_slice(problem: Problem, directions: Sequence[Direction]) -> EmpiricalSlice:
    """Return the slice of an empirical loss through the point in one or two directions.

    Raises
    ------
    InputError
        If a direction names a parameter that the network does not have.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> one = ((fmpq(1),),)
    >>> point = Problem(Network(relu(), ((fmpq(0),),), one), EmpiricalLoss(one, one))
    >>> line = empirical_slice(point, [{"w[0][0]": fmpq(1)}])
    >>> line.loss([fmpq(-1)]), line.loss([fmpq(1, 2)]), line.jump([fmpq(0)], 0)
    (1/2, 1/8, -1)
    """
    for index, direction in enumerate(directions):
        _require_names(problem, direction, f"direction {index + 1}")
    point = evaluate(problem)
    # The move along a direction is the difference of two points one step apart.
    steps = []
    for axis in range(len(directions)):
        unit = [fmpq(int(axis == other)) for other in range(len(directions))]
        network = _moved_problem(problem, directions, unit).network
        _, weights = augmented(network, problem.loss.inputs)
        outputs = [network.neuron_output(index) for index in range(network.width)]
        steps.append((weights, outputs, network.output_bias))
    moved = []
    boundaries: dict[tuple[Number, ...], list[tuple[int, int]]] = {}
    resting = [list(row) for row in point.residuals]
    for index in range(point.width):
        weight_speeds = [_difference(step[0][index], point.weights[index]) for step in steps]
        output_speeds = [_difference(step[1][index], point.outputs[index]) for step in steps]
        if not any(any(speed) for speed in (*weight_speeds, *output_speeds)):
            continue
        start = tuple(dot(point.weights[index], row) for row in point.inputs)
        speeds = tuple(tuple(dot(v, row) for row in point.inputs) for v in weight_speeds)
        moved.append(_Moved(start, speeds, point.outputs[index], tuple(output_speeds)))
        for row, height in zip(resting, start, strict=True):
            value = problem.network.activation(height)
            for axis, entry in enumerate(point.outputs[index]):
                row[axis] -= entry * value
        if problem.network.activation.kink:
            for k, height in enumerate(start):
                _collect(boundaries, height, tuple(speed[k] for speed in speeds), (index, k))
    zero = (ZERO,) * point.output_dimension
    biases = tuple(
        zero if bias is None else _difference(bias, problem.network.output_bias or zero)
        for _, _, bias in steps
    )
    return EmpiricalSlice(
        problem,
        tuple(directions),
        _boundaries(boundaries),
        tuple(moved),
        tuple(tuple(row) for row in resting),
        biases,
    )


def integral_slice(problem: IntegralProblem, directions: Sequence[Direction]) -> IntegralSlice:
    """Return the slice of an integral loss through the point in one or two directions.

    The boundaries are where a breakpoint reaches an end of the interval, w T + b = 0.

    Raises
    ------
    InputError
        If a direction names a parameter that the network does not have.

    Examples
    --------
    >>> from exactland.problem.integral import integral_problem_from_json
    >>> point = integral_problem_from_json({
    ...     "network": {"activation": {"kind": "relu"}, "w": [["1"]], "b": ["0"], "v": [["1"]]},
    ...     "loss": {"kind": "integral", "interval": ["-1", "1"], "target": ["0", "1"]}})
    >>> line = integral_slice(point, [{"b[0]": fmpq(1)}])
    >>> [(b.constant, b.coefficients, b.meets) for b in line.boundaries]
    [(-1, (1,), ((0, 0),)), (1, (1,), ((0, 1),))]
    >>> line.loss([fmpq(1)])
    2
    """
    named = []
    for index, direction in enumerate(directions):
        _require_names(problem, direction, f"direction {index + 1}")
        named.append({_short_name(name): entry for name, entry in direction.items()})
    found: dict[tuple[Number, ...], list[tuple[int, int]]] = {}
    if not isinstance(problem.network.activation, Quadratic) and problem.network.activation.kink:
        w, b, _, _ = problem.parameters
        for j in range(problem.width):
            for place, end in enumerate(problem.loss.interval):
                speeds = tuple(
                    d.get(f"w{j}", ZERO) * end + d.get(f"b{j}", ZERO) for d in named
                )  # fmt: skip
                _collect(found, w[j] * end + b[j], speeds, (j, place))
    return IntegralSlice(problem, tuple(named), _boundaries(found))


def slice_of(problem: Problem | IntegralProblem, directions: Sequence[Direction]) -> Slice:
    """Return the slice of either loss (see the two functions above)."""
    if isinstance(problem, IntegralProblem):
        return integral_slice(problem, directions)
    return empirical_slice(problem, directions)


def neuron_direction(
    point: EmpiricalPoint, neuron: int, weight: Vector, output: Vector
) -> Direction:
    """Return the direction that moves one neuron by (dw~, dh).

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> from exactland.problem.losses import EmpiricalLoss
    >>> from exactland.problem.network import Network
    >>> one = ((fmpq(1),),)
    >>> net = Network(relu(), one, one, hidden_biases=(fmpq(0),))
    >>> neuron_direction(
    ...     evaluate(Problem(net, EmpiricalLoss(one, one))), 0, (fmpq(2), fmpq(3)), (fmpq(0),))
    {'w[0][0]': 2, 'b[0]': 3}
    """
    names = [f"w[{neuron}][{a}]" for a in range(point.problem.network.input_dimension)]
    if point.problem.network.hidden_biases is not None:
        names.append(f"b[{neuron}]")
    names += [f"v[{j}][{neuron}]" for j in range(len(output))]
    entries = zip(names, (*weight, *output), strict=True)
    return {name: entry for name, entry in entries if entry}


def _require_names(problem: Problem | IntegralProblem, direction: Direction, where: str) -> None:
    known = frozenset(coordinates(problem))
    if not direction:
        raise InputError(where, "is zero")
    for name in direction:
        if name not in known:
            raise InputError(where, f"{name!r} is no parameter of this network")


def _moved_problem(
    problem: Problem, directions: Sequence[Direction], position: Sequence[fmpq]
) -> Problem:
    network = problem.network
    weights = [list(row) for row in network.input_weights]
    outputs = [list(row) for row in network.output_weights]
    biases, constant = list(network.hidden_biases or ()), list(network.output_bias or ())
    for direction, step in zip(directions, position, strict=True):
        for name, entry in direction.items():
            block, first, second = _parts(name)
            if block == "w":
                weights[first][second] += step * entry
            elif block == "v":
                outputs[first][second] += step * entry
            else:
                (biases if block == "b" else constant)[first] += step * entry
    moved = replace(
        network,
        input_weights=tuple(map(tuple, weights)),
        output_weights=tuple(map(tuple, outputs)),
        hidden_biases=None if network.hidden_biases is None else tuple(biases),
        output_bias=None if network.output_bias is None else tuple(constant),
    )
    return replace(problem, network=moved)


def _parts(name: str) -> tuple[str, int, int]:
    match = _NAME.fullmatch(name)
    assert match is not None
    return match[1], int(match[2]), int(match[3] or 0)


def _short_name(name: str) -> str:
    """w[3][0] -> w3, v[0][3] -> v3, b[3] -> b3, c[0] -> c: the names of the integral loss."""
    block, first, second = _parts(name)
    return "c" if block == "c" else f"{block}{second if block == 'v' else first}"


def _difference(left: Vector, right: Vector) -> Vector:
    return tuple(a - b for a, b in zip(left, right, strict=True))


def _affine_vector(start: Vector, speeds: Sequence[Vector], position: Sequence[fmpq]) -> Vector:
    values = list(start)
    for speed, step in zip(speeds, position, strict=True):
        if step:
            values = [value + step * entry for value, entry in zip(values, speed, strict=True)]
    return tuple(values)


def _collect(
    found: dict[tuple[Number, ...], list[tuple[int, int]]],
    constant: Number,
    coefficients: tuple[Number, ...],
    meets: tuple[int, int],
) -> None:
    """Add a boundary, normalised so that its first nonzero coefficient is 1."""
    lead = next((entry for entry in coefficients if entry != 0), None)
    if lead is not None:
        key = tuple(entry / lead for entry in (constant, *coefficients))
        found.setdefault(key, []).append(meets)


def _boundaries(
    found: Mapping[tuple[Number, ...], Sequence[tuple[int, int]]],
) -> tuple[Boundary, ...]:
    return tuple(Boundary(key[0], key[1:], tuple(meets)) for key, meets in found.items())
