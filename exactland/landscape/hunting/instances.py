"""Small exact networks, many of them stationary: the network first, then data that suit it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from flint import fmpq

from exactland.arithmetic.matrices import nullspace
from exactland.arithmetic.rationals import ZERO, dot
from exactland.problem.activations import ReluLike
from exactland.problem.losses import EmpiricalLoss, Problem
from exactland.problem.network import Matrix, Network, Vector

ENTRIES: Final = (-2, -1, -1, 0, 1, 1, 2)
"""Entries of inputs and weights; those with few digits are the most frequent."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The largest sizes of an instance, and its activation."""

    width: int
    points: int
    dimension: int
    outputs: int
    activation: ReluLike


@dataclass(frozen=True, slots=True)
class Instance:
    """A network (w_i, h_i) and data (x_k), given by its residuals: y_k = f(x_k) - e_k.

    Changing a weight keeps the residuals, so that a stationary point often stays one.
    """

    inputs: Matrix
    weights: Matrix
    outputs: Matrix
    residuals: Matrix

    def problem(self, activation: ReluLike) -> Problem:
        """Return the problem.

        Examples
        --------
        >>> from exactland.problem.activations import relu
        >>> one = ((fmpq(1),),)
        >>> Instance(one, one, one, ((fmpq(-2),),)).problem(relu()).loss.targets
        ((3,),)
        """
        count = len(self.residuals[0])
        targets = []
        for row, errors in zip(self.inputs, self.residuals, strict=True):
            heights = [activation(dot(weight, row)) for weight in self.weights]
            targets.append(
                tuple(
                    sum((h[j] * r for h, r in zip(self.outputs, heights, strict=True)), ZERO)
                    - errors[j]
                    for j in range(count)
                )
            )
        columns = tuple(tuple(h[j] for h in self.outputs) for j in range(count))
        network = Network(activation, self.weights, columns)
        return Problem(network, EmpiricalLoss(self.inputs, tuple(targets)))


def random_instance(source: Random, shape: Shape) -> Instance:
    """Return an instance of at most the given sizes; about half are made to be stationary.

    For those the residuals solve the linear equations  Psi(w_i) = 0  and, in the data off the
    boundary of neuron i,  sum_k s_ik (e_k . h_i) x_k = 0.

    Examples
    --------
    >>> from exactland.problem.activations import relu
    >>> made = random_instance(Random("7"), Shape(2, 3, 1, 1, relu()))
    >>> made == random_instance(Random("7"), Shape(2, 3, 1, 1, relu()))
    True
    """
    width, count = source.randint(1, shape.width), source.randint(1, shape.points)
    inputs = tuple(_vector(source, shape.dimension) for _ in range(count))
    weights, outputs = [], []
    for _ in range(width):
        weights.append(_weight(source, inputs))
        still = source.random() < 0.2
        outputs.append((ZERO,) * shape.outputs if still else _vector(source, shape.outputs))
    if source.random() < 0.25:
        residuals = tuple(_vector(source, shape.outputs) for _ in range(count))
        return Instance(inputs, tuple(weights), tuple(outputs), residuals)
    rows = _equations(inputs, weights, outputs, shape)
    basis = nullspace(rows, count * shape.outputs)
    flat = [ZERO] * (count * shape.outputs)
    for vector in basis:
        factor = fmpq(source.choice(ENTRIES))
        flat = [a + factor * b for a, b in zip(flat, vector, strict=True)]
    size = shape.outputs
    residuals = tuple(tuple(flat[k * size : (k + 1) * size]) for k in range(count))
    return Instance(inputs, tuple(weights), tuple(outputs), residuals)


def _vector(source: Random, size: int) -> Vector:
    return tuple(fmpq(source.choice(ENTRIES)) for _ in range(size))


def _weight(source: Random, inputs: Matrix) -> Vector:
    """Zero, orthogonal to a data point, or anything."""
    choice, size = source.random(), len(inputs[0])
    if choice < 0.15:
        return (ZERO,) * size
    if choice < 0.55 and size > 1:
        normals = nullspace([source.choice(inputs)], size)
        weight = [ZERO] * size
        for normal in normals:
            factor = fmpq(source.choice((-1, 1)))
            weight = [a + factor * b for a, b in zip(weight, normal, strict=True)]
        return tuple(weight)
    return _vector(source, size)


def _equations(
    inputs: Matrix, weights: Sequence[Vector], outputs: Sequence[Vector], shape: Shape
) -> list[Vector]:
    """Rows of the equations in the residuals e_11, ..., e_1J, e_21, ..."""
    rows: list[Vector] = []
    activation, count = shape.activation, shape.outputs
    for weight, output in zip(weights, outputs, strict=True):
        values = [dot(weight, row) for row in inputs]
        for j in range(count):
            rows.append(
                tuple(
                    activation(value) if place == j else ZERO
                    for value in values
                    for place in range(count)
                )
            )
        for axis in range(shape.dimension):
            rows.append(
                tuple(
                    activation.slope(1 if value > 0 else -1) * h * row[axis] if value else ZERO
                    for value, row in zip(values, inputs, strict=True)
                    for h in output
                )
            )
    return [row for row in rows if any(row)]
